"""Ledgers in somebody else's columns."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from sim.errors import InputError
from sim.ledger import UNKNOWN, LedgerFormat, Reading, ledger_of_bytes, read_ledger

TEXT = b"""extract,ref,tech,status,d_in,d_yes,d_appeal,d_out,updated
2019-12,1,Sun,open,2019-01-01,,,,01/02/2019
2020-12,1,Sun,open,2019-01-01,2020-03-01,2020-02-01,,01/02/2020
2020-12,2,Tide,left,2019-01-01,,,,03/04/2020
2020-12,3,Wind,built,2019-05-01,,,,
"""
FORM = {
    "vintage": "extract",
    "columns": {
        "id": "ref",
        "kind": {"from": "tech", "map": {"Sun": "solar", "Wind": "wind"}, "other": "other"},
        "in": "d_in",
        "in_year": {"from": "d_in", "take": "year"},
        "yes": {"earliest_of": ["d_yes", "d_appeal"], "unknown_when": {"status": ["built"]}},
        "withdrawn": [
            {"when": {"status": "gone"}, "from": "d_out"},
            {"when": {"status": "left"}, "from": "updated", "date": "%d/%m/%Y"},
        ],
    },
}


def reading(form: dict[str, object], as_of: date | None = None) -> Reading:
    return Reading(
        ("in", "yes"), form=LedgerFormat.model_validate(form), attributes={"in_year": "number"}, as_of=as_of
    )


def test_rules_make_our_columns() -> None:
    ledger = ledger_of_bytes(TEXT, "t.csv", reading(FORM))
    assert ledger.ids == ("1", "2", "3")
    assert ledger.text("kind") == ("solar", "other", "wind")
    assert ledger.number("in_year") == (2019.0, 2019.0, 2019.0)
    assert ledger.dates["yes"] == (date(2020, 2, 1), None, UNKNOWN)
    assert ledger.withdrawn == (None, date(2020, 4, 3), None)
    assert ledger.row_numbers == (3, 4, 5)


def test_the_as_of_date_chooses_the_extract() -> None:
    assert ledger_of_bytes(TEXT, "t.csv", reading(FORM, date(2020, 6, 30))).ids == ("1",)
    with pytest.raises(
        InputError, match=r"extract: got as-of 2019-06-30, extracts 2019-12, 2020-12, expected an extract"
    ):
        ledger_of_bytes(TEXT, "t.csv", reading(FORM, date(2019, 6, 30)))


def test_columns_that_are_not_there_are_all_named() -> None:
    form = {"filter": {"stat": "open"}, "columns": {"id": "ref", "in": "d_inn"}}
    with pytest.raises(
        InputError, match=r"(?s)columns.in: got no column 'd_inn'.*'d_in'.*filter: got no column 'stat'"
    ):
        ledger_of_bytes(TEXT, "t.csv", reading(form))


def test_a_bad_date_inside_a_rule_is_named_with_its_row() -> None:
    broken = TEXT.replace(b"2020-02-01", b"2020-02-31")
    with pytest.raises(InputError, match=r"t.csv row 3 yes: got '2020-02-31', expected a day that exists"):
        ledger_of_bytes(broken, "t.csv", reading(FORM))


def test_a_rule_has_one_source() -> None:
    with pytest.raises(ValidationError, match=r"exactly one of from, first_of, earliest_of, latest_of"):
        LedgerFormat.model_validate({"columns": {"id": {"from": "a", "first_of": ["b"]}}})


def _register(as_of: date):  # type: ignore[no-untyped-def]
    folder = Path(__file__).parents[2] / "scenarios" / "uk-renewables"
    raw = YAML(typ="safe").load(folder / "scenario.yaml")
    data = Path(os.environ.get("KAIGONG_DATA", "../shared/data")) / "uk_repd_vintages.csv.gz"
    if not data.is_file():
        pytest.skip(f"no {data.name}: set KAIGONG_DATA to the folder of real data")
    names = [m["name"] for m in raw["milestones"]]
    return read_ledger(data, names, form=LedgerFormat.model_validate(raw["ledger_format"]), as_of=as_of)


@pytest.mark.parametrize(
    ("as_of", "first", "last", "consents", "starts", "completions"),
    [
        (date(2019, 12, 31), date(2019, 1, 1), date(2019, 12, 31), 207, 43, 33),
        (date(2021, 6, 30), date(2021, 1, 1), date(2021, 6, 30), 148, 54, 10),
    ],
)
def test_the_real_register_counts_what_its_columns_count(
    as_of: date, first: date, last: date, consents: int, starts: int, completions: int
) -> None:
    ledger = _register(as_of)
    counted = [
        sum(1 for day in ledger.dates[name] if isinstance(day, date) and first <= day <= last)
        for name in ("consent", "construction", "operational")
    ]
    assert counted == [consents, starts, completions]
