"""Forecasts beside what came: one row an origin, measure, member and target, scores as columns.

Targets are sums of the same paths: the total of all months to come, the rest of the calendar year of the
first month to come, and every month by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts import blend, scores
from forecasts.backtest.rolling import Paths
from forecasts.backtest.sources import Known, Source

Floats = npt.NDArray[np.float64]

#: The sums before the single months, in the order of `targets`.
TOTAL, YEAR, MONTH = "total", "year", "month"
FIRST_MONTH: Final = 2

#: The plan that chances are scored on: the last twelve months and five per cent.
GROWTH: Final = 1.05

#: Draws behind an energy score, whose cost is their square.
JOINT: Final = 300

#: Chances lie between these: no member knows for certain from so many paths.
LEAST_CHANCE: Final = 0.005


@dataclass(frozen=True)
class Drawn:
    """What a member says of all targets of one measure at one origin.

    Parameters
    ----------
    values : (n, 2 + H) float64
        Draws, or quantiles on `forecasts.blend.LEVELS`.
    draws : bool
        Which of the two.
    """

    values: Floats
    draws: bool = True


#: Levels read of every target: the median, then low and high of each central interval.
_QUANTILES: Final = (0.5, *(end for level in scores.LEVELS for end in ((1 - level) / 2, (1 + level) / 2)))

#: The interval that the interval score judges.
_JUDGED: Final = 0.8

#: Member and measure to what was said, by origin.
Said = Mapping[int, Mapping[tuple[str, str], Drawn]]


def months_of_year(origin: int, horizon: int) -> int:
    """Return how many of the months to come belong to the calendar year of the first.

    Examples
    --------
    >>> months_of_year(24251, 12), months_of_year(24240, 12)
    (12, 11)
    """
    return min(12 - (origin + 1) % 12, horizon)


def targets(months: Floats, origin: int) -> Floats:
    """Return total, rest of the year and single months of (..., H) months, as (..., 2 + H)."""
    horizon = months.shape[-1]
    total = months.sum(axis=-1, keepdims=True)
    year = months[..., : months_of_year(origin, horizon)].sum(axis=-1, keepdims=True)
    return np.concatenate([total, year, months], axis=-1)


def drawn(paths: Mapping[int, Paths]) -> dict[int, dict[tuple[str, str], Drawn]]:
    """Return what paths say of the targets."""
    return {
        origin: {key: Drawn(targets(months, origin)) for key, months in found.items()}
        for origin, found in paths.items()
    }


def blended(said: Said, members: Sequence[str]) -> dict[int, dict[str, Drawn]]:
    """Return the equal quantile average of members, by origin and measure, where all of them spoke."""
    found: dict[int, dict[str, Drawn]] = {}
    for origin, here in said.items():
        measures = dict.fromkeys(measure for _, measure in here)
        found[origin] = {
            measure: Drawn(blend.blend([_quantiles(here[m, measure]) for m in members]), draws=False)
            for measure in measures
            if all((m, measure) in here for m in members)
        }
    return found


def recalibrated(source: Source, said: Mapping[int, Mapping[str, Drawn]]) -> dict[int, dict[str, Drawn]]:
    """Stretch quantiles about their median by what past origins teach, target by target.

    Only origins whose outcome was known at the origin in hand count: its months were over, and reported.
    """
    found: dict[int, dict[str, Drawn]] = {origin: {} for origin in said}
    for measure in source.measures:
        origins = [origin for origin in said if measure in said[origin]]
        if not origins:
            continue
        quantiles = np.stack([_quantiles(said[o][measure]) for o in origins], axis=-1)  # (199, 2 + H, O)
        horizon = quantiles.shape[1] - FIRST_MONTH
        came = np.stack([targets(source.outcome(measure, o + 1, horizon), o) for o in origins], axis=-1)
        ratios = [blend.past_ratios(quantiles[:, t], y) for t, y in enumerate(came)]
        known = np.array([_months_until(o, horizon) for o in origins]).T + source.settling  # (2 + H, O)
        for at, origin in enumerate(origins):
            mended = [
                blend.rescale(quantiles[:, t, at], blend.width_factor(ratios[t], known[t], origin))
                for t in range(quantiles.shape[1])
            ]
            found[origin][measure] = Drawn(np.stack(mended, axis=-1), draws=False)
    return found


def _months_until(origin: int, horizon: int) -> list[int]:
    """Return the last month of every target."""
    year = origin + months_of_year(origin, horizon)
    return [origin + horizon, year, *range(origin + 1, origin + horizon + 1)]


def _quantiles(said: Drawn) -> Floats:
    return blend.quantiles(said.values) if said.draws else said.values


def rows_of(source: Source, said: Said) -> pd.DataFrame:
    """Score everything said.

    Returns
    -------
    DataFrame
        ``origin, measure, member, target`` (total, year, month), ``horizon`` (last month of it, from 1),
        ``outcome, mean, median, crps, error`` (|median - outcome|), ``gap`` (mean - outcome), ``scale``
        (of MASE, at the origin), ``inside50, inside80, inside95, width50, width80, width95,
        interval_score`` (80 %), ``pit``, ``reach`` (|median - outcome| in half-widths of the 80 % interval);
        of totals also ``chance`` and ``happened`` (last 12 months + 5 %).
    """
    found: list[pd.DataFrame] = []
    for origin, here in said.items():
        known = source.known(origin)
        for (member, measure), one in here.items():
            table = _scored(source, known, measure, one)
            table.insert(0, "member", member)
            table.insert(0, "measure", measure)
            table.insert(0, "origin", origin)
            found.append(table)
    return pd.concat(found, ignore_index=True)


def _scored(source: Source, known: Known, measure: str, one: Drawn) -> pd.DataFrame:
    """Score all targets of one measure at one origin."""
    horizon = one.values.shape[1] - FIRST_MONTH
    came = targets(source.outcome(measure, known.cutoff + 1, horizon), known.cutoff)
    past = known.series[measure]
    months = [horizon, months_of_year(known.cutoff, horizon)]
    single = scores.seasonal_scale(past)
    scales = [scores.seasonal_scale(past, span) for span in months] + [single] * horizon
    quantiles = np.quantile(one.values, _QUANTILES, axis=0)
    median, mean = quantiles[0], one.values.mean(axis=0)
    columns: dict[str, Any] = {
        "target": [TOTAL, YEAR] + [MONTH] * horizon,
        "horizon": months + list(range(1, horizon + 1)),
        "outcome": came,
        "mean": mean,
        "median": median,
        "crps": scores.crps(one.values, came, fair=one.draws),
        "error": np.abs(median - came),
        "gap": mean - came,
        "scale": scales,
        "pit": scores.pit(one.values, came),
        "reach": blend.past_ratios(_quantiles(one), came),
    }
    for at, level in enumerate(scores.LEVELS):
        low, high = quantiles[1 + 2 * at], quantiles[2 + 2 * at]
        columns[f"inside{level * 100:.0f}"] = scores.is_inside(low, came, high)
        columns[f"width{level * 100:.0f}"] = high - low
        if level == _JUDGED:
            columns["interval_score"] = scores.interval_score(low, high, came, level)
    return pd.DataFrame(columns).join(_chances(past, one, came, horizon))


def _chances(past: Floats, one: Drawn, came: Floats, horizon: int) -> pd.DataFrame:
    """Give the chance of last year's total and five per cent, and whether it came; empty for the rest."""
    chance, happened = np.full(len(came), np.nan), np.full(len(came), np.nan)
    if horizon == scores.YEAR and len(past) >= scores.YEAR and past[-scores.YEAR :].sum() > 0:
        wanted = GROWTH * past[-scores.YEAR :].sum()
        chance[0] = np.clip((one.values[:, 0] >= wanted).mean(), LEAST_CHANCE, 1 - LEAST_CHANCE)
        happened[0] = float(came[0] >= wanted)
    return pd.DataFrame({"chance": chance, "happened": happened})


def energies(source: Source, said: Said, pattern: str | None) -> pd.DataFrame:
    """Return the energy score of all measures' totals together: ``origin, member, energy``.

    Each measure is divided by its own scale. Quantiles have no ties between measures: they take over the
    ranks of the draws of the member `pattern`; without one they are left out.
    """
    found: list[dict[str, Any]] = []
    for origin, here in said.items():
        known = source.known(origin)
        horizon = next(iter(here.values())).values.shape[1] - FIRST_MONTH
        scale = np.array([scores.seasonal_scale(known.series[m], horizon) for m in source.measures])
        if not np.isfinite(scale).all():
            continue
        came = np.array([source.outcome(m, origin + 1, horizon).sum() for m in source.measures])
        for member in dict.fromkeys(name for name, _ in here):
            joint = _joint(source.measures, here, member, pattern)
            if joint is not None:
                energy = scores.energy_score(joint / scale, came / scale)
                found.append({"origin": origin, "member": member, "energy": energy})
    return pd.DataFrame(found, columns=["origin", "member", "energy"])


def _joint(
    measures: Sequence[str], here: Mapping[tuple[str, str], Drawn], member: str, pattern: str | None
) -> Floats | None:
    """Return draws of all measures' totals together, (n, measures); None where there are none."""
    if any((member, m) not in here for m in measures):
        return None
    if all(here[member, m].draws for m in measures):
        return np.column_stack([here[member, m].values[:JOINT, 0] for m in measures])
    if pattern is None or any((pattern, m) not in here for m in measures):
        return None
    ranks = np.column_stack([here[pattern, m].values[:JOINT, 0] for m in measures])
    return blend.paths(np.column_stack([here[member, m].values[:, 0] for m in measures]), ranks)
