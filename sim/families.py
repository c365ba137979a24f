"""The formulas of the duration laws, in kernels: quantile, log survival and its inverse.

This is the one place of inverse distribution functions. Laws are read from a *book* (`sim.lawbook`). The
survival form in logarithms is exact far into the tail, where ``1 - F`` has long been rounded to zero; what
is left of a running activity needs just that. No law is truncated.

Arguments by family
-------------------
constant (value); uniform (low, high); triangular (low, mode, high); exponential (mean);
lognormal (median, sigma); lognormal_mean (mean, sigma); weibull (shape, scale);
weibull_mean (shape, mean); gamma (mean, shape). `settle` turns the two laws given by their mean into those
given by median and scale, once a replication.
"""

from __future__ import annotations

import math
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from sim import lawbook as at
from sim import special
from sim.clocks import NEVER
from sim.jit import entry, kernel

__all__ = [
    "INVERSE",
    "LEFT",
    "LOG_SURVIVAL",
    "QUANTILE",
    "Book",
    "conditional_remaining",
    "evaluate",
    "fill_minutes",
    "log_survival",
    "quantile",
    "settle",
    "survival_inverse",
    "whole_minutes",
]

Floats = npt.NDArray[np.float64]


class Book(Protocol):
    """A book as kernels see it."""

    def __getitem__(self, place: int) -> float:
        """Return one cell."""

    def __setitem__(self, place: int, value: float) -> None:
        """Write one cell."""


#: What `evaluate` is asked for.
QUANTILE, LOG_SURVIVAL, INVERSE, LEFT = range(4)

#: Stands for a zero in a denominator: a law without spread becomes a step, never a NaN.
_TINY: Final = 1e-300
#: Below this log survival the incomplete gamma functions underflow.
_GAMMA_FLOOR: Final = -600.0
_LOG_HALF: Final = math.log(0.5)


@kernel
def _log(x: float) -> float:
    """Return the logarithm, minus infinity at and below zero."""
    return -np.inf if x <= 0.0 else math.log(x)


@kernel
def _uniform_logsf(low: float, high: float, t: float) -> float:
    if t < low:
        return 0.0
    return min(_log((high - t) / max(high - low, _TINY)), 0.0)


@kernel
def _triangular_isf_log(low: float, mode: float, high: float, ls: float) -> float:
    width, s = high - low, math.exp(ls)
    if s * width >= high - mode:
        return min(low + math.sqrt(-math.expm1(ls) * width * (mode - low)), mode)
    return max(high - math.sqrt(s * width * (high - mode)), mode)


@kernel
def _triangular_logsf(low: float, mode: float, high: float, t: float) -> float:
    if t < low:
        return 0.0
    if t >= high:
        return -np.inf
    width = max(high - low, _TINY)
    if t < mode:
        return math.log1p(-min((t - low) ** 2 / max(width * (mode - low), _TINY), 1.0))
    return _log(min((high - t) ** 2 / max(width * (high - mode), _TINY), 1.0))


@kernel
def _lognormal_logsf(median: float, sigma: float, t: float) -> float:
    z = (_log(t) - _log(max(median, _TINY))) / max(sigma, 1e-12)
    return special.log_ndtr(-z)


@kernel
def _gamma_log_tail(z: float, shape: float) -> float:
    """Return log Q(shape, z) by the continued fraction (modified Lentz), for z well above the shape."""
    b = z + 1.0 - shape
    c = 1.0 / _TINY
    d = 1.0 / b
    h = d
    for i in range(1, 200):
        factor = -i * (i - shape)
        b = b + 2.0
        d = 1.0 / (factor * d + b)
        c = b + factor / c
        step = c * d
        h = h * step
        if abs(step - 1.0) < 1e-15:
            break
    return shape * math.log(z) - z + math.log(h) - special.gammaln(shape)


@kernel
def _gamma_logsf(mean: float, shape: float, t: float) -> float:
    z = max(t, 0.0) / max(mean / shape, _TINY)
    upper = special.gammaincc(shape, z)
    logs = math.log1p(-special.gammainc(shape, z)) if upper > 0.5 else _log(upper)
    return _gamma_log_tail(z, shape) if logs < _GAMMA_FLOOR and z < np.inf else logs


@kernel
def _gamma_far(ls: float, shape: float) -> float:
    """Invert the log survival where it underflows, by Newton's method on an almost straight line."""
    z = -ls
    for _ in range(50):
        value = _gamma_log_tail(z, shape)
        log_density = (shape - 1.0) * math.log(z) - z - special.gammaln(shape)
        step = (value - ls) * math.exp(value - log_density)
        z = max(z + step, 0.5 * z)
        if abs(step) <= 1e-14 * z:
            break
    return z


@kernel
def _gamma_isf_log(mean: float, shape: float, ls: float) -> float:
    if ls > _LOG_HALF:
        z = special.gammaincinv(shape, -math.expm1(ls))
    elif ls < _GAMMA_FLOOR and ls > -np.inf:
        z = _gamma_far(ls, shape)
    else:
        z = special.gammainccinv(shape, math.exp(ls))
    return z * (mean / shape)


@kernel
def _place(book: Book, first: int, count: int, x: float, right: bool) -> int:
    """Return how many of `count` ascending cells lie below x (`right`: at or below x)."""
    low, high = 0, count
    while low < high:
        middle = (low + high) >> 1
        cell = book[first + middle]
        if cell < x or (right and cell == x):
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _lifetable_isf_log(book: Book, first: int, count: int, never: bool, ls: float) -> float:
    """Return the age at which the log survival is `ls`; hazards are constant between ages."""
    target, hazards = -ls, first + count
    k = min(max(_place(book, hazards, count, target, False), 1), count - 1)
    start, age = book[hazards + k - 1], book[first + k - 1]
    rise, span = book[hazards + k] - start, book[first + k] - age
    if target > book[hazards + count - 1] and (never or rise == 0.0):
        return np.inf
    if target <= 0.0:
        return book[first]
    # A last survival of zero has no finite hazard: survival falls in a straight line instead.
    share = -math.expm1(start - target) if rise == np.inf else (target - start) / rise
    return age + share * span


@kernel
def _lifetable_logsf(book: Book, first: int, count: int, never: bool, t: float) -> float:
    """Return the log survival at an age."""
    if t <= 0.0:
        return 0.0
    hazards = first + count
    k = min(max(_place(book, first, count, t, True), 1), count - 1)
    share = (t - book[first + k - 1]) / (book[first + k] - book[first + k - 1])
    rise = book[hazards + k] - book[hazards + k - 1]
    inside = -_log(1.0 - min(share, 1.0)) if rise == np.inf else rise * share
    if never and t >= book[first + count - 1]:
        inside = rise
    return -(book[hazards + k - 1] + inside)


@kernel
def _quantiles_ppf(book: Book, first: int, count: int, u: float) -> float:
    """Return the value at a share, on straight lines."""
    shares = first + count
    k = _place(book, shares, count, u, True)
    if k in (0, count) or book[shares + k - 1] == u:
        return book[first + max(k, 1) - 1]
    x, y = book[first + k - 1], book[shares + k - 1]
    return (book[first + k] - x) / (book[shares + k] - y) * (u - y) + x


@kernel
def _quantiles_logsf(book: Book, first: int, count: int, t: float) -> float:
    """Return the log survival at a value; equal values are a jump."""
    k = _place(book, first, count, t, True)
    if k == 0:
        return 0.0
    if k == count:
        return -np.inf
    shares = first + count
    span = book[first + k] - book[first + k - 1]
    share = (t - book[first + k - 1]) / (span if span > 0.0 else 1.0)
    return _log(1.0 - (book[shares + k - 1] + share * (book[shares + k] - book[shares + k - 1])))


@kernel
def _other_quantile(book: Book, law: int, u: float) -> float:
    """Return the quantile of a law of one of the less frequent families."""
    row = law * at.CELLS
    family, a, b = int(book[row]), book[row + at.A], book[row + at.B]
    if family == at.UNIFORM:
        return a + u * (b - a)
    if family == at.GAMMA:
        return special.gammaincinv(b, u) * (a / b)
    if family == at.QUANTILES:
        first = int(book[row + at.FIRST])
        return _quantiles_ppf(book, first, int(book[row + at.BEHIND]) - first, u)
    return survival_inverse(book, law, math.log1p(-u))


@kernel
def quantile(book: Book, law: int, u: float) -> float:
    """Return the length at a share u in (0, 1), in minutes; infinite = never."""
    if law < 0:
        return 0.0
    # Short, so that the compiler puts it into its caller: most laws are lognormal.
    row = law * at.CELLS
    if book[row] == at.LOGNORMAL:
        return book[row + at.A] * math.exp(book[row + at.B] * special.ndtri(u))
    if book[row] == at.CONSTANT:
        return book[row + at.A]
    return _other_quantile(book, law, u)


@kernel
def survival_inverse(book: Book, law: int, logs: float) -> float:  # noqa: PLR0911 - a line a family
    """Return the length at which the log survival is `logs` (at most 0)."""
    if law < 0:
        return 0.0
    row = law * at.CELLS
    family, a, b = int(book[row]), book[row + at.A], book[row + at.B]
    if family == at.CONSTANT:
        return a
    if family == at.UNIFORM:
        return b - math.exp(logs) * (b - a)
    if family == at.TRIANGULAR:
        return _triangular_isf_log(a, b, book[row + at.C], logs)
    if family == at.EXPONENTIAL:
        return -logs * a
    if family == at.LOGNORMAL:
        # ndtri_exp inverts log(ndtr): z with log survival `logs` is the negative of z with that log cdf.
        return a * math.exp(-b * special.ndtri_exp(logs))
    if family == at.WEIBULL:
        return b * math.pow(-logs, 1.0 / a)
    if family == at.GAMMA:
        return _gamma_isf_log(a, b, logs)
    first = int(book[row + at.FIRST])
    count = int(book[row + at.BEHIND]) - first
    if family == at.LIFETABLE:
        return _lifetable_isf_log(book, first, count, a > 0.0, logs)
    return _quantiles_ppf(book, first, count, -math.expm1(logs))


@kernel
def log_survival(book: Book, law: int, t: float) -> float:  # noqa: PLR0911 - a line a family
    """Return log P(D > t)."""
    if law < 0:
        return -np.inf
    row = law * at.CELLS
    family, a, b = int(book[row]), book[row + at.A], book[row + at.B]
    if family == at.CONSTANT:
        return 0.0 if t < a else -np.inf
    if family == at.UNIFORM:
        return _uniform_logsf(a, b, t)
    if family == at.TRIANGULAR:
        return _triangular_logsf(a, b, book[row + at.C], t)
    if family == at.EXPONENTIAL:
        return -max(t, 0.0) / max(a, _TINY)
    if family == at.LOGNORMAL:
        return _lognormal_logsf(a, b, t)
    if family == at.WEIBULL:
        return -math.pow(max(t, 0.0) / max(b, _TINY), a)
    if family == at.GAMMA:
        return _gamma_logsf(a, b, t)
    first = int(book[row + at.FIRST])
    count = int(book[row + at.BEHIND]) - first
    if family == at.LIFETABLE:
        return _lifetable_logsf(book, first, count, a > 0.0, t)
    return _quantiles_logsf(book, first, count, t)


@kernel
def conditional_remaining(book: Book, law: int, u: float, elapsed: float) -> float:
    """Return what is left, at least 1, of a length of which `elapsed` minutes are over (see `sim.laws`)."""
    if elapsed <= 0.0:
        left = quantile(book, law, u)
    else:
        left = survival_inverse(book, law, log_survival(book, law, elapsed) + math.log1p(-u)) - elapsed
    return 1.0 if left < 1.0 else left


@kernel
def whole_minutes(length: float, least: int) -> int:
    """Round half up to the minute; a positive length gives at least `least`, too long gives `NEVER`."""
    if not length > 0.0:
        return 0
    return max(int(length + 0.5), least) if length < NEVER else NEVER


@entry
def settle(book: Book, laws: int) -> None:
    """Turn laws given by their mean into those given by median (lognormal) or scale (Weibull)."""
    for row in range(0, laws * at.CELLS, at.CELLS):
        family, a, b = int(book[row]), book[row + at.A], book[row + at.B]
        if family == at.LOGNORMAL_MEAN:
            book[row], book[row + at.A] = at.LOGNORMAL, a * math.exp(-0.5 * b**2)
        elif family == at.WEIBULL_MEAN:
            book[row], book[row + at.B] = at.WEIBULL, b / special.gamma(1.0 + 1.0 / a)


@entry
def evaluate(
    what: int, book: Book, law: npt.NDArray[np.int64], x: Floats, elapsed: Floats, out: Floats
) -> None:
    """Write one function of each law at each x; `elapsed` is read by `LEFT` alone."""
    for i in range(len(out)):
        if what == QUANTILE:
            out[i] = quantile(book, law[i], x[i])
        elif what == LOG_SURVIVAL:
            out[i] = log_survival(book, law[i], x[i])
        elif what == INVERSE:
            out[i] = survival_inverse(book, law[i], x[i])
        else:
            out[i] = conditional_remaining(book, law[i], x[i], elapsed[i])


@entry
def fill_minutes(lengths: Floats, least: int, out: npt.NDArray[np.int32]) -> None:
    """Write `whole_minutes` of each length."""
    for i in range(len(out)):
        out[i] = whole_minutes(lengths[i], least)
