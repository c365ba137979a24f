"""The resources of a run: their accounts, their calendar, and settling once a round."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from simpy import Environment, Event
from simpy.events import EventPriority

from sim.clocks import Clock
from sim.engine.rules import CALENDAR, END_OF_MINUTE, SETTLING
from sim.engine.settling import Account, Key, Meeting, Office, Pool, Quota, Request
from sim.model.arrays import LAPSE, OFFICE, POOL, QUOTA, REFILL, SESSION, SET_CAPACITY, UNLIMITED, Model
from sim.sampling.draws import Draws

__all__ = ["At", "Desks", "Minutes"]


class Minutes(Environment):
    """SimPy's environment, with time in whole minutes."""

    @property
    def now(self) -> int:
        """The current minute."""
        return self._now  # type: ignore[return-value]  # every delay is an int, so this is one


class At(Event):
    """A call in the step of the same-instant rule that its priority names.

    Parameters
    ----------
    env : simpy.Environment
    priority : int
        A constant of `sim.engine.rules`.
    call : callable
        Takes no argument.
    delay : int, default 0
        Minutes from now.
    """

    def __init__(self, env: Environment, priority: int, call: Callable[[], None], delay: int = 0) -> None:
        super().__init__(env)
        self.callbacks.append(lambda _: call())
        self._ok = True
        self._value = None
        env.schedule(self, EventPriority(priority), delay)


class Desks:
    """Every resource of a run.

    A settling is asked for by whatever may let somebody be served: a request that could fit, an
    amount given back, a date of the calendar, a request that left. One settling in a round walks all
    resources touched; walking the others would serve nobody.

    Parameters
    ----------
    env : simpy.Environment
    model : Model
    draws : Draws
    """

    def __init__(self, env: Minutes, model: Model, draws: Draws) -> None:
        self.env = env
        self.horizon = model.horizon
        self.lanes: list[list[int]] = model.resources.clock.tolist()
        self.accounts = [_account(model, draws, r) for r in range(len(model.resources.names))]
        self.keeps_place: list[bool] = model.resources.keeps_place.tolist()
        self.returns = ((model.resources.kind != QUOTA) | model.resources.returns).tolist()
        self.touched: set[int] = set()
        self.next_wake = [-1] * len(self.accounts)
        self._read_calendar(model, draws)

    # -- requests ----------------------------------------------------------------------------------

    def request(self, r: int, key: Key, *, amount: int, joined: int, lane: int, is_key: bool) -> Request:
        """Make a request; it waits nowhere yet.

        Parameters
        ----------
        r : int
            Resource.
        key : tuple of int
            Place in the queue.
        amount, joined : int
        lane : int
            Shock lane of the project.
        is_key : bool
            May use the reserved account of a quota.
        """
        account = self.accounts[r]
        if isinstance(account, Office):
            lane = self.lanes[r][lane]
        else:
            lane = int(is_key) if isinstance(account, Quota) else 0
        return Request(self.env, resource=r, key=key, amount=amount, lane=lane, joined=joined)

    def join(self, request: Request) -> Request:
        """Put a request in its queue; it happens, as an event, when it is served."""
        if self.accounts[request.resource].join(request):
            self.touch(request.resource)
        return request

    def rank(self, request: Request, rank: int) -> None:
        """Give a request that waits another rank."""
        account = self.accounts[request.resource]
        account.leave(request)
        request.key = (rank, *request.key[1:])
        account.join(request)
        self.touch(request.resource)

    def hold(self, request: Request) -> Request:
        """Let a request hold what it got before the epoch; balances of quotas are net of that."""
        account = self.accounts[request.resource]
        if isinstance(account, Pool):
            account.take(request)
        return request

    def give(self, request: Request) -> None:
        """Give back what a request holds."""
        account = self.accounts[request.resource]
        account.give(request)
        if account.queue:
            self.touch(request.resource)

    def drop(self, request: Request) -> None:
        """Let go of a request whose project withdraws, waiting or served."""
        if request.waits:
            self.accounts[request.resource].leave(request)
            self.touch(request.resource)
        elif self.returns[request.resource]:
            self.give(request)

    def is_meeting(self, r: int) -> bool:
        """Tell whether a resource is a meeting."""
        return isinstance(self.accounts[r], Meeting)

    # -- settling ----------------------------------------------------------------------------------

    def touch(self, r: int) -> None:
        """Ask for a settling of this resource in this minute."""
        if not self.touched:
            At(self.env, SETTLING, self.settle)
        self.touched.add(r)

    def settle(self) -> None:
        """Walk the queues of all resources touched; whoever is served goes on in the next round."""
        now = self.env.now
        touched, self.touched = self.touched, set()
        for r in touched:
            account = self.accounts[r]
            for request in account.settle(now):
                request.succeed()
            opening = account.next_opening(now)
            if opening < self.horizon and opening != self.next_wake[r]:
                self.next_wake[r] = opening
                At(self.env, CALENDAR, partial(self.touch, r), opening - now)

    # -- calendar ----------------------------------------------------------------------------------

    def _read_calendar(self, model: Model, draws: Draws) -> None:
        """Take over the dated events and schedule the first minute of them."""
        events = model.events
        self.event_time = events.time.tolist()
        self.event_kind = events.kind.tolist()
        self.event_resource = events.resource.tolist()
        self.event_value = draws.event_value.tolist()
        self.event_reserved = draws.event_reserved.tolist()
        self._schedule(0)

    def _schedule(self, e: int) -> None:
        """Schedule the minute of event e; each minute schedules the next, which keeps SimPy's heap small."""
        if e < len(self.event_time) and self.event_time[e] < self.horizon:
            At(self.env, CALENDAR, lambda: self._dates(e), self.event_time[e] - self.env.now)

    def _dates(self, e: int) -> None:
        """Apply all dated events of this minute, in the order of the table."""
        while e < len(self.event_time) and self.event_time[e] == self.env.now:
            self._apply(e)
            self.touch(self.event_resource[e])
            e += 1
        self._schedule(e)

    def _apply(self, e: int) -> None:
        """Apply one dated event."""
        account, kind = self.accounts[self.event_resource[e]], self.event_kind[e]
        value, reserved = self.event_value[e], self.event_reserved[e]
        if kind == SET_CAPACITY and isinstance(account, Pool):
            account.change(value)
        elif kind == LAPSE and isinstance(account, Quota):
            account.lapse(value, reserved)
        elif kind == REFILL and isinstance(account, Quota):
            account.refill(value, reserved)
        elif kind == SESSION and isinstance(account, Meeting):
            account.open(e, value)
            At(self.env, END_OF_MINUTE, account.close)


def _account(model: Model, draws: Draws, r: int) -> Account:
    """Make the account of one resource."""
    resources = model.resources
    kind, skip, capacity = int(resources.kind[r]), bool(resources.skip[r]), int(draws.capacity[r])
    if kind == OFFICE:
        lanes = resources.clock[r].tolist()
        clocks: list[Clock | None] = [*model.clocks, None]  # index -1 is "always open"
        return Office(capacity, skip, [clocks[i] for i in lanes], lanes)
    if kind == POOL:
        return Pool(capacity, skip)
    if kind == QUOTA:
        return Quota(capacity, int(draws.reserved[r]), skip)
    return Meeting(skip, int(resources.lead[r]), UNLIMITED)
