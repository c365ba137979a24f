"""Members: every way to forecast that a backtest sets side by side, behind one form.

A member is given what was known at an origin and returns paths of months to come by measure. It sees
nothing else, so what it knows of later would have to be in what the source gave it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecasts import chain, series
from forecasts.backtest.sources import Known
from forecasts.ledgerforecast import forecast_ledger
from forecasts.nowcast import delays_of, on_record_of

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

#: The local level with a season, the series member of the product.
LOCAL_LEVEL = Member("uc", of_series("uc"))


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

MEMBERS: tuple[Member, ...] = (*BASELINES, LOCAL_LEVEL, LEDGER, CHAIN)

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
