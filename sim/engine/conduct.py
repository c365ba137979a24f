"""Laws of visits, milestones, withdrawals and stops, as kernels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim.engine import audit as law
from sim.engine.audit import note, ready_at, was_under_way
from sim.engine.rules import CAUSE_NONE
from sim.jit import kernel
from sim.model.parts import CHECK, ENDED
from sim.trace import DIRECT, DONE, NEVER, OPEN, REFUSED, RETURNED, VOID, WITHDRAWN

__all__ = ["cells", "milestones_hold", "order", "outcomes", "precedence", "reopenings", "returns", "stops",
           "withdrawals"]  # fmt: skip

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.int8]


@kernel
def order(
    project: Ints, activity: Ints, visit: Ints, case: Ints, runs: Bytes, gate: Bytes, found: Ints
) -> None:
    """Check that rows are sorted, none is there twice, and they belong to cases that leave rows."""
    for i in range(len(case)):
        if i > 0:
            same = project[i] == project[i - 1] and activity[i] == activity[i - 1]
            later = project[i] > project[i - 1] or (
                project[i] == project[i - 1] and activity[i] > activity[i - 1]
            )
            if not later and not (same and visit[i] > visit[i - 1]):
                note(found, law.ORDER, case[i])
        if not runs[case[i]] or gate[case[i]]:
            note(found, law.GATES, case[i])


@kernel
def _is_late(ready: int, joined: int, served: int, ended: int) -> bool:
    """Tell whether known moments of a visit are out of order."""
    late = joined != NEVER and joined < ready
    late |= served != NEVER and served < joined
    late |= ended != NEVER and ended < ready
    late |= NEVER not in (ended, served) and ended < served
    return late or (NEVER not in (ended, joined) and ended < joined)


@kernel
def _is_beyond(t: int, horizon: int) -> bool:
    """Tell whether a known moment lies at or after the horizon."""
    return t != NEVER and t >= horizon


@kernel
def cells(
    horizon: int, project: Ints, ready: Ints, joined: Ints, served: Ints, ended: Ints, outcome: Bytes,
    withdrawn: Ints, case: Ints, found: Ints,
) -> None:  # fmt: skip
    """Check that the moments of a row are in order, below the horizon, and as many as its outcome says."""
    end = min(horizon, NEVER)
    for i in range(len(case)):
        a, b, s, e, o = ready[i], joined[i], served[i], ended[i], outcome[i]
        if a <= b <= s <= e < end and DONE <= o <= DIRECT:
            continue  # as most rows are: nothing below can be wrong
        gone, c = withdrawn[project[i]], case[i]
        if _is_late(a, b, s, e):
            note(found, law.LATE, c)
        beyond = _is_beyond(a, horizon) or _is_beyond(b, horizon)
        if beyond or _is_beyond(s, horizon) or _is_beyond(e, horizon):
            note(found, law.BEYOND, c)
        if (s != NEVER and b == NEVER) or a == NEVER:
            note(found, law.UNSERVED, c)
        if o >= DONE and o <= DIRECT and (NEVER in (s, e)):
            note(found, law.UNFINISHED, c)
        if o == OPEN and e != NEVER:
            note(found, law.OPEN_ENDED, c)
        if o == WITHDRAWN and e != gone:
            note(found, law.AWAY, c)
        if o == OPEN and gone != NEVER:
            note(found, law.LEFT_OPEN, c)


@kernel
def returns(
    visit: Ints, ready: Ints, ended: Ints, outcome: Bytes, case: Ints, rerun: Bytes, found: Ints
) -> None:
    """Check that a returned visit has a next one, ready when it ended, and no other visit has."""
    for i in range(len(case)):
        follows = i + 1 < len(case) and case[i + 1] == case[i] and not rerun[i + 1]
        if follows and outcome[i] != RETURNED:
            note(found, law.NOT_RETURNED, case[i])
        if outcome[i] == RETURNED and not follows:
            note(found, law.NO_NEXT, case[i])
        if follows and (ready[i + 1] != ended[i] or visit[i + 1] != visit[i] + 1):
            note(found, law.GAP, case[i])


@kernel
def outcomes(
    kind: Ints, target: Ints, reference: Ints, applies: Flags, rounds: Ints, refused: Flags, void: Flags,
    visit: Ints, outcome: Bytes, case: Ints, rerun: Bytes, found: Ints,
) -> None:  # fmt: skip
    """Check that finished visits end as drawn."""
    for i in range(len(case)):
        c, o = case[i], outcome[i]
        if o == DIRECT and reference[c] < 0:
            note(found, law.NOT_DIRECT, c)
        if o in (OPEN, WITHDRAWN, DIRECT):
            continue
        drawn = DONE
        if not rerun[i]:
            if visit[i] != rounds[c] - 1:
                drawn = RETURNED
            elif refused[c]:
                drawn = REFUSED
            elif void[c] and kind[c] == CHECK and target[c] >= 0 and applies[target[c]]:
                drawn = VOID
        if o != drawn:
            note(found, law.DRAWN, c)


@kernel
def directness(
    reference: Ints,
    since: Ints,
    grace: Ints,
    outcome: Bytes,
    case: Ints,
    rerun: Bytes,
    end: Ints,
    found: Ints,
) -> None:
    """Check that checks with a reference are direct exactly where what they look at ended late enough."""
    for i in range(len(case)):
        c = case[i]
        if reference[c] >= 0 and not rerun[i]:
            is_direct = end[since[c]] + grace[c] >= end[reference[c]]
            if is_direct != (outcome[i] == DIRECT):
                note(found, law.BY_ENDS, c)


@kernel
def reopenings(
    target: Ints, ready: Ints, ended: Ints, outcome: Bytes, case: Ints, rerun: Bytes, reopened: Ints,
    reopening: Ints, found: Ints,
) -> None:  # fmt: skip
    """Check that a void check reopens its target in the minute it ends, and nothing else does."""
    for i in range(len(case)):
        c = case[i]
        check = reopening[c]
        if rerun[i] and (check < 0 or ready[i] != ended[check]):
            note(found, law.NO_CAUSE, c)
        if outcome[i] == VOID and (target[c] < 0 or reopened[target[c]] == NEVER):
            note(found, law.NOT_REOPENED, c)


@kernel
def precedence(
    horizon: int, case_project: Ints, pred_offset: Ints, pred: Ints, pred_flag: Ints, arc: Flags,
    signed: Ints, state: Bytes, begun: Ints, ready: Ints, withdrawn: Ints, case: Ints, runs: Bytes,
    gate: Bytes, rerun: Bytes, end: Ints, first: Ints, found: Ints,
) -> None:  # fmt: skip
    """Check that a case has a row if all before it ended, and that it was ready then."""
    for c in range(len(first)):
        first[c] = NEVER
    for i in range(len(case)):
        if not rerun[i] and (i == 0 or case[i] != case[i - 1]):
            first[case[i]] = ready[i]
    for c in range(len(first)):
        if not runs[c] or gate[c] or state[c] == ENDED:
            continue
        p = case_project[c]
        expected, latest = begun[c], -NEVER
        if not was_under_way(state[c]):
            for a in range(pred_offset[c], pred_offset[c + 1]):
                if pred_flag[a] < 0 or arc[a]:
                    latest = max(latest, end[pred[a]])
            expected = ready_at(latest, horizon, signed[p], expected, withdrawn[p])
        # What becomes ready in the very minute its project leaves may do so before or after that.
        if first[c] != expected and not (first[c] == NEVER and expected == withdrawn[p]):
            note(found, law.READY, c)


@kernel
def milestones_hold(
    horizon: int, milestone_case: Ints, active: Flags, left: Ints, signed: Ints, state: Bytes, known: Ints,
    milestones: Ints, end: Ints, found: Ints,
) -> None:  # fmt: skip
    """Check that a milestone is the end of its case, unless it was known."""
    count = milestones.shape[1]
    for p in range(len(milestones)):
        starts = active[p] and left[p] == NEVER and signed[p] < horizon
        for k in range(count):
            expected, c = known[p, k], milestone_case[p, k]
            if expected == NEVER and k == 0:
                expected = signed[p] if starts else NEVER
            elif expected == NEVER and c >= 0 and state[c] != ENDED:
                expected = max(end[c], 0)
            if milestones[p, k] != expected:
                note(found, law.MILESTONE, p * count + k)


@kernel
def _known(t: int) -> int:
    """Return a moment that happened, else one before all others."""
    return t if t != NEVER else -NEVER


@kernel
def withdrawals(
    project: Ints, ready: Ints, joined: Ints, served: Ints, ended: Ints, outcome: Bytes, withdrawn: Ints,
    causes: Bytes, case: Ints, found: Ints,
) -> None:  # fmt: skip
    """Check that nothing happens after a project left, and that refusals make it leave."""
    for i in range(len(case)):
        gone = withdrawn[project[i]]
        if gone == NEVER and outcome[i] != REFUSED:
            continue
        last = max(_known(ready[i]), _known(joined[i]), _known(served[i]), _known(ended[i]))
        if last > gone:
            note(found, law.AFTER, case[i])
        if outcome[i] == REFUSED and gone != ended[i]:
            note(found, law.STAYS, case[i])
    for p in range(len(withdrawn)):
        if (causes[p] == CAUSE_NONE) != (withdrawn[p] == NEVER):
            note(found, law.STRAY, p)


@kernel
def stops(
    horizon: int, number: Ints, started: Ints, served: Ints, ended: Ints, solved: Bytes, visit: Ints,
    row_served: Ints, row_ended: Ints, case: Ints, stop_case: Ints, first: Ints, found: Ints,
) -> None:  # fmt: skip
    """Check that rungs follow each other, and that all lie inside the first visit."""
    if len(stop_case) == 0:
        return
    for c in range(len(first)):
        first[c] = -1
    for i in range(len(case)):
        if visit[i] == 0:
            first[case[i]] = i
    for s in range(len(stop_case)):
        c = stop_case[s]
        since = started[s] if served[s] == NEVER else served[s]
        beyond = (
            _is_beyond(started[s], horizon) or _is_beyond(since, horizon) or _is_beyond(ended[s], horizon)
        )
        if beyond or since < started[s] or ended[s] < since:
            note(found, law.STOP_LATE, c)
        again = s > 0 and stop_case[s - 1] == c and number[s - 1] == number[s]
        if again and (solved[s - 1] == 1 or ended[s - 1] != started[s]):
            note(found, law.RUNGS, c)
        i = first[c]
        last = started[s] if ended[s] == NEVER else ended[s]
        if i < 0 or started[s] < row_served[i] or last > row_ended[i]:
            note(found, law.OUTSIDE, c)
