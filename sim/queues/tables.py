"""Tables of the load of resources, and the mean waits a pilot run gives."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.clocks import DAY
from sim.columns import Columns
from sim.model.arrays import RESOURCE_KINDS, Model
from sim.queues.load import Load

__all__ = ["activity_table", "pilot_waits", "resource_table"]

Floats = npt.NDArray[np.float64]


def _ratio(top: Floats, bottom: Floats) -> Floats:
    """Top over bottom, NaN where there is nothing to divide by, 0 of an unlimited supply."""
    found = np.full(len(top), np.nan)
    np.divide(top, bottom, out=found, where=bottom > 0)
    return found


def resource_table(model: Model, load: Load) -> Columns:
    """Utilisation and waits by resource, means over replications.

    Returns
    -------
    Columns
        resource, kind, owner, requests, served (a replication), mean_wait_days, longest_wait_days,
        utilisation (a share of what was offered; NaN where nothing was).
    """
    resources = model.resources
    return {
        "resource": np.array(resources.names, dtype=object),
        "kind": np.array([RESOURCE_KINDS[k] for k in resources.kind], dtype=object),
        "owner": np.array(resources.owner, dtype=object),
        "requests": load.requests / load.replications,
        "served": load.served / load.replications,
        "mean_wait_days": _ratio(load.waited, load.requests) / DAY,
        "longest_wait_days": load.longest / DAY,
        "utilisation": np.where(np.isinf(load.offered), np.nan, _ratio(load.held, load.offered)),
    }


def activity_table(model: Model, load: Load) -> Columns:
    """Mean queue wait by activity: columns activity, visits (a replication), mean_wait_days."""
    asked = load.joined > 0
    return {
        "activity": np.array(model.activities, dtype=object)[asked],
        "visits": load.joined[asked] / load.replications,
        "mean_wait_days": _ratio(load.delay, load.joined)[asked] / DAY,
    }


def pilot_waits(model: Model, load: Load) -> npt.NDArray[np.int32]:
    """Mean queue wait of each case's activity, whole minutes: (C,), for ``with_pilot``.

    An activity that nobody queued for in the pilot takes the mean of its resource.
    """
    by_activity = _ratio(load.delay, load.joined)
    by_resource = np.nan_to_num(_ratio(load.waited, load.requests))
    resource = model.cases.resource
    wait = by_activity[model.cases.activity]
    wait = np.where(np.isnan(wait), by_resource[resource] if len(by_resource) else 0.0, wait)
    return np.where(resource >= 0, np.floor(wait + 0.5), 0).astype(np.int32)
