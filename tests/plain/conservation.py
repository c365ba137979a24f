"""The laws of conservation over whole columns: what `sim.engine.conservation` must find, in its words."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from sim.engine.rules import CAUSE_NONE
from sim.model.arrays import APPLICANT, CHECK, ENDED, QUEUED, SERVICE, Model
from sim.sampling.draws import Draws
from sim.trace import DIRECT, DONE, NEVER, OPEN, REFUSED, RETURNED, VOID, WITHDRAWN, Trace
from tests.plain import holdings
from tests.plain.audit import SHOWN, Audit

__all__ = ["violations"]


def violations(model: Model, draws: Draws, trace: Trace) -> tuple[str, ...]:
    """Return one line for each law of conservation that the trace breaks.

    Parameters
    ----------
    model : Model
    draws : Draws
    trace : Trace

    Returns
    -------
    tuple of str
        Empty if all is well.
    """
    strangers = _strangers(model, trace)
    if strangers:
        return strangers
    audit = Audit(model, draws, trace)
    for law in (_order, _cells):
        law(audit)
    if not audit.found:  # the other laws trust the cells
        for law in (_returns, _outcomes, _reopenings, _precedence, _milestones, _withdrawals, _stops):
            law(audit)
        _directness(audit)
        holdings.check(audit)
    return tuple(audit.found)


def _strangers(model: Model, trace: Trace) -> tuple[str, ...]:
    """Find rows and stops of no case, and rungs of no ladder."""
    case = {pair: c for c, pair in enumerate(zip(model.cases.project, model.cases.activity, strict=True))}
    rows = sum(pair not in case for pair in zip(trace.project, trace.activity, strict=True))
    of = [case.get(pair, -1) for pair in zip(trace.stop_project, trace.stop_activity, strict=True)]
    rungs = np.append(np.diff(model.ladders.offset), 0)
    ladder = [model.cases.ladder[c] if c >= 0 else -1 for c in of]
    odd = [not 0 <= n < rungs[d] for n, d in zip(trace.stop_rung, ladder, strict=True)]
    stops = sum(c < 0 for c in of) + sum(odd)
    found = []
    if rows:
        found.append(f"rows of activities that their project does not have: {rows}")
    if stops:
        found.append(f"stops of activities, or on rungs, that their project does not have: {stops}")
    return tuple(found)


def _order(audit: Audit) -> None:
    """Check that rows are sorted, none is there twice, and they belong to cases that leave rows."""
    trace, case = audit.trace, audit.case
    keys = list(zip(trace.project.tolist(), trace.activity.tolist(), trace.visit.tolist(), strict=True))
    late = np.array([False, *(b <= a for a, b in pairwise(keys))][: len(keys)], dtype=bool)
    audit.note("rows out of order or twice", late)
    audit.note("rows of a gate or of a project that takes no part", ~audit.runs[case] | audit.is_gate[case])


def _cells(audit: Audit) -> None:
    """Check that the moments of a row are in order, below the horizon, and as many as its outcome says."""
    t = audit.trace
    moments = (t.ready, t.joined, t.served, t.ended)
    ready, joined, served, ended = known = [m != NEVER for m in moments]
    late = joined & (t.joined < t.ready) | served & (t.served < t.joined) | ended & (t.ended < t.ready)
    late |= ended & (served & (t.ended < t.served) | joined & (t.ended < t.joined))
    audit.note("moments of a visit out of order", late)
    beyond = np.any([k & (m >= audit.model.horizon) for k, m in zip(known, moments, strict=True)], axis=0)
    audit.note("moments at or after the horizon", beyond)
    audit.note("served without joining, or never ready", served & ~joined | ~ready)
    whole = np.isin(t.outcome, (DONE, RETURNED, REFUSED, VOID, DIRECT))
    audit.note("finished visits with open moments", whole & ~(served & ended))
    audit.note("open visits that ended", (t.outcome == OPEN) & ended)
    gone = t.withdrawn[t.project]
    away = (t.outcome == WITHDRAWN) & (t.ended != gone)
    audit.note("visits withdrawn at another minute than their project", away)
    audit.note("visits open in a project that left", (t.outcome == OPEN) & (gone != NEVER))


def _returns(audit: Audit) -> None:
    """Check that a returned visit has a next one, ready when it ended, and no other visit has."""
    t, case = audit.trace, audit.case
    follows = np.append((case[1:] == case[:-1]) & ~audit.is_rerun[1:], False)
    audit.note("visits after one that was not returned", follows & (t.outcome != RETURNED))
    audit.note("returned visits without a next", (t.outcome == RETURNED) & ~follows)
    gap = follows & (np.append(t.ready[1:], 0) != t.ended)
    gap |= follows & (np.append(t.visit[1:], 0) != t.visit + 1)
    audit.note("visits that do not follow on the one before", gap)


def _outcomes(audit: Audit) -> None:
    """Check that finished visits end as drawn."""
    t, draws, cases = audit.trace, audit.draws, audit.model.cases
    last = t.visit == draws.rounds[audit.case] - 1
    reopens = draws.void & (cases.kind == CHECK) & (cases.target >= 0) & draws.applies[cases.target]
    drawn = np.where(last, np.where(reopens[audit.case], VOID, DONE), RETURNED)
    drawn = np.where(last & draws.refused[audit.case], REFUSED, drawn)
    drawn = np.where(audit.is_rerun, DONE, drawn)
    finished = ~np.isin(t.outcome, (OPEN, WITHDRAWN, DIRECT))
    audit.note("outcomes other than drawn", finished & (t.outcome != drawn))
    audit.note("direct though it is no check", (t.outcome == DIRECT) & (cases.reference[audit.case] < 0))


def _directness(audit: Audit) -> None:
    """Check that checks with a reference are direct exactly where what they look at ended late enough."""
    cases, case = audit.model.cases, audit.case
    in_time = audit.end[cases.since[case]] + cases.grace[case] >= audit.end[cases.reference[case]]
    wrong = (cases.reference[case] >= 0) & ~audit.is_rerun & (in_time != (audit.trace.outcome == DIRECT))
    audit.note("checks direct against the ends they look at, or not direct with them", wrong)


def _reopenings(audit: Audit) -> None:
    """Check that a void check reopens its target in the minute it ends, and nothing else does."""
    t, target = audit.trace, audit.model.cases.target
    void, again = np.flatnonzero(t.outcome == VOID), np.flatnonzero(audit.is_rerun)
    cause = np.full(len(target), -1)
    cause[target[audit.case[void]]] = void
    check = cause[audit.case[again]]
    audit.note("reopened without a void check", (check < 0) | (t.ready[again] != t.ended[check]), again)
    audit.note("void checks that reopen nothing", ~np.isin(target[audit.case[void]], audit.case[again]), void)


def _precedence(audit: Audit) -> None:
    """Check that a case has a row if all before it ended, and that it was ready then."""
    cases, draws, trace = audit.model.cases, audit.draws, audit.trace
    first = np.full(len(cases.project), NEVER, dtype=np.int64)
    begins = ~audit.is_rerun & np.append(True, audit.case[1:] != audit.case[:-1])
    first[audit.case[begins]] = trace.ready[begins]
    under_way = np.isin(draws.state, (APPLICANT, QUEUED, SERVICE))
    expected = np.where(under_way & audit.runs, draws.ready, audit.ready(audit.end))
    asked = audit.runs & ~audit.is_gate & (draws.state != ENDED)
    # What becomes ready in the very minute its project leaves may do so before or after that.
    either = (first == NEVER) & (expected == audit.gone)
    audit.note_cases("not ready when all before it ended", asked & ~either & (first != expected))


def _milestones(audit: Audit) -> None:
    """Check that a milestone is the end of its case, unless it was known."""
    model, draws = audit.model, audit.draws
    of = model.milestone_case
    end = np.append(np.maximum(audit.end, 0), NEVER)[of]  # -1 is the last cell
    end[(of >= 0) & (draws.state[of] == ENDED)] = NEVER
    starts = draws.active & (draws.withdrawn == NEVER) & (draws.signed < model.horizon)
    end[:, 0] = np.where(starts, draws.signed, NEVER)
    expected = np.where(draws.milestones != NEVER, draws.milestones, end)
    wrong = np.argwhere(expected != audit.trace.milestones).tolist()
    if wrong:
        names = ", ".join(f"{model.project_ids[p]} {model.milestones[k]}" for p, k in wrong[:SHOWN])
        audit.found.append(f"milestones that are not the end of their activity: {len(wrong)} ({names})")


def _withdrawals(audit: Audit) -> None:
    """Check that nothing happens after a project left, and that refusals make it leave."""
    t = audit.trace
    gone = t.withdrawn[t.project]
    moments = [np.where(m == NEVER, -NEVER, m) for m in (t.ready, t.joined, t.served, t.ended)]
    audit.note("something happened after the project left", np.max(moments, axis=0) > gone)
    audit.note("refused, but the project stays", (t.outcome == REFUSED) & (gone != t.ended))
    stray = (t.withdrawn_cause == CAUSE_NONE) != (t.withdrawn == NEVER)
    if stray.any():
        audit.found.append(f"withdrawals without a cause, or causes without one: {int(stray.sum())}")


def _stops(audit: Audit) -> None:
    """Check that rungs follow each other, and that all lie inside the first visit."""
    t, case = audit.trace, audit.stop_case
    since = np.where(t.stop_served == NEVER, t.stop_started, t.stop_served)
    late = (since < t.stop_started) | (t.stop_ended < since)
    for moment in (t.stop_started, since, t.stop_ended):
        late |= (moment >= audit.model.horizon) & (moment != NEVER)
    audit.note_cases("moments of a stop out of order, or at or after the horizon", case[late])
    same = (case[1:] == case[:-1]) & (t.stop_number[1:] == t.stop_number[:-1])
    broken = same & ((t.stop_solved[:-1] == 1) | (t.stop_ended[:-1] != t.stop_started[1:]))
    audit.note_cases("rungs that do not follow each other", case[1:][broken])
    row = np.full(len(audit.kind), -1)
    row[audit.case[t.visit == 0]] = np.flatnonzero(t.visit == 0)
    at = row[case]
    ended = np.where(t.stop_ended == NEVER, t.stop_started, t.stop_ended)
    outside = (at < 0) | (t.stop_started < t.served[at]) | (ended > t.ended[at])
    audit.note_cases("stops outside the first visit", case[outside])
