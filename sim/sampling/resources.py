"""Amounts of resources and dated events in one replication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.model.arrays import REFILL, UNLIMITED, Model
from sim.philox import hash_name
from sim.sampling.layout import Ints, Layout
from sim.sampling.luck import Luck, whole_minutes

Floats = npt.NDArray[np.float64]
_SESSION = np.uint64(hash_name("session"))

Pair = tuple[npt.NDArray[Any], npt.NDArray[Any]]


@dataclass(frozen=True)
class Amounts:
    """Capacities, opening balances and event values of one replication (see `Draws`)."""

    capacity: Ints
    reserved: Ints
    event_value: Ints
    event_reserved: Ints
    session_work: Ints


def draw_amounts(model: Model, layout: Layout, luck: Luck) -> Amounts:
    """Draw the amounts of every resource and event, cancelled sessions and their shared work."""
    events, resources = model.events, model.resources
    scalars = model.capacity_scalar, model.reserved_scalar
    capacity, reserved = _rounded(luck, (resources.capacity, resources.reserved), scalars, np.ones(1))
    scalars = model.event_scalar, np.where(events.kind == REFILL, model.event_reserved_scalar, -1)
    value, kept = _rounded(luck, (events.value, events.reserved), scalars, model.event_factor / 1000.0)
    held, work = _sessions(model, layout, luck)
    return Amounts(capacity, reserved, np.where(held, value, 0), kept, work)


def _rounded(luck: Luck, central: Pair, scalars: Pair, factor: Floats) -> tuple[Ints, Ints]:
    """Return (open, reserved) amounts: the reserved part rounds down, the rest goes to the open one."""
    whole, part = (
        np.where(scalar >= 0, luck.values[scalar] * factor, value)
        for scalar, value in zip(scalars, central, strict=True)
    )
    kept = np.floor(part + 1e-9)
    rest = np.floor(whole + np.where(scalars[0] >= 0, part - kept, 0.0) + 0.5)
    limits = (0, UNLIMITED)
    return rest.clip(*limits).astype(np.int64), kept.clip(*limits).astype(np.int64)


def _sessions(model: Model, layout: Layout, luck: Luck) -> tuple[npt.NDArray[np.bool_], Ints]:
    """Draw which events take place (a cancelled session does not), and the shared work of sessions."""
    events = model.events
    held = np.ones(len(events.time), dtype=np.bool_)
    work = np.zeros(len(events.time), dtype=np.int64)
    some = (model.session_cancelled >= 0) | (model.session_law >= 0)
    mine = some[events.resource[layout.session]]
    at, days = layout.session[mine], layout.session_day[mine]
    if not at.size:
        return held, work
    resource = events.resource[at]
    u = luck.uniforms(layout.resource[resource], _SESSION, days, philox.SESSION)
    held[at] = u[:, 0] >= luck.values[model.session_cancelled[resource]]
    work[at] = whole_minutes(luck.length(model.session_law[resource].astype(np.int64), u[:, 1]))
    return held, work
