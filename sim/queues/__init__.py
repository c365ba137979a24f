"""Load of resources and mean queue waits, summed so that replications can be added.

Utilisation is the time held over the time offered: of an office reviewer-minutes in its opening hours,
of a pool amount times time, of a quota the amount granted over the amount that came in, of a meeting
the places taken over the places offered (none where places are unlimited).
"""

from __future__ import annotations

from sim.model.arrays import Model
from sim.queues.load import Load, total
from sim.queues.meter import LoadMeter
from sim.queues.tables import activity_table, pilot_waits, resource_table
from sim.sampling.draws import Draws
from sim.trace import Trace

__all__ = ["Load", "LoadMeter", "activity_table", "load_of", "pilot_waits", "resource_table", "total"]


def load_of(model: Model, draws: Draws, trace: Trace, until: int | None = None) -> Load:
    """Sum the load of one replication; for many of them make a `LoadMeter` once.

    Parameters
    ----------
    model, draws, trace
    until : int, optional
        See `LoadMeter.load`.
    """
    return LoadMeter(model).load(draws, trace, until)
