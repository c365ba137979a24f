"""What published numbers ask of a scenario, and whether it can answer: found before anything is simulated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from forecasts.inputs import Inputs
from forecasts.money import attribute_rows
from forecasts.outlook import Period
from forecasts.published import ANSWERED, FILE, Row
from forecasts.ratings import lists_of, on_list
from sim.errors import Problem, Problems
from sim.model.arrays import Model
from sim.plan import Scope

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Measures of projects sent in from signing; the others are read of the forecast.
FROM_SIGNING = ("days", "days_saved", "approval_days")

#: Measures of money, which need an `investment` block and a plan.
OF_MONEY = ("investment_rate_of_year_plan", "investment", "plan_total", "first_year_share", "behind")

#: Measures that do not count from the year's first day.
_AT_ANY_TIME = ("list_rate", "list_size", "parameter", "plan_total", "total_investment", "projects")

#: Sets two groups apart: the value of the first less that of the second.
MINUS = " - "


def options_asked(row: Row) -> tuple[str, str]:
    """Return the baseline and the option that a row of days is about; the same twice for `days`.

    Examples
    --------
    >>> row = Row("A", "days_saved:a:b", 1.0, "d", 1.0, None, "predicted", None, "all", "", "x > x+y", 2)
    >>> options_asked(row)
    ('x', 'x+y')
    """
    first, found, second = (part.strip() for part in row.reform.partition(">"))
    if row.name != "days_saved":
        return first, first
    return (first, second) if found else ("none", first)


def set_apart(group: str, value: Callable[[str], Floats]) -> Floats:
    """Return the value of a group, less that of the other one where it sets two apart.

    Examples
    --------
    >>> set_apart("kind=industry - all", lambda group: np.array([float(len(group))]))
    array([10.])
    """
    first, *others = (value(part) for part in parts_of(group))
    return first - others[0] if others else first


def parts_of(group: str) -> tuple[str, ...]:
    """Return the groups that a group sets apart, or itself alone.

    Examples
    --------
    >>> parts_of("key_level=city - all"), parts_of("all")
    (('key_level=city', 'all'), ('all',))
    """
    return tuple(part.strip() for part in group.split(MINUS))


@dataclass(frozen=True)
class Groups:
    """Which projects a row is about.

    Parameters
    ----------
    model : Model
    lists : sequence of set of str
        The lists that every project of the model is on.
    """

    model: Model
    lists: Sequence[set[str]]

    @classmethod
    def of(cls, model: Model, inputs: Inputs) -> Groups:
        """Read the attributes of a model and the lists of its ledger."""
        return cls(model, lists_of(inputs.ledger, model.project_ids))

    @cached_property
    def _rows(self) -> list[dict[str, str | float]]:
        return attribute_rows(self.model)

    def members(self, group: str) -> Flags:
        """Return the projects of ``all`` or of a rule ``attribute=value;...`` (P,)."""
        if group == "all":
            return np.ones(len(self._rows), dtype=np.bool_)
        scope = Scope.parse(group)
        return np.array([bool(scope.rule) and scope.holds("", row) for row in self._rows], dtype=np.bool_)

    def on_list(self, name: str) -> Flags:
        """Return the projects of a list (P,)."""
        return on_list(self.lists, name)


@dataclass(frozen=True)
class Asked:
    """Checks that a scenario can answer the rows it is asked.

    Parameters
    ----------
    inputs : Inputs
        Of the forecast.
    groups : Groups
        Of the forecast's model.
    period : Period
    """

    inputs: Inputs
    groups: Groups
    period: Period

    def check(self, rows: Sequence[Row]) -> dict[int, str]:
        """Return what cannot be said of rows that are only shown, by row of the file.

        Raises
        ------
        InputError
            With every predicted or calibrated row that cannot be answered.
        """
        problems, shown = Problems(), dict[int, str]()
        for row in rows:
            found = self._problems(row) if row.asked else ()
            if row.role in ANSWERED:
                problems.found.extend(found)
            elif found:
                shown[row.line] = str(found[0])
        ends = {row.arguments[1] for row in rows if row.name == "approval_days" and row.line not in shown}
        if len(ends) > 1:
            expected = "one milestone that approval days end with"
            problems.add(FILE, "measure", ", ".join(sorted(ends)), expected, "keep one of them")
        problems.raise_if_any()
        return shown

    def _problems(self, row: Row) -> Sequence[Problem]:
        problems, place = Problems(), f"{FILE} row {row.line} ({row.fact})"
        self._names(row, place, problems)
        self._group(row, place, problems)
        self._month(row, place, problems)
        self._reforms(row, place, problems)
        return problems.found

    def _names(self, row: Row, place: str, problems: Problems) -> None:
        scenario = self.inputs.scenario
        counted = tuple(scenario.counts.by_measure)
        wanted: Sequence[str] = ()
        if row.name in ("area_ratio", *FROM_SIGNING):
            wanted = scenario.milestone_names
        elif row.name == "ratio":
            wanted = (*counted, *scenario.milestone_names)
        elif row.name == "parameter":
            wanted = [p.name for p in scenario.parameters()]
        for name in row.arguments:
            if wanted and name not in wanted:
                few = ", ".join(wanted[:12])
                remedy = "choose one of the scenario, or give the activity a milestone"
                problems.add(place, "measure", name, f"a name such as {few}", remedy)
        if row.name in ("starts", "completions", "productions") and row.name not in counted:
            problems.add(place, "measure", row.name, ", ".join(counted), "write `counts:` in the scenario")
        plan = np.nan_to_num(self.groups.model.attributes.plan_this_year)
        if row.name in OF_MONEY and (scenario.investment is None or not plan.any()):
            expected = "a scenario with `investment:` and a ledger with plan_this_year"
            problems.add(place, "measure", row.name, expected, "add both, or make the row an input with -")
        if row.name == "slow" and scenario.counts.starts not in self.inputs.ledger.planned:
            problems.add(place, "measure", "slow", "planned dates of starts", "fill the ledger's column")
        if row.name == "approval_days" and row.arguments[0] != scenario.milestone_names[0]:
            expected = f"days that begin with {scenario.milestone_names[0]}"
            problems.add(place, "measure", row.measure, expected, "let the path begin there")

    def _group(self, row: Row, place: str, problems: Problems) -> None:
        if row.name in ("list_rate", "list_size"):
            self._list(row, place, problems)
            return
        for part in parts_of(row.group):
            if not self.groups.members(part).any():
                expected = "a group with projects, such as all or key_level=provincial"
                problems.add(place, "group", part, expected, "change the group or the ledger")

    def _list(self, row: Row, place: str, problems: Problems) -> None:
        name, _, milestone = row.group.partition(":")
        specs = {spec.name for spec in self.inputs.scenario.lists}
        members = int(self.groups.on_list(name).sum())
        if name not in specs:
            expected = f"a list of the scenario: {', '.join(sorted(specs)) or 'there is none'}"
            problems.add(place, "group", name, expected, "write it under `lists:`")
        elif not members:
            problems.add(place, "group", name, "projects in the ledger's column list", "fill the column")
        elif row.name == "list_rate" and row.n is not None and row.n != members:
            got = f"{members} projects on {name}"
            problems.add(place, "n", got, f"{row.n}, as published", "make the list as long in the ledger")
        if milestone and milestone not in self.inputs.scenario.milestone_names:
            expected = ", ".join(self.inputs.scenario.milestone_names)
            problems.add(place, "group", milestone, expected, "choose a milestone")

    def _month(self, row: Row, place: str, problems: Problems) -> None:
        if row.month is None or row.name in FROM_SIGNING:
            return
        period = self.period
        if row.role == "input":  # what was known already may be shown, if the forecast's year holds it
            within = period.start <= row.month and row.month.replace(day=1) <= period.until
            if not within and row.name not in _AT_ANY_TIME:
                expected = f"a month from {period.start} up to {period.until}"
                problems.add(place, "month", row.month, expected, "leave the measure out with -")
        elif not period.as_of < row.month <= period.until:
            expected = f"a month after {period.as_of} and up to {period.until}"
            problems.add(place, "month", row.month, expected, "change as_of or until of the scenario")

    def _reforms(self, row: Row, place: str, problems: Problems) -> None:
        if row.name not in FROM_SIGNING:
            return
        known = self.inputs.scenario.reforms
        for option in options_asked(row):
            for name in option.split("+"):
                if option not in ("none", "adopted") and name not in known:
                    expected = f"none, adopted, or reforms: {', '.join(known) or 'there is none'}"
                    problems.add(place, "reform", name or "''", expected, "choose one of the scenario")
        if row.name == "days_saved" and len(set(options_asked(row))) == 1:
            problems.add(place, "reform", row.reform, "two options, A > B", "name what saves the days")
