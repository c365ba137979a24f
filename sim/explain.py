"""One project's life in one replication, told as lines: who held what it waited for, who went before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim.clocks import DAY, date_of
from sim.model.arrays import MEETING, POOL, QUOTA, Model
from sim.model.lookup import case_table
from sim.paths import case_ends, driving_path
from sim.sampling.draws import Draws
from sim.trace import NEVER, OUTCOMES, Trace

Longs = npt.NDArray[np.int64]

#: Names listed of holders and of those served before; the rest is counted.
SHOWN = 3

_WORDS = {
    "en": {
        "visit": "visit {n}", "waited": "waited {days:.1f} d for {what}", "held": "held by {who}",
        "before": "served before it: {who}", "more": "and {n} more", "reached": "reached {what}",
        "left": "withdrew ({cause})", "drives": "on the driving path", "stopped": "stopped {days:.1f} d",
        "queue": "queue", "work": "work", "applicant": "applicant", "open": "still open",
        "refused": "refused", "withdrawn": "withdrawn", "not_served": "not yet served", "day": "d",
        "returned": "returned", "void": "void", "direct": "direct",
    },
    "zh": {
        "visit": "第{n}次", "waited": "等候{what} {days:.1f} 天", "held": "占用者：{who}",
        "before": "先于它办理：{who}", "more": "另有 {n} 个", "reached": "到达节点 {what}",
        "left": "退出（{cause}）", "drives": "在关键路径上", "stopped": "停滞 {days:.1f} 天",
        "queue": "排队", "work": "办理", "applicant": "申请人", "open": "未办结",
        "refused": "不予许可", "withdrawn": "主动退出", "not_served": "尚未受理", "day": "天",
        "returned": "退回补正", "void": "失效重办", "direct": "无需转换",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One visit of one activity, in minutes since the epoch; `NEVER` where it has not happened.

    Parameters
    ----------
    activity, visit, outcome
    ready, joined, served, ended : int
    resource : str
        Empty where none is asked for.
    holders : tuple of str
        Projects that held the resource when this one joined its queue.
    before : tuple of str
        Projects that were served while this one waited.
    stopped : int
        Minutes its work stood still for stoppages.
    driving : bool
        The activity lies on the driving path.
    """

    activity: str
    visit: int
    outcome: str
    ready: int
    joined: int
    served: int
    ended: int
    resource: str = ""
    holders: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    stopped: int = 0
    driving: bool = False


def steps(model: Model, draws: Draws, trace: Trace, project: str) -> list[Step]:
    """Tell the visits of one project in the order of time.

    Parameters
    ----------
    model, draws, trace
        Of one replication.
    project : str
        Its id.

    Raises
    ------
    ValueError
        If no project has this id.
    """
    if project not in model.project_ids:
        raise ValueError(f"project: got {project}, expected an id of the ledger")
    p = model.project_ids.index(project)
    case = case_table(model)[trace.project, trace.activity]
    stages = model.milestone_case.shape[1]
    last = stages - 1 - np.argmax(model.milestone_case[:, ::-1] >= 0, axis=1)
    path = driving_path(model, draws, trace, (last % stages).astype(np.int32), unreached=True)
    driving = set(path.loc[path["project"] == p, "activity"].astype(str))
    resource = model.cases.resource[case]
    release = _released(model, draws, trace, case)
    rows = np.flatnonzero(trace.project == p)
    rows = rows[np.lexsort((trace.visit[rows], trace.ended[rows], trace.ready[rows]))]
    return [_step(model, trace, int(row), resource, release, driving=driving) for row in rows]


def _released(model: Model, draws: Draws, trace: Trace, case: Longs) -> Longs:
    """Minute until which each row holds what it got; a quota and a place at a meeting are not given back."""
    resource = model.cases.resource[case]
    kind = np.where(resource >= 0, model.resources.kind[resource], -1)
    ends = trace.ended.astype(np.int64)
    pool = np.flatnonzero(kind == POOL)
    if len(pool):
        release = model.cases.release[case[pool]]
        done = case_ends(model, draws, trace)[release]
        ends[pool] = np.where(release >= 0, np.maximum(ends[pool], done), ends[pool])
        ends[pool] = np.minimum(ends[pool], trace.withdrawn[trace.project[pool]])
    ends[(kind == QUOTA) | (kind == MEETING)] = -NEVER
    return ends


def _step(
    model: Model,
    trace: Trace,
    row: int,
    resource: npt.NDArray[np.int32],
    release: Longs,
    *,
    driving: set[str],
) -> Step:
    """Tell one row."""
    n, joined, served = int(resource[row]), int(trace.joined[row]), int(trace.served[row])
    until = min(served, int(trace.ended[row]), model.horizon)
    holders: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    if n >= 0 and joined < until:
        same = (resource == n) & (np.arange(len(resource)) != row)
        holding = np.flatnonzero(same & (trace.served <= joined) & (release > joined))
        earlier = np.flatnonzero(same & (trace.served > joined) & (trace.served <= until))
        earlier = earlier[(trace.served[earlier] < until) | _in_front(model, trace, earlier, row)]
        holders, before = (_ids(model, trace, chosen) for chosen in (holding, earlier))
    name = model.activities[trace.activity[row]]
    mine = (trace.stop_project == trace.project[row]) & (trace.stop_activity == trace.activity[row])
    mine &= (trace.stop_started >= served) & (trace.stop_started <= trace.ended[row])
    stopped = np.minimum(trace.stop_ended[mine], model.horizon) - trace.stop_started[mine]
    return Step(
        name, int(trace.visit[row]), OUTCOMES[trace.outcome[row]], int(trace.ready[row]), joined, served,
        int(trace.ended[row]), model.resources.names[n] if n >= 0 else "", holders, before,
        int(stopped.sum()), name in driving,
    )  # fmt: skip


def _in_front(model: Model, trace: Trace, rows: Longs, row: int) -> npt.NDArray[np.bool_]:
    """Tell which rows, served in the same minute, stood before this one in the queue."""
    table = case_table(model)

    def key(r: int) -> tuple[int, int, int, int]:
        p, a = int(trace.project[r]), int(trace.activity[r])
        return int(model.cases.rank[table[p, a]]), int(trace.joined[r]), p, a

    mine = key(row)
    return np.array([key(int(r)) < mine for r in rows], dtype=np.bool_)


def _ids(model: Model, trace: Trace, rows: Longs) -> tuple[str, ...]:
    """Ids of the projects of rows, by the time they were served, each once."""
    ordered = rows[np.lexsort((trace.project[rows], trace.served[rows]))]
    return tuple(dict.fromkeys(model.project_ids[p] for p in trace.project[ordered]))


def _listed(names: Sequence[str], words: dict[str, str]) -> str:
    """Join the first names and count the rest."""
    more = [words["more"].format(n=len(names) - SHOWN)] if len(names) > SHOWN else []
    return ", ".join([*names[:SHOWN], *more])


def explain(
    model: Model, draws: Draws, trace: Trace, project: str, *, lang: str = "en",
    labels: Mapping[str, str] | None = None,
) -> list[str]:  # fmt: skip
    """Tell one project's life as lines: an activity a line, then its milestones and its end.

    Parameters
    ----------
    model, draws, trace
        Of one replication.
    project : str
    lang : {"en", "zh"}
    labels : mapping, optional
        Labels of activities, milestones and resources in that language; a name without one stands for
        itself.

    Returns
    -------
    list of str
        Sorted by date.
    """
    words, named = _WORDS[lang], dict(labels or {})
    p = model.project_ids.index(project) if project in model.project_ids else -1
    lines = [
        (step.ready, 1, _line(model, step, words, named)) for step in steps(model, draws, trace, project)
    ]
    for k, name in enumerate(model.milestones):
        minute = int(trace.milestones[p, k])
        if minute < NEVER:
            text = words["reached"].format(what=named.get(name, name))
            lines.append((minute, 0, f"{date_of(minute, model.epoch)}  {text}"))
    gone = int(trace.withdrawn[p])
    if gone < NEVER:
        cause = words["refused" if trace.withdrawn_cause[p] == 2 else "withdrawn"]
        lines.append((gone, 2, f"{date_of(gone, model.epoch)}  {words['left'].format(cause=cause)}"))
    return [text for _, _, text in sorted(lines, key=lambda line: line[:2])]


def _line(model: Model, step: Step, words: dict[str, str], labels: Mapping[str, str]) -> str:
    """Put one step into words."""

    def day(t: int) -> str:
        return str(date_of(t, model.epoch)) if t < NEVER else words["open"]

    parts = [f"{day(step.ready)} - {day(step.ended)}  {labels.get(step.activity, step.activity)}"]
    if step.visit:
        parts.append(words["visit"].format(n=step.visit + 1))
    if NEVER > step.joined > step.ready:
        parts.append(f"{words['applicant']} {(step.joined - step.ready) / DAY:.1f} {words['day']}")
    if step.resource and step.joined < NEVER and step.served > step.joined:
        until = min(step.served, step.ended, model.horizon)
        what = labels.get(step.resource, step.resource)
        parts.append(words["waited"].format(days=(until - step.joined) / DAY, what=what))
        if step.served >= NEVER:
            parts.append(words["not_served"])
        for word, names in (("held", step.holders), ("before", step.before)):
            if names:
                parts.append(words[word].format(who=_listed(names, words)))
    if step.stopped:
        parts.append(words["stopped"].format(days=step.stopped / DAY))
    if step.outcome not in {"done", "open"}:
        parts.append(words[step.outcome])
    if step.driving:
        parts.append(words["drives"])
    return "; ".join(parts)
