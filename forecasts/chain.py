"""The chain of aggregates: what is counted early makes what is counted later, some months on.

Where only monthly totals are published (permits, starts, completions) there is no table of projects to
run forward, but the totals are still stages of one process. Each is a sum of the stage before it at
non-negative lags, times a level of its own that moves slowly: the common shock of the ledger forecast in
another form. The first stage is forecast as a series, each later one along the paths of the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import nnls

from forecasts import series
from forecasts.series import Fitted

Floats = npt.NDArray[np.float64]

#: Lags that are tried, as (longest, smoothness): few lags are free, many are held close to their neighbours.
LAGS: Final = ((0, 0.0), (1, 0.0), (2, 0.0), (3, 0.0), (6, 1.0), (12, 1.0), (24, 1.0))

#: Months the level of a stage is fitted on: its season changes over decades.
SHOCK_MONTHS: Final = 120

#: Months the first stage is fitted on, a third of the paths each: none is best at all times. 0: all months.
WINDOWS: Final = (60, 120, 0)

#: Months a year's running mean reaches to each side.
_HALF_YEAR: Final = 6


@dataclass(frozen=True)
class Stage:
    """One link: how a stage follows from the one before.

    Parameters
    ----------
    weights : (L + 1,) float64
        How much of a month's upstream count arrives 0, 1, .. L months later; not negative.
    level : fitted local level or None
        Of log(count / what the lags promise), with a fixed season; None where it never varies.
    """

    weights: Floats
    level: Fitted | None

    def paths(self, upstream: Floats, future: Floats, luck: np.random.Generator) -> Floats:
        """Carry paths of the stage before into this one.

        Parameters
        ----------
        upstream : (M,) float64
            Its past.
        future : (n, H) float64
            Its paths.
        luck : Generator

        Returns
        -------
        (n, H) float64
        """
        n, horizon = future.shape
        past = upstream[len(upstream) - len(self.weights) + 1 :]
        whole = np.concatenate([np.tile(past, (n, 1)), future], axis=1)
        windows = np.lib.stride_tricks.sliding_window_view(whole, len(self.weights), axis=1)
        promised = windows @ self.weights[::-1]
        if self.level is None:
            return np.asarray(promised)
        shocked = _odds(promised) * np.exp(self.level.paths(horizon, n, luck))
        return np.maximum(shocked - 0.5, 0.0)


def fit_stage(upstream: npt.ArrayLike, downstream: npt.ArrayLike, *, period: int = 12) -> Stage:
    """Fit lags and level of one stage.

    Parameters
    ----------
    upstream, downstream : (M,) array_like
        Monthly counts of the same months.
    period : int

    Raises
    ------
    ValueError
        Where they are not of one length, or under two years long.

    Notes
    -----
    The lags are a non-negative least-squares fit of relative errors (both sides over the running mean of a
    year); of `LAGS` the set with the least BIC is taken, its degrees of freedom those of the ridge.
    """
    x, y = np.asarray(upstream, dtype=np.float64), np.asarray(downstream, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1 or len(x) < 2 * period:
        raise ValueError(
            f"stages: got {x.shape} and {y.shape}, expected the same months, {2 * period} or more"
        )
    weights = _lags(x, y, period)
    promised = np.convolve(x, weights)[len(weights) - 1 : len(x)]
    ratio = np.log(_odds(y[len(weights) - 1 :]) / _odds(promised))[-SHOCK_MONTHS:]
    return Stage(weights, _level(ratio, period))


def _odds(counts: Floats) -> Floats:
    """Return counts away from zero, so that logarithms exist."""
    return counts + 0.5


def _level(ratio: Floats, period: int) -> Fitted | None:
    """Fit the level, without a season where there are too few months; None if it never moves."""
    for season in (period, 1) if len(ratio) >= 2 * period else (1,):
        try:
            return series.fit_local_level(ratio, season)
        except (ValueError, np.linalg.LinAlgError):
            continue
    return None


def _lags(x: Floats, y: Floats, period: int) -> Floats:
    """Choose how many lags, and fit them; candidates are compared on the same months."""
    longest = max(most for most, _ in LAGS if most == 0 or len(x) - most >= 2 * period + most)
    rows = np.arange(longest, len(x))
    design = np.stack([x[rows - lag] for lag in range(longest + 1)], axis=1)
    scale = _running_mean(y)[rows] + 0.5
    fits = [
        _fit_lags(design[:, : most + 1] / scale[:, None], y[rows] / scale, smooth)
        for most, smooth in LAGS
        if most <= longest
    ]
    return min(fits, key=lambda fit: fit[0])[1]


def _fit_lags(design: Floats, target: Floats, smooth: float) -> tuple[float, Floats]:
    """Return BIC and weights of one set of lags; differences of neighbours are penalised."""
    rows, count = design.shape
    strength = np.sqrt(smooth * np.mean(design**2) * rows)
    ridge = strength * (np.eye(count) - np.eye(count, k=1))
    augmented = np.concatenate([design, ridge])
    weights, _ = nnls(augmented, np.concatenate([target, np.zeros(count)]))
    used = weights > 0
    gram, full = design[:, used].T @ design[:, used], augmented[:, used].T @ augmented[:, used]
    freedom = float(np.trace(np.linalg.lstsq(full, gram, rcond=None)[0])) if used.any() else 0.0
    left = target - design @ weights
    return rows * float(np.log(max(float(left @ left), 1e-12) / rows)) + freedom * float(
        np.log(rows)
    ), weights


def _running_mean(values: Floats) -> Floats:
    """Return the mean of the year round each month, of fewer months at the ends."""
    rolling = pd.Series(values).rolling(2 * _HALF_YEAR + 1, center=True, min_periods=1)
    return rolling.mean().to_numpy(np.float64)


def paths(
    stages: Mapping[str, npt.ArrayLike],
    first_month: int,
    horizon: int,
    n: int,
    *,
    key: tuple[str | int, ...] = (0,),
    period: int = 12,
) -> dict[str, Floats]:
    """Draw futures of every stage together.

    Parameters
    ----------
    stages : mapping of name to (M,) array_like
        Monthly counts of the same months, the earliest stage first.
    first_month : int
        12 * year + month - 1 of the first value.
    horizon, n : int
        Months to come H, and paths.
    key : tuple of str or int
        Seed and names; equal keys, equal paths.
    period : int

    Returns
    -------
    dict of name to (n, H) float64
        Path i of a stage follows from path i of the stage before.

    Examples
    --------
    >>> permits = np.tile([30.0, 34.0, 52.0, 60.0, 62.0, 58.0, 55.0, 50.0, 47.0, 44.0, 36.0, 28.0], 8)
    >>> starts = np.r_[28.0, permits[:-1]]
    >>> found = paths({"permits": permits, "starts": starts}, 12 * 2010, 12, 100)
    >>> found["starts"].mean(axis=0).round()[:3].tolist()
    [28.0, 30.0, 34.0]
    """
    values = {name: np.asarray(counts, dtype=np.float64) for name, counts in stages.items()}
    drawn: dict[str, Floats] = {}
    before = ""
    for name, counts in values.items():
        if not drawn:
            drawn[name] = series.paths(
                counts, first_month, horizon, n, key=(*key, name), period=period, windows=WINDOWS
            )
        else:
            stage = fit_stage(values[before], counts, period=period)
            luck = series.generator(*key, name, "chain", first_month + len(counts))
            drawn[name] = stage.paths(values[before], drawn[before], luck)
        before = name
    return drawn
