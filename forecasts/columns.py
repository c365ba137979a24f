"""Columns of the tables of lists and ranks, in the order they are shown."""

from __future__ import annotations

NEXT_LISTS = (
    "list", "event", "milestone", "candidates", "size", "expected",
    "each80", "each90", "whole80", "whole90", "promise80", "promise90",
)  # fmt: skip
NEXT_LIST = ("place", "id", "county", "milestone", "chance", "all_so_far")
CHAIN = ("list", "event", "from", "from_size", "turned_over", "known_count", "p10", "p50", "p90")
RANKING = (
    "unit", "known_rank", "rank_p10", "rank_p50", "rank_p90", "score", "score_sd", "p_first", "p_last",
    "one_more_points", "one_more_places", "one_more_up",
)  # fmt: skip
INDICATORS = ("indicator", "weight", "measured_by", "constant", "missing")
