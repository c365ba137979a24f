"""The common factor in the past: work under way joined under the factor of a month that is over.

Nobody wrote the factor of that month down, but work that is still not done speaks for a slow one: what a
case takes from the factor is weighed with the chance of having lasted so long. Cases of a month move
together, since each takes the same quantile of its own weighed law.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr

from sim.families import Book, log_survival
from sim.jit import entry, kernel
from sim.model.arrays import Model
from sim.sampling.layout import Ints
from sim.sampling.luck import Floats
from sim.sampling.world import World

#: Places, in standard deviations, at which the weighed law of the factor is added up: this many on each
#: side of the middle, `_STEPS` to a standard deviation.
_SIDE, _STEPS = 36, 8
_PLACES: Final = 2 * _SIDE + 1


@dataclass(frozen=True)
class Carriers:
    """Those of n cases under way whose work the common factor slows down.

    Parameters
    ----------
    place : (m,) int64
        Places among the cases.
    unit, phase, joined : (m,) int64
        Unit and phase of each, and the minute it joined.
    """

    place: Ints
    unit: Ints
    phase: Ints
    joined: Ints


def carriers_of(model: Model, case: Ints, joined: Ints) -> Carriers:
    """Return the cases that carry the common factor; `joined` is of all of them."""
    cases, phase = model.cases, model.cases.phase[case].astype(np.int64)
    place = np.flatnonzero(cases.scaled[case] & (phase >= 0) & model.factor_phase[phase])
    unit = model.unit[cases.project[case[place]]].astype(np.int64)
    return Carriers(place, unit, phase[place], joined[place])


def shared_factor(world: World, carriers: Carriers, law: Ints, spent: Floats) -> Floats:
    """Return the factor on the whole work of cases under way, given the own minutes they have worked.

    Parameters
    ----------
    world : World
    carriers : Carriers
    law : (n,) int64
    spent : (n,) float64
        Own minutes.
    """
    factors, share, on = world.factors, np.ones(len(law)), carriers.place
    if factors.sd == 0 or not on.size:
        return share
    shared = ndtr(factors.x[carriers.unit, carriers.phase, factors.column(carriers.joined)] / factors.sd)
    # Cases of one law that have worked equally long share a weighed law, made once.
    order = np.lexsort((spent[on], law[on]))
    on = on[order]
    _weigh(world.luck.book, law[on], spent[on], shared[order], factors.sd, np.empty((3, _PLACES)), on, share)
    return share


@entry
def _weigh(
    book: Book, law: Ints, spent: Floats, shared: Floats, sd: float, scratch: Floats, on: Ints, share: Floats
) -> None:
    """Write the factor of each case: the quantile `shared` of its weighed law."""
    stretch, weight, middle = scratch[0], scratch[1], scratch[2]
    for j in range(_PLACES):
        stretch[j] = math.exp(sd * ((j - _SIDE) / _STEPS))
    for i in range(len(on)):
        if i == 0 or law[i] != law[i - 1] or spent[i] != spent[i - 1]:
            _weigh_law(book, law[i], spent[i], stretch, weight, middle)
        # The last place whose middle is not above the quantile; straight lines from place to place.
        k = -1
        while k + 1 < _PLACES and middle[k + 1] <= shared[i]:
            k += 1
        own = (max(k, 0) - _SIDE) / _STEPS
        if 0 <= k < _PLACES - 1:
            own += (1.0 / _STEPS) / (middle[k + 1] - middle[k]) * (shared[i] - middle[k])
        share[on[i]] = math.exp(-sd * own)


@kernel
def _weigh_law(book: Book, law: int, spent: float, stretch: Floats, weight: Floats, middle: Floats) -> None:
    """Write how much of the weighed law lies below the middle of each place."""
    best = -np.inf
    for j in range(_PLACES):
        # Of work w and factor exp(-x), done is not yet: w > spent * exp(x). Beyond every length that the
        # law can have, the law of the factor is left as it was.
        lasted = max(log_survival(book, law, spent * stretch[j]), -1e9)
        weight[j] = lasted - ((j - _SIDE) / _STEPS) ** 2 / 2
        best = max(best, weight[j])
    total = 0.0
    for j in range(_PLACES):
        more = math.exp(weight[j] - best)
        total += more
        middle[j] = total - more / 2
    for j in range(_PLACES):
        middle[j] /= total
