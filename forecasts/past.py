"""What a ledger's own past says of the year: hazards with common shocks, beside the counts' own course.

The simulation knows the rules of a city; the past of its ledger knows the pace at which projects moved. Where
no rule changes, the past tells totals at least as well. A past that is too short or made up is not asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from forecasts import blend
from forecasts.delay import Delay
from forecasts.earned import Earned, Way
from forecasts.history import NEVER, History, history_of
from forecasts.inputs import Inputs
from forecasts.ledgerforecast import PARTS, LedgerForecast, forecast_ledger
from forecasts.months import end_of, full_month, month_of
from forecasts.nowcast import on_record_of, series_paths
from forecasts.outlook import Period

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

#: A past shorter than this, or with fewer events of a milestone, is not asked about it.
LEAST_MONTHS: Final = 36
LEAST_EVENTS: Final = 50

#: Months in which so many events are counted.
MEMORY: Final = 120


@dataclass(frozen=True)
class Past:
    """What the ledger's past says of the months of a period.

    Parameters
    ----------
    forecast : LedgerForecast
        Its horizon ends with the period.
    period : Period
    delays : mapping of str to Delay
        How late events are reported, by milestone; those missing are reported at once.
    factors : mapping of str to float
        By which the width is stretched, by milestone (`forecasts.earned`); those missing are not.
    way : {"ledger", "blend"}
        Hazards alone, or the equal average of their quantiles with those of the counts' own course.
    """

    forecast: LedgerForecast
    period: Period
    delays: Mapping[str, Delay] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)
    way: Way = "ledger"

    @property
    def history(self) -> History:
        """The ledger by month."""
        return self.forecast.history

    @property
    def _ahead(self) -> int:
        """Months of the period that are still to come."""
        return min(self.forecast.horizon, len(self.period.ends))

    def tells(self, milestone: str) -> bool:
        """Tell whether enough events of a milestone are known to speak of it."""
        cutoff = self.history.cutoff
        return int(self.history.counts(milestone, cutoff - MEMORY + 1, cutoff).sum()) >= LEAST_EVENTS

    def by_hazards(self, milestone: str) -> Floats:
        """Return events since the year began by group, at each month's end, (n, G, M)."""
        future = self.forecast.by_group(milestone).astype(np.float64)
        known = self._known(milestone)
        monthly = np.concatenate([np.broadcast_to(known, (len(future), *known.shape)), future], axis=2)
        if self.forecast.hidden_months:
            monthly[:, :, : known.shape[1]] += self._hidden(milestone, known.shape[1])
        begin = month_of(self.period.start) - (self.history.cutoff + 1 - known.shape[1])
        return np.asarray(monthly[:, :, begin:].cumsum(axis=2))

    def by_series(self, milestone: str, total: Floats) -> Floats:
        """Return what the counts' own course says of the city, (n, M); known months as in `total`."""
        cutoff, left = self.history.cutoff, self.forecast.horizon
        first = self.history.first
        counts = self.history.counts(milestone, first, cutoff)
        key, delay = (self.forecast.seed, "year", milestone), self.delays.get(milestone)
        drawn = series_paths(counts, first, left, len(total), key=key, delay=delay)
        ahead = self._ahead
        known = total[:, : total.shape[1] - ahead]
        base = known[:, -1:] if known.shape[1] else np.zeros((len(total), 1))
        return np.concatenate([known, base + drawn[:, -ahead:].cumsum(axis=1)], axis=1)

    def blended(self, milestone: str, total: Floats) -> Floats:
        """Return the equal quantile average of hazards and series, (n, M); ranks as in `total`."""
        both = [blend.quantiles(total), blend.quantiles(self.by_series(milestone, total))]
        return blend.paths(blend.blend(both), total)

    def told(self, milestone: str) -> Floats:
        """Return what the past says by group, (n, G, M), in the way and with the width it has earned.

        The paths of the ledger keep their ranks, and each hands its share on to the groups, so that groups
        still add up to the city in every path.
        """
        groups = self.by_hazards(milestone)
        total = groups.sum(axis=1)
        mixed = total if self.way == "ledger" else self.blended(milestone, total)
        factor = self.factors.get(milestone, 1.0)
        if factor != 1.0:
            median = np.median(mixed, axis=0)
            # Nothing falls below what is on record by now: the least of any path.
            mixed = np.maximum(median + factor * (mixed - median), np.minimum(total.min(axis=0), mixed))
        mixed = np.maximum.accumulate(np.where(total.std(axis=0) > 0, mixed, total), axis=1)
        return _shared(groups, mixed)

    def unrecorded(self, milestone: str) -> float:
        """Return how many events up to the cut-off are not on record yet, on average."""
        return float(self.forecast.unrecorded(milestone).sum(axis=1).mean())

    def stretched(self, earned: Earned, named: Mapping[str, str]) -> Past:
        """Return the past told the way a backtest found best; `named`: milestone of every measure."""
        ahead, cutoff = self._ahead, self.history.cutoff
        factors = {k: earned.factor(m, ahead, cutoff) for m, k in named.items()}
        return replace(self, factors=factors, way=earned.way(cutoff)[0])

    def coverage(self, earned: Earned, measure: str) -> dict[str, Any] | None:
        """Return how often the intervals of a measure held in a backtest."""
        return earned.coverage(measure, self._ahead, self.history.cutoff)

    def parts(self, milestone: str) -> list[dict[str, Any]]:
        """Return what projects in flight, hidden and future ones bring to the rest of the year."""
        ahead = self._ahead
        parts = self.forecast.parts(milestone)[:, :, -ahead:].sum(axis=2).astype(np.float64)
        total = parts.sum(axis=1)
        spread = float(total.var())
        rows = []
        for part, values in zip(PARTS, parts.T, strict=True):
            share = float(np.cov(values, total, bias=True)[0, 1]) / spread if spread > 0 else None
            rows.append({"part": part, "mean": float(values.mean()), "share_of_variance": share})
        return rows

    def _known(self, milestone: str) -> Floats:
        """Return the events on record by group from the year's first month (or the next) on, (G, months)."""
        history = self.history
        first = min(month_of(self.period.start), history.cutoff + 1)
        months = history.reached[:, history.milestones.index(milestone)].astype(np.int64)
        inside = (months >= first) & (months <= history.cutoff) & (months != NEVER)
        found = np.zeros((len(history.group_names), history.cutoff + 1 - first))
        np.add.at(found, (history.groups[inside], months[inside] - first), 1.0)
        return found

    def _hidden(self, milestone: str, months: int) -> Floats:
        """Spread events not on record over the groups as projects on record are, (n, G, months)."""
        unrecorded = self.forecast.unrecorded(milestone)
        by_month = np.zeros((len(unrecorded), months))
        shown = min(months, unrecorded.shape[1])
        by_month[:, months - shown :] = unrecorded[:, unrecorded.shape[1] - shown :]
        projects = np.bincount(self.history.groups, minlength=len(self.history.group_names))
        return np.asarray(by_month[:, None, :] * (projects / projects.sum())[None, :, None])


def _shared(groups: Floats, wanted: Floats) -> Floats:
    """Hand totals, (n, M), on to groups, (n, G, M), as in the path; as in all of them where it has none.

    Examples
    --------
    >>> _shared(np.array([[[1.0], [3.0]], [[0.0], [0.0]]]), np.array([[8.0], [4.0]])).tolist()
    [[[2.0], [6.0]], [[1.0], [3.0]]]
    """
    total, usual = groups.sum(axis=1, keepdims=True), groups.sum(axis=0, keepdims=True)
    shown = np.where(total > 0, groups, usual)
    whole = shown.sum(axis=1, keepdims=True)
    return np.asarray(wanted[:, None, :] * np.divide(shown, whole, out=np.zeros_like(shown), where=whole > 0))


def past_of(
    inputs: Inputs,
    period: Period,
    delays: Mapping[str, Delay],
    *,
    paths: int,
    seed: int,
    insist: bool = False,
) -> tuple[Past | None, str]:
    """Return what the ledger's past says of a period, or the reason why it is not asked.

    Parameters
    ----------
    inputs : Inputs
    period : Period
    delays : mapping of str to Delay
        By milestone.
    paths, seed : int
    insist : bool
        Ask the past of made-up projects too.

    Returns
    -------
    Past or None
    str
        Why not; empty where there is one.
    """
    if inputs.synthetic and not insist:
        return None, "synthetic"
    last = month_of(period.until)
    # What happened in a month that is not over says little of the month: it is forecast whole.
    cutoff = full_month(period.as_of)
    if period.until != end_of(last) or last <= cutoff:
        return None, "mid-month"
    history = history_of(inputs.ledger, cutoff, unit=inputs.scenario.units)
    if not len(history) or cutoff - history.first + 1 < LEAST_MONTHS:
        return None, "short"
    on_record = on_record_of(history.milestones, delays)
    made = forecast_ledger(history, last - cutoff, paths=paths, seed=seed, on_record=on_record)
    return Past(made, period, delays), ""


def groups_within(past: Past, ids: Sequence[str], members: Flags) -> Flags | None:
    """Return the ledger's groups that make up a set of projects; None where it cuts through a group.

    Parameters
    ----------
    past : Past
    ids : sequence of str
        Projects, P of them.
    members : (P,) bool

    Returns
    -------
    (G,) bool or None
    """
    row_of = {name: i for i, name in enumerate(past.history.ids)}
    rows = np.array([row_of.get(name, -1) for name in ids], dtype=np.int64)
    groups = past.history.groups[rows[rows >= 0]]
    inside = np.zeros(len(past.history.group_names), dtype=np.bool_)
    outside = inside.copy()
    inside[groups[members[rows >= 0]]] = True
    outside[groups[~members[rows >= 0]]] = True
    return None if np.any(inside & outside) else inside
