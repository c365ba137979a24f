"""Checks of reviews: what they name exists, and there is something for them to act on."""

from __future__ import annotations

from sim.scenario.checker import Checker
from sim.scenario.document import Path_
from sim.scenario.reviews import Reserve

__all__ = ["check_reviews"]


def check_reviews(c: Checker) -> None:
    """Hold the names in reviews against the scenario."""
    for index, review in enumerate(c.spec.reviews):
        loc: Path_ = ("reviews", index)
        milestone = getattr(review, "milestone", None)
        c.milestone((*loc, "milestone"), milestone)
        if milestone is not None and milestone == c.spec.milestone_names[0]:
            c.note((*loc, "milestone"), "a milestone after the first: every signed project has that",
                   "name a later one")  # fmt: skip
        for place, name in enumerate(getattr(review, "phases", None) or ()):
            c.milestone((*loc, "phases", place), name)
        for place, name in enumerate(getattr(review, "ladders", None) or ()):
            c.known((*loc, "ladders", place), name, "ladders", "ladder")
        if isinstance(review, Reserve) and c.spec.arrivals is None and ("arrivals",) not in c.dropped:
            c.warn(loc, "`arrivals:` beside it: it signs nobody else", "add `arrivals:`, or take it out",
                   got="no arrivals")  # fmt: skip
