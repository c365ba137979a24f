"""Amounts of resources and dated events in one replication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.model.arrays import REFILL, UNLIMITED, Model
from sim.philox import hash_name
from sim.sampling.layout import Flags, Ints, Layout, Small
from sim.sampling.luck import Luck, whole_minutes

Floats = npt.NDArray[np.float64]
_SESSION = np.uint64(hash_name("session"))

Pair = tuple[npt.NDArray[Any], npt.NDArray[Any]]


@dataclass(frozen=True)
class Amounts:
    """Capacities, opening balances and event values of one replication (see `Draws`)."""

    capacity: Small
    reserved: Small
    event_value: Small
    event_reserved: Small
    session_work: Small


@dataclass(frozen=True)
class Rule:
    """Where amounts come from: n open ones and the reserved part of each.

    Parameters
    ----------
    central : pair of (n,) arrays
        What they are where no scalar says otherwise.
    scalar, given : pairs of (n,) arrays
        Index into ``Model.scalars``, and whether there is one.
    factor : (n,) or (1,) float64
        What the scalars are multiplied with.
    is_fixed : bool
        There is no scalar.
    """

    central: Pair
    scalar: Pair
    given: tuple[Flags, Flags]
    factor: Floats
    is_fixed: bool


@dataclass(frozen=True)
class AmountTable:
    """What the amounts of every replication of a model have in common: of resources, of events."""

    resources: Rule
    events: Rule


def amount_table(model: Model) -> AmountTable:
    """Find what scalars say of resources and events."""
    events, resources = model.events, model.resources
    refilled = np.where(events.kind == REFILL, model.event_reserved_scalar, -1)
    scalars = model.capacity_scalar, model.reserved_scalar
    return AmountTable(
        _rule((resources.capacity, resources.reserved), scalars, np.ones(1)),
        _rule((events.value, events.reserved), (model.event_scalar, refilled), model.event_factor / 1000.0),
    )


def _rule(central: Pair, scalar: Pair, factor: Floats) -> Rule:
    """Return the rule of some amounts."""
    given = scalar[0] >= 0, scalar[1] >= 0
    return Rule(central, scalar, given, factor, not (given[0].any() or given[1].any()))


def draw_amounts(model: Model, layout: Layout, luck: Luck, table: AmountTable) -> Amounts:
    """Draw the amounts of every resource and event, cancelled sessions and their shared work."""
    capacity, reserved = _rounded(luck, table.resources)
    value, kept = _rounded(luck, table.events)
    held, work = _sessions(model, layout, luck)
    value[~held] = 0
    return Amounts(capacity, reserved, value, kept, work)


def _rounded(luck: Luck, rule: Rule) -> tuple[Small, Small]:
    """Return (open, reserved) amounts: the reserved part rounds down, the rest goes to the open one."""
    if rule.is_fixed:
        return _limited(rule.central[0]), _limited(rule.central[1])
    whole, part = (
        np.where(given, luck.values[scalar] * rule.factor, value)
        for given, scalar, value in zip(rule.given, rule.scalar, rule.central, strict=True)
    )
    kept = np.floor(part + 1e-9)
    rest = np.floor(whole + np.where(rule.given[0], part - kept, 0.0) + 0.5)
    return _limited(rest), _limited(kept)


def _limited(amounts: npt.NDArray[Any]) -> Small:
    """Return amounts within what a resource can have."""
    return np.minimum(np.maximum(amounts, 0), UNLIMITED).astype(np.int32)


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
