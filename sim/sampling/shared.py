"""The common factor in the past: work under way joined under the factor of a month that is over.

Nobody wrote the factor of that month down, but work that is still not done speaks for a slow one: what a
case takes from the factor is weighed with the chance of having lasted so long. Cases of a month move
together, since each takes the same quantile of its own weighed law.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from sim.sampling.layout import Ints
from sim.sampling.luck import Floats
from sim.sampling.world import World

#: Places, in standard deviations, at which the weighed law of the factor is added up.
GRID: Floats = np.linspace(-4.5, 4.5, 73)


def shared_factor(world: World, case: Ints, joined: Ints, law: Ints, spent: Floats) -> Floats:
    """Return the factor on the whole work of cases under way, given the own minutes they have worked.

    Parameters
    ----------
    world : World
    case, joined, law : (n,) int64
    spent : (n,) float64
        Own minutes.
    """
    factors, cases, share = world.factors, world.model.cases, np.ones(len(case))
    phase = cases.phase[case]
    on = np.flatnonzero(cases.scaled[case] & (phase >= 0) & world.model.factor_phase[phase])
    if factors.sd == 0 or not on.size:
        return share
    unit = world.model.unit[cases.project[case[on]]]
    shared = factors.x[unit, phase[on], factors.column(joined[on])] / factors.sd
    # Of work w and factor exp(-x), done is not yet: w > spent * exp(x).
    longest = spent[on, None] * np.exp(factors.sd * GRID)
    laws = np.repeat(law[on], len(GRID))
    lasted = world.luck.laws.logsf(laws, longest.ravel(), world.luck.args).reshape(longest.shape)
    # Beyond every length that the law can have, the law of the factor is left as it was.
    weight = np.maximum(lasted, -1e9) - GRID**2 / 2
    cumulated = np.cumsum(np.exp(weight - weight.max(axis=1, keepdims=True)), axis=1)
    middle = (cumulated - np.diff(cumulated, axis=1, prepend=0.0) / 2) / cumulated[:, -1:]
    own = [np.interp(u, c, GRID) for u, c in zip(ndtr(shared), middle, strict=True)]
    share[on] = np.exp(-factors.sd * np.array(own))
    return share
