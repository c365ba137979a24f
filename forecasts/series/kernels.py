"""Recursions of the series models: one-step errors of several columns at once.

Every model here is linear in what it starts from, so its errors are those of the data minus those of unit
starts times the starts: the columns after the first carry the unit starts, and one least-squares
regression finds them (de Jong, "The diffuse Kalman filter", Annals of Statistics 1991).
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import numpy.typing as npt

from sim.jit import entry

Floats = npt.NDArray[np.float64]


@entry
def level_errors(
    columns: Floats, seen: npt.NDArray[np.bool_], q: float, errors: Floats, level: Floats
) -> Floats:
    """Run the Kalman filter of a local level over columns; the level starts at zero, known.

    Parameters
    ----------
    columns : (M, C) float64
    seen : (M,) bool
        Months without a value move the level's variance only.
    q : float
        Variance of the level's step over the variance of the noise.
    errors : (M, C) float64
        Filled: one-step errors over their standard deviation (in units of the noise); zero if not seen.
    level : (C + 2,) float64
        Filled: the level after the last month per column, its variance, and the sum of log variances.
    """
    months, count = columns.shape
    for j in range(count + 2):
        level[j] = 0.0
    variance = 0.0
    logs = 0.0
    for t in range(months):
        if t > 0:
            variance += q
        if not seen[t]:
            for j in range(count):
                errors[t, j] = 0.0
            continue
        total = variance + 1.0
        gain = variance / total
        scale = 1.0 / sqrt(total)
        for j in range(count):
            error = columns[t, j] - level[j]
            level[j] += gain * error
            errors[t, j] = error * scale
        variance *= 1.0 - gain
        logs += log(total)
    level[count] = variance
    level[count + 1] = logs
    return errors


@entry
def smoothing_errors(
    values: Floats, alpha: float, beta: float, gamma: float, phi: float, errors: Floats, states: Floats
) -> Floats:
    """Run additive exponential smoothing (level, damped trend, season) from every unit start.

    Parameters
    ----------
    values : (M,) float64
    alpha, beta, gamma, phi : float
        Gains of level, trend and season in the error-correction form; damping of the trend.
    errors : (M, C) float64
        Filled; column 0: the data from a start of zeros; column i: zeros from unit start i.
    states : (C, 2 + period) float64
        Level, trend and seasons (in the order of the months to come); the starts when called, the states
        after the last month when done.
    """
    months, count = errors.shape
    period = states.shape[1] - 2
    for j in range(count):
        place = 0
        for t in range(months):
            value = values[t] if j == 0 else 0.0
            grown = states[j, 0] + phi * states[j, 1]
            season = states[j, 2 + place]
            error = value - grown - season
            errors[t, j] = error
            states[j, 0] = grown + alpha * error
            states[j, 1] = phi * states[j, 1] + beta * error
            states[j, 2 + place] = season + gamma * error
            place = place + 1 if place + 1 < period else 0
    return errors


@entry
def moving_errors(values: Floats, theta: float, seasonal: float, period: int, errors: Floats) -> Floats:
    """Invert (1 - theta B)(1 - seasonal B^period) from every unit start before the first month.

    Parameters
    ----------
    values : (M,) float64
        Differenced.
    theta, seasonal : float
    period : int
    errors : (period + 1 + M, C) float64
        Rows before ``period + 1`` are the starts, given; the rest is filled.
    """
    before = period + 1
    rows, count = errors.shape
    for j in range(count):
        for t in range(before, rows):
            value = values[t - before] if j == 0 else 0.0
            past = theta * errors[t - 1, j] + seasonal * errors[t - period, j]
            errors[t, j] = value + past - theta * seasonal * errors[t - before, j]
    return errors
