"""Three views of the rest of a year: its usual share, last year's path, and the months as a series.

All take year-to-date figures of some complete years and of the current one up to a period, and look only
at these. The first two are points of departure that planners know; what they leave out is said with each.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from forecasts import series
from forecasts.blend import LEVELS

Floats = npt.NDArray[np.float64]

#: Complete years behind the share-of-year curve: older years were often counted otherwise.
CURVE_YEARS: Final = 3

#: How much of the growth so far the rest of the year shows before the past has spoken, and how much past
#: growth (sum of squared logs) it takes to believe the past as much.
FADED: Final = 0.5
BELIEF: Final = 0.3

#: Figures below this part of a mean year are taken as so much in logarithms: small counties begin at zero.
LEAST: Final = 0.02

#: Years the series is fitted on, half of the paths each.
SERIES_YEARS: Final = (4, 9)


def _least(past: Floats) -> float:
    """Return the smallest figure that is told apart from nothing."""
    return max(LEAST * float(past[:, -1].mean()), np.finfo(np.float64).tiny)


def by_curve(past: Floats, to_date: Floats) -> float:
    """Forecast the total from the share of the year that is usual by now.

    Parameters
    ----------
    past : (Y, P) float64
        Year-to-date figures of complete years.
    to_date : (i,) float64
        Those of the current year.

    Examples
    --------
    >>> round(by_curve(np.array([[20.0, 100.0], [30.0, 150.0]]), np.array([40.0])), 6)
    200.0
    """
    least, recent = _least(past), past[-CURVE_YEARS:]
    usual = np.log(np.maximum(recent[:, [len(to_date) - 1, -1]], least)).mean(axis=0)
    return float(to_date[-1] * np.exp(usual[1] - usual[0]))


def by_path(past: Floats, to_date: Floats) -> float:
    """Forecast the total by giving the rest of the year the growth of the year so far.

    Examples
    --------
    >>> by_path(np.array([[30.0, 150.0]]), np.array([40.0]))
    200.0
    """
    return float(to_date[-1] * past[-1, -1] / max(past[-1, len(to_date) - 1], _least(past)))


def faded_path(past: Floats, to_date: Floats) -> Floats:
    """Forecast the rest of the year from last year's, with the part of the growth so far that lasts.

    Parameters
    ----------
    past : (Y, P) float64
        Three complete years or more.
    to_date : (i,) float64

    Returns
    -------
    (199,) float64
        Quantiles of the rest on `LEVELS`.

    Notes
    -----
    log(rest / last year's rest) = b log(to date / last year's to date) + error, b by ridge regression on the
    years before towards `FADED`. Growth fades: taken whole (last year's path, share-of-year curve) it
    overshoots in both directions.
    """
    now, least = len(to_date) - 1, _least(past)
    begun = np.diff(np.log(np.maximum(past[:, now], least)))
    rest = np.maximum(past[:, -1] - past[:, now], least)
    ended = np.diff(np.log(rest))
    lasting = (begun @ ended + BELIEF * FADED) / (begun @ begun + BELIEF)
    errors = ended - lasting * begun
    spread = np.sqrt(errors @ errors / (len(errors) - 1))
    growth = lasting * np.log(max(to_date[-1], least) / max(past[-1, now], least))
    return np.asarray(rest[-1] * np.exp(growth + spread * stdtrit(len(errors) + 2, LEVELS)))


def months_of(past: Floats, to_date: Floats) -> Floats:
    """Return the single periods behind year-to-date figures, oldest first.

    Examples
    --------
    >>> months_of(np.array([[20.0, 100.0]]), np.array([40.0])).tolist()
    [20.0, 80.0, 40.0]
    """
    whole = np.diff(past, axis=1, prepend=0.0).ravel()
    return np.concatenate([whole, np.diff(to_date, prepend=0.0)])


def by_series(past: Floats, to_date: Floats, n: int, key: tuple[str | int, ...]) -> Floats:
    """Draw (n, P - i) paths of the periods left: a local level with a fixed season, January in February.

    A period by which the figures fall (they were corrected) counts as nothing.

    Examples
    --------
    >>> past = np.cumsum(np.full((5, 11), 10.0) + np.arange(11), axis=1) * [[1.0], [1.1], [1.0], [1.2], [1.1]]
    >>> by_series(past, past[-1, :4], 100, (1,)).shape
    (100, 7)
    """
    values = np.maximum(months_of(past, to_date), 0.0)
    period = past.shape[1]
    windows = tuple(years * period for years in SERIES_YEARS)
    left = period - len(to_date)
    return series.paths(values, 0, left, n, key=key, period=period, windows=windows)
