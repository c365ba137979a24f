"""Members: every way to forecast that a backtest sets side by side, behind one form.

A member is given what was known at an origin and returns paths of months to come by measure. It sees
nothing else, so what it knows of later would have to be in what the source gave it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from forecasts import chain, series
from forecasts.backtest.sources import Known
from forecasts.history import NEVER, History
from forecasts.ledgerforecast import forecast_ledger
from forecasts.nowcast import delays_of, on_record_of, series_paths

Floats = npt.NDArray[np.float64]

#: Known at the origin, months to come, paths, seed -> measure to (n, H) paths.
Forecast = Callable[[Known, int, int, int], Mapping[str, Floats]]


@dataclass(frozen=True)
class Member:
    """A way to forecast.

    Parameters
    ----------
    name : str
        Its word in tables.
    forecast : callable
        See `Forecast`; measures it cannot answer are left out.
    suits : callable
        Tells whether it can answer at all, of what is known at an origin.
    """

    name: str
    forecast: Forecast
    suits: Callable[[Known], bool] = lambda known: True


def of_series(model: series.Model) -> Forecast:
    """Return a member that sees each measure's own past only."""

    def forecast(known: Known, horizon: int, n: int, seed: int) -> dict[str, Floats]:
        return {
            measure: series.paths(values, known.first, horizon, n, model=model, key=(seed, measure))
            for measure, values in known.series.items()
        }

    return forecast


#: What everything is judged against: last year's months with the errors of past years; exponential
#: smoothing and the airline model of log(1 + count).
BASELINES: tuple[Member, ...] = (
    Member("naive", of_series("naive")),
    Member("ets", of_series("ets")),
    Member("arima", of_series("arima")),
)


def of_level(known: Known, horizon: int, n: int, seed: int) -> dict[str, Floats]:
    """Forecast each measure by its own course, as the product does: corrected for what is not on record."""
    delays = delays_of(known.history) if known.history is not None else {}
    return {
        measure: series_paths(
            values,
            known.first,
            horizon,
            n,
            key=(seed, measure),
            delay=delays.get(known.milestones.get(measure, "")),
        )
        for measure, values in known.series.items()
    }


#: The local level with a season, the series member of the product.
LOCAL_LEVEL = Member("uc", of_level)


def of_ledger(known: Known, horizon: int, n: int, seed: int) -> dict[str, Floats]:
    """Forecast from the projects: hazards, common shocks, arrivals; with dates of report, what is hidden."""
    assert known.history is not None
    on_record = on_record_of(known.history.milestones, delays_of(known.history))
    found = forecast_ledger(known.history, horizon, paths=n, seed=seed, on_record=on_record)
    return {measure: found.paths(name).astype(np.float64) for measure, name in known.milestones.items()}


LEDGER = Member("ledger", of_ledger, lambda known: known.history is not None)


def of_chain(known: Known, horizon: int, n: int, seed: int) -> dict[str, Floats]:
    """Forecast each measure of the chain from the one before it."""
    stages = {measure: known.series[measure] for measure in known.chain}
    return dict(chain.paths(stages, known.first, horizon, n, key=(seed,)))


CHAIN = Member("chain", of_chain, lambda known: len(known.chain) > 1)


def planned(known: Known, horizon: int, n: int, seed: int) -> dict[str, Floats]:
    """Take planned dates at face value: whoever is due and open comes on its date. One path, no doubt."""
    assert known.history is not None
    due = {measure: _due(known.history, name, horizon) for measure, name in known.milestones.items()}
    return {measure: months[None, :] for measure, months in due.items() if months is not None}


def realised(known: Known, horizon: int, n: int, seed: int) -> dict[str, Floats]:
    """Multiply what is due by what came of it in past years, one of them a path; Poisson about it.

    Planned dates of past years are those the ledger has now, unless the origin is an extract.
    """
    history, found = known.history, dict[str, Floats]()
    assert history is not None
    for measure, name in known.milestones.items():
        due = _due(history, name, horizon)
        ratios = np.array(
            [ratio for past in range(1, YEARS + 1) if (ratio := _came_of_due(history, name, 12 * past)) >= 0]
        )
        if due is None or not len(ratios):
            continue
        luck = series.generator(seed, measure, "realised", history.cutoff)
        found[measure] = luck.poisson(luck.choice(ratios, n)[:, None] * due).astype(np.float64)
    return found


def _due(history: History, milestone: str, horizon: int) -> Floats | None:
    """Count open projects by planned month, (H,); None where the ledger plans no such milestone."""
    k = history.milestones.index(milestone)
    if not (history.planned[:, k] != NEVER).any():
        return None
    is_open = (history.reached[:, k] == NEVER) & (history.left == NEVER)
    ahead = history.planned[is_open, k].astype(np.int64) - history.cutoff - 1
    inside = ahead[(ahead >= 0) & (ahead < horizon)]
    return np.bincount(inside, minlength=horizon).astype(np.float64)


def _came_of_due(history: History, milestone: str, ago: int) -> float:
    """Return the events of a past year over those due in it; -1 where none was due, or it is too long ago."""
    origin = history.cutoff - ago
    if origin < history.first:
        return -1.0
    due = _due(history.at(origin), milestone, 12)
    if due is None or not due.sum():
        return -1.0
    return float(history.counts(milestone, origin + 1, origin + 12).sum() / due.sum())


def _has_plans(known: Known) -> bool:
    return known.history is not None and bool((known.history.planned != NEVER).any())


#: Past years behind `realised`.
YEARS: Final = 5

PLANS: tuple[Member, ...] = (
    Member("planned", planned, _has_plans),
    Member("realised", realised, _has_plans),
)

MEMBERS: tuple[Member, ...] = (*BASELINES, *PLANS, LOCAL_LEVEL, LEDGER, CHAIN)

#: What the product forecasts with: the member that knows most, and the series member.
KNOWING_MOST = ("ledger", "chain", "ets")


def pair_of(members: Collection[str]) -> tuple[str, str] | None:
    """Return the two members that are blended, None where there are none.

    Examples
    --------
    >>> pair_of(["naive", "ets", "uc", "ledger"]), pair_of(["naive", "ets", "uc"]), pair_of(["naive"])
    (('ledger', 'uc'), ('ets', 'uc'), None)
    """
    first = next((name for name in KNOWING_MOST if name in members), None)
    return (first, LOCAL_LEVEL.name) if first is not None and LOCAL_LEVEL.name in members else None
