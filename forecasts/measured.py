"""What the model says of published numbers: one sample a row, one value a replication.

Every number that a row cannot have (no such list, no project in the group, a month outside the forecast) is
found before anything is simulated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from forecasts.inputs import Inputs
from forecasts.money import attribute_rows, year_money
from forecasts.outlook import DAYS_A_MONTH, Period, counts, minutes_after
from forecasts.path import Path
from forecasts.published import FILE, Row
from forecasts.ratings import JUDGED
from sim.clocks import DAY, NEVER, date_of, working_days
from sim.errors import Problems
from sim.experiment import Outcome
from sim.investment import Invested
from sim.model.arrays import Model
from sim.plan import Scope
from sim.scenario import Scenario
from sim.workdays import Country

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: Measures of projects sent in from signing; the others are read of the forecast.
FROM_SIGNING = ("days", "days_saved")

#: Measures of money, which need an `investment` block and a plan.
OF_MONEY = ("investment_rate_of_year_plan", "investment", "plan", "first_year_share", "slow")

#: Sets two groups apart: the value of the first less that of the second.
_MINUS = " - "


def options_asked(row: Row) -> tuple[str, str]:
    """Return the baseline and the option that a row of days is about; the same twice for `days`.

    Examples
    --------
    >>> row = Row("A", "days_saved:a:b", 1.0, "d", 1.0, None, "predicted", None, "all", "", "x > x+y", 2)
    >>> options_asked(row)
    ('x', 'x+y')
    """
    first, found, second = (part.strip() for part in row.reform.partition(">"))
    if row.name == "days":
        return first, first
    return (first, second) if found else ("none", first)


@dataclass(frozen=True)
class Groups:
    """Which projects a row is about.

    Parameters
    ----------
    model : Model
    lists : sequence of str
        The cell `list` of every project of the model.
    """

    model: Model
    lists: Sequence[str]

    @classmethod
    def of(cls, model: Model, inputs: Inputs) -> Groups:
        """Read the attributes of a model and the lists of its ledger."""
        ledger = inputs.ledger
        written = dict(zip(ledger.ids, ledger.text("list"), strict=True))
        return cls(model, [written.get(i, "") for i in model.project_ids])

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
        found = [name in re.split(r"[;,；，、\s]+", text) for text in self.lists]
        return np.array(found, dtype=np.bool_)


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

    def check(self, rows: Sequence[Row]) -> None:
        """Raise with every row that cannot be answered.

        Raises
        ------
        InputError
        """
        problems = Problems()
        for row in rows:
            place = f"{FILE} row {row.line} ({row.fact})"
            if row.asked:
                self._names(row, place, problems)
                self._group(row, place, problems)
                self._month(row, place, problems)
                self._reforms(row, place, problems)
        problems.raise_if_any()

    def _names(self, row: Row, place: str, problems: Problems) -> None:
        scenario = self.inputs.scenario
        counted = tuple(scenario.counts.by_measure)
        wanted: Sequence[str] = ()
        if row.name in ("area_ratio", *FROM_SIGNING):
            wanted = scenario.milestone_names
        elif row.name == "ratio":
            wanted = counted
        elif row.name == "parameter":
            wanted = [p.name for p in scenario.parameters()]
        for name in row.arguments:
            if wanted and name not in wanted:
                few = ", ".join(wanted[:12])
                problems.add(place, "measure", name, f"a name such as {few}", "choose one of the scenario")
        if row.name in ("starts", "completions", "productions") and row.name not in counted:
            problems.add(place, "measure", row.name, ", ".join(counted), "write `counts:` in the scenario")
        plan = np.nan_to_num(self.groups.model.attributes.plan_this_year)
        if row.name in OF_MONEY and (scenario.investment is None or not plan.any()):
            expected = "a scenario with `investment:` and a ledger with plan_this_year"
            problems.add(place, "measure", row.name, expected, "add both, or make the row an input with -")
        if row.name == "slow" and _as_number(row.arguments[0]) is None:
            problems.add(place, "measure", row.measure, "points behind the even pace", "write slow:0")

    def _group(self, row: Row, place: str, problems: Problems) -> None:
        if row.name == "list_rate":
            self._list(row, place, problems)
            return
        for part in row.group.split(_MINUS):
            if not self.groups.members(part.strip()).any():
                expected = "a group with projects, such as all or key_level=provincial"
                problems.add(place, "group", part.strip(), expected, "change the group or the ledger")

    def _list(self, row: Row, place: str, problems: Problems) -> None:
        name, _, milestone = row.group.partition(":")
        specs = {spec.name for spec in self.inputs.scenario.lists}
        members = int(self.groups.on_list(name).sum())
        if name not in specs:
            expected = f"a list of the scenario: {', '.join(sorted(specs)) or 'there is none'}"
            problems.add(place, "group", name, expected, "write it under `lists:`")
        elif not members:
            problems.add(place, "group", name, "projects in the ledger's column list", "fill the column")
        elif row.n is not None and row.n != members:
            got = f"{members} projects on {name}"
            problems.add(place, "n", got, f"{row.n}, as published", "make the list as long in the ledger")
        if milestone and milestone not in self.inputs.scenario.milestone_names:
            expected = ", ".join(self.inputs.scenario.milestone_names)
            problems.add(place, "group", milestone, expected, "choose a milestone")

    def _month(self, row: Row, place: str, problems: Problems) -> None:
        if row.month is None or row.name in FROM_SIGNING:
            return
        if not self.period.as_of < row.month <= self.period.until and row.role != "input":
            expected = f"a month after {self.period.as_of} and up to {self.period.until}"
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


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def month_end(row: Row, period: Period) -> date:
    """Return the day a row is of: its month's last, the end of the forecast where it has none."""
    return min(row.month or period.until, period.until)


@dataclass(frozen=True)
class Forecasted:
    """Answers read of the forecast.

    Parameters
    ----------
    path : Path
        Its groups are not used.
    groups : Groups
    fixed : bool
    """

    path: Path
    groups: Groups
    fixed: bool

    def sample(self, row: Row) -> Floats:
        """Return the model's value of a row in every replication (R,), in the row's unit."""
        if row.name == "list_rate":
            return self._list_rate(row)
        first, *others = (self._one(row, g.strip()) for g in row.group.split(_MINUS))
        return first - others[0] if others else first

    def true(self, row: Row) -> Floats | None:
        """Return the true series where the row is of the reported one."""
        if row.name not in ("investment_rate_of_year_plan", "investment", "first_year_share"):
            return None
        return self._invested(row, self.groups.members(row.group), reported=False)

    def _one(self, row: Row, group: str) -> Floats:
        members = self.groups.members(group)
        answers: Mapping[str, Callable[[Row, Flags], Floats]] = {
            "investment_rate_of_year_plan": self._invested,
            "investment": self._invested,
            "first_year_share": self._invested,
            "slow": self._slow,
            "plan": lambda _, m: self._fixed(float(self._plan[m].sum())),
            "projects": lambda _, m: self._fixed(float((m & self._listed).sum())),
            "ratio": self._ratio,
            "area_ratio": self._area_ratio,
        }
        if row.name == "parameter":
            scale = 100.0 if row.unit == "%" else 1.0
            return self._fixed(scale * _parameter(self.path.inputs.scenario, row.arguments[0]))
        if row.name in answers:
            return answers[row.name](row, members)
        return self._counted(row, members, row.name)

    def _fixed(self, value: float) -> Floats:
        return np.full(len(self.path.outcome.numbers), value)

    @cached_property
    def _listed(self) -> Flags:
        """Projects of the ledger: those that arrive later are on no list yet."""
        return np.isin(np.array(self.path.model.project_ids), np.array(self.path.inputs.ledger.ids))

    @cached_property
    def _plan(self) -> Floats:
        return np.nan_to_num(self.path.model.attributes.plan_this_year)

    def _until(self, row: Row) -> Period:
        day = month_end(row, self.path.period)
        return replace(self.path.period, until=day, ends=(day,))

    def _money(self, row: Row, members: Flags) -> Invested:
        """Return money at the row's month, over its projects on the plan."""
        path, counted = self.path, (members & (self._plan > 0))[None, :]
        inputs = path.inputs
        return year_money(
            inputs.scenario, inputs.ledger, path.model, path.outcome, self._until(row), counted,
            fixed=self.fixed,
        )  # fmt: skip

    def _invested(self, row: Row, members: Flags, *, reported: bool = True) -> Floats:
        money = self._money(row, members)
        value: Floats = (money.reported if reported else money.true)[:, 0, -1]
        if row.name == "investment":
            return value
        on_plan = members & (self._plan > 0)
        whole = self._plan if row.name == "investment_rate_of_year_plan" else self._total
        share: Floats = 100 * value / whole[on_plan].sum()
        return share

    @property
    def _total(self) -> Floats:
        return np.nan_to_num(self.path.model.attributes.investment)

    def _slow(self, row: Row, members: Flags) -> Floats:
        """Projects whose reported share of plan lies more than so many points behind the even pace."""
        on_plan = members & (self._plan > 0)
        done = self._money(row, members).year_reported[:, on_plan] / self._plan[on_plan]
        pace = month_end(row, self.path.period).month / 12
        behind: Floats = (100 * (done - pace) < -float(row.arguments[0])).sum(axis=1).astype(np.float64)
        return behind

    def _counted(self, row: Row, members: Flags, measure: str) -> Floats:
        path = self.path
        milestone = path.inputs.scenario.counts.by_measure[measure]
        times = path.outcome.milestones[..., path.model.milestones.index(milestone)]
        return counts(times, path.outcome.active & members, self._until(row), path.model.epoch)[:, 0]

    def _ratio(self, row: Row, members: Flags) -> Floats:
        top, bottom = (self._counted(row, members, measure) for measure in row.arguments)
        return _percent(top, bottom)

    def _area_ratio(self, row: Row, members: Flags) -> Floats:
        """Area of the projects that reached one milestone over that of those that reached another."""
        path, period = self.path, self._until(row)
        first, last = minutes_after([period.start, *period.ends], path.model.epoch) - [DAY, 0]
        area = np.nan_to_num(path.model.attributes.area)
        sums = []
        for milestone in row.arguments:
            times = path.outcome.milestones[..., path.model.milestones.index(milestone)]
            inside = path.outcome.active & members & (times >= first) & (times < last)
            sums.append((inside * area).sum(axis=1))
        return _percent(sums[0], sums[1])

    def _list_rate(self, row: Row) -> Floats:
        name, _, milestone = row.group.partition(":")
        path, scenario = self.path, self.path.inputs.scenario
        members = self.groups.on_list(name)
        spec = next(spec for spec in scenario.lists if spec.name == name)
        measure = JUDGED[spec.kind][0]
        judged = scenario.counts.by_measure.get(measure) if measure else path.model.milestones[-1]
        k = path.model.milestones.index(milestone or judged or path.model.milestones[-1])
        at = int(minutes_after([month_end(row, path.period)], path.model.epoch)[0])
        reached: Floats = (path.outcome.milestones[:, members, k] < at).sum(axis=1).astype(np.float64)
        return reached if row.unit == "projects" else _percent(reached, np.full(len(reached), members.sum()))


def _percent(top: Floats, bottom: Floats) -> Floats:
    found = np.full(len(top), np.nan)
    np.divide(100 * top, bottom, out=found, where=bottom > 0)
    return found


def _parameter(scenario: Scenario, name: str) -> float:
    return next(p.value for p in scenario.parameters() if p.name == name)


@dataclass(frozen=True)
class FromSigning:
    """Answers read of options whose projects are sent in from signing, on the same luck.

    Parameters
    ----------
    models : mapping of str to Model
        By option: ``none``, ``adopted`` or reforms.
    outcomes : mapping of str to Outcome
    groups : Groups
        Of any of the models: they have the same projects.
    country : str
        Whose working days count.
    """

    models: Mapping[str, Model]
    outcomes: Mapping[str, Outcome]
    groups: Groups
    country: Country

    def sample(self, row: Row) -> Floats:
        """Return the mean days of a row in every replication (R,), in the row's unit."""
        first, *others = (self._one(row, self.groups.members(g.strip())) for g in row.group.split(_MINUS))
        return first - others[0] if others else first

    def _one(self, row: Row, members: Flags) -> Floats:
        base, option = options_asked(row)
        days = self._days(base, row)
        if option != base:
            days = days - self._days(option, row)  # NaN where either does not reach the milestone
        found = np.full(len(days), np.nan)
        counted = ~np.isnan(days) & members
        some = counted.sum(axis=1)
        np.divide(np.where(counted, days, 0.0).sum(axis=1), some, out=found, where=some > 0)
        return found / DAYS_A_MONTH if row.unit == "mo" else found

    def _days(self, option: str, row: Row) -> Floats:
        """Days between two milestones (R, P), NaN where one was not reached."""
        model, outcome = self.models[option], self.outcomes[option]
        start, end = (outcome.milestones[..., model.milestones.index(m)] for m in row.arguments)
        reached = outcome.active & (start < NEVER) & (end < NEVER) & (start > -NEVER) & (end > -NEVER)
        if not reached.any():
            return np.full(start.shape, np.nan)
        if row.unit == "wd":
            days = _working_days(start, end, reached, model, self.country)
        else:
            days = (end.astype(np.float64) - start) / DAY
        return np.where(reached, days, np.nan)


def _working_days(
    start: npt.NDArray[np.int32], end: npt.NDArray[np.int32], reached: Flags, model: Model, country: Country
) -> Floats:
    """Return the working days from one minute's day to the other's."""
    first = min(int(start[reached].min()), int(end[reached].min())) // DAY * DAY
    last = max(int(start[reached].max()), int(end[reached].max()))
    flags = working_days(date_of(first, model.epoch), date_of(last, model.epoch), country)
    before = np.concatenate([[0], np.cumsum(flags)]).astype(np.float64)
    days = [before[np.where(reached, (t - first) // DAY, 0)] for t in (start, end)]
    result: Floats = days[1] - days[0]
    return result
