"""Parts of the compiled model that are not cases: the known past, numbers, attributes, arrivals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

#: Kinds of case. WORK has visits and rows; GATE ends in the instant its predecessors end, without a
#: row; CHECK looks at another case, its target, and may reopen it.
WORK, GATE, CHECK = 0, 1, 2

#: What a CHECK is about: a conversion, missing papers, a promise, the term of a permit. A case is reopened
#: once: where several checks of it fail, the first in this order does it.
NO_CHECK, CONVERT, PAPERS, PROMISE, TERM = 0, 1, 2, 3, 4

#: Kinds of resource.
OFFICE, QUOTA, POOL, MEETING = 0, 1, 2, 3
RESOURCE_KINDS: tuple[str, ...] = ("office", "quota", "pool", "meeting")

#: Kinds of calendar event, in the order in which they act inside one minute (ENGINE 1.1).
SET_CAPACITY, LAPSE, REFILL, SESSION = 0, 1, 2, 3

#: Capacity of a meeting that takes everybody, and amount of a quota that never binds.
UNLIMITED: int = 2**30


@dataclass(frozen=True)
class Ladders:
    """Ladders of rungs that solve a stoppage.

    Parameters
    ----------
    names : tuple of str
    offset : (D+1,) int32
        Rungs of ladder d.
    resource : (Q,) int32
        Resource a rung asks for (one case), -1 = none. A meeting rung takes no time.
    work : (Q,) int32
        Law of the rung's work, -1 = zero.
    clock : (Q,) int32
        Clock of the rung's work.
    solved : (Q,) int32
        Scalar: share solved at the rung; the last rung always solves.
    """

    names: tuple[str, ...]
    offset: Ints
    resource: Ints
    work: Ints
    clock: Ints
    solved: Ints


@dataclass(frozen=True)
class Members:
    """Items done together: what each of them would take on its own.

    Parameters
    ----------
    offset : (C+1,) int32
        Members of case c are ``offset[c]`` to ``offset[c+1]``; none for a case that is not merged.
    name : (M,) int32
        Index into ``Rules.flag_names``: the name that keys its draws.
    prepare, correct, work, rework : (M,) int32
        Laws.
    returned, refused : (M,) int32
        Scalars.
    rounds : (M,) int32
        Most visits of its own.
    share, flag : (M,) int32
        Scalar and index into ``Rules.flag_names`` of the draw that decides whether it applies; -1 = it does.
    """

    offset: Ints
    name: Ints
    prepare: Ints
    correct: Ints
    work: Ints
    rework: Ints
    returned: Ints
    refused: Ints
    rounds: Ints
    share: Ints
    flag: Ints


@dataclass(frozen=True)
class Known:
    """What the ledger says of the past, before any draw (made by `sim.present`).

    Parameters
    ----------
    milestones : (P, K) int32
        Minutes (negative) of milestones reached; `UNKNOWN_DATE` reached at an unknown date;
        `NEVER` not reached.
    state : (C,) int8
        NOT_YET, ENDED, APPLICANT, QUEUED, SERVICE or INFERRED (the phase is open and each
        replication must play it).
    ready, joined, served, ended : (C,) int32
        Known past moments, `NEVER` where not known.
    visit : (C,) int32
        Current visit number where the state is known.
    withdrawn : (P,) int32
        Minute of a known withdrawal, `NEVER` otherwise.
    """

    milestones: Ints
    state: npt.NDArray[np.int8]
    ready: Ints
    joined: Ints
    served: Ints
    ended: Ints
    visit: Ints
    withdrawn: Ints


#: States of a case at the epoch.
NOT_YET, ENDED, APPLICANT, QUEUED, SERVICE, INFERRED = range(6)

#: A milestone that was reached at a date nobody wrote down.
UNKNOWN_DATE: int = -(2**30)


@dataclass(frozen=True)
class Scalar:
    """A number of the scenario in engine units.

    Parameters
    ----------
    value : float
        Central value.
    parameter : int
        Index into ``Model.parameters`` if a replication draws it, -1 if fixed.
    factor : float
        ``scalar = factor * parameter`` when drawn.
    """

    value: float
    parameter: int = -1
    factor: float = 1.0


@dataclass(frozen=True)
class Uncertain:
    """A parameter with a range: drawn uniform on [low, high] once per replication, by its name."""

    name: str
    value: float
    low: float
    high: float
    status: str


@dataclass(frozen=True)
class Attributes:
    """Project attributes that measures group by, P long each; strings as tuples, numbers as arrays."""

    county: tuple[str, ...]
    kind: tuple[str, ...]
    key_level: tuple[str, ...]
    land_route: tuple[str, ...]
    land_state: tuple[str, ...]
    year_class: tuple[str, ...]
    area: Floats
    investment: Floats
    plan_this_year: Floats
    extra: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Limits:
    """What the law allows an office for a case, and what stops that clock.

    Parameters
    ----------
    limit : (C, G) int32
        Scalar: working minutes, by the regime in which the case joined; -1 = no limit.
    pause : (C, 2) int32
        Laws of publicity and expert review, parts of the work; -1 = none.
    stops : (C,) int32
        Bits of `sim.scenario.limits.CLOCK_STOPS`.
    clock : (L,) int32
        The working clock of each lane.
    """

    limit: Ints
    pause: Ints
    stops: Ints
    clock: Ints

    @classmethod
    def none(cls, cases: int, lanes: int = 1) -> Limits:
        """Limit no case."""
        empty = np.full((cases, 2), -1, dtype=np.int32)
        return cls(empty[:, :1], empty, np.zeros(cases, np.int32), np.full(lanes, -1, np.int32))

    @property
    def given(self) -> bool:
        """Whether any case has a limit."""
        return bool((self.limit >= 0).any())


@dataclass(frozen=True)
class ArrivalPool:
    """Candidate projects signed after the epoch; each replication switches a subset on.

    Parameters
    ----------
    project : (Z,) int32
        Project rows that are candidates.
    month : (Z,) int32
        Month (row of ``Model.months``) each would be signed in.
    rate : int
        Scalar: projects a month (whole scope of the pool), -1 = no arrivals.
    """

    project: Ints
    month: Ints
    rate: int


@dataclass(frozen=True)
class Review:
    """One rule by which the state of a run feeds back, and the dates on which it is held (`sim.review`).

    Parameters
    ----------
    name, rule : str
    time : (n,) int32
        Minutes in [0, horizon) at which the review is held, rising.
    eligible : (P,) bool
        Projects it looks at and acts on.
    milestone : int
        Column of the milestone that projects are on the way to.
    due : (P,) int32
        Minute by which that milestone is planned, NEVER where the ledger does not say.
    allowance : int
        It is due so many minutes after signing then.
    phases : (K,) bool
        Phases, by the milestone that ends them, in which work is saved.
    ladders : (D,) bool
        Ladders on which work is saved.
    gain, times : int
        Scalars: part of the work saved; reserve over starts. -1 = none.
    count : int
        Units, projects or arrivals chosen.
    minutes : int
        `escalate`: longest wait allowed; `reserve`: time looked back.
    choose : str
        lagging, leading, slowest or showcase.
    by_investment, front : bool
        Weigh projects by investment; put the requests of those chosen in front.
    """

    name: str
    rule: str
    time: Ints
    eligible: npt.NDArray[np.bool_]
    milestone: int
    due: Ints
    allowance: int
    phases: npt.NDArray[np.bool_]
    ladders: npt.NDArray[np.bool_]
    gain: int = -1
    times: int = -1
    count: int = 0
    minutes: int = 0
    choose: str = ""
    by_investment: bool = False
    front: bool = False
