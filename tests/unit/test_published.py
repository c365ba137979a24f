"""``published.csv``: what is read, and every problem of a broken file at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from forecasts.published import Row, check_roles, read_published
from sim.errors import InputError

HEADER = "fact,measure,value,unit,rounding,n,role,month,group,reason,reform"


def written(tmp_path: Path, *lines: str, header: str = HEADER) -> Path:
    path = tmp_path / "published.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return path


def problems(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_published(path)
    return str(caught.value)


def test_a_row_is_read_with_its_defaults(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "# a remark",
        "A-1,investment_rate_of_year_plan,123.6,%,,181,predicted,2021-09,,nobody saw it,",
        'A-2,days_saved:signed:permitted,7,个月,2,,calibrated,,all,"rate, explained: late",a > b',
        "A-3,-,,,,,inconsistent,2020-12,,two sets,",
    )
    first, second, third = read_published(path)
    assert (first.value, first.rounding, first.n, first.month) == (123.6, 0.1, 181, date(2021, 9, 30))
    assert (first.group, first.reform, first.line) == ("all", "adopted", 3)
    assert (second.unit, second.rounding, second.reform) == ("mo", 2.0, "a > b")
    assert (second.name, second.arguments, second.explained) == (
        "days_saved",
        ("signed", "permitted"),
        "late",
    )
    assert (third.value, third.asked, third.month) == (None, False, date(2020, 12, 31))


def test_every_problem_is_listed_at_once(tmp_path: Path) -> None:
    text = problems(
        written(
            tmp_path,
            "A-1,velocity,5,%,,,predicted,,all,why,",
            "A-2,starts,many,projects,,,predicted,,all,why,",
            "A-3,starts,5,projects,,,guessed,,all,why,",
            "A-4,starts,5,projects,,0,predicted,2021-13,all,why,",
            "A-5,starts,6-8,projects,-1,,predicted,,all,,",
            "A-6,days:signed,5,%,,,predicted,,all,why,",
            "A-7,starts,5,projects,x,,predicted,,all,why,",
            "A-8,-,5,%,,,predicted,,all,why,",
            ",starts,5,projects,,,predicted,,all,why,",
            "A-9,starts,5,projects",
            "A-10,starts,5,projects,,,predicted,9999-12,all,why,",
            "A-11,starts,5,projects,,,predicted,0000-05,all,why,",
        )
    )
    for part in (
        "row 2 measure: got velocity, expected one of",
        "row 3 value: got many, expected a number",
        "row 4 role: got guessed, expected input, calibrated, predicted, inconsistent",
        "row 5 n: got 0, expected a whole number",
        "row 5 month: got 2021-13, expected a month such as 2021-09",
        "row 6 value: got 6-8, expected a number; write a range such as 6-8 by its middle, 7, with",
        "row 6 reason: got '', expected why it is predicted",
        "row 7 measure: got days:signed, expected days:MILESTONE:MILESTONE",
        "row 7 unit: got %, expected a unit of days: d, mo, wd",
        "row 8 rounding: got x",
        "row 9 measure: got -, expected one of",
        "row 10 fact: got ''",
        "row 11: got 4 cells",
        "row 12 month: got 9999-12, expected a month such as 2021-09",
        "row 13 month: got 0000-05, expected a month such as 2021-09",
    ):
        assert part in text, part


def test_quoted_cells_may_hold_line_ends_and_rows_keep_their_lines(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'A-1,starts,5,projects,,,predicted,,all,"nobody',
        '# saw ""it"", yet",',
        '# a remark, "with a quote',
        "",
        "A-2,starts,1.5e1,projects,,,predicted,,all,why,",
    )
    first, second = read_published(path)
    assert first.reason == 'nobody # saw "it", yet'
    assert (first.line, second.line) == (2, 6)
    assert (second.value, second.rounding) == (15.0, 1.0)


@pytest.mark.parametrize(
    ("cell", "got"), [('"why,', "unexpected end of data"), ('"why" not,', "',' expected after '\"'")]
)
def test_a_quote_that_is_not_closed(tmp_path: Path, cell: str, got: str) -> None:
    row = "A-1,starts,5,projects,,,predicted,,all,"
    text = problems(written(tmp_path, f"{row}why,", row + cell))
    assert f"published.csv row 3: got a row that cannot be read ({got}), expected cells" in text
    assert "close the quote" in text


@pytest.mark.parametrize("points", ["nan", "inf", "far"])
def test_points_behind_are_a_number(tmp_path: Path, points: str) -> None:
    line = f"A-1,behind:{points},5,projects,,,input,,all,why,"
    assert f"row 2 measure: got behind:{points}, expected points behind" in problems(written(tmp_path, line))


def test_a_fact_stands_once(tmp_path: Path) -> None:
    line = "A-1,starts,5,projects,,,predicted,,all,why,"
    assert "row 3 fact: got A-1, expected each number of a fact once (it stands in row 2)" in problems(
        written(tmp_path, line, line)
    )


def test_columns_are_named(tmp_path: Path) -> None:
    text = problems(written(tmp_path, header=HEADER.replace("role", "part")))
    assert "role: got no such column" in text
    assert "part: got a column" in text


def test_a_missing_file_says_what_to_write(tmp_path: Path) -> None:
    assert "expected a file published.csv" in problems(tmp_path / "published.csv")


def row(fact: str, role: str, reason: str) -> Row:
    base = Row(fact, "starts", 1.0, "projects", 1.0, None, "predicted", None, "all", reason, "adopted", 2)
    return replace(base, role=role)  # type: ignore[arg-type]


def test_a_calibrated_row_names_its_parameter() -> None:
    rows = [row("A", "calibrated", "reporting.ahead was fitted.")]
    assert check_roles(rows, {"reporting.ahead": "", "ahead": ""}) == {2: ("reporting.ahead",)}
    with pytest.raises(InputError, match="expected the name of a calibrated parameter: rate"):
        check_roles(rows, {"rate": ""})


def test_there_are_no_more_parameters_than_rows() -> None:
    rows = [row("A", "calibrated", "x and y")]
    with pytest.raises(InputError, match=r"2 parameters \(x, y\) on 1 rows"):
        check_roles(rows, {"x": "", "y": ""})
    assert check_roles([*rows, replace(row("B", "calibrated", "y"), line=3)], {"x": "", "y": ""})


def test_a_predicted_row_was_seen_by_no_parameter() -> None:
    rows = [row("A-1", "predicted", "free")]
    with pytest.raises(InputError, match="predicted, but x was calibrated on it"):
        check_roles(rows, {"x": "fitted to A-1, 2021"})
    assert check_roles(rows, {"x": "fitted to A-10"}) == {}
