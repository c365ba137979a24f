"""Year-to-date figures read from a file: headers, units, months, and every problem at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from forecasts.months import month_of
from forecasts.todate import read_to_date
from sim.errors import InputError

YEAR = "".join(f"2020-{m:02d},{m * 10},{m}\n" for m in range(2, 13))


def written(folder: Path, text: str) -> Path:
    path = folder / "figures.csv"
    path.write_text(text, encoding="utf-8")
    return path


def complaints(path: Path, **options: str) -> str:
    with pytest.raises(InputError) as caught:
        read_to_date(path, **options)  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(
    ("header", "month"),
    [
        ("month,investment (亿元),starts", "2020-06"),
        ("月份,投资(亿元),开工", "2020年6月"),
        ("月份,本年累计完成投资（亿元）,新开工项目(个)", "2020/6"),
        ("截至月份,本年完成投资(亿元),累计开工项目数", "2020-06-30"),
    ],
)
def test_headers_and_months_as_people_write_them(tmp_path: Path, header: str, month: str) -> None:
    found = read_to_date(written(tmp_path, f"{header}\n{month},12.5,7\n"))
    assert found.figures == {
        "investment": {month_of(date(2020, 6, 1)): 12.5},
        "starts": {month_of(date(2020, 6, 1)): 7.0},
    }


def test_money_is_in_yi_by_header_cell_or_option(tmp_path: Path) -> None:
    june = month_of(date(2020, 6, 1))
    header = written(tmp_path, "month,investment (万元)\n2020-06,25000\n")
    assert read_to_date(header).figures["investment"][june] == 2.5
    bare = written(tmp_path, "month,investment\n2020-06,25000\n")
    assert read_to_date(bare, money="万元").figures["investment"][june] == 2.5
    assert "got no unit, expected a unit of money" in complaints(bare)
    wrong = written(tmp_path, "month,investment (万美元)\n2020-06,25000\n")
    assert "got 万美元, expected a unit of money" in complaints(wrong)


def test_a_scenario_may_count_more(tmp_path: Path) -> None:
    path = written(tmp_path, "month,获批\n2020-06,3\n")
    assert "no known measure" in complaints(path)
    found = read_to_date(path, measures=["consents"], words={"获批": "consents"})
    assert list(found.figures) == ["consents"]


def test_every_problem_is_told_at_once_with_its_row(tmp_path: Path) -> None:
    text = "month,investment (亿元),strats,completions (亩)\n"
    text += "2020-02,1,1,1\n2020-03,x,2,1\nMarch,1,1,1\n2020-03,1,1,1\n2020-06,4,3,1.5\n"
    said = complaints(written(tmp_path, text))
    for expected in (
        "figures.csv row 1 strats: got no known measure",
        "did you mean `starts`?",
        "figures.csv row 1 completions (亩): got 亩, expected projects",
        "figures.csv row 3 investment (亿元): got 'x'",
        "figures.csv row 4 month: got 'March'",
        "figures.csv row 5 month: got 2020-03 again (first in row 3)",
        "figures.csv row 6 investment (亿元): got nothing for 2020-04, 2020-05",
        "figures.csv row 6 completions (亩): got '1.5', expected a whole number",
    ):
        assert expected in said


def test_january_may_miss_and_no_other_month(tmp_path: Path) -> None:
    head = "month,investment (亿元),starts\n"
    found = read_to_date(written(tmp_path, head + YEAR + "2021-02,30,3\n"))
    past, now = found.years("investment", 2021)
    assert past.tolist() == [[10.0 * m for m in range(2, 13)]]
    assert now.tolist() == [30.0]
    assert "nothing for 2021-02" in complaints(written(tmp_path, head + YEAR + "2021-03,30,3\n"))
    hole = YEAR.replace("2020-07,70,7\n", "2020-07,70,\n")
    assert "row 7 starts: got nothing for 2020-07" in complaints(written(tmp_path, head + hole))


def test_a_first_year_that_begins_late_is_no_gap_and_no_year(tmp_path: Path) -> None:
    head, late = "month,investment (亿元),starts\n", "2019-11,90,9\n2019-12,95,10\n"
    past, _ = read_to_date(written(tmp_path, head + late + YEAR)).years("starts", 2021)
    assert past.shape == (1, 11)


def test_figures_that_fall_are_said_and_kept(tmp_path: Path) -> None:
    path = written(tmp_path, "month,starts\n2020-02,5\n2020-03,4\n2021-02,1\n".replace("2021-02,1\n", ""))
    found = read_to_date(path)
    assert found.figures["starts"][month_of(date(2020, 3, 1))] == 4
    (note,) = found.notes
    assert (note["what"], note["month"], note["row"]) == ("falls", "2020-03", 3)


def test_nothing_of_a_month_that_has_not_ended_is_used(tmp_path: Path) -> None:
    found = read_to_date(written(tmp_path, "month,investment (亿元),starts\n" + YEAR))
    known = found.known_on(date(2020, 6, 29))
    assert max(known.figures["starts"]) == month_of(date(2020, 5, 1))
    assert known.notes[-1] == {"what": "later", "month": "2020-06", "day": "2020-06-29"}
    assert max(found.known_on(date(2020, 6, 30)).figures["starts"]) == month_of(date(2020, 6, 1))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "no such file" in complaints(tmp_path / "none.csv")
    assert "a header without it" in complaints(written(tmp_path, "when,starts\n2020-02,1\n"))
