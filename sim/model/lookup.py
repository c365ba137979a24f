"""Where things of a model are: its cases by project and activity, its dated events by resource."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.model.arrays import Model

__all__ = ["case_table", "events_by_resource"]

Longs = npt.NDArray[np.int64]


def case_table(model: Model) -> Longs:
    """Case of each (project, activity), -1 where the project has none."""
    place = np.full((len(model.project_ids), len(model.activities)), -1, dtype=np.int64)
    place[model.cases.project, model.cases.activity] = np.arange(len(model.cases.project))
    return place


def events_by_resource(model: Model) -> tuple[Longs, Longs]:
    """Rows of the dated events by (resource, time, kind), and where those of each resource begin and end."""
    events = model.events
    order = np.lexsort((events.kind, events.time, events.resource))
    return order, np.searchsorted(events.resource[order], np.arange(len(model.resources.names) + 1))
