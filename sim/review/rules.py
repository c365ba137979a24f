"""The rules: pure functions from what a review sees to what it orders.

A new rule is a new function here, a block in `sim.scenario.reviews`, and nothing in an engine.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from sim.model.arrays import Flags, Review
from sim.review.orders import SAME, Orders, nothing
from sim.review.situation import Situation
from sim.trace import NEVER

__all__ = ["RULES", "Rule"]

Rule = Callable[[Review, Situation], Orders]


def _thousandths(gain: float) -> int:
    """Thousandths of the work that are left after a part of it is saved.

    Examples
    --------
    >>> _thousandths(0.25), _thousandths(0.0)
    (750, 1000)
    """
    return int(SAME * (1 - gain) + 0.5)


def _lightened(review: Review, now: Situation, chosen: Flags) -> Orders:
    """Save the gain on the work of the projects chosen, in the phases of the review."""
    orders = nothing(now.model)
    orders.effort[np.ix_(chosen, review.phases)] = _thousandths(now.scalar(review.gain))
    return orders


def _in_front(now: Situation, orders: Orders, chosen: Flags) -> Orders:
    """Put everything that the projects chosen ask for in front."""
    return replace(orders, front=chosen[now.model.cases.project])


def _first(count: int, candidates: Flags, *keys: npt.NDArray[Any]) -> Flags:
    """Choose the first candidates by some keys, the most important first; the row breaks ties."""
    rows = np.flatnonzero(candidates)
    order = np.lexsort((rows, *(key[rows] for key in reversed(keys))))
    chosen = np.zeros(len(candidates), dtype=np.bool_)
    chosen[rows[order[:count]]] = True
    return chosen


def _on_the_way(review: Review, now: Situation) -> Flags:
    """Projects signed that have not reached the milestone of the review."""
    return review.eligible & now.there & ~now.has_reached(review.milestone)


def effort(review: Review, now: Situation) -> Orders:
    """Rank units by milestones reached over milestones due; save work in the first or the last of them."""
    unit, looked_at = now.model.unit, review.eligible & now.there
    due = np.where(review.due < NEVER, review.due, np.minimum(now.signed + review.allowance, NEVER))
    weight = np.nan_to_num(now.model.attributes.investment) if review.by_investment else np.ones(len(unit))
    size = len(now.model.units)
    reached = looked_at & now.has_reached(review.milestone)
    asked = looked_at & (due <= now.t)
    done = np.bincount(unit[reached], weights=weight[reached], minlength=size)
    owed = np.bincount(unit[asked], weights=weight[asked], minlength=size)
    ratio = done / np.where(owed > 0, owed, 1.0)
    if review.choose == "leading":
        ratio = -ratio
    return _lightened(review, now, review.eligible & _first(review.count, owed > 0, ratio)[unit])


def visit(review: Review, now: Situation) -> Orders:
    """Visit the projects with the least, or the most, activities ended for their age."""
    since = now.known_since
    pace = now.progress / np.maximum(now.t - since, 1)
    keys = (pace, since) if review.choose == "slowest" else (-pace, since)
    chosen = _first(review.count, _on_the_way(review, now), *keys)
    orders = _lightened(review, now, chosen)
    return _in_front(now, orders, chosen) if review.front else orders


def escalate(review: Review, now: Situation) -> Orders:
    """Put requests that have waited too long in front."""
    late = now.waiting_since < now.t - review.minutes
    return replace(nothing(now.model), front=late & review.eligible[now.model.cases.project])


def reserve(review: Review, now: Situation) -> Orders:
    """Turn arrivals away that would lift the reserve above so many times the milestones of a period."""
    reached = now.trace.milestones[:, review.milestone]
    latest = review.eligible & (reached >= now.t - review.minutes) & (reached < now.t)
    room = int(now.scalar(review.times) * latest.sum()) - int(_on_the_way(review, now).sum())
    pool = np.zeros(len(reached), dtype=np.bool_)
    pool[now.model.arrivals.project] = True
    signed = now.draws.signed.astype(np.int64)
    coming = pool & now.draws.active & review.eligible & (signed >= now.t) & (signed < now.following)
    return replace(nothing(now.model), turned_away=coming & ~_first(max(room, review.count), coming, signed))


def open_class(review: Review, now: Situation) -> Orders:
    """Save work on the ladders of which a stop was solved in a unit since the last review."""
    orders, trace, cases = nothing(now.model), now.trace, now.model.cases
    solved = (trace.stop_solved == 1) & (trace.stop_ended >= now.last) & review.eligible[trace.stop_project]
    ladder = cases.ladder[now.case_at[trace.stop_project[solved], trace.stop_activity[solved]]]
    unit = now.model.unit[trace.stop_project[solved]]
    kept = review.ladders[ladder]
    orders.rungs[unit[kept], ladder[kept]] = _thousandths(now.scalar(review.gain))
    return orders


def override(review: Review, now: Situation) -> Orders:
    """Let the projects that wait longest jump all queues."""
    since = np.full(len(now.signed), NEVER, dtype=np.int64)
    np.minimum.at(since, now.model.cases.project, now.waiting_since)
    chosen = _first(review.count, _on_the_way(review, now) & (since < NEVER), since)
    return _in_front(now, nothing(now.model), chosen)


def standing(review: Review, now: Situation) -> Orders:
    """Save work throughout."""
    return _lightened(review, now, review.eligible)


#: The rules by the name they have in a scenario.
RULES: Mapping[str, Rule] = MappingProxyType({
    "effort": effort, "visit": visit, "escalate": escalate, "reserve": reserve, "class": open_class,
    "override": override, "standing": standing,
})  # fmt: skip
