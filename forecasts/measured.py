"""What the forecast says of published numbers: one sample a row, one value a replication."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from forecasts.asked import Groups, set_apart
from forecasts.money import year_money
from forecasts.outlook import Period, counts, minutes_after
from forecasts.path import Path
from forecasts.published import Row
from forecasts.ratings import judged_by, planned_minutes
from sim.clocks import DAY
from sim.investment import Invested
from sim.scenario import Scenario

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


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
        if row.name == "list_size":
            return self._fixed(float(self.groups.on_list(row.group.partition(":")[0]).sum()))
        return set_apart(row.group, lambda group: self._one(row, group))

    def true(self, row: Row) -> Floats | None:
        """Return the true series where the row is of the reported one."""
        if row.name not in ("investment_rate_of_year_plan", "investment", "first_year_share"):
            return None
        members = self.groups.members
        return set_apart(row.group, lambda group: self._invested(row, members(group), reported=False))

    def _one(self, row: Row, group: str) -> Floats:
        members = self.groups.members(group)
        answers: Mapping[str, Callable[[Row, Flags], Floats]] = {
            "investment_rate_of_year_plan": self._invested,
            "investment": self._invested,
            "first_year_share": self._invested,
            "slow": self._slow,
            "behind": self._behind,
            "plan_total": lambda _, m: self._fixed(float(self._plan[m & self._listed].sum())),
            "total_investment": lambda _, m: self._fixed(float(self._total[m & self._listed].sum())),
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
        """Projects whose planned start has come, and that have not started or were withdrawn."""
        path = self.path
        started = path.inputs.scenario.counts.starts or ""
        end = int(minutes_after([month_end(row, path.period)], path.model.epoch)[0])
        due = members & (planned_minutes(path.inputs.ledger, path.model, started) < end)
        times = path.outcome.milestones[..., path.model.milestones.index(started)]
        late = due & ((times >= end) | (path.outcome.withdrawn < end))
        return np.asarray(late.sum(axis=1), dtype=np.float64)

    def _behind(self, row: Row, members: Flags) -> Floats:
        """Projects whose reported share of plan lies more than so many points behind the even pace."""
        on_plan = members & (self._plan > 0)
        done = self._money(row, members).year_reported[:, on_plan] / self._plan[on_plan]
        pace = month_end(row, self.path.period).month / 12
        behind: Floats = (100 * (done - pace) < -float(row.arguments[0])).sum(axis=1).astype(np.float64)
        return behind

    def _counted(self, row: Row, members: Flags, measure: str) -> Floats:
        path = self.path
        milestone = path.inputs.scenario.counts.by_measure.get(measure, measure)
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
        path, members = self.path, self.groups.on_list(name)
        spec = next(spec for spec in path.inputs.scenario.lists if spec.name == name)
        judged = judged_by(path, spec)
        if not milestone:
            milestone = path.model.milestones[-1] if judged is None else judged[0]
        k = path.model.milestones.index(milestone)
        at = int(minutes_after([month_end(row, path.period)], path.model.epoch)[0])
        reached: Floats = (path.outcome.milestones[:, members, k] < at).sum(axis=1).astype(np.float64)
        return reached if row.unit == "projects" else _percent(reached, np.full(len(reached), members.sum()))


def _percent(top: Floats, bottom: Floats) -> Floats:
    found = np.full(len(top), np.nan)
    np.divide(100 * top, bottom, out=found, where=bottom > 0)
    return found


def _parameter(scenario: Scenario, name: str) -> float:
    return next(p.value for p in scenario.parameters() if p.name == name)
