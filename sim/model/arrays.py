"""The compiled model: read-only arrays, names only at the edges.

A *case* is one activity of one project. Everything about cases is a flat array of length C,
ordered by (project row, position in topological order). The engine knows cases, resources, clocks
and calendar events; it never sees a scenario.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from sim.clocks import Clock
from sim.laws import LawTable
from sim.model.parts import (
    APPLICANT,
    CHECK,
    ENDED,
    GATE,
    INFERRED,
    LAPSE,
    MEETING,
    NOT_YET,
    OFFICE,
    POOL,
    QUEUED,
    QUOTA,
    REFILL,
    RESOURCE_KINDS,
    SERVICE,
    SESSION,
    SET_CAPACITY,
    UNKNOWN_DATE,
    UNLIMITED,
    WORK,
    ArrivalPool,
    Attributes,
    Known,
    Ladders,
    Limits,
    Members,
    Review,
    Scalar,
    Uncertain,
)  # fmt: skip

__all__ = [
    "APPLICANT",
    "CHECK",
    "ENDED",
    "GATE",
    "INFERRED",
    "LAPSE",
    "MEETING",
    "NOT_YET",
    "OFFICE",
    "POOL",
    "QUEUED",
    "QUOTA",
    "REFILL",
    "RESOURCE_KINDS",
    "SERVICE",
    "SESSION",
    "SET_CAPACITY",
    "UNKNOWN_DATE",
    "UNLIMITED",
    "WORK",
    "ArrivalPool",
    "Attributes",
    "CalendarEvents",
    "Cases",
    "Flags",
    "Floats",
    "Ints",
    "Known",
    "Ladders",
    "Limits",
    "Members",
    "Model",
    "Resources",
    "Review",
    "Rules",
    "Scalar",
    "Uncertain",
]

Ints = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Resources:
    """The N resources, one per unit already (an office of ten counties is ten resources).

    Parameters
    ----------
    names : tuple of str
        ``office:housing@Weishi``; the part after ``@`` is left out for city-wide ones. Sorted.
    kind : (N,) int32
        OFFICE, QUOTA, POOL or MEETING.
    owner : tuple of str
        Owner of waits for this resource (government, factor, third party).
    clock : (N, L) int32
        OFFICE only: index into ``Model.clocks`` of the opening hours, per lane; -1 = always open.
    skip : (N,) bool
        True: what does not fit is passed over. False (strict): it blocks the rest of its lane.
    keeps_place : (N,) bool
        OFFICE: a returned case keeps its old `joined` in the queue order.
    capacity : (N,) int32
        Reviewers, pool amount, opening balance of the open account (central values; a replication's
        are in ``Draws.capacity``). MEETING: 0, sessions give places.
    reserved : (N,) int32
        QUOTA: opening balance of the reserved account.
    returns : (N,) bool
        QUOTA: given back on withdrawal, each part to its account.
    lead : (N,) int32
        MEETING: minutes before the session by which a case must have joined; 0 = none.
    """

    names: tuple[str, ...]
    kind: Ints
    owner: tuple[str, ...]
    clock: Ints
    skip: Flags
    keeps_place: Flags
    capacity: Ints
    reserved: Ints
    returns: Flags
    lead: Ints


@dataclass(frozen=True)
class CalendarEvents:
    """Dated events of resources, sorted by (time, kind, resource).

    Parameters
    ----------
    time, kind, resource : (E,) int32
        Minute >= 0, SET_CAPACITY | LAPSE | REFILL | SESSION, resource index.
    value : (E,) int32
        Central value: new capacity; balance kept after the lapse (0 = none carried); amount added to
        the open account; places of the session (`UNLIMITED` = date gate).
    reserved : (E,) int32
        REFILL: amount added to the reserved account; LAPSE: reserved balance kept.
    session : (E,) int32
        SESSION: running number of the session within its resource, else -1.
    """

    time: Ints
    kind: Ints
    resource: Ints
    value: Ints
    reserved: Ints
    session: Ints


@dataclass(frozen=True)
class Cases:
    """The C cases (one activity of one project each).

    Parameters
    ----------
    project, activity : (C,) int32
        Project row; index into ``Model.activities``.
    kind : (C,) int32
        WORK, GATE or CHECK.
    phase : (C,) int32
        Index of the milestone that *ends* the phase this activity belongs to (static).
    clock : (C, L) int32
        Clock of the work, per lane, index into ``Model.clocks``.
    resource : (C,) int32
        Resource asked for, -1 = none.
    amount : (C,) int32
        How much (1 for an office or a meeting that counts cases; whole mu, or 万元).
    reserved : (C,) bool
        May use the reserved account of a quota.
    rank : (C,) int32
        Static queue rank, smaller first; then joined, project row, activity.
    release : (C,) int32
        POOL: the case at whose end the amount is given back; -1 otherwise.
    target, reference : (C,) int32
        CHECK: the case it may reopen; the case (land) whose end decides `direct`, -1 = never direct.
    since, grace : (C,) int32
        CHECK with a reference: the case (of a conversion its target) that may have ended so many minutes
        before the reference, and the check is direct all the same.
    session_law : (C,) bool
        MEETING: the work length is shared by all cases of one session (``Draws.session_work``).
    scaled : (C,) bool
        The common factor applies to the work.
    pred_offset : (C+1,) int32, pred : (A,) int32, pred_flag : (A,) int32
        Predecessors of case c are ``pred[pred_offset[c]:pred_offset[c+1]]`` (case indices). pred_flag
        -1 = always; otherwise a candidate arc, present where ``Draws.arc`` at that arc is true.
    slot_offset : (C+1,) int32
        Visit slots of case c: ``max_rounds`` of them, plus one when a CHECK may reopen it.
        A GATE has none.
    stop_offset : (C+1,) int32
        Stoppage slots of case c: ``max_stops`` of them.
    ladder : (C,) int32
        Ladder its stoppages climb, -1 = none.
    """

    project: Ints
    activity: Ints
    kind: Ints
    phase: Ints
    clock: Ints
    resource: Ints
    amount: Ints
    reserved: Flags
    rank: Ints
    release: Ints
    target: Ints
    reference: Ints
    since: Ints
    grace: Ints
    session_law: Flags
    scaled: Flags
    pred_offset: Ints
    pred: Ints
    pred_flag: Ints
    slot_offset: Ints
    stop_offset: Ints
    ladder: Ints


@dataclass(frozen=True)
class Rules:
    """What sampling needs per case: laws and shares, as rows of the law table or of parameters.

    A *scalar* is an index into ``Model.scalars`` (central value and, where it has a range, the
    parameter that replaces it in a replication). -1 = none (law: zero minutes; share: 0).

    Parameters
    ----------
    prepare, correct : (C,) int32
        Law of the applicant time of the first and of later visits.
    work, rework : (C, G) int32
        Law of the work of the first and of later visits, per regime G.
    returned, refused, void, applies, tolerated : (C,) int32
        Scalars: share sent back per round; refused at the last round; checks that fail; share of
        projects to which the activity applies at all (-1 = all, flag name in ``applies_name``);
        -1 for `tolerated` = never.
    applies_name : (C,) int32
        Index into ``flag_names``: cases of one project with the same name share one draw.
    tolerated_name : (C,) int32
        Index into ``flag_names`` of the draw that decides tolerance: the item and its ``<item>.papers``
        CHECK (whose `applies_name` it is) share it.
    tolerated_share : (C,) int32
        Scalar: part of the preparation that a tolerated case leaves for later. The applicant time of
        ``<item>.papers`` is that part of the item's own preparation draw.
    role : (C,) int32
        What a CHECK is about: CONVERT, PAPERS, PROMISE or TERM; else NO_CHECK.
    allowed : (C,) int32
        ``<item>.papers``: minutes in which the papers may come, else the check fails; -1 = any time.
    promised, promised_name : (C,) int32
        Scalar and index into ``flag_names`` of the draw that decides whether the item is approved on a
        promise: it and its ``<item>.promise`` CHECK share it; -1 = never.
    promise : (C,) int32
        Law of the work of an item that was promised, until it is reopened.
    split : (C,) int32
        Scalar: part of the work of the first visit that is done first, -1 = the activity is not split.
    whole : (C,) int32
        First part of a split activity: the case of the rest, whose draws it shares; else -1.
    stop_rate : (C,) int32
        Scalar: stoppages per own minute of work, -1 = none.
    arc_share : (A,) int32
        Scalar: probability that a candidate arc is present (the serial fraction), -1 = always.
    members : Members
    flag_names : tuple of str
    """

    prepare: Ints
    correct: Ints
    work: Ints
    rework: Ints
    returned: Ints
    refused: Ints
    void: Ints
    applies: Ints
    tolerated: Ints
    applies_name: Ints
    tolerated_name: Ints
    tolerated_share: Ints
    role: Ints
    allowed: Ints
    promised: Ints
    promised_name: Ints
    promise: Ints
    split: Ints
    whole: Ints
    stop_rate: Ints
    arc_share: Ints
    members: Members
    flag_names: tuple[str, ...]


@dataclass(frozen=True)
class Model:
    """Everything a run needs, as read-only arrays; made by `compile_model`, hashed by content.

    Time: integer minutes; minute 0 is 00:00 of `epoch` (in a forecast the day after the as-of
    date). Events at ``t < horizon`` happen. L lanes say which of the S shocks hit a project, each in
    one of its patterns (lane 0: none; digit s, of base patterns + 1, is the pattern of shock s, counted
    from 1). G regimes: dated changes of laws; a visit takes the regime in force in the minute it joins.

    Parameters
    ----------
    project_ids : tuple of str
        Sorted (NFC, code points), the P rows.
    unit : (P,) int32
        Row of the project's county in `units`.
    signed : (P,) int32
        Minute of the first milestone; >= 0 = a declared future signing; NEVER = arrival candidate.
    shock_share : (S,) int32
        Scalar: share of units that shock s hits (drawn by subject = unit, activity = shock).
    shock_exempt : (S, P) bool
        Projects that the shock never hits.
    shock_patterns : (S,) int32
        Compiled futures of shock s, of which a replication draws one; 1 = its dates are fixed.
    event_scalar, event_reserved_scalar : (E,) int32
        Scalars behind ``events.value`` and ``events.reserved`` where a replication draws them, else -1.
    event_factor : (E,) int32
        Spare multiplier in thousandths on top of the scalar (1000 = as it is).
    capacity_scalar, reserved_scalar : (N,) int32
        Scalars behind ``resources.capacity`` and ``resources.reserved``, else -1 (rounded half up).
    session_cancelled, session_law : (N,) int32
        MEETING: scalar of the share of sessions cancelled; law of the shared work length; else -1.
    case_offset : (P+1,) int32
        Cases of project p.
    milestone_case : (P, K) int32
        Case whose end is the milestone; -1 = the project has no such milestone (first one: -1).
    withdrawal_law : (P, K) int32
        Law of patience while k is the highest milestone reached, -1 = never leaves.
    regime_start : (G,) int32
        First minute of each regime; regime_start[0] = -NEVER.
    months : (M+1,) int32
        First minute of each calendar month the run touches (first row covers minute 0), and the end.
    factor_phase : (K,) bool
        Phases (by ending milestone) that carry a common factor.
    factor_scalars : (int, int, int)
        Scalars of the common factor: city sd, county sd, monthly autocorrelation; -1 = zero.
    activity_owner : (activities,) tuple of str
        Owner of the work of each activity.
    projected_years : tuple of int
        Calendar years whose working days are not announced yet and follow the law's pattern.
    content_hash : str
        Hash of everything above; the seed of no draw, the key of every cache.
    pilot_wait : (C,) int32
        Mean queue wait of the case's activity in the pilot run, minutes; 0 before the pilot.
    reviews : tuple of Review
        Where state feeds back, in the order of the scenario.
    """

    name: str
    epoch: date
    horizon: int
    synthetic: bool
    project_ids: tuple[str, ...]
    activities: tuple[str, ...]
    milestones: tuple[str, ...]
    units: tuple[str, ...]
    shocks: tuple[str, ...]
    shock_share: Ints
    shock_exempt: Flags
    shock_patterns: Ints
    clocks: tuple[Clock, ...]
    resources: Resources
    events: CalendarEvents
    event_scalar: Ints
    event_reserved_scalar: Ints
    event_factor: Ints
    capacity_scalar: Ints
    reserved_scalar: Ints
    session_cancelled: Ints
    session_law: Ints
    cases: Cases
    rules: Rules
    limits: Limits
    ladders: Ladders
    laws: LawTable
    scalars: tuple[Scalar, ...]
    parameters: tuple[Uncertain, ...]
    unit: Ints
    signed: Ints
    case_offset: Ints
    milestone_case: Ints
    withdrawal_law: Ints
    regime_start: Ints
    months: Ints
    factor_phase: Flags
    factor_scalars: tuple[int, int, int]
    pilot_wait: Ints
    known: Known
    attributes: Attributes
    arrivals: ArrivalPool
    activity_owner: tuple[str, ...]
    projected_years: tuple[int, ...]
    content_hash: str
    reviews: tuple[Review, ...] = ()
