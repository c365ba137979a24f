"""What sampling knows of a model before any draw: hashed names and the places of visits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from sim.clocks import date_of
from sim.model.arrays import APPLICANT, CHECK, GATE, QUEUED, SERVICE, SESSION, UNKNOWN_DATE, Cases, Model
from sim.model.parts import PAPERS
from sim.philox import hash_names
from sim.sampling.rows import Found, Rows, make_rows
from sim.trace import NEVER

Keys = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Small = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Layout:
    """Names as keys and cases as places, computed once a model.

    Parameters
    ----------
    project, resource, unit, milestone, parameter, shock : uint64 arrays
        Hashes of the model's names; `phase` those of ``phase:<milestone>``; `case_project` and
        `case_activity` are spread over cases.
    month : (M,) int64
        Year * 12 + month (0..11) of each row of ``model.months`` but the last.
    session, session_day : (sessions,) int64
        Rows of the calendar events that are sessions, and their dates as ordinals.
    applies_group, tolerated_group, promised_group : (C,) int64
        Which shared draw (row of ``rows.groups``) decides, -1 = none.
    member_group : (M,) int64
        The same of members of merged cases.
    forced : (groups,) bool
        The ledger shows a case of the group under way: its flag is up whatever the draw.
    rounds_max : (C,) int64
        Visits before a rerun; 0 for a gate.
    rerun : (C,) bool
        A check may reopen the case; its last slot is the rerun.
    papers_of : (C,) int64
        For a later check of papers the item whose preparation it finishes, else -1.
    milestones : (P, K) int64
        Known milestones with unknown dates filled in.
    highest : (P,) int64
        Highest milestone reached, -1 = not even signed.
    ends : (C,) int64
        Where a case has ended: when, by the ledger, or by the milestone its phase led to.
    seen : (C,) int64
        The visit under way of each case the ledger shows under way, 0 elsewhere.
    milestones_reached : (P, K) int32
        `milestones` as engines take them.
    signed : (P,) int32
        Signing minutes of the ledger, unknown dates filled in.
    rows : Rows
        The same and more as kernels read it.
    """

    project: Keys
    resource: Keys
    unit: Keys
    milestone: Keys
    phase: Keys
    parameter: Keys
    shock: Keys
    month: Ints
    session: Ints
    session_day: Ints
    case_project: Keys
    case_activity: Keys
    applies_group: Ints
    tolerated_group: Ints
    promised_group: Ints
    member_group: Ints
    forced: Flags
    rounds_max: Ints
    rerun: Flags
    papers_of: Ints
    milestones: Ints
    highest: Ints
    ends: Ints
    seen: Ints
    milestones_reached: Small
    signed: Small
    rows: Rows


def make_layout(model: Model) -> Layout:
    """Hash the names of a model and find the places of its visits."""
    cases = model.cases
    sessions = np.flatnonzero(model.events.kind == SESSION)
    days, months = _dates(model, model.events.time[sessions]), _dates(model, model.months[:-1])
    found = _find(model)
    reached = np.clip(found.milestones, -NEVER, NEVER).astype(np.int32)
    return Layout(
        project=found.project,
        resource=hash_names(model.resources.names),
        unit=hash_names(model.units),
        milestone=hash_names(model.milestones),
        phase=found.phase,
        parameter=hash_names(p.name for p in model.parameters),
        shock=hash_names(model.shocks),
        month=np.array([d.year * 12 + d.month - 1 for d in months], dtype=np.int64),
        session=sessions,
        session_day=np.array([d.toordinal() for d in days], dtype=np.int64),
        case_project=found.project[cases.project],
        case_activity=found.activity[cases.activity],
        applies_group=found.applies_group,
        tolerated_group=found.tolerated_group,
        promised_group=found.promised_group,
        member_group=found.member_group,
        forced=found.forced,
        rounds_max=found.rounds_max,
        rerun=found.rerun,
        papers_of=found.papers_of,
        milestones=found.milestones,
        highest=found.highest,
        ends=_known_ends(model, found.milestones, found.highest),
        seen=found.seen,
        milestones_reached=reached,
        signed=np.where(reached[:, 0] < NEVER, reached[:, 0], model.signed),
        rows=make_rows(model, found),
    )


def _find(model: Model) -> Found:
    """Find what rows are made of."""
    cases = model.cases
    (applies, tolerated, promised, member), of_project, of_flag = _flag_groups(model)
    rerun = _reopenable(cases)
    rounds_max = np.where(cases.kind == GATE, 0, np.diff(cases.slot_offset).astype(np.int64) - rerun)
    milestones = fill_unknown_dates(model.known.milestones.astype(np.int64))
    return Found(
        project=hash_names(model.project_ids),
        activity=hash_names(model.activities),
        flag=hash_names(model.rules.flag_names),
        phase=hash_names(f"phase:{name}" for name in model.milestones),
        applies_group=applies,
        tolerated_group=tolerated,
        promised_group=promised,
        member_group=member,
        group_project=of_project,
        group_flag=of_flag,
        forced=_forced(model, applies, member, len(of_project)),
        rounds_max=rounds_max,
        rerun=rerun,
        seen=_seen(model, rounds_max),
        papers_of=np.where(model.rules.role == PAPERS, cases.target, -1).astype(np.int64),
        milestones=milestones,
        highest=_highest(milestones),
    )


def _seen(model: Model, rounds_max: Ints) -> Ints:
    """Return the visit under way of each case the ledger shows under way, 0 elsewhere."""
    under_way = np.isin(model.known.state, (APPLICANT, QUEUED, SERVICE))
    visit = np.clip(model.known.visit.astype(np.int64), 0, np.maximum(rounds_max - 1, 0))
    return np.where(under_way, visit, 0)


def _dates(model: Model, minutes: npt.NDArray[np.int32]) -> list[date]:
    """Return the dates minutes lie in."""
    return [date_of(t, model.epoch) for t in minutes.tolist()]


def _reopenable(cases: Cases) -> Flags:
    """Return the cases that some check may reopen."""
    found = np.zeros(len(cases.kind), dtype=np.bool_)
    targets = cases.target[(cases.kind == CHECK) & (cases.target >= 0)]
    found[targets] = True
    return found


def _flag_groups(model: Model) -> tuple[list[Ints], Ints, Ints]:
    """Return (applies, tolerated, promised) group of each case, that of each member, and what groups are."""
    rules, count = model.rules, max(len(model.rules.flag_names), 1)
    members = rules.members
    of_member = model.cases.project.astype(np.int64).repeat(np.diff(members.offset)) * count
    row = model.cases.project.astype(np.int64) * count
    named = [
        np.where(share >= 0, row + name, -1)
        for share, name in (
            (rules.applies, rules.applies_name),
            (rules.tolerated, rules.tolerated_name),
            (rules.promised, rules.promised_name),
        )
    ]
    named.append(np.where(members.share >= 0, of_member + members.flag, -1))
    groups = np.unique(np.concatenate(named))
    groups = groups[groups >= 0]
    places = [np.where(g >= 0, np.searchsorted(groups, g), -1) for g in named]
    return places, groups // count, groups % count


def _forced(model: Model, applies: Ints, member: Ints, count: int) -> Flags:
    """Return the groups of which the ledger shows a case under way."""
    forced = np.zeros(count, dtype=np.bool_)
    under_way = np.isin(model.known.state, (APPLICANT, QUEUED, SERVICE))
    joint = under_way.repeat(np.diff(model.rules.members.offset))
    forced[applies[under_way & (applies >= 0)]] = True
    forced[member[joint & (member >= 0)]] = True
    return forced


def _highest(milestones: Ints) -> Ints:
    """Return the index of the highest milestone reached by each project, -1 = none."""
    columns = milestones.shape[1]
    last = columns - 1 - np.argmax((milestones < NEVER)[:, ::-1], axis=1)
    return np.where((milestones < NEVER).any(axis=1), last, -1)


def _known_ends(model: Model, milestones: Ints, highest: Ints) -> Ints:
    """Return the end of each ended case; the minute of its phase's milestone where nobody wrote it down."""
    rows, ended = model.cases.project, model.known.ended.astype(np.int64)
    latest = milestones[np.arange(len(highest)), np.maximum(highest, 0)][rows]
    phase = milestones[rows, np.maximum(model.cases.phase, 0)]
    known = (ended > UNKNOWN_DATE) & (ended < NEVER)
    return np.minimum(np.where(known, ended, np.where(phase < NEVER, phase, latest)), 0)


def fill_unknown_dates(milestones: Ints) -> Ints:
    """Put reached milestones of unknown date evenly between their known neighbours.

    Examples
    --------
    >>> fill_unknown_dates(np.array([[-900, UNKNOWN_DATE, UNKNOWN_DATE, -300, NEVER]])).tolist()
    [[-900, -700, -500, -300, 1073741824]]
    """
    filled = milestones.copy()
    for row in np.flatnonzero((milestones == UNKNOWN_DATE).any(axis=1)):
        filled[row] = _fill_row(milestones[row])
    return filled


def _fill_row(row: Ints) -> Ints:
    """Fill one project's milestones; with no date known at all, the last minute before the epoch."""
    reached = np.flatnonzero(row < NEVER)
    known = reached[row[reached] != UNKNOWN_DATE]
    if known.size == 0:
        return np.where(row < NEVER, -1, row)
    places = np.arange(reached.size, dtype=np.float64)
    at = np.isin(reached, known)
    # Milestones may lie out of order (production before acceptance happens), so interpolation is by
    # position between the nearest known ones; outside them the nearest known date is kept.
    filled = row.copy()
    filled[reached] = np.floor(np.interp(places, places[at], row[known])).astype(np.int64)
    return filled
