"""Amounts of resources and dated events in one replication."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.model.arrays import REFILL, Model
from sim.philox import hash_name
from sim.sampling import kernels
from sim.sampling.layout import Flags, Layout, Small
from sim.sampling.luck import Luck, whole_minutes

Floats = npt.NDArray[np.float64]
_SESSION = np.uint64(hash_name("session"))


@dataclass(frozen=True)
class Amounts:
    """Capacities, opening balances and event values of one replication (see `Draws`)."""

    capacity: Small
    reserved: Small
    event_value: Small
    event_reserved: Small
    session_work: Small


@dataclass(frozen=True)
class AmountTable:
    """What the amounts of every replication of a model have in common: n of resources, then of events.

    Parameters
    ----------
    rows : int32 array
        n rows of ``kernels.AMOUNT`` cells: the scalars of the open and the reserved amount (-1 = none), and
        what each is where there is none.
    factor : (n,) float64
        What the scalars are multiplied with.
    """

    rows: Small
    factor: Floats


def amount_table(model: Model) -> AmountTable:
    """Find what scalars say of resources and events."""
    events, resources = model.events, model.resources
    refilled = np.where(events.kind == REFILL, model.event_reserved_scalar, -1)
    columns = (
        (model.capacity_scalar, model.event_scalar), (model.reserved_scalar, refilled),
        (resources.capacity, events.value), (resources.reserved, events.reserved),
    )  # fmt: skip
    rows = np.stack([np.concatenate(pair) for pair in columns], axis=1).astype(np.int32)
    factor = np.concatenate([np.ones(len(resources.capacity)), model.event_factor / 1000.0])
    return AmountTable(rows.reshape(-1), factor)


def draw_amounts(model: Model, layout: Layout, luck: Luck, table: AmountTable) -> Amounts:
    """Draw the amounts of every resource and event, cancelled sessions and their shared work."""
    count = len(model.resources.names)
    free, kept = np.empty(len(table.factor), dtype=np.int32), np.empty(len(table.factor), dtype=np.int32)
    kernels.draw_amounts(luck.values, table.rows, table.factor, free, kept)
    held, work = _sessions(model, layout, luck)
    free[count:][~held] = 0
    return Amounts(free[:count], kept[:count], free[count:], kept[count:], work)


def _sessions(model: Model, layout: Layout, luck: Luck) -> tuple[Flags, Small]:
    """Draw which events take place (a cancelled session does not), and the shared work of sessions."""
    events = model.events
    held = np.ones(len(events.time), dtype=np.bool_)
    work = np.zeros(len(events.time), dtype=np.int32)
    if not len(layout.session):
        return held, work
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
