"""The pilot run: mean queue waits, with which open phases are played up to the epoch."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sim.experiment.one import Collect
from sim.experiment.replicate import replicate
from sim.model.arrays import INFERRED, Model
from sim.queues import pilot_waits

#: Numbers of the pilot's replications begin here, far from every experiment's own.
FIRST: int = 10**6

#: Size of the pilot, fixed so that it never depends on the number of replications asked for.
SIZE: int = 4

#: The pilot runs this far at most: waits are wanted as they are around the epoch.
YEAR: int = 365 * 1440


def pilot(
    model: Model,
    seed: int,
    *,
    engine: str = "reference",
    workers: int | None = 1,
    cluster: str | None = None,
) -> npt.NDArray[np.int32]:
    """Return the mean queue wait of each case's activity in the pilot run, whole minutes.

    Parameters
    ----------
    model : Model
        Compiled without pilot waits.
    seed : int
    engine, workers, cluster
        As `replicate`.

    Returns
    -------
    (C,) int32
        For `sim.model.compile.with_pilot`; zero where no open phase has to be played.
    """
    if not (model.known.state == INFERRED).any():
        return np.zeros(len(model.cases.kind), dtype=np.int32)
    numbers = range(FIRST, FIRST + SIZE)
    near = replace(model, horizon=min(model.horizon, YEAR))
    only = Collect(names=("load",))
    load = replicate(
        near, seed, numbers, engine=engine, collect=only, workers=workers, cluster=cluster, chunk=1
    ).load
    return np.zeros(len(model.cases.kind), dtype=np.int32) if load is None else pilot_waits(model, load)
