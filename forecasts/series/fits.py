"""The series models as statsmodels has them: fitted in few steps, and asked for paths in one way.

statsmodels takes a while to load, so it is loaded by the first fit and by no command that makes none.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import signature
from typing import Any, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Name = Literal["uc", "ets", "arima"]

#: Which parts a form of exponential smoothing has: (damped trend, season).
FORMS: Final = ((False, False), (False, True), (True, False), (True, True))

#: How every state-space model is fitted: the last digits of a variance are not worth the time.
_SEARCH: Final = {
    "method": "lbfgs", "maxiter": 12, "disp": False, "cov_type": "none", "optim_complex_step": False,
}  # fmt: skip

#: Where the search begins: the step of the level as a share of the noise, and the two moving averages.
_STEP: Final = 0.1
_AVERAGES: Final = (-0.4, -0.6)

#: Once its variance moves no more than this the filter of the airline model is taken as settled.
_SETTLED: Final = 1e-8


class Fitted(Protocol):
    """What every model can do."""

    def paths(self, horizon: int, n: int, luck: np.random.Generator) -> Floats:
        """Draw (n, H) futures."""


@dataclass(frozen=True)
class StateSpace:
    """A fitted state-space model.

    Parameters
    ----------
    result : MLEResults
        Of statsmodels.
    """

    result: Any

    def paths(self, horizon: int, n: int, luck: np.random.Generator) -> Floats:
        """Draw (n, H) futures, the state after the last month unknown."""
        # The argument for luck is `rng` from 0.15 on and was `random_state` before.
        name = "rng" if "rng" in signature(self.result.simulate).parameters else "random_state"
        with _quiet():
            drawn = self.result.simulate(horizon, anchor="end", repetitions=n, **{name: luck})
        return np.asarray(drawn, dtype=np.float64).reshape(horizon, n).T


@dataclass(frozen=True)
class Smoothing:
    """Fitted exponential smoothing.

    Parameters
    ----------
    result : ETSResults
        Of statsmodels.
    noise : float
        Variance of the errors, the numbers fitted taken off the months.
    """

    result: Any
    noise: float

    def paths(self, horizon: int, n: int, luck: np.random.Generator) -> Floats:
        """Draw (n, H) futures; the fitted numbers are taken as known, as is usual."""
        errors = luck.standard_normal((horizon, n)) * np.sqrt(self.noise)
        drawn = self.result.simulate(horizon, anchor="end", repetitions=n, random_errors=errors)
        return np.asarray(drawn, dtype=np.float64).reshape(horizon, n).T


def fit_local_level(values: Floats, period: int = 12) -> StateSpace:
    """Fit level + fixed season + noise, where the level is a random walk.

    Parameters
    ----------
    values : (M,) float64
    period : int
        Months of the season; 1: none.

    Raises
    ------
    ValueError
        Where there are no more values than seasons, or they do not vary.
    """
    from statsmodels.tsa.statespace.structural import UnobservedComponents  # noqa: PLC0415 - slow to load

    _varied(values, period + 2)
    season = {"seasonal": period, "stochastic_seasonal": False} if period > 1 else {}
    with _quiet():
        model = UnobservedComponents(values, level="llevel", **season)
        # One number is searched, the step over the noise; what the two are is then in closed form.
        model.ssm.filter_concentrated = True
        with model.fix_params({"sigma2.irregular": 1.0}):
            found = model.fit(start_params=[_STEP], **_SEARCH)
        model.ssm.filter_concentrated = False
        return StateSpace(model.filter(_finite(found.scale * found.params), cov_type="none"))


def fit_airline(values: Floats, period: int = 12) -> StateSpace:
    """Fit ARIMA(0,1,1)(0,1,1), moving averages of the once and seasonally differenced series.

    Parameters
    ----------
    values : (M,) float64
    period : int
        At least 2.

    Raises
    ------
    ValueError
        Where there are fewer than two and a half seasons, or the values do not vary.
    """
    from statsmodels.tsa.statespace.sarimax import SARIMAX  # noqa: PLC0415 - slow to load

    _varied(values, int(np.ceil(2.5 * period)))
    orders = {"order": (0, 1, 1), "seasonal_order": (0, 1, 1, period)}
    with _quiet():
        model = SARIMAX(values, **orders, concentrate_scale=True, tolerance=_SETTLED)
        found = model.fit(start_params=_AVERAGES, **_SEARCH)
    _finite(np.append(found.params, found.scale))
    return StateSpace(found)


def fit_smoothing(values: Floats, period: int = 12) -> Smoothing:
    """Fit every form of additive exponential smoothing and keep the one of least AICc.

    Parameters
    ----------
    values : (M,) float64
    period : int

    Raises
    ------
    ValueError
        Where no form can be fitted: too few values, or they do not vary.
    """
    _varied(values, 3)
    forms = [(trend, season) for trend, season in FORMS if period > 1 or not season]
    found = [fit for fit in (_smoothed(values, period, *form) for form in forms) if fit is not None]
    if not found:
        raise ValueError(f"{len(values)} values are too few")
    best = min(found, key=lambda fit: float(fit.aicc))
    return Smoothing(best, float(best.sse) / (len(values) - len(best.params)))


def _smoothed(values: Floats, period: int, trend: bool, season: bool) -> Any:
    """Fit one form; None where it cannot be."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel  # noqa: PLC0415 - slow to load

    parts: dict[str, Any] = {"trend": "add", "damped_trend": True} if trend else {}
    parts |= {"seasonal": "add", "seasonal_periods": period} if season else {}
    try:
        with _quiet():
            fit = ETSModel(values, error="add", **parts).fit(disp=False, full_output=False)
    except (ValueError, np.linalg.LinAlgError):
        return None
    # AICc counts the noise too, and means nothing where no month is left.
    spare = len(values) - len(fit.params) - 2
    return fit if spare > 0 and np.isfinite(fit.aicc) and fit.sse > 0.0 else None


FITS: Final[dict[Name, Callable[[Floats, int], Fitted]]] = {
    "uc": fit_local_level,
    "ets": fit_smoothing,
    "arima": fit_airline,
}


def _varied(values: Floats, least: int) -> None:
    """Refuse values that are too few, or all the same."""
    if len(values) < least:
        raise ValueError(f"{len(values)} values are too few, {least} are needed")
    if not np.ptp(values) > 0.0:
        raise ValueError("the values do not vary")


def _finite(numbers: Floats) -> Floats:
    """Refuse a fit that went nowhere."""
    if not np.isfinite(numbers).all() or not np.any(numbers):
        raise ValueError("the fit has no finite numbers")
    return numbers


@contextmanager
def _quiet() -> Iterator[None]:
    """Leave out what statsmodels says of few values and of searches cut short: both are as intended."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield
