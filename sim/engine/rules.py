"""The order of events: the same-instant rule, and what both engines compute alike.

The rule
--------
At each minute t below the horizon:

1. *Calendar.* Changes of capacity, lapse of quota, refills, then sessions open with their places, in
   the order of the table of events; an office whose opening hours begin wakes. Reviews are held: they
   see what happened before t, so that their place among the dates of this minute cannot matter.
2. *Completions and arrivals*, all of them, in any order, with all that they cause at once: rows are
   written, amounts given back, requests put in queues. Nothing is served.
3. *Withdrawals.* Patience that is due, of projects whose phase step 2 did not end, and every refusal
   of step 2. A project that leaves takes its requests out of queues and frees what it holds.
4. *Settling*, once, over every resource. A queue is walked in the order of `queue_key`, and what fits
   in an open lane is served. Strict: the first that does not fit, or is closed, blocks the rest of its
   lane. Skip: it is passed over. Settling only takes, so the order of resources cannot matter.
5. If that made work of zero length, or a stop at position zero, go back to 2 in the same minute.
6. *End of minute*: sessions close and their unused places lapse.

So finishing beats leaving, and leaving beats being served.

Visits
------
* `ready` is the latest end of the predecessors (`ready_at`); a case without predecessors is ready
  when its project is signed. `joined` follows after the applicant time, never before the epoch;
  `served` when the resource is granted, at once where none is asked for; `ended` when the work is done
  on the case's clock.
* The law (regime) and the common factor are those of the minute of joining; a case in service at the
  epoch keeps the minutes it has left, and work shared by a session is not scaled.
* A case that does not apply is a gate: it ends, without a row, in the instant its predecessors end.
  Where they ended before the epoch, so did the gate; its milestone is then reached in minute 0.
* A visit sent back frees an office and a pool and queues as new. An office that keeps places orders it
  by the first `joined` of the case. A return from a meeting takes at least one minute, so that
  nobody is heard twice in a session. A quota is granted once: later visits do not ask again.
* A refused case ends, its project withdraws in step 3 with the cause `refused` (also when its patience
  is due in the same minute), and nothing follows on it.

Resources
---------
* *Office*: a lane per clock; all lanes share the reviewers. Held from service to the end of the visit.
* *Pool*: one lane. Held to the end of the case named `release`, if that has not ended before the case
  itself does; given back too by a visit that is sent back and by a case that is reopened.
* *Quota*: two lanes, key projects and others. Key projects may use both accounts and take the reserved
  one first. On withdrawal each part returns to its account where the quota says so (grants from before
  the epoch: to the open account).
* *Meeting*: one lane. Places are taken and never given back. Who joined less than `lead` minutes before
  the session is not on its list: passed over, blocks nobody. A session of 0 places is cancelled.
* Holders from before the epoch may exceed a capacity: nothing is served until enough is free.

Checks
------
* A check whose target ended at or after its reference (`is_direct`) ends when it is ready: one row,
  outcome `direct`. Otherwise it is a case like others. A term has a grace: its permit may have ended so
  much earlier than the reference, all else that was waited for.
* A void check ends with the outcome `void` when its own work does; its target is reopened in that
  instant: visit ``rounds[target]`` from the last slot of the target, outcome `done`. The check, as a
  predecessor and a milestone, ends when that visit does; the first end of the target stands. Reopening
  undoes nothing. A target that does not apply is not reopened.

Stoppages
---------
* Only in the first visit of a case, at positions in own minutes of work *before* its end; work of
  length zero is never stopped. The resource is kept. Rungs are climbed one after the other; the last
  one solves; a rung that is a meeting takes no time. A helper is free again when its rung ends. A rung
  asks for one unit of an open account, with the rank of its case.

Phases
------
* A milestone is reached when its case ends, unless it was known to be reached before. The phase of a
  project is the highest milestone reached. Its patience runs from there (from minute 0 for the phase
  open at the epoch) and counts only while a higher milestone of the project is still ahead.
* On withdrawal every open row and stop ends in that minute. A case that was not ready has no row.

Reviews
-------
* A review is handed the trace of all minutes before t (`sim.review`); what it orders holds from this
  minute on. Work that scales with the common factor takes ``effort`` thousandths of that, by project and
  phase, fixed when the visit joins at or after the epoch; a rung takes ``rungs`` thousandths, by unit and
  ladder, fixed when it is asked. Requests of a case in ``front`` have the rank `rank_of`, waiting ones at
  once, and their queue is settled. An arrival that is ``turned_away`` in the minute of its signing never
  starts: it leaves no row and no milestone.

Priorities in SimPy: 0 and 1 are SimPy's own (interrupts and starts; all other events) and make up
step 2; the others are the constants below.

Judgements made here, where ENGINE leaves a choice: refusal beats patience; late papers block nobody;
the first end of a reopened target stands; a quota is granted once; a pool is freed by a return.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from sim.trace import NEVER

__all__ = [
    "CALENDAR", "CAUSE_NONE", "CAUSE_REFUSED", "CAUSE_WITHDRAWN", "END_OF_MINUTE", "FRONT", "SETTLING",
    "WITHDRAWAL", "applicant_minutes", "column_of", "is_direct", "joined_at", "queue_key", "rank_of",
    "ready_at", "split_grant", "work_minutes",
]  # fmt: skip

#: Steps of the rule as SimPy priorities (step 2 is SimPy's own 0 and 1).
CALENDAR: Final = -1
WITHDRAWAL: Final = 2
SETTLING: Final = 3
END_OF_MINUTE: Final = 4

#: Codes of ``Trace.withdrawn_cause``.
CAUSE_NONE, CAUSE_WITHDRAWN, CAUSE_REFUSED = 0, 1, 2


#: What a review takes off the rank of a case that it puts in front; static ranks are smaller.
FRONT: Final = 2**24


def rank_of(static: int, is_front: bool) -> int:
    """Return the rank of the requests of a case.

    Examples
    --------
    >>> rank_of(3, False), rank_of(3, True) < rank_of(0, False)
    (3, True)
    """
    return static - FRONT if is_front else static


def queue_key(rank: int, joined: int, project: int, activity: int) -> tuple[int, int, int, int]:
    """Return the place of a request in its queue; smaller is served first, no two are equal."""
    return (rank, joined, project, activity)


def column_of(starts: Sequence[int], t: int, columns: int) -> int:
    """Return the last column that has started at t, kept inside the table (regimes and months).

    Examples
    --------
    >>> [column_of([0, 10, 20], t, 2) for t in (-5, 0, 10, 25)]
    [0, 0, 1, 1]
    """
    return min(max(bisect_right(starts, t) - 1, 0), columns - 1)


def work_minutes(drawn: int, factor: int) -> int:
    """Return work under a factor in thousandths, half up; positive work stays positive.

    The common factor is applied first, what reviews order second.

    Examples
    --------
    >>> work_minutes(10, 1250), work_minutes(1, 100), work_minutes(0, 3000)
    (13, 1, 0)
    """
    if drawn <= 0:
        return 0
    if drawn >= NEVER:
        return NEVER
    return min(max((drawn * factor + 500) // 1000, 1), NEVER)


def ready_at(latest: int, known: int, signed: int) -> int:
    """Return when a case is ready.

    Parameters
    ----------
    latest : int
        Latest end among its predecessors, -NEVER if it has none.
    known : int
        ``Draws.ready`` of the case, used when everything before it ended before the epoch.
    signed : int
        Minute of signing of its project.

    Examples
    --------
    >>> ready_at(7, NEVER, -90), ready_at(-40, -30, -90), ready_at(-40, NEVER, -90)
    (7, -30, 0)
    >>> ready_at(-NEVER, NEVER, 12)
    12
    """
    if latest >= 0:
        return latest
    return known if known != NEVER else max(signed, 0)


def applicant_minutes(drawn: int, visit: int, is_meeting: bool) -> int:
    """Return the applicant time before a visit: at least a minute before a case is heard again."""
    return max(drawn, 1) if is_meeting and visit > 0 else drawn


def joined_at(ready: int, applicant: int) -> int:
    """Return when a visit joins: never before the epoch, never more than `NEVER`.

    Examples
    --------
    >>> joined_at(5, 3), joined_at(-10, 4)
    (8, 0)
    """
    return min(max(ready + applicant, 0), NEVER)


def is_direct(since_ended: int, reference_ended: int, grace: int) -> bool:
    """Tell whether a check has nothing to do: what it looks at ended no more than `grace` too early.

    Examples
    --------
    >>> is_direct(7, 7, 0), is_direct(6, 7, 0), is_direct(6, 7, 1)
    (True, False, True)
    """
    return since_ended + grace >= reference_ended


def split_grant(amount: int, reserved: int, is_key: bool) -> tuple[int, int]:
    """Return the parts of a quota grant taken from the open and from the reserved account.

    Examples
    --------
    >>> split_grant(10, 4, True), split_grant(10, 4, False)
    ((6, 4), (10, 0))
    """
    part = min(amount, max(reserved, 0)) if is_key else 0
    return amount - part, part
