"""Requests that no date of the run can ever serve: a warning before the run, never an error."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.errors import Problem
from sim.model.arrays import (
    ENDED,
    MEETING,
    OFFICE,
    POOL,
    QUOTA,
    REFILL,
    RESOURCE_KINDS,
    SESSION,
    SET_CAPACITY,
    Model,
)


def never_fits(model: Model) -> tuple[Problem, ...]:
    """Warn of resources whose greatest capacity is below what some case asks for.

    A quota is judged by all it will ever hold, a meeting by its largest session, an office and a pool by
    their largest capacity; all at central values.

    Parameters
    ----------
    model : Model

    Returns
    -------
    tuple of Problem
        One warning a resource, in the order of their names.
    """
    most = _most(model)
    cases = model.cases
    asks = np.flatnonzero((cases.resource >= 0) & (model.known.state != ENDED))
    asks = asks[cases.amount[asks] > most[cases.resource[asks]]]
    found = []
    for row in np.unique(cases.resource[asks]).tolist():
        concerned = asks[cases.resource[asks] == row]
        kind = RESOURCE_KINDS[int(model.resources.kind[row])]
        largest = int(cases.amount[concerned].max())
        found.append(
            Problem(
                model.name,
                f"resources.{model.resources.names[row]}",
                f"{len(concerned)} requests of up to {largest}",
                f"at most {int(most[row])}, the most this {kind} ever has",
                "these cases wait for ever: raise the capacity, or say so in the report",
                "warning",
            )
        )
    return tuple(found)


def _most(model: Model) -> npt.NDArray[np.int64]:
    """Largest amount that each resource can ever grant at once."""
    resources, events = model.resources, model.events
    most = resources.capacity.astype(np.int64) + np.where(resources.kind == QUOTA, resources.reserved, 0)
    for kind, event in ((OFFICE, SET_CAPACITY), (POOL, SET_CAPACITY), (MEETING, SESSION)):
        at = (events.kind == event) & (resources.kind[events.resource] == kind)
        np.maximum.at(most, events.resource[at], events.value[at].astype(np.int64))
    refilled = events.kind == REFILL
    gained = events.value.astype(np.int64) + events.reserved
    np.add.at(most, events.resource[refilled], gained[refilled])
    return most
