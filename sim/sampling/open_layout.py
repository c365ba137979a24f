"""Where things are in the table of open cases, one flat array of 32-bit integers a model.

It begins with the number of projects and the place of the first one's row. Rows are addressed by the place
of their first cell. What belongs to one project lies together:

======  ==========================================================================================
``P_``  projects; behind the other cells the scratch of the case that closes each milestone
``C_``  cases to play, what they wait for first; behind the other cells the clock on each lane
``A_``  arcs to a case
``D_``  what each attempt decides: whether a case applies, is tolerated or promised, whether an arc is there
``K_``  checks, and what they check
``G_``  cases of items done together, with their members
======  ==========================================================================================

Each case of the project that is being played has a row of *scratch* too, in an array of 64-bit integers
(``W_``); cases point at each other by it. -1 is "none". Names point into `Rows.names` (a project's name
lies at its row), shares into `Luck.values`.
"""

from __future__ import annotations

from typing import Final

PROJECTS, PROJECT0, PROJECT_CELLS, CASE_CELLS = 0, 1, 2, 3
HEADER: Final = 4

P_INDEX, P_BASE, P_CASE, P_CASE_END, P_DECISION, P_DECISION_END, P_CHECK, P_CHECK_END = range(8)
P_MERGED, P_MERGED_END = 8, 9
P_CLOSERS: Final = 10

C_INDEX, C_KEY, C_KIND, C_BOUND, C_WAIT, C_QUEUES, C_ROUNDS, C_RETURNED, C_FACTOR = range(9)
C_PREPARE, C_CORRECT, C_WORK, C_REWORK, C_LATER, C_PAPERS, C_PAPERS_SHARE = range(9, 16)
C_SINCE, C_REFERENCE, C_ARC, C_ARC_END, C_ALLOWED, C_PROMISE = range(16, 22)
C_SPLIT, C_IS_FIRST, C_GRACE, C_MEMBER, C_MEMBER_END = range(22, 27)
C_CLOCKS: Final = 27

# Kinds of case: played (ended at `C_BOUND` at the latest, or may be open), dated by the ledger, shown under
# way by it, and those without visits.
PLAYED, DATED, SHOWN, EMPTY = 0, 1, 2, 3

A_FROM, A_INDEX = 0, 1
ARC: Final = 2

D_WHAT, D_INDEX, D_NAME, D_SHARE, DECISION = range(5)
# What is decided.
APPLIES, TOLERATED, THERE, PROMISED, TAKES_PART = range(5)
#: Instead of a name: the uniform number is 0, since the ledger shows a case of the flag under way; yes.
SURE, ALWAYS = -2, -3

K_CHECK, K_TARGET, CHECK = range(3)
G_CASE, G_FIRST, G_BEHIND, MERGED = range(4)

W_END, W_ROUNDS, W_VISIT, W_READY, W_JOINED, W_SERVED, W_UNTIL, W_HELD = range(8)
SCRATCH: Final = 8
