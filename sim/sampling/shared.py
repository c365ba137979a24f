"""The common factor in the past: work under way joined under the factor of a month that is over.

Nobody wrote the factor of that month down, but work that is still not done speaks for a slow one: what a
case takes from the factor is weighed with the chance of having lasted so long. Cases of a month move
together, since each takes the same quantile of its own weighed law.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from sim.families import Book, log_survival
from sim.jit import kernel
from sim.sampling.luck import Floats
from sim.special import ndtr

#: Places, in standard deviations, at which the weighed law of the factor is added up: this many on each
#: side of the middle, `_STEPS` to a standard deviation.
_SIDE, _STEPS = 36, 8
PLACES: Final = 2 * _SIDE + 1

#: Rows of the scratch, `PLACES` long each: how much the factor stretches work at each place, the weight of
#: the place, and how much of the weighed law lies below its middle.
STRETCH, WEIGHT, MIDDLE = range(3)


@kernel
def stretches(sd: float, scratch: Floats) -> None:
    """Write how much the factor stretches work at each place."""
    for j in range(PLACES):
        scratch[STRETCH, j] = math.exp(sd * ((j - _SIDE) / _STEPS))


@kernel
def shared_factor(x: float, sd: float, scratch: Floats) -> float:
    """Return the factor of a case: the quantile of its weighed law that the month's `x` is of its own."""
    shared, middle = ndtr(x / sd), scratch[MIDDLE]
    # The last place whose middle is not above the quantile; straight lines from place to place.
    k = -1
    while k + 1 < PLACES and middle[k + 1] <= shared:
        k += 1
    own = (max(k, 0) - _SIDE) / _STEPS
    if 0 <= k < PLACES - 1:
        own += (1.0 / _STEPS) / (middle[k + 1] - middle[k]) * (shared - middle[k])
    return math.exp(-sd * own)


@kernel
def weigh(book: Book, law: int, spent: float, scratch: Floats) -> None:
    """Write how much of the law of the factor, weighed with having lasted so long, lies below each place."""
    stretch, weight, middle = scratch[STRETCH], scratch[WEIGHT], scratch[MIDDLE]
    best = -np.inf
    for j in range(PLACES):
        # Of work w and factor exp(-x), done is not yet: w > spent * exp(x). Beyond every length that the
        # law can have, the law of the factor is left as it was.
        lasted = max(log_survival(book, law, spent * stretch[j]), -1e9)
        weight[j] = lasted - ((j - _SIDE) / _STEPS) ** 2 / 2
        best = max(best, weight[j])
    total = 0.0
    for j in range(PLACES):
        more = math.exp(weight[j] - best)
        total += more
        middle[j] = total - more / 2
    for j in range(PLACES):
        middle[j] /= total
