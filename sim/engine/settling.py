"""One account, one settling routine: the four resources differ only in how the free amount rises."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from simpy import Environment, Event

from sim.clocks import Clock
from sim.engine.rules import split_grant
from sim.trace import NEVER

__all__ = ["Account", "Meeting", "Office", "Pool", "Quota", "Request"]

Key = tuple[int, int, int, int]


class Request(Event):
    """A request that waits in a queue; as a SimPy event it happens when it is served.

    Parameters
    ----------
    env : simpy.Environment
    resource : int
    key : tuple of int
        Place in the queue (`rules.queue_key`).
    amount : int
    lane : int
        Requests of one lane block each other, those of different lanes do not.
    joined : int
        True minute of joining (the key may hold an older one).

    Attributes
    ----------
    waits : bool
        In the queue; afterwards the request holds what it asked for.
    reserved : int
        Part taken from the reserved account of a quota.
    session : int
        Calendar event of the session it was heard in, -1 = none.
    """

    def __init__(
        self, env: Environment, *, resource: int, key: Key, amount: int, lane: int, joined: int
    ) -> None:
        super().__init__(env)
        self.resource = resource
        self.key = key
        self.amount = amount
        self.lane = lane
        self.joined = joined
        self.waits = False
        self.reserved = 0
        self.session = -1


class Account:
    """A free amount and a queue.

    Parameters
    ----------
    free : int
        Free now; negative while holders from before exceed a lowered capacity.
    skip : bool
        What does not fit is passed over; otherwise it blocks the rest of its lane.
    lanes : int
        How many lanes the queue has.
    """

    def __init__(self, free: int, skip: bool, lanes: int = 1) -> None:
        self.free = free
        self.skip = skip
        self.lanes = lanes
        self.queue: list[tuple[Key, Request]] = []
        self.smallest = NEVER  # no request was ever smaller: below that nothing can fit

    def available(self) -> int:
        """Return the most that any request could get now."""
        return self.free

    def fits(self, request: Request, now: int) -> bool:
        """Tell whether the request could be served now, were it alone."""
        return request.amount <= self.free

    def is_listed(self, request: Request, now: int) -> bool:
        """Tell whether the request takes part in the queue today at all."""
        return True

    def take(self, request: Request) -> None:
        """Take what a request asks for."""
        self.free -= request.amount

    def give(self, request: Request) -> None:
        """Give back what a request took."""
        self.free += request.amount

    def join(self, request: Request) -> bool:
        """Put a request in the queue; tell whether settling could serve it."""
        request.waits = True
        insort(self.queue, (request.key, request))
        self.smallest = min(self.smallest, request.amount)
        return request.amount <= self.available()

    def leave(self, request: Request) -> None:
        """Take a request out of the queue."""
        request.waits = False
        del self.queue[bisect_left(self.queue, request.key, key=lambda entry: entry[0])]

    def settle(self, now: int) -> list[Request]:
        """Walk the queue in order, take for every request that fits in an open lane, return those."""
        queue, served, i = self.queue, [], 0
        blocked: set[int] = set()
        while i < len(queue) and self.smallest <= self.available():
            request = queue[i][1]
            if request.lane in blocked or not self.is_listed(request, now):
                i += 1
            elif self.fits(request, now):
                del queue[i]
                request.waits = False
                self.take(request)
                served.append(request)
            else:
                i += 1
                if not self.skip:
                    blocked.add(request.lane)
                    if len(blocked) == self.lanes:
                        break
        return served

    def next_opening(self, now: int) -> int:
        """Return the minute at which a closed lane opens to somebody who waits and would fit."""
        return NEVER


class Pool(Account):
    """Given back at the end of a named activity; the capacity may change on dates."""

    def __init__(self, capacity: int, skip: bool, lanes: int = 1) -> None:
        super().__init__(capacity, skip, lanes)
        self.capacity = capacity

    def change(self, capacity: int) -> None:
        """Change the capacity; nobody is interrupted."""
        self.free += capacity - self.capacity
        self.capacity = capacity


class Office(Pool):
    """Reviewers behind opening hours, one lane per clock; given back at the end of each visit.

    Parameters
    ----------
    capacity : int
        Reviewers.
    skip : bool
    clocks : sequence of (Clock or None)
        Opening hours per shock lane, None = always open.
    lanes : sequence of int
        Queue lane of each shock lane: those with the same hours share one.
    """

    def __init__(
        self, capacity: int, skip: bool, clocks: Sequence[Clock | None], lanes: Sequence[int]
    ) -> None:
        self.hours = dict(zip(lanes, clocks, strict=True))
        super().__init__(capacity, skip, len(self.hours))

    def fits(self, request: Request, now: int) -> bool:
        """Tell whether a reviewer is free and the office open for this lane."""
        hours = self.hours[request.lane]
        return request.amount <= self.free and (hours is None or hours.is_open(now))

    def next_opening(self, now: int) -> int:
        """Return the next opening minute of a lane that is closed now."""
        if not self.queue or self.smallest > self.free:
            return NEVER
        openings = (hours.next_open(now) for hours in self.hours.values() if hours is not None)
        return min((t for t in openings if t > now), default=NEVER)


class Quota(Account):
    """A consumable with an open and a reserved account, refilled on dates.

    Lane 1 are key projects, which may use both accounts; lane 0 the others.
    """

    def __init__(self, free: int, reserved: int, skip: bool) -> None:
        super().__init__(free, skip, 2)
        self.reserved = reserved

    def available(self) -> int:
        """Return both accounts together."""
        return self.free + self.reserved

    def fits(self, request: Request, now: int) -> bool:
        """Tell whether the accounts open to this lane hold enough."""
        return request.amount <= self.free + (self.reserved if request.lane else 0)

    def take(self, request: Request) -> None:
        """Take from the reserved account first, where the request may."""
        part, request.reserved = split_grant(request.amount, self.reserved, bool(request.lane))
        self.free -= part
        self.reserved -= request.reserved

    def give(self, request: Request) -> None:
        """Give each part back to its account."""
        self.free += request.amount - request.reserved
        self.reserved += request.reserved

    def lapse(self, kept: int, reserved: int) -> None:
        """Drop the balances above what is carried over."""
        self.free = min(self.free, kept)
        self.reserved = min(self.reserved, reserved)

    def refill(self, amount: int, reserved: int) -> None:
        """Add to both accounts."""
        self.free += amount
        self.reserved += reserved


class Meeting(Account):
    """Sessions on dates with places for cases or amounts; closed between them.

    Parameters
    ----------
    skip : bool
    lead : int
        Minutes before a session by which a case must have joined.
    unlimited : int
        Places at and above this never run out.
    """

    CLOSED = -1

    def __init__(self, skip: bool, lead: int, unlimited: int) -> None:
        super().__init__(self.CLOSED, skip)
        self.lead = lead
        self.unlimited = unlimited
        self.session = -1

    def open(self, session: int, places: int) -> None:
        """Open a session; with 0 places it is cancelled."""
        self.session, self.free = session, places or self.CLOSED

    def close(self) -> None:
        """Close the session; unused places lapse."""
        self.session, self.free = -1, self.CLOSED

    def is_listed(self, request: Request, now: int) -> bool:
        """Tell whether the case had joined early enough for this session."""
        return request.joined + self.lead <= now

    def take(self, request: Request) -> None:
        """Take places and note the session."""
        request.session = self.session
        if self.free < self.unlimited:
            self.free -= request.amount

    def give(self, request: Request) -> None:
        """Keep the places: a session cannot be given back."""
