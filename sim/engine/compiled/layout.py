"""Where things are in the one buffer of 32-bit integers a kernel works on.

The buffer begins with a header of offsets and counters; tables follow. A *row* is addressed by the
place of its first cell, so that 0 is "none". Tables, with the prefix of their cells:

======  ==========================================================================================
``C_``  cases: three cache lines each, the hot cells first
``V_``  visits: the draws of a slot and, once it is opened, its row of the trace
``S_``  rungs of stops, likewise
``P_``  projects; behind them one timer of patience for each milestone and the milestones reached
``R_``  resources
``L_``  lanes of resources, each with a queue and a timer that wakes it
``K_``  clocks
======  ==========================================================================================

Cases, projects, patience and lanes are *timers*: they begin with the cells ``TIME, NEXT, STAGE``.
A timer waits for one minute only, so the calendar queue needs no entries of its own.
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
TODO, TODO_TAIL = 2, 3  # timers due now
LEAVING: Final = 4  # timers of patience due now
REFUSING: Final = 5  # projects with a refusal in this round
TOUCHED: Final = 6  # resources to be settled
EVENT: Final = 7  # next dated event
VISITS_OPENED, STOPS_OPENED = 8, 9
# Header: counts.
HORIZON: Final = 16
PROJECTS, CASES, SLOTS, RESOURCES, EVENTS = 17, 18, 19, 20, 21
REGIMES, MONTHS, MILESTONES, LANES, RUNGS = 22, 23, 24, 25, 26
LANE_ROWS, STOP_SLOTS, FLAGGED_ARCS, SHIFT, BUCKETS = 27, 28, 29, 30, 31
VISIT_CELLS, PROJECT_CELLS = 32, 33  # cells in a row of each
# Header: places of the tables.
CASE0, VISIT0, PROJECT0, RESOURCE0, LANE0, STOP0, BUCKET0 = 34, 35, 36, 37, 38, 39, 40
SUCCESSOR0, SLOT_OFFSET0, BY_ACTIVITY0, ACTIVITY0, EVENT0 = 41, 42, 43, 44, 45
REGIME0, MONTH0, MONTH_OF_DAY0, LADDER0, LANE_OF0 = 46, 47, 48, 49, 50
CASE_CLOCK0, FLAGGED0, STOP_OFFSET0 = 51, 52, 53
# Header: places of the draws, copied in as they are.
IN_ACTIVE, IN_SIGNED, IN_LANE, IN_APPLIES, IN_ARC, IN_ROUNDS, IN_REFUSED, IN_VOID = range(60, 68)
IN_APPLICANT, IN_WORK, IN_FACTOR, IN_PATIENCE, IN_GAP, IN_SOLVED, IN_RUNG_WORK = range(68, 75)
IN_CAPACITY, IN_RESERVED, IN_VALUE, IN_EVENT_RESERVED, IN_SESSION_WORK = range(75, 80)
IN_STATE, IN_VISIT, IN_READY, IN_JOINED, IN_SERVED, IN_ENDED, IN_REMAINING = range(80, 87)
IN_MILESTONES, IN_WITHDRAWN = 87, 88
HEADER: Final = 96

# Timers.
TIME, NEXT, STAGE = 0, 1, 2

# Stages of a case; those from OPEN on have an open row.
IDLE, WAITING, READY, REOPENING, STUCK, OVER = 0, 1, 2, 3, 4, 5
OPEN: Final = 8
JOINING, QUEUED, WORKING, STOPPING, HELP_QUEUED, HELPED = 8, 9, 10, 11, 12, 13
# Stages of other timers.
START, WAKE, PATIENCE = 16, 17, 32

# Cases.
C_CHILD, C_SIBLING, C_RANK, C_PLACE, C_ORDER = 3, 4, 5, 6, 7
C_ROW, C_VISIT, C_FLAGS, C_RESOURCE, C_LANE, C_AMOUNT, C_CLOCK, C_LEFT = 8, 9, 10, 11, 12, 13, 14, 15
C_PENDING, C_LATEST, C_ENDED, C_SLOT, C_ROUNDS, C_FIRST_JOINED, C_HOLDS, C_KIND = range(16, 24)
C_FACTOR, C_STOP, C_STOPS, C_PROJECT, C_SUCCESSOR, C_SUCCESSORS, C_MILESTONES, C_OPENED = range(24, 32)
C_PART, C_FIRST_VISIT, C_CHECK, C_HELP, C_RUNG, C_LADDER, C_RUNGS, C_GAP = range(32, 40)
C_STOP_ROW, C_RELEASE, C_RELEASES, C_NEXT_RELEASED, C_TARGET, C_REFERENCE, C_SESSION, C_INDEX = range(40, 48)
CASE: Final = 48

# Flags of a case; the first five are of the model, the others of a replication. Several tell whether
# the last cache line of the row has to be looked at.
IS_CHECK, IS_KEY, SESSION_LAW, SCALED, FREES = 1, 2, 4, 8, 16
STATIC: Final = 31
IS_GATE, REFUSES, REOPENS, UNDER_WAY, REDONE = 32, 64, 128, 256, 512

# Visits: the row of the trace, then the draws (work under each regime).
V_READY, V_JOINED, V_SERVED, V_ENDED, V_OUTCOME, V_NUMBER, V_APPLICANT, V_WORK = range(8)

# Rungs of stops.
S_WRITTEN, S_STARTED, S_SERVED, S_ENDED, S_SOLVED, S_WORK, S_SOLVES = range(7)
STOP: Final = 8

# Projects.
P_SIGNED, P_PHASE, P_LAST, P_WITHDRAWN, P_CAUSE, P_REFUSED, P_CASE, P_CASE_END = range(3, 11)
P_LANE, P_NEXT_REFUSED, P_INDEX = 11, 12, 13
P_TIMERS: Final = 16
TIMER: Final = 4
T_PATIENCE: Final = 3

# Resources.
R_KIND, R_SKIP, R_KEEPS, R_RETURNS, R_LEAD, R_FREE, R_RESERVED, R_CAPACITY = range(8)
R_SMALLEST, R_SESSION, R_TOUCHED, R_NEXT_TOUCHED, R_LANE, R_LANE_END, R_WAITING = range(8, 15)
RESOURCE: Final = 16

# Lanes.
L_ROOT, L_CLOCK, L_OPENED, L_CLOSES, L_BLOCKED, L_KEPT, L_KEPT_TAIL, L_RESOURCE, L_KEY, L_SHUT = range(3, 13)
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
D_RESOURCE, D_CLOCK, D_INDEX = 0, 1, 2
RUNG: Final = 3

DAY: Final = 1440
MANY: Final = 2**31 - 1
