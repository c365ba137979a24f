"""What key projects report of their annual plan by month: a process of its own, not physical progress.

Reports of key projects run ahead of the even pace, and their plans are set to be passed: a December above
100 % is near certain and says nothing. So the share of plan is forecast here, against what other places
reported at the same month, and absolute investment in `forecasts.inyear.totals`; the two are never mixed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr, stdtrit

from forecasts.blend import LEVELS

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ReportedShare:
    """Class curve: log(share of plan) = start + slope log(month / 12) + error.

    Parameters
    ----------
    start, slope : float
    spread : float
        Standard deviation of the errors.
    design : (2, 2) float64
        Inverse of the regression's cross products.
    rows : int
        Reports it is fitted on.
    """

    start: float
    slope: float
    spread: float
    design: Floats
    rows: int

    def quantiles(self, month: int) -> Floats:
        """Return (199,) quantiles of the share that a place of the class reports by a month's end."""
        centre, error = self._at(month)
        return np.asarray(np.exp(centre + error * stdtrit(self.rows - 2, LEVELS)))

    def standing(self, month: int, share: float) -> float:
        """Return the part of the class that reports less than a share by a month's end."""
        centre, error = self._at(month)
        return float(stdtr(self.rows - 2, (np.log(share) - centre) / error))

    def _at(self, month: int) -> tuple[float, float]:
        """Return the centre and the standard error of a new report, both of the logarithm."""
        x = np.array([1.0, np.log(month / 12.0)])
        return float(self.start + self.slope * x[1]), float(self.spread * np.sqrt(1.0 + x @ self.design @ x))


def fit_reported(months: npt.ArrayLike, shares: npt.ArrayLike) -> ReportedShare:
    """Fit the class curve to reports, one row a place and year.

    Parameters
    ----------
    months : (n,) array_like of int
        Month of the year at whose end it was reported, 1 to 12.
    shares : (n,) array_like
        Share of the annual plan, 1.0 = all of it.

    Raises
    ------
    ValueError
        With fewer than four reports, reports of one month only, or shares that are not positive.

    Examples
    --------
    >>> curve = fit_reported([3, 5, 6, 9, 12], [0.3, 0.5, 0.6, 0.85, 1.05])
    >>> bool(curve.quantiles(12)[99] > 1.0), round(curve.standing(6, 0.3), 1)
    (True, 0.0)
    """
    m, y = np.asarray(months, dtype=np.float64), np.asarray(shares, dtype=np.float64)
    if m.shape != y.shape or len(m) < 4 or len(np.unique(m)) < 2 or np.any(y <= 0):
        raise ValueError(
            f"reports: got {len(m)}, expected four or more of several months, all shares positive"
        )
    x = np.stack([np.ones(len(m)), np.log(m / 12.0)], axis=1)
    design = np.linalg.inv(x.T @ x)
    start, slope = design @ (x.T @ np.log(y))
    errors = np.log(y) - x @ [start, slope]
    return ReportedShare(
        float(start), float(slope), float(np.sqrt(errors @ errors / (len(m) - 2))), design, len(m)
    )
