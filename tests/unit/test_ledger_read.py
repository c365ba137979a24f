"""Reading ledgers: languages, encodings, units, oddities that are kept, the view on a date."""

from __future__ import annotations

import gzip
import math
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sim.errors import InputError
from sim.ledger import (
    UNKNOWN,
    Ledger,
    Reading,
    from_rows,
    known_on,
    ledger_of_bytes,
    read_ledger,
    write_ledger,
    year_classes,
)
from sim.ledger.raw import find_file
from sim.ledger.values import MONEY_UNITS, parse_amount, parse_date

MILESTONES = (
    "signed",
    "land_supplied",
    "permitted",
    "started",
    "built",
    "accepted",
    "in_production",
    "at_capacity",
)
TODAY = date(2026, 1, 1)

ENGLISH = """id,name,county,kind,area,investment (万元),signed,permitted,started,planned_accepted
P2,Zeta,Weishi,industry,45,35000,2021-01-04,2021-03-01,2021-03-02,2021-12
P1,Alpha,Lankao,social,12,"1,200",2020/5/6,,,2022-06-30
"""
CHINESE = """开封市重点项目台账,,,,,,,,,
项目编号,项目名称,县（区）,类别,用地面积（亩）,总投资（亿元）,签约时间,施工许可,实际开工时间,计划竣工时间
P2,Zeta,Weishi,工业,45,3.5,2021年1月4日,2021.3.1,20210302,2021年12月
P1,Alpha,Lankao,民生,12,0.12,2020/5/6,—,,2022-06-30
"""


def read(text: str, **options: object) -> Ledger:
    return ledger_of_bytes(text.encode(), "t.csv", Reading(MILESTONES, today=TODAY, **options))  # type: ignore[arg-type]


def same(a: Ledger, b: Ledger) -> bool:
    """Same projects: columns, dates and withdrawals (names of columns in any order)."""
    return (a.ids, a.dates, a.planned, a.withdrawn) == (b.ids, b.dates, b.planned, b.withdrawn) and {
        n: repr(c) for n, c in a.columns.items()
    } == {n: repr(c) for n, c in b.columns.items()}


def test_rows_are_sorted_by_id_and_keep_their_row_numbers() -> None:
    ledger = read(ENGLISH)
    assert ledger.ids == ("P1", "P2")
    assert ledger.row_numbers == (3, 2)
    assert ledger.number("investment") == (0.12, 3.5)
    assert ledger.text("key_level") == ("none", "none")
    assert ledger.planned["accepted"] == (date(2022, 6, 30), date(2021, 12, 31))


def test_a_missing_earlier_milestone_was_reached_at_an_unknown_date() -> None:
    ledger = read(ENGLISH)
    assert ledger.dates["land_supplied"] == (None, UNKNOWN)
    assert ledger.counts["land_supplied missing though later reached"] == 1


def test_chinese_headers_title_row_and_words_say_the_same() -> None:
    assert same(read(CHINESE), read(ENGLISH))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_and_gzip_say_the_same(encoding: str, packed: bool) -> None:
    data = CHINESE.encode(encoding)
    data = gzip.compress(data) if packed else data
    assert same(ledger_of_bytes(data, "t.csv", Reading(MILESTONES)), read(CHINESE))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_written_and_read_again_it_is_the_same(tmp_path: Path, lang: str, ending: str) -> None:
    ledger = read(ENGLISH)
    path = write_ledger(ledger, tmp_path / f"台账{ending}", lang=lang)  # type: ignore[arg-type]
    assert same(read_ledger(path, MILESTONES, today=TODAY), ledger)
    assert path.read_bytes() == write_ledger(ledger, tmp_path / f"again{ending}", lang=lang).read_bytes()  # type: ignore[arg-type]


def test_money_option_gives_the_unit_that_the_header_lacks() -> None:
    text = "id,investment,signed\nP1,3500,2021-01-04\nP2,2亿元,2021-01-04\n"
    assert read(text, money="万元").number("investment") == (0.35, 2.0)
    with pytest.raises(InputError, match="--money: got dollars, expected one of 亿元"):
        read(text, money="dollars")


def test_a_cell_with_its_own_unit_needs_no_other() -> None:
    assert read("id,投资,签约\nP1,3500万,2021-01-04\n").number("investment") == (0.35,)


def test_amounts_in_other_units() -> None:
    assert parse_amount("12345678", MONEY_UNITS, "元") == 0.12345678
    assert read("id,area (ha),signed\nP1,2,2021-01-04\n").number("area") == (30.0,)


def test_improbable_amounts_warn_in_one_line() -> None:
    rows = "".join(f"P{i},{i * 10000},2021-01-04\n" for i in range(1, 9))
    ledger = read("id,investment (亿元),signed\n" + rows)
    (warning,) = ledger.warnings
    assert str(warning).startswith(
        "t.csv rows 2, 3, 4, 5, 6 and 3 more investment: got investment outside 0.05-500"
    )
    assert ledger.counts == {"investment outside 0.05-500 亿元": 8}


@pytest.mark.parametrize(
    ("early", "late"), [("permitted", "started"), ("accepted", "in_production"), ("signed", "started")]
)
def test_inversions_that_happen_are_kept_and_counted(early: str, late: str) -> None:
    row = {"signed": "2021-01-01", early: "2021-05-02", late: "2021-05-01"}
    text = f"id,{','.join(row)}\nP1,{','.join(row.values())}\n"
    ledger = read(text)
    assert ledger.counts[f"{late} before {early}"] == 1
    assert ledger.dates[late] == (date(2021, 5, 1),)
    assert any("kept as it is" in str(w) for w in ledger.warnings)


def test_bad_rows_can_be_skipped_and_are_said() -> None:
    text = "id,signed,built,started\nP1,2021-01-04,,\nP2,x,,\nP3,2021-01-04,2021-02-01,2021-03-01\n"
    with pytest.raises(InputError, match=r"(?s)row 3 signed: got 'x'.*row 4 built: got built"):
        read(text)
    ledger = read(text, skip_bad_rows=True)
    assert ledger.ids == ("P1",)
    assert ledger.counts["rows skipped"] == 2
    assert [str(w.severity) for w in ledger.warnings[:2]] == ["warning", "warning"]


def test_skipping_every_row_is_an_error() -> None:
    with pytest.raises(InputError, match="no row without errors"):
        read("id,signed\nP1,x\n", skip_bad_rows=True)


def test_a_duplicate_keeps_its_first_row_when_bad_rows_are_skipped() -> None:
    ledger = read("id,name,signed\nP1,a,2021-01-04\nP1,b,2021-01-05\n", skip_bad_rows=True)
    assert ledger.text("name") == ("a",)


def test_unknown_columns_are_kept_as_words_and_near_misses_are_said() -> None:
    ledger = read("id,signed,street,invesment (万元)\nP1,2021-01-04,Main,5\n")
    assert ledger.text("street") == ("Main",)
    assert [str(w) for w in ledger.warnings] == [
        "t.csv row 1 invesment (万元): got a column that is not known, expected perhaps `investment`; "
        "kept as an extra column; correct the header if it was meant"
    ]


def test_a_number_the_scenario_declares_is_read_as_one() -> None:
    text = "id,signed,capacity_mw\nP1,2021-01-04,12.5\nP2,2021-01-04,\n"
    ledger = read(text, attributes={"capacity_mw": "number"})
    assert ledger.number("capacity_mw")[0] == 12.5
    assert math.isnan(ledger.number("capacity_mw")[1])


def test_a_required_column_that_is_missing_is_named() -> None:
    with pytest.raises(InputError, match="investment: got no such column, expected a column `investment`"):
        read("id,signed\nP1,2021-01-04\n", required=("investment",))


def test_the_view_on_a_date_hides_later_events_and_later_reports() -> None:
    text = (
        "id,signed,started,reported_started,withdrawn\n"
        "P1,2021-01-04,2021-03-01,2021-03-20,\nP2,2021-01-04,2021-03-01,2021-06-20,\n"
        "P3,2021-07-01,,,\nP4,2021-01-04,,,2021-05-01\n"
    )
    ledger = read(text, as_of=date(2021, 4, 30))
    assert ledger.ids == ("P1", "P2", "P4")
    assert ledger.dates["started"] == (date(2021, 3, 1), None, None)
    assert ledger.withdrawn == (None, None, None)
    assert ledger.counts["started after the as-of date"] == 1
    assert ledger.counts["projects not known on the as-of date"] == 1
    assert ledger.latest_date() == date(2021, 3, 20)


def test_a_view_never_depends_on_what_happened_later() -> None:
    full = read(
        "id,signed,permitted,started\nP1,2021-01-04,2021-02-01,2021-08-01\nP2,2021-09-01,,\nP3,2021-01-01,,2021-06-01\n"
    )
    cut = read("id,signed,permitted,started\nP1,2021-01-04,2021-02-01,\nP3,2021-01-01,,\n")
    assert same(known_on(full, date(2021, 4, 30)), known_on(cut, date(2021, 4, 30)))


def test_money_of_a_younger_ledger_is_not_known_on_an_earlier_date() -> None:
    text = (
        "id,signed,started,invested_this_year (亿元)\n"
        "P1,2021-01-04,2021-03-01,1.5\nP2,2021-01-04,2021-08-01,0.5\n"
    )
    assert read(text, as_of=date(2021, 8, 1)).number("invested_this_year") == (1.5, 0.5)
    view = read(text, as_of=date(2021, 7, 31))
    assert np.isnan(view.number("invested_this_year")).all()
    assert any("columns of money booked after the as-of date" in str(w) for w in view.warnings)


def test_a_planned_first_milestone_declares_a_future_signing() -> None:
    ledger = read("id,signed,planned_signed\nP1,,2022-02-01\nP2,2021-01-04,\n", as_of=date(2021, 12, 31))
    assert ledger.declared() == (date(2022, 2, 1), None)
    assert ledger.latest_date() == date(2021, 1, 4)


def test_item_rows_stand_beside_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "l.csv").write_text("id,signed\nP1,2021-01-04\n")
    items = tmp_path / "l.items.csv"
    items.write_text(
        "id,item,accepted,returned,decided\nP1,EIA,2021-02-01,,2021-03-01\nP9,EIA,2021-02-01,,\n"
    )
    ledger = read_ledger(tmp_path / "l.csv", MILESTONES)
    assert [(row.id, row.item, row.decided) for row in ledger.items] == [("P1", "EIA", date(2021, 3, 1))]
    assert "item rows of projects not in the ledger" in str(ledger.warnings[0])
    items.write_text("id,item,accepted,decided\nP1,EIA,2021-02-01,2021-01-01\n")
    with pytest.raises(
        InputError, match=r"l.items.csv row 2 decided: got decided 2021-01-01 before accepted"
    ):
        read_ledger(tmp_path / "l.csv", MILESTONES)


def test_year_classes_follow_planned_dates() -> None:
    rows = [
        {"id": "a", "signed": date(2020, 1, 1), "planned_started": date(2021, 6, 1)},
        {"id": "b", "signed": date(2020, 1, 1), "planned_started": date(2022, 6, 1)},
        {
            "id": "c",
            "signed": date(2019, 1, 1),
            "planned_started": date(2020, 6, 1),
            "planned_accepted": date(2021, 12, 31),
        },
        {
            "id": "d",
            "signed": date(2019, 1, 1),
            "planned_started": date(2020, 6, 1),
            "planned_accepted": date(2022, 1, 1),
        },
        {"id": "e", "signed": date(2019, 1, 1)},
    ]
    classes = year_classes(from_rows(rows, MILESTONES), 2021, "started", "accepted")
    assert classes == ("new_start", "reserve", "completing", "continuing", "")


@pytest.mark.parametrize(
    "text", ["2021-07-10", "2021/7/10", "2021.07.10", "20210710", "2021年7月10日", "2021-07-10 00:00:00"]
)
def test_dates_as_people_write_them(text: str) -> None:
    assert parse_date(text) == date(2021, 7, 10)


def test_a_spreadsheet_s_zero_date_is_unknown() -> None:
    assert parse_date("1900-01-01") is UNKNOWN


def test_a_data_folder_that_is_not_there_is_named_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KAIGONG_DATA", str(tmp_path))
    with pytest.raises(
        InputError, match=r"\$KAIGONG_DATA/x.csv: got no such file.*set KAIGONG_DATA to the folder"
    ):
        find_file("$KAIGONG_DATA/x.csv")
    with pytest.raises(InputError, match=r"\$NOWHERE, which is not set"):
        find_file("$NOWHERE/x.csv")
