"""Every problem at once, one line each."""

import pytest

from sim.errors import InputError, KaigongError, Problem, Problems


def test_a_problem_reads_as_one_line():
    problem = Problem("a.yaml:3", "resources.land.amount", "12", "a unit", "write `12 mu`")
    assert str(problem) == "a.yaml:3 resources.land.amount: got 12, expected a unit; write `12 mu`"


def test_a_problem_without_a_path_has_no_gap():
    assert str(Problem("a.yaml", "", "nothing", "a scenario", "fill it")).startswith("a.yaml: got nothing")


def test_all_errors_are_raised_together_and_warnings_stay_behind():
    problems = Problems()
    problems.add("a.csv row 2", "id", "''", "an id", "fill the cell")
    problems.add("a.csv row 3", "area", -1, "an area", "correct it")
    problems.add("a.csv row 4", "investment", 900, "0.05 to 500", "check the unit", "warning")
    with pytest.raises(InputError, match=r"row 2 id: got ''.*\n.*row 3 area: got -1") as caught:
        problems.raise_if_any()
    assert caught.value.problems == problems.errors
    assert len(problems.errors) == 2
    assert [w.place for w in problems.warnings] == ["a.csv row 4"]
    assert isinstance(caught.value, KaigongError)


def test_nothing_is_raised_for_warnings_alone():
    problems = Problems()
    problems.add("a", "b", "c", "d", "e", "warning")
    problems.raise_if_any()


def test_problems_sort_by_place_and_path():
    late, early = Problem("b", "x", "1", "2", "3"), Problem("a", "y", "1", "2", "3")
    assert sorted([late, early]) == [early, late]
