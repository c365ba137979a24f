"""Where things are in the one buffer of 32-bit integers a kernel works on.

The buffer begins with a header of offsets and counters; tables follow. A *row* is addressed by the
place of its first cell, so that 0 is "none". Tables, with the prefix of their cells:

======  ==========================================================================================
``C_``  cases: one cache line each, with all that the usual step of a case touches
``D_``  the details of cases that few steps need: two cache lines each
``V_``  visits: the row of the trace of a slot, written when the visit ends
``S_``  rungs of stops, likewise
``P_``  projects; behind them one timer of patience for each milestone and the milestones reached
``R_``  resources
``L_``  lanes of resources, each with a heap of requests (``H_``) and a timer that wakes it
``K_``  clocks
======  ==========================================================================================

Cases, projects, patience and lanes are *timers*: they begin with the cells ``TIME, NEXT, STAGE``.
A timer waits for one minute only. The calendar has a bucket for each window of minutes, a list of chunks
with the timers in it, and for the window reached a list for each minute, with a bit where one is not empty.

A large city does not fit in the cache, and what a visit costs there is the lines it touches: hence the
narrow rows, draws that stay where they were copied to, and cases in the order of the trace.
"""

from __future__ import annotations

from typing import Final, Protocol


class Cells(Protocol):
    """The buffer, as kernels see it: whole numbers at places."""

    def __getitem__(self, place: int, /) -> int:
        """Return the number at a place."""

    def __setitem__(self, place: int, number: int, /) -> None:
        """Put a number at a place."""


# Header: what moves.
NOW: Final = 1
TODO: Final = 2  # timers due now
WINDOW_END: Final = 3  # timers before are in the lists of their minutes, later ones in buckets
LEAVING: Final = 4  # timers of patience due now
REFUSING: Final = 5  # projects with a refusal in this round
TOUCHED: Final = 6  # resources to be settled
EVENT: Final = 7  # next dated event
VISITS_OPENED, STOPS_OPENED = 8, 9
FREE_CHUNK, FRESH_CHUNK = 10, 11  # chunks given back; the first of those never used
# Header: counts.
HORIZON: Final = 16
PROJECTS, CASES, SLOTS, RESOURCES, EVENTS = 17, 18, 19, 20, 21
REGIMES, MONTHS, MILESTONES, LANES, RUNGS = 22, 23, 24, 25, 26
STOP_SLOTS, FLAGGED_ARCS, SHIFT, BUCKETS, PROJECT_CELLS = 27, 28, 29, 30, 31
# Header: places of the tables.
CASE0, VISIT0, PROJECT0, RESOURCE0, LANE0, STOP0, BUCKET0 = 34, 35, 36, 37, 38, 39, 40
DETAIL: Final = 41  # the details of a case are at this, plus twice the place of the case
SLOT0, LAST_SLOT0, BY_ACTIVITY0, ACTIVITY0, EVENT0 = 42, 43, 44, 45, 46
REGIME0, MONTH0, MONTH_OF_DAY0, LADDER0, LANE_OF0 = 47, 48, 49, 50, 51
CASE_CLOCK0, FLAGGED0, BEFORE0, MINUTE0, BITS0, CHUNK0 = 52, 53, 54, 55, 56, 57
WORDS, LANE_ROWS = 58, 59
# Header: places of the draws, copied in as they are.
IN_ACTIVE, IN_SIGNED, IN_LANE, IN_APPLIES, IN_ARC, IN_ROUNDS, IN_REFUSED, IN_VOID = range(60, 68)
IN_APPLICANT, IN_WORK, IN_FACTOR, IN_PATIENCE, IN_GAP, IN_SOLVED, IN_RUNG_WORK = range(68, 75)
IN_CAPACITY, IN_RESERVED, IN_VALUE, IN_EVENT_RESERVED, IN_SESSION_WORK = range(75, 80)
IN_STATE, IN_VISIT, IN_READY, IN_JOINED, IN_SERVED, IN_ENDED, IN_REMAINING = range(80, 87)
IN_MILESTONES, IN_WITHDRAWN = 87, 88
# Header: places of what reviews order, 0 without reviews: thousandths by project and phase, unit and ladder.
EFFORT0, RUNG_EFFORT0 = 89, 90
HEADER: Final = 96

# Timers.
TIME, NEXT, STAGE = 0, 1, 2

# Chunks of a bucket: the next one, where the first free cell is, timers.
N_NEXT, N_COUNT, N_FIRST = 0, 1, 2
CHUNK: Final = 16
BITS: Final = 2**32 - 1

# Stages of a case; those from OPEN on have an open visit.
IDLE, WAITING, READY, REOPENING, STUCK, OVER, REOPENED, ENDING = range(8)
OPEN: Final = 8
JOINING, QUEUED, WORKING, STOPPING, HELP_QUEUED, HELPED, GRANTED, HELP_GRANTED = range(8, 16)
# Stages of other timers.
START, WAKE, PATIENCE = 16, 17, 32

# Cases. Before a case begins, C_READY is the latest end of what comes before it (of a case that had ended
# before the epoch, C_SERVED is when). C_ROUND is the visit and, from ROUNDS on, how many there are.
C_FLAGS, C_SLOT, C_READY, C_JOINED, C_SERVED, C_LEFT, C_ROUND, C_LANE, C_CLOCK = range(3, 12)
C_PENDING, C_SUCCESSOR, C_RANK, C_FACTOR = 12, 13, 14, 15
CASE: Final = 16
ROUNDS: Final = 15
VISIT: Final = (1 << ROUNDS) - 1

# Details of cases.
D_INDEX, D_PROJECT, D_AMOUNT, D_FIRST_JOINED, D_ENDED, D_MILESTONES, D_TARGET, D_REFERENCE = range(8)
D_CHECK, D_PART, D_SESSION, D_FIRST_VISIT, D_RELEASE, D_RELEASES, D_NEXT_RELEASED = range(8, 15)
D_LAST_VISIT: Final = 15  # the last before it was reopened
D_STOP, D_STOPS, D_GAP, D_STOP_ROW, D_LADDER, D_RUNGS, D_RUNG = range(16, 23)
D_EFFORT, D_RUNG_EFFORT = 23, 24  # places of the thousandths that reviews leave of its work and its rungs'
D_SINCE, D_GRACE = 25, 26
DETAILS: Final = 32

# Flags of a case; those of the model come first: they tell which details have to be looked at.
IS_CHECK, SESSION_LAW, SCALED, FREES, WATCHED = 1, 2, 4, 8, 16  # WATCHED: others ask when it ended
SEVERAL, KEEPS, STOPS, REACHES, NO_VISITS = 32, 64, 128, 256, 512  # SEVERAL: an amount that is not 1
KIND: Final = 10  # two bits from here: the kind of its resource
KINDS: Final = 3 << KIND
OF_MEETING, OF_POOL, OF_QUOTA = 3 << KIND, 2 << KIND, 1 << KIND
DETAILED: Final = 1 << 12  # some detail changes in a run
STATIC: Final = (1 << 13) - 1
IS_GATE, REFUSES, REOPENS, UNDER_WAY, REDONE = 1 << 13, 1 << 14, 1 << 15, 1 << 16, 1 << 17
HOLDS, HELPED_BY, OPENED = 1 << 18, 1 << 19, 1 << 20

# What a step leads to; a later one may follow from an earlier one in the same step.
NOTHING, ENDS, VISITS, AWAITS, JOINS, SERVES, WORKS = range(7)

# Successors: how far on the next cases are, up to a 0; candidates that a replication does not have.
ABSENT: Final = 1
# Candidate arcs: where it stands, how far on the next case is, number of the arc, the next case.
A_PLACE, A_AWAY, A_INDEX, A_AFTER = range(4)
CANDIDATE: Final = 4

# Visits: the row of the trace.
V_READY, V_JOINED, V_SERVED, V_ENDED, V_OUTCOME = range(5)
VISIT_CELLS: Final = 8

# Requests in a heap, the first three in the order of `rules.queue_key`.
H_RANK, H_PLACE, H_CASE, H_AMOUNT = range(4)
REQUEST: Final = 4

# Rungs of stops.
S_WRITTEN, S_STARTED, S_SERVED, S_ENDED, S_SOLVED, S_WORK, S_SOLVES = range(7)
STOP: Final = 8

# Projects.
P_SIGNED, P_PHASE, P_LAST, P_WITHDRAWN, P_CAUSE, P_REFUSED, P_CASE, P_CASE_END = range(3, 11)
P_LANE, P_NEXT_REFUSED, P_INDEX, P_PAST = 11, 12, 13, 14  # P_PAST: some case is not new
P_TURNED_AWAY: Final = 15
P_TIMERS: Final = 16
TIMER: Final = 4
T_PATIENCE: Final = 3

# Resources.
R_KIND, R_SKIP, R_KEEPS, R_RETURNS, R_LEAD, R_FREE, R_RESERVED, R_CAPACITY = range(8)
R_SMALLEST, R_SESSION, R_TOUCHED, R_NEXT_TOUCHED, R_LANE, R_LANE_END, R_WAITING = range(8, 15)
RESOURCE: Final = 16

# Lanes.
L_COUNT, L_CLOCK, L_OPENED, L_CLOSES, L_BLOCKED, L_KEPT, L_TOP, L_RESOURCE, L_KEY, L_SHUT = range(3, 13)
L_HEAP: Final = 13
LANE: Final = 16

# Clocks: number of windows, places of the windows and of the two tables that find them.
K_COUNT, K_WINDOWS, K_BY_DAY, K_BY_MINUTES, K_STEPS = range(5)
CLOCK: Final = 8
# Windows.
W_OPENS, W_CLOSES, W_BEFORE = 0, 1, 2
WINDOW: Final = 3

# Dated events.
E_TIME, E_KIND, E_RESOURCE = 0, 1, 2
DATED: Final = 3
# Rungs of ladders.
G_RESOURCE, G_CLOCK = 0, 1
RUNG: Final = 2

DAY: Final = 1440
MANY: Final = 2**31 - 1
