"""The next list: who may stand on it, how surely each is through by its event, how many to promise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from forecasts.money import attribute_rows, meets
from forecasts.outlook import minutes_after
from forecasts.path import Path
from forecasts.ratings import list_members
from sim.clocks import NEVER
from sim.cohorts import first_missing, sure_count
from sim.experiment import Outcome
from sim.scenario.measures import ListSpec

Flags = npt.NDArray[np.bool_]
Longs = npt.NDArray[np.int64]

#: Confidences at which a number of projects is promised.
LEVELS: Final = (80, 90)


def next_lists(path: Path) -> dict[str, Any]:
    """Return the lists still to be made, and their candidates by the chance to be through by the event.

    Returns
    -------
    dict
        ``next_lists``: one row a list: candidates, size, how many can be listed at 80 and 90 %.
        ``next_list``: one row a candidate, ranked. ``next_lists_left_out``: lists to come of which the
        scenario does not say what their projects are to reach, with the key of `counts:` that would.
    """
    members = list_members(path)
    lists, rows, left_out = [], [], []
    for spec in path.inputs.scenario.lists:
        if members[spec.name].any() or spec.event <= path.period.as_of:
            continue
        milestone = event_milestone(path, spec)
        if milestone is None:
            left_out.append({"list": spec.name, "needs": f"counts.{spec.kind}s"})
            continue
        one, found = _one(path, spec, milestone, np.flatnonzero(_candidates(path, spec, milestone, members)))
        lists.append(one)
        rows += found
    return {"next_lists": lists, "next_list": rows, "next_lists_left_out": left_out}


def event_milestone(path: Path, spec: ListSpec) -> str | None:
    """Return the milestone that a project on a list is to have reached by its event."""
    counts = path.inputs.scenario.counts
    return {"sign": path.model.milestones[0], "start": counts.starts, "production": counts.productions}[
        spec.kind
    ]


def _candidates(path: Path, spec: ListSpec, milestone: str, members: Mapping[str, Flags]) -> Flags:
    """Return who may stand on a list: known, open, eligible, on no other list of the kind.

    A start list takes projects that are signed. A production list takes those of the start list it is
    turned over from, or, where it names none, those that have started.
    """
    model, counts = path.model, path.inputs.scenario.counts
    known = model.known.milestones < NEVER
    recorded = set(path.inputs.ledger.ids)
    found = np.array([i in recorded for i in model.project_ids], dtype=np.bool_)
    found &= ~known[:, model.milestones.index(milestone)] & (model.known.withdrawn >= NEVER)
    if spec.kind == "start":
        found &= known[:, 0]
    if spec.kind == "production" and spec.from_ is not None:
        found &= members[spec.from_]
    elif spec.kind == "production" and counts.starts is not None:
        found &= known[:, model.milestones.index(counts.starts)]
    for other in path.inputs.scenario.lists:
        if other.kind == spec.kind:
            found &= ~members[other.name]
    if spec.eligible is not None:
        found &= meets(spec.eligible, attribute_rows(model))
    return found


def _reached(path: Path, part: Outcome, spec: ListSpec, milestone: str, who: Longs) -> Flags:
    """Say who of the candidates has reached the milestone by the end of the event's day, (r, N)."""
    end = int(minutes_after([spec.event], path.model.epoch)[0])
    times = part.milestones[:, who, path.model.milestones.index(milestone)]
    return np.asarray((times < end) & part.active[:, who], dtype=np.bool_)


def _one(
    path: Path, spec: ListSpec, milestone: str, who: Longs
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the row of a list and the rows of its candidates.

    Twice through the replications: for the chance of each candidate, then along the order that it gives.
    """
    number = len(who)
    times, together = np.zeros(number, dtype=np.int64), np.zeros(number + 1, dtype=np.int64)
    for part in path.outcome.blocks():
        reached = _reached(path, part, spec, milestone, who)
        times += reached.sum(axis=0)
        together += np.bincount(reached.sum(axis=1), minlength=number + 1)
    order = np.lexsort((np.arange(number), -times))  # equal chances: in the order of ids
    whole = np.zeros(number + 1, dtype=np.int64)
    size = number if spec.size is None else min(spec.size, number)
    listed = np.zeros(size + 1, dtype=np.int64)
    for part in path.outcome.blocks():
        reached = _reached(path, part, spec, milestone, who)
        whole += np.bincount(first_missing(reached, order), minlength=number + 1)
        listed += np.bincount(reached[:, order[:size]].sum(axis=1), minlength=size + 1)
    chance = times / path.outcome.replications
    return _list_row(spec, milestone, chance, together, whole, listed), _rows(
        path, spec, who[order], chance[order], whole
    )


def _list_row(
    spec: ListSpec,
    milestone: str,
    chance: npt.NDArray[np.float64],
    together: Longs,
    whole: Longs,
    listed: Longs,
) -> dict[str, Any]:
    """Return what can be promised of a list."""
    size = len(listed) - 1
    row: dict[str, Any] = {
        "list": spec.name,
        "kind": spec.kind,
        "event": spec.event.isoformat(),
        "milestone": milestone,
        "candidates": len(chance),
        "size": size,
        "expected": float((listed * np.arange(size + 1)).sum() / listed.sum()),
    }
    for level in LEVELS:
        row[f"each{level}"] = int((chance >= level / 100 - 1e-9).sum())
        row[f"whole{level}"] = sure_count(whole, level / 100)
        row[f"promise{level}"] = sure_count(together, level / 100)
        row[f"of_size{level}"] = sure_count(listed, level / 100)
    return row


def _rows(
    path: Path, spec: ListSpec, who: Longs, chance: npt.NDArray[np.float64], whole: Longs
) -> list[dict[str, Any]]:
    """Return the candidates in order, with the chance that they and all before them are through."""
    model, replications = path.model, path.outcome.replications
    at_least = whole[::-1].cumsum()[::-1]
    k = model.known.milestones < NEVER
    return [
        {
            "list": spec.name,
            "place": place,
            "id": model.project_ids[p],
            "county": model.attributes.county[p],
            "milestone": model.milestones[int(np.flatnonzero(k[p]).max(initial=0))],
            "chance": float(chance[place - 1]),
            "chance_error": float(np.sqrt(chance[place - 1] * (1 - chance[place - 1]) / replications)),
            "all_so_far": float(at_least[place] / replications),
        }
        for place, p in enumerate(who.tolist(), start=1)
    ]
