"""Landmark regression: the chance that each open project reaches a milestone within so many months.

From every earlier cut-off one looks ahead period by period: the hazard of reaching the milestone, and that
of leaving, given what was on record *at the cut-off*. A milestone that nearly always comes after the one
before it is forecast in two steps, to that one and from it on: few have gone the last step, many the one
before. Trained on nothing later than the panel's last cut-off; projects independent (for totals see
`forecasts.landmark.totals`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from forecasts.history import NEVER
from forecasts.landmark.design import Design
from forecasts.landmark.logit import Logit, fit_logit
from forecasts.landmark.panel import Panel, Rows

__all__ = ["FEWEST", "Hazards", "Landmark", "fit_landmark"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Ridge, in events.
RIDGE: Final = 10.0

#: Fewest events of the milestone a model is trained on.
FEWEST: Final = 10

#: Share of its events before which the milestone before must have been reached for two steps.
_AFTER: Final = 0.8

#: Most rows trained on: beyond, fewer of the earlier cut-offs are looked ahead from.
_ROWS: Final = 400_000


@dataclass(frozen=True)
class Hazards:
    """Chances per period of reaching the milestone and of leaving, by logistic regression.

    Parameters
    ----------
    design : Design
    reach, leave : Logit
    came, expected : (M,) float64
        Events of the milestone by calendar period trained on, and what the fit expects of the same
        projects: how they differ is the common level.
    """

    design: Design
    reach: Logit
    leave: Logit
    came: Floats
    expected: Floats

    def run(self, rows: Rows, periods: int) -> Floats:
        """Give the probability of reaching the milestone in each period, (N, periods)."""
        found, still = np.zeros((len(rows), periods)), np.ones(len(rows))
        for period in range(1, periods + 1):
            x = self.design.columns(rows, np.full(len(rows), period))
            reach, leave = self.reach.chance(x), self.leave.chance(x)
            found[:, period - 1] = still * reach
            still = still * np.maximum(1.0 - reach - leave, 0.0)
        return found


@dataclass(frozen=True)
class Landmark:
    """A fitted forecast of one milestone, project by project.

    Parameters
    ----------
    milestone : str
    hazards : Hazards
        Of all projects; where `before` is given, of those that have reached the milestone before.
    before : Landmark or None
        Forecast of the milestone before, for projects that have not reached that.
    events : int
        Events of the milestone it was trained on.
    restated : bool
        Whether planned dates were known as of each cut-off (see `Panel`).
    """

    milestone: str
    hazards: Hazards
    before: Landmark | None
    events: int
    restated: bool

    def open(self, rows: Rows) -> Bools:
        """Tell of which rows the milestone is still ahead."""
        return np.asarray(rows.reached[:, self.hazards.design.milestone :].min(axis=1) == NEVER)

    def reach(self, rows: Rows, months: int = 12) -> Floats:
        """Give the probability that each row's project reaches the milestone by each month ahead.

        Parameters
        ----------
        rows : Rows
            Open ones (`open`).
        months : int

        Returns
        -------
        (N, months) float64
            Rising; column h - 1: within h months of the row's cut-off.
        """
        step = self.hazards.design.step
        by_period = self.by_period(rows, -(-months // step))
        return np.cumsum(np.repeat(by_period / step, step, axis=1)[:, :months], axis=1)

    def by_period(self, rows: Rows, periods: int) -> Floats:
        """Give the probability of reaching the milestone in each period, (N, periods)."""
        if self.before is None:
            return self.hazards.run(rows, periods)
        last = self.hazards.design.milestone - 1
        there = rows.reached[:, last] != NEVER
        found = np.zeros((len(rows), periods))
        found[there] = self.hazards.run(rows.take(there), periods)
        waiting = rows.take(~there)
        arrive = self.before.by_period(waiting, periods)
        for period in range(1, periods):
            onward = self.hazards.run(
                _moved(waiting, last, period * self.hazards.design.step), periods - period
            )
            found[~there, period:] += arrive[:, period - 1 : period] * onward
        return found

    def kept(self, rows: Rows, months: int = 12) -> Floats:
        """Give the probability that each planned date is kept; NaN where none lies within `months`."""
        planned = rows.planned[:, self.hazards.design.promise]
        ahead = np.where(planned == NEVER, 0, planned - rows.cutoff)
        due = (ahead >= 1) & (ahead <= months)
        kept = np.full(len(rows), np.nan)
        kept[due] = np.take_along_axis(self.reach(rows.take(due), months), ahead[due][:, None] - 1, axis=1)[
            :, 0
        ]
        return kept


def fit_landmark(
    panel: Panel,
    milestone: str,
    *,
    promise: str | None = None,
    horizon: int = 12,
    covariates: Sequence[str] = (),
    ridge: float = RIDGE,
    plan_only: bool = False,
) -> Landmark | None:
    """Fit on a panel; None where too few have reached the milestone while watched.

    Parameters
    ----------
    panel : Panel
        Nothing after its last cut-off is used.
    milestone : str
    promise : str, optional
        The milestone whose planned date counts; left out, the milestone itself.
    horizon : int
        Months looked ahead.
    covariates : sequence of str
        Attributes that may matter: size, kind of land ...
    ridge : float
        In events.
    plan_only : bool
        Use the planned date alone.

    Returns
    -------
    Landmark or None
    """
    k = panel.milestones.index(milestone)
    q = panel.milestones.index(promise) if promise is not None else k
    spec = _Spec(panel, q, -(-horizon // panel.step), tuple(covariates), ridge, plan_only)
    sample = spec.sample(k)
    events = len(np.unique(sample.rows.project[sample.reached]))
    if events < FEWEST:
        return None
    if plan_only or not _follows(sample.rows.take(sample.reached), k):
        return Landmark(milestone, spec.fit(sample, k), None, events, panel.restated)
    earlier = spec.sample(k - 1)
    first = Landmark(milestone, spec.fit(earlier, k - 1), None, events, panel.restated)
    there = sample.take(sample.rows.reached[:, k - 1] != NEVER)
    return Landmark(milestone, spec.fit(there, k), first, events, panel.restated)


@dataclass(frozen=True)
class _Sample:
    """Rows looked ahead from, each with a period, what happened in it, and its weight."""

    rows: Rows
    period: Ints
    reached: Bools
    left: Bools
    weight: Floats

    def take(self, keep: Bools) -> _Sample:
        return _Sample(
            self.rows.take(keep), self.period[keep], self.reached[keep], self.left[keep], self.weight[keep]
        )


@dataclass(frozen=True)
class _Spec:
    """What to fit on."""

    panel: Panel
    promise: int
    periods: int
    covariates: tuple[str, ...]
    ridge: float
    plan_only: bool

    def fit(self, sample: _Sample, milestone: int) -> Hazards:
        step = self.panel.step
        design = Design.of(sample.rows, milestone, self.promise, step, self.covariates)
        design = replace(design, plan_only=self.plan_only)
        x = design.columns(sample.rows, sample.period)
        reach = fit_logit(x, sample.reached.astype(np.float64), sample.weight, self.ridge)
        leave = fit_logit(x, sample.left.astype(np.float64), sample.weight, self.ridge)
        _, of = np.unique(sample.rows.cutoff + sample.period * step, return_inverse=True)
        came: Floats = np.bincount(of, sample.weight * sample.reached).astype(np.float64)
        expected: Floats = np.bincount(of, sample.weight * reach.chance(x)).astype(np.float64)
        return Hazards(design, reach, leave, came, expected)

    def sample(self, milestone: int) -> _Sample:
        """Look ahead from every earlier cut-off.

        A project and calendar period that several cut-offs look at count once between them: otherwise
        one event would pass for twelve, and the ridge for nothing.
        """
        rows, step, end = self.panel.rows, self.panel.step, self.panel.cutoff
        rows = rows.take((rows.cutoff < end) & (rows.reached[:, milestone:] == NEVER).all(axis=1))
        stride = max(-(-len(rows) * self.periods // _ROWS), 1)
        rows = rows.take((end - rows.cutoff) // step % stride == 1 % stride)
        # What is dated before the cut-off but was not on record then happens next, for those who look.
        event = np.maximum(rows.event[:, milestone], rows.cutoff + 1)
        left = np.maximum(rows.left, rows.cutoff + 1)
        picked, periods = [], []
        for period in range(1, self.periods + 1):
            start = rows.cutoff + (period - 1) * step
            at_risk = (start + step <= end) & (event > start) & (left > start)
            picked.append(np.flatnonzero(at_risk))
            periods.append(np.full(len(picked[-1]), period))
        index, ahead = np.concatenate(picked), np.concatenate(periods)
        stop = rows.cutoff[index] + ahead * step
        reached = event[index] <= stop
        key = rows.project[index] * (end + 1) + stop
        _, of, times = np.unique(key, return_inverse=True, return_counts=True)
        gone = ~reached & (left[index] <= stop)
        return _Sample(rows.take(index), ahead, reached, gone, 1.0 / times[of])


def _follows(rows: Rows, milestone: int) -> bool:
    """Tell whether a milestone nearly always comes after the one before it, which is not simply filing."""
    if milestone < 2:
        return False
    before, event = rows.event[:, milestone - 1], rows.event[:, milestone]
    known = rows.reached[:, milestone - 1] != NEVER
    return bool(np.mean(known | (before < event)) >= _AFTER)


def _moved(rows: Rows, milestone: int, months: int) -> Rows:
    """Give the rows as they will be when they have just reached a milestone some months on."""
    reached = rows.reached.copy()
    reached[:, milestone] = rows.cutoff + months
    earlier = reached[:, :milestone]
    reached[:, :milestone] = np.where(earlier == NEVER, rows.cutoff[:, None] + months, earlier)
    return replace(rows, cutoff=rows.cutoff + months, watched=rows.watched + months, reached=reached)
