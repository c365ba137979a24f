"""Columns of the tables of lists and ranks, in the order they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

NEXT_LISTS = (
    "list", "event", "candidates", "size", "expected", "confidence", "each", "whole", "promise", "of_size",
)  # fmt: skip
NEXT_LIST = ("place", "id", "county", "milestone", "chance", "all_so_far")
CHAIN = ("list", "event", "from", "from_size", "turned_over", "known_count", "p10", "p50", "p90")
RANKING = (
    "unit", "known_rank", "rank_p10", "rank_p50", "rank_p90", "score", "score_sd", "p_first", "p_last",
    "unscored", "one_more_points", "one_more_places", "one_more_up",
)  # fmt: skip
MEMBERS = ("measure", "member", "p10", "p50", "p90")
CONTRIBUTIONS = ("measure", "part", "mean", "share_of_variance")
IN_YEAR = (
    "measure", "unit", "known_to", "done", "plan", "p_met", "p10", "p50", "p90", "required_rate", "p50_rate",
    "tested", "width_factor",
)  # fmt: skip
PACE = (
    "measure", "known_to", "share_of_plan", "even_pace", "half_p10", "half_p50", "half_p90", "class_standing",
    "class10", "class50", "class90",
)  # fmt: skip
SAID = ("measure", "member", "total")
INDICATORS = ("indicator", "weight", "counted", "milestone", "per", "constant", "missing")


def by_confidence(lists: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return next lists with a row for each confidence, so that the columns are few.

    Examples
    --------
    >>> names = ("each", "whole", "promise", "of_size")
    >>> one = {f"{name}{level}": level for name in names for level in (80, 90)}
    >>> [(row["confidence"], row["each"]) for row in by_confidence([{"list": "start-3", **one}])]
    [('80 %', 80), ('90 %', 90)]
    """
    keys = ("each", "whole", "promise", "of_size")
    return [
        dict(row) | {"confidence": f"{level} %"} | {key: row[f"{key}{level}"] for key in keys}
        for row in lists
        for level in (80, 90)
    ]
