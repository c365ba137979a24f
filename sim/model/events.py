"""Dated events of resources: changes of capacity, lapse and refill of quotas, sessions of meetings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import date

from sim.clocks import date_of, minute_of
from sim.model.arrays import LAPSE, REFILL, SESSION, SET_CAPACITY, UNLIMITED, CalendarEvents, Ints
from sim.model.clockbook import ClockBook
from sim.model.frozen import frozen_ints
from sim.model.resources import Desks, drawn_scalar, split_amount, whole
from sim.model.scalars import Numbers
from sim.resources import Meeting, Office, Pool, Quota, Refills, Resource, dates_of
from sim.spec import Parameter


@dataclass(frozen=True, order=True)
class Event:
    """One event; the first three fields are the order in which events act."""

    time: int
    kind: int
    resource: int
    value: int
    reserved: int = 0
    session: int = -1
    scalar: int = -1
    reserved_scalar: int = -1


@dataclass(frozen=True)
class CompiledEvents:
    """The arrays of events and the scalars behind them, E long each."""

    arrays: CalendarEvents
    scalar: Ints
    reserved_scalar: Ints
    factor: Ints


def compile_events(
    desks: Desks, book: ClockBook, numbers: Numbers, epoch: date, horizon: int
) -> CompiledEvents:
    """All events in [0, horizon), sorted by minute, kind and resource."""
    span = (epoch, date_of(horizon - 1, epoch))
    events = sorted(
        event
        for row, desk in enumerate(desks.rows)
        for event in _events(row, desk.block, book, numbers, span)
    )
    columns = [frozen_ints(column) for column in zip(*(astuple(e) for e in events), strict=True)]
    time, kind, resource, value, reserved, session, scalar, reserved_scalar = columns or [frozen_ints([])] * 8
    return CompiledEvents(
        CalendarEvents(time, kind, resource, value, reserved, session),
        scalar,
        reserved_scalar,
        factor=frozen_ints([1000] * len(events)),
    )


Span = tuple[date, date]


def _events(row: int, block: Resource, book: ClockBook, numbers: Numbers, span: Span) -> Iterator[Event]:
    """Events of one resource; `span` holds the first and the last day."""
    if isinstance(block, Meeting):
        yield from _sessions(row, block, book, numbers, span)
    elif isinstance(block, Quota):
        if block.refills is not None:
            yield from _refills(row, block, block.refills, book=book, numbers=numbers, span=span)
    else:
        yield from _changes(row, block, numbers, span)


def _changes(row: int, block: Office | Pool, numbers: Numbers, span: Span) -> Iterator[Event]:
    """Give the changes after the epoch; those before it are in the opening capacity."""
    epoch, last = span
    for change in block.changes:
        if epoch < change.on <= last:
            size, scalar = whole(change.to, numbers), drawn_scalar(change.to, numbers)
            yield Event(minute_of(change.on, epoch), SET_CAPACITY, row, size, scalar=scalar)


def _refills(
    row: int, block: Quota, refills: Refills, *, book: ClockBook, numbers: Numbers, span: Span
) -> Iterator[Event]:
    value, reserved, scalar, reserved_scalar = split_amount(block, refills.amount, numbers)
    for day in dates_of(refills, *span, working=book.working):
        minute = minute_of(day, span[0])
        if block.carry_over == "none":
            yield Event(minute, LAPSE, row, 0)
        elif isinstance(block.carry_over, Parameter):
            kept = split_amount(block, block.carry_over, numbers)
            yield Event(minute, LAPSE, row, kept[0], kept[1], -1, *kept[2:])
        yield Event(minute, REFILL, row, value, reserved, -1, scalar, reserved_scalar)


def _sessions(row: int, block: Meeting, book: ClockBook, numbers: Numbers, span: Span) -> Iterator[Event]:
    places, scalar = UNLIMITED, -1
    if block.capacity is not None:
        places, scalar = whole(block.capacity, numbers), drawn_scalar(block.capacity, numbers)
    for number, day in enumerate(dates_of(block.dates, *span, working=book.working)):
        yield Event(minute_of(day, span[0]), SESSION, row, places, session=number, scalar=scalar)
