"""The formulas of the duration laws in NumPy: what the kernels of `sim.families` are compared with.

Every function takes n values and the (n, 4) rows of arguments that belong to them. The survival form in
logarithms is exact far into the tail, where ``1 - F`` has long been rounded to zero; what is left of a
running activity needs just that. No law is truncated.

Arguments by family
-------------------
constant (value); uniform (low, high); triangular (low, mode, high); exponential (mean);
lognormal (median, sigma); lognormal_mean (mean, sigma); weibull (shape, scale);
weibull_mean (shape, mean); gamma (mean, shape). Tables of knots are in `Knots`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]
Formula = Callable[[Floats, Floats], Floats]

#: Stands for a zero in a denominator: a law without spread becomes a step, never a NaN.
_TINY: Final = 1e-300
#: Below this log survival scipy's incomplete gamma functions underflow.
_GAMMA_FLOOR: Final = -600.0


@dataclass(frozen=True)
class Family:
    """One law: its quantile function, log survival, and the inverse of log survival."""

    ppf: Formula
    logsf: Formula
    isf_log: Formula


def _log(x: Floats) -> Floats:
    """Return the logarithm, minus infinity at and below zero."""
    y: Floats = np.log(np.maximum(x, 0.0))
    return y


def _constant(x: Floats, a: Floats) -> Floats:
    """Return the one value."""
    return np.where(np.isnan(x), x, a[:, 0])


def _constant_logsf(t: Floats, a: Floats) -> Floats:
    return np.where(t < a[:, 0], 0.0, -np.inf)


def _uniform_ppf(u: Floats, a: Floats) -> Floats:
    return a[:, 0] + u * (a[:, 1] - a[:, 0])


def _uniform_logsf(t: Floats, a: Floats) -> Floats:
    low, high = a[:, 0], a[:, 1]
    inside = _log((high - t) / np.maximum(high - low, _TINY))
    return np.where(t < low, 0.0, np.minimum(inside, 0.0))


def _uniform_isf_log(ls: Floats, a: Floats) -> Floats:
    return a[:, 1] - np.exp(ls) * (a[:, 1] - a[:, 0])


def _triangular_isf_log(ls: Floats, a: Floats) -> Floats:
    low, mode, high = a[:, 0], a[:, 1], a[:, 2]
    width = high - low
    s = np.exp(ls)
    rising = low + np.sqrt(-np.expm1(ls) * width * (mode - low))
    falling = high - np.sqrt(s * width * (high - mode))
    return np.where(s * width >= high - mode, np.minimum(rising, mode), np.maximum(falling, mode))


def _triangular_logsf(t: Floats, a: Floats) -> Floats:
    low, mode, high = a[:, 0], a[:, 1], a[:, 2]
    width = np.maximum(high - low, _TINY)
    below = (np.clip(t, low, mode) - low) ** 2 / np.maximum(width * (mode - low), _TINY)
    above = np.maximum(high - t, 0.0) ** 2 / np.maximum(width * (high - mode), _TINY)
    inside = np.where(t < mode, np.log1p(-np.minimum(below, 1.0)), _log(np.minimum(above, 1.0)))
    return np.where(t < low, 0.0, np.where(t >= high, -np.inf, inside))


def _exponential_isf_log(ls: Floats, a: Floats) -> Floats:
    return -ls * a[:, 0]


def _exponential_logsf(t: Floats, a: Floats) -> Floats:
    return -np.maximum(t, 0.0) / np.maximum(a[:, 0], _TINY)


def _lognormal_ppf(u: Floats, a: Floats) -> Floats:
    return np.asarray(a[:, 0] * np.exp(a[:, 1] * special.ndtri(u)), dtype=np.float64)


def _lognormal_isf_log(ls: Floats, a: Floats) -> Floats:
    # ndtri_exp inverts log(ndtr): the z with log survival ls is the negative of the z with that log cdf.
    return np.asarray(a[:, 0] * np.exp(-a[:, 1] * special.ndtri_exp(ls)), dtype=np.float64)


def _lognormal_logsf(t: Floats, a: Floats) -> Floats:
    z = (_log(t) - _log(np.maximum(a[:, 0], _TINY))) / np.maximum(a[:, 1], 1e-12)
    return np.asarray(special.log_ndtr(-z), dtype=np.float64)


def _weibull_isf_log(ls: Floats, a: Floats) -> Floats:
    y: Floats = a[:, 1] * (-ls) ** (1.0 / a[:, 0])
    return y


def _weibull_logsf(t: Floats, a: Floats) -> Floats:
    y: Floats = -((np.maximum(t, 0.0) / np.maximum(a[:, 1], _TINY)) ** a[:, 0])
    return y


def _gamma_log_tail(z: Floats, shape: Floats) -> Floats:
    """Return log Q(shape, z) by the continued fraction (modified Lentz), for z well above the shape."""
    b = z + 1.0 - shape
    c = np.full_like(z, 1.0 / _TINY)
    d = 1.0 / b
    h = d.copy()
    for i in range(1, 200):
        factor = -i * (i - shape)
        b = b + 2.0
        d = 1.0 / (factor * d + b)
        c = b + factor / c
        step = c * d
        h = h * step
        if np.all(np.abs(step - 1.0) < 1e-15):
            break
    tail: Floats = shape * np.log(z) - z + np.log(h) - special.gammaln(shape)
    return tail


def _gamma_standard_logsf(z: Floats, shape: Floats) -> Floats:
    """Return the log survival of a gamma law of scale one."""
    upper = special.gammaincc(shape, z)
    logs = np.where(upper > 0.5, np.log1p(-special.gammainc(shape, z)), np.log(upper))
    far = np.flatnonzero((logs < _GAMMA_FLOOR) & np.isfinite(z))
    if len(far):
        logs[far] = _gamma_log_tail(z[far], shape[far])
    return np.asarray(logs, dtype=np.float64)


def _gamma_far(ls: Floats, shape: Floats) -> Floats:
    """Invert the log survival where it underflows, by Newton's method on an almost straight line."""
    z = -ls
    for _ in range(50):
        value = _gamma_log_tail(z, shape)
        log_density = (shape - 1.0) * np.log(z) - z - special.gammaln(shape)
        step = (value - ls) * np.exp(value - log_density)
        z = np.maximum(z + step, 0.5 * z)
        if np.all(np.abs(step) <= 1e-14 * z):
            break
    return z


def _gamma_isf_log(ls: Floats, a: Floats) -> Floats:
    mean, shape = a[:, 0], a[:, 1]
    s = np.exp(ls)
    z = np.where(ls > np.log(0.5), special.gammaincinv(shape, -np.expm1(ls)), special.gammainccinv(shape, s))
    far = np.flatnonzero((ls < _GAMMA_FLOOR) & np.isfinite(ls))
    if len(far):
        z[far] = _gamma_far(ls[far], shape[far])
    return np.asarray(z * (mean / shape), dtype=np.float64)


def _gamma_logsf(t: Floats, a: Floats) -> Floats:
    mean, shape = a[:, 0], a[:, 1]
    return _gamma_standard_logsf(np.maximum(t, 0.0) / np.maximum(mean / shape, _TINY), shape)


def _gamma_ppf(u: Floats, a: Floats) -> Floats:
    return np.asarray(special.gammaincinv(a[:, 1], u) * (a[:, 0] / a[:, 1]), dtype=np.float64)


def _by_survival(isf_log: Formula) -> Formula:
    """Return the quantile function as the survival's inverse at ``log(1 - u)``."""
    return lambda u, a: isf_log(np.log1p(-u), a)


def _of_median(formula: Formula) -> Formula:
    """Return a lognormal formula whose first argument is the mean: median = mean exp(-sigma² / 2)."""
    return lambda x, a: formula(x, np.c_[a[:, 0] * np.exp(-0.5 * a[:, 1] ** 2), a[:, 1:]])


def _of_scale(formula: Formula) -> Formula:
    """Return a Weibull formula whose second argument is the mean: scale = mean / Γ(1 + 1 / shape)."""
    return lambda x, a: formula(x, np.c_[a[:, 0], a[:, 1] / special.gamma(1.0 + 1.0 / a[:, 0])])


#: By name; names as in `sim.laws.FAMILIES`.
CLOSED_FORMS: Final[dict[str, Family]] = {
    "constant": Family(_constant, _constant_logsf, _constant),
    "uniform": Family(_uniform_ppf, _uniform_logsf, _uniform_isf_log),
    "triangular": Family(_by_survival(_triangular_isf_log), _triangular_logsf, _triangular_isf_log),
    "exponential": Family(_by_survival(_exponential_isf_log), _exponential_logsf, _exponential_isf_log),
    "lognormal": Family(_lognormal_ppf, _lognormal_logsf, _lognormal_isf_log),
    "lognormal_mean": Family(
        _of_median(_lognormal_ppf), _of_median(_lognormal_logsf), _of_median(_lognormal_isf_log)
    ),
    "weibull": Family(_by_survival(_weibull_isf_log), _weibull_logsf, _weibull_isf_log),
    "weibull_mean": Family(
        _of_scale(_by_survival(_weibull_isf_log)), _of_scale(_weibull_logsf), _of_scale(_weibull_isf_log)
    ),
    "gamma": Family(_gamma_ppf, _gamma_logsf, _gamma_isf_log),
}


@dataclass(frozen=True)
class Knots:
    """A law given by points: a life table or a list of quantiles.

    Parameters
    ----------
    x : (k,) float64
        Ages or values, ascending.
    y : (k,) float64
        Life table: survival, from 1 at age 0. Quantiles: shares from 0 to 1.
    never : bool
        Life table: who outlives the last age never has the event; otherwise the hazard of the last
        interval goes on.
    """

    x: Floats
    y: Floats
    never: bool = False

    def lifetable_isf_log(self, ls: Floats) -> Floats:
        """Return the age at which the log survival is `ls`; hazards are constant between ages."""
        hazard, target = -_log(self.y), -ls
        k = np.clip(np.searchsorted(hazard, target, side="left"), 1, len(hazard) - 1)
        start, rise, span = hazard[k - 1], hazard[k] - hazard[k - 1], self.x[k] - self.x[k - 1]
        # A last survival of zero has no finite hazard: survival falls in a straight line instead.
        share = np.where(np.isinf(rise), -np.expm1(start - target), (target - start) / rise)
        age = np.where(target <= 0.0, self.x[0], self.x[k - 1] + share * span)
        beyond = target > hazard[-1]
        never = beyond if self.never else beyond & (rise == 0.0)
        return np.where(never, np.inf, age)

    def lifetable_logsf(self, t: Floats) -> Floats:
        """Return the log survival at each age."""
        hazard = -_log(self.y)
        k = np.clip(np.searchsorted(self.x, t, side="right"), 1, len(hazard) - 1)
        share = (t - self.x[k - 1]) / (self.x[k] - self.x[k - 1])
        rise = hazard[k] - hazard[k - 1]
        inside = np.where(np.isinf(rise), -_log(1.0 - np.minimum(share, 1.0)), rise * share)
        if self.never:
            inside = np.where(t >= self.x[-1], rise, inside)
        return np.where(t <= 0.0, 0.0, -(hazard[k - 1] + inside))

    def quantiles_ppf(self, u: Floats) -> Floats:
        """Return the value at each share, on straight lines."""
        return np.interp(u, self.y, self.x)

    def quantiles_logsf(self, t: Floats) -> Floats:
        """Return the log survival at each value; equal values are a jump."""
        k = np.searchsorted(self.x, t, side="right")
        inside = np.clip(k, 1, len(self.x) - 1)
        span = self.x[inside] - self.x[inside - 1]
        share = (t - self.x[inside - 1]) / np.where(span > 0.0, span, 1.0)
        below = self.y[inside - 1] + share * (self.y[inside] - self.y[inside - 1])
        below = np.where(k == 0, 0.0, np.where(k == len(self.x), 1.0, below))
        return _log(1.0 - below)
