"""Values of the indicators of a ranking: by replication, unit and indicator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.money import aligned, attribute_rows, drawn, meets
from forecasts.outlook import minutes_after
from forecasts.path import Path
from forecasts.ratings import planned_minutes
from sim.clocks import NEVER, minute_of
from sim.experiment import Outcome
from sim.scenario.ranking import Bonus, Indicator, Ranking

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Column:
    """What one indicator needs of the projects.

    Parameters
    ----------
    spec : Indicator
    size : (P, U) float64
        Amount of each project in the column of its unit, 0 where it does not count.
    below : (U,) float64 or None
        Denominator that is the same in every replication; None = the unit's projects that take part.
    one : (U,) float64
        Amount of one project more: 1, or the mean amount of the unit's projects.
    """

    spec: Indicator
    size: Floats
    below: Floats | None
    one: Floats


@dataclass(frozen=True)
class Table:
    """Everything that values are made of.

    Parameters
    ----------
    path : Path
    ranking : Ranking
    units : tuple of str
    columns : tuple of Column
    bonus : tuple of (Bonus, (P, U) float64)
    moments : (int, int)
        Last minutes of the as-of day and of the period.
    year : int
        First minute of the year.
    """

    path: Path
    ranking: Ranking
    units: tuple[str, ...]
    columns: tuple[Column, ...]
    bonus: tuple[tuple[Bonus, Floats], ...]
    moments: tuple[int, int]
    year: int

    def values(self, part: Outcome, money: Floats, at: int) -> Floats:
        """Return the indicators at a minute, NaN where a unit has nothing to divide by.

        Parameters
        ----------
        part : Outcome
            Some replications.
        money : (r, P) float64
            Reported money of the year.
        at : int

        Returns
        -------
        (r, U, I) float64
        """
        return np.stack([self._column(column, part, money, at) for column in self.columns], axis=-1)

    def _column(self, column: Column, part: Outcome, money: Floats, at: int) -> Floats:
        spec, shape = column.spec, (part.replications, len(self.units))
        if spec.given is not None:
            return np.broadcast_to([spec.given.get(unit, np.nan) for unit in self.units], shape)
        if spec.milestone is None:
            top = money @ column.size
        else:
            times = self._times(part, spec.milestone)
            # Of those planned for the year, one that was early counts as well.
            first = -NEVER if spec.per == "plan" else self.year
            top = ((times >= first) & (times <= at) & (times < NEVER) & part.active) @ column.size
        if spec.per is None:
            return np.asarray(top, dtype=np.float64)
        found = np.full(shape, np.nan)
        below = np.broadcast_to(self.below(column, part), shape)
        np.divide(top, below, out=found, where=below > 0)
        return found

    def _times(self, part: Outcome, milestone: str) -> npt.NDArray[np.int32]:
        return part.milestones[..., self.path.model.milestones.index(milestone)]

    def below(self, column: Column, part: Outcome) -> Floats:
        """Return the denominator of an indicator, 1 where it has none."""
        if column.spec.per is None:
            return np.ones(len(self.units))
        return part.active @ column.size if column.below is None else column.below

    def one_more(self, part: Outcome) -> Floats:
        """Return what one more start would add to each indicator of a unit, (r, U, I)."""
        starts = self.path.inputs.scenario.counts.starts
        shape = (part.replications, len(self.units))
        found = np.zeros((*shape, len(self.columns)))
        for i, column in enumerate(self.columns):
            if starts is not None and column.spec.milestone == starts:
                below = np.broadcast_to(self.below(column, part), shape)
                np.divide(np.broadcast_to(column.one, shape), below, out=found[..., i], where=below > 0)
        return found

    def extra(self, part: Outcome, at: int, *, fixed: bool) -> Floats:
        """Return the bonus points of every unit, (r, U)."""
        found = np.zeros((part.replications, len(self.units)))
        for bonus, size in self.bonus:
            times = self._times(part, bonus.milestone)
            count = ((times >= self.year) & (times <= at) & (times < NEVER) & part.active) @ size
            if bonus.most is not None:
                count = np.minimum(count, bonus.most)
            numbers = [int(n) for n in part.numbers]
            found += count * drawn(bonus.points, part.seed, numbers, fixed=fixed)[:, None]
        return found


def make_table(path: Path, ranking: Ranking) -> Table:
    """Lay out the projects of a path by unit and indicator."""
    model, scenario = path.model, path.inputs.scenario
    rows = attribute_rows(model)
    of_unit = [str(row.get(scenario.units, "")) for row in rows]
    units = tuple(sorted(set(of_unit) - {""}))
    home = np.array([[name == unit for unit in units] for name in of_unit], dtype=np.float64)
    home = home.reshape(len(rows), len(units)) * meets(ranking.of, rows)[:, None]
    columns = tuple(_make_column(path, spec, home, rows) for spec in ranking.indicators.values())
    bonus = tuple((each, home * meets(each.when, rows)[:, None]) for each in ranking.bonus)
    now, then = (int(m) - 1 for m in minutes_after([path.period.as_of, path.period.until], model.epoch))
    return Table(path, ranking, units, columns, bonus, (now, then), minute_of(path.period.start, model.epoch))


def _make_column(path: Path, spec: Indicator, home: Floats, rows: Sequence[Any]) -> Column:
    model, ledger = path.model, path.inputs.ledger
    mine = home * meets(spec.of, rows)[:, None]
    plan = np.nan_to_num(model.attributes.plan_this_year)
    if spec.money is not None:
        if spec.per == "plan":
            mine = mine * (plan > 0)[:, None]
            return Column(spec, mine, plan @ mine, np.zeros(mine.shape[1]))
        spent = aligned(ledger, model, "invested_to_date") - aligned(ledger, model, "invested_this_year")
        return Column(spec, mine, np.nan_to_num(spent) @ mine, np.zeros(mine.shape[1]))
    amount = np.array([1.0 if spec.amount == "case" else _number(row.get(spec.amount)) for row in rows])
    count = mine.sum(axis=0)
    one = np.divide(amount @ mine, count, out=np.ones(len(count)), where=count > 0)
    size = mine * amount[:, None]
    if spec.per != "plan" or spec.milestone is None:
        return Column(spec, size, None, one)
    planned = planned_minutes(ledger, model, spec.milestone)
    year = minute_of(path.period.start, model.epoch)
    end = minute_of(path.period.start.replace(year=path.period.start.year + 1), model.epoch)
    size = size * ((planned >= year) & (planned < end))[:, None]
    return Column(spec, size, size.sum(axis=0), one)


def _number(value: Any) -> float:
    """Read an attribute as a number; what is none counts for nothing."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    return 0.0 if np.isnan(number) else number
