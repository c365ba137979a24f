"""The buffer of a model: everything that is the same in all replications, and room for the rest."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from sim.clocks import Clock
from sim.engine.compiled import layout as at
from sim.engine.compiled.tables import Plan, plan_cases, plan_resources
from sim.model.arrays import Ints, Model
from sim.trace import NEVER

__all__ = ["INBOX", "OF_PAST", "prepare"]

#: Where each array of the draws is copied to.
INBOX: Final[dict[str, int]] = {
    "active": at.IN_ACTIVE, "signed": at.IN_SIGNED, "lane": at.IN_LANE, "applies": at.IN_APPLIES,
    "arc": at.IN_ARC, "rounds": at.IN_ROUNDS, "refused": at.IN_REFUSED, "void": at.IN_VOID,
    "applicant": at.IN_APPLICANT, "work": at.IN_WORK, "factor": at.IN_FACTOR, "patience": at.IN_PATIENCE,
    "stop_gap": at.IN_GAP, "rung_solved": at.IN_SOLVED, "rung_work": at.IN_RUNG_WORK,
    "capacity": at.IN_CAPACITY, "reserved": at.IN_RESERVED, "event_value": at.IN_VALUE,
    "event_reserved": at.IN_EVENT_RESERVED, "session_work": at.IN_SESSION_WORK, "state": at.IN_STATE,
    "visit": at.IN_VISIT, "ready": at.IN_READY, "joined": at.IN_JOINED, "served": at.IN_SERVED,
    "ended": at.IN_ENDED, "remaining": at.IN_REMAINING, "milestones": at.IN_MILESTONES,
    "withdrawn": at.IN_WITHDRAWN,
}  # fmt: skip

#: Those that only cases with a past have.
OF_PAST: Final = frozenset(("visit", "joined", "served", "ended", "remaining"))

Shape = tuple[int, int, int]

#: Windows of the calendar are at most so many minutes wide, as a power of two.
WIDEST: Final = 10


def prepare(model: Model, shape: Shape) -> Ints:
    """Return the buffer of a model, without draws.

    Parameters
    ----------
    model : Model
    shape : (int, int, int)
        Regimes, months and rungs of the draws.

    Raises
    ------
    KaigongError
        If the model is too large for 32-bit places.
    """
    plan, head = Plan(), np.zeros(at.HEADER, dtype=np.int64)
    cases, events = model.cases, model.events
    head[at.HORIZON] = model.horizon
    head[at.PROJECTS], head[at.CASES] = len(model.project_ids), len(cases.project)
    head[at.SLOTS], head[at.STOP_SLOTS] = cases.slot_offset[-1], cases.stop_offset[-1]
    head[at.RESOURCES], head[at.EVENTS] = len(model.resources.names), len(events.time)
    head[at.REGIMES], head[at.MONTHS], head[at.RUNGS] = shape
    head[at.MILESTONES], head[at.LANES] = model.milestone_case.shape[1], cases.clock.shape[1]
    head[at.PROJECT_CELLS] = at.P_TIMERS + head[at.MILESTONES] * (at.TIMER + 1)
    head[at.VISIT0] = plan.room(int(head[at.SLOTS]) * at.VISIT_CELLS)
    head[at.STOP0] = plan.room(int(head[at.STOP_SLOTS] * head[at.RUNGS] * at.STOP))
    for name, cell in INBOX.items():
        head[cell] = plan.room(_length(name, head, model))
    if model.reviews:
        head[at.EFFORT0] = plan.room(int(head[at.PROJECTS] * head[at.MILESTONES]))
        head[at.RUNG_EFFORT0] = plan.room(len(model.units) * len(model.ladders.names))
    clocks = _plan_clocks(plan, model)
    first_lane = plan_resources(plan, head, model, clocks)
    _plan_calendar(plan, head, model)
    plan_cases(plan, head, model, clocks, first_lane)
    buffer = plan.buffer()
    buffer[: at.HEADER] = head
    return buffer


def _length(name: str, head: npt.NDArray[np.int64], model: Model) -> int:
    """Return the length of an array of the draws."""
    count = {key: int(head[getattr(at, key.upper())]) for key in _COUNTS}
    if name == "arc":
        return len(model.cases.pred)
    if name == "factor":
        return len(model.units) * count["milestones"] * count["months"]
    length = 1
    for key in _LENGTHS[name]:
        length *= count[key]
    return length


_COUNTS = (
    "projects", "cases", "slots", "resources", "events", "regimes", "months", "milestones", "rungs",
    "stop_slots",
)  # fmt: skip
_LENGTHS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("active", "signed", "lane", "withdrawn"), ("projects",)),
    **dict.fromkeys(("patience", "milestones"), ("projects", "milestones")),
    "applicant": ("slots",), "work": ("slots", "regimes"), "stop_gap": ("stop_slots",),
    **dict.fromkeys(("rung_solved", "rung_work"), ("stop_slots", "rungs")),
    **dict.fromkeys(("capacity", "reserved"), ("resources",)),
    **dict.fromkeys(("event_value", "event_reserved", "session_work"), ("events",)),
    **dict.fromkeys(
        ("applies", "rounds", "refused", "void", "state", "visit", "ready", "joined", "served", "ended",
         "remaining"), ("cases",)),
}  # fmt: skip


def _plan_calendar(plan: Plan, head: npt.NDArray[np.int64], model: Model) -> None:
    """Windows of some thirty visits, starts of regimes and months; both tables end with one spare."""
    horizon, visits = max(model.horizon, 1), max(int(head[at.SLOTS]), 16)
    head[at.SHIFT] = min(max((32 * horizon // visits).bit_length() - 1, 0), WIDEST)
    head[at.BUCKETS] = (horizon >> int(head[at.SHIFT])) + 1
    head[at.BUCKET0] = plan.room(int(head[at.BUCKETS]))
    head[at.WORDS] = max((1 << int(head[at.SHIFT])) // 32, 1)
    head[at.BITS0], head[at.MINUTE0] = plan.room(int(head[at.WORDS])), plan.room(1 << int(head[at.SHIFT]))
    timers = int(head[at.CASES] + head[at.PROJECTS] * (1 + head[at.MILESTONES]) + head[at.LANE_ROWS])
    chunks = timers // (at.CHUNK - at.N_FIRST) + min(timers, int(head[at.BUCKETS])) + 1
    head[at.CHUNK0] = plan.room(chunks * at.CHUNK)
    starts = model.months[: head[at.MONTHS]]
    midnights = np.arange(0, horizon + at.DAY, at.DAY)
    head[at.REGIME0] = plan.put(model.regime_start)
    head[at.MONTH0] = plan.put(starts)
    columns = np.searchsorted(starts, midnights, side="right") - 1
    head[at.MONTH_OF_DAY0] = plan.put(np.clip(columns, 0, max(len(starts) - 1, 0)))


def _plan_clocks(plan: Plan, model: Model) -> Ints:
    """Return the places of the clocks; 0 is the natural clock, at the end too (for index -1)."""
    places = [_plan_clock(plan, clock, max(model.horizon, 1)) for clock in model.clocks]
    return np.array([*places, 0], dtype=np.int32)


def _plan_clock(plan: Plan, clock: Clock, horizon: int) -> int:
    """Return the place of a clock: its windows up to the horizon and two tables that find them."""
    opens, closes = np.maximum(clock.opens, 0), np.minimum(clock.closes, horizon)
    inside = opens < closes
    opens, closes = opens[inside], closes[inside]
    if len(opens) == 1 and opens[0] == 0 and closes[0] == horizon:
        return 0
    before = np.r_[0, np.cumsum(closes - opens)]
    windows = np.stack(
        [np.r_[opens, NEVER, NEVER], np.r_[closes, at.MANY, at.MANY], np.r_[before, at.MANY]], axis=1
    )
    midnights = np.arange(0, horizon + at.DAY, at.DAY)
    steps = np.arange(0, before[-1], 256)
    row = np.zeros(at.CLOCK, dtype=np.int64)
    row[at.K_COUNT], row[at.K_STEPS] = len(opens), len(steps)
    row[at.K_WINDOWS] = plan.put(windows)
    row[at.K_BY_DAY] = plan.put(np.searchsorted(closes, midnights, side="right"))
    row[at.K_BY_MINUTES] = plan.put(np.searchsorted(before, steps, side="right") - 1)
    return plan.put(row)
