"""Static queue order: everything before `joined`, folded into one dense integer rank."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.model.arrays import Ints

#: Order of key levels in a queue.
KEY_LEVELS: Mapping[str, int] = {"provincial": 0, "city": 1, "county": 2, "none": 3}

#: Where the dynamic part of the order begins.
JOINED = "joined"


def dense_ranks(order: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Ints:
    """Rank of each project under a queue order; equal keys have equal ranks, 0 first.

    Parameters
    ----------
    order : sequence of str
        Attributes, smallest first; ``-name`` puts the greatest first. ``key_level`` goes provincial,
        city, county, none. What follows ``joined`` does not count. A missing number comes last.
    rows : sequence of mapping
        Attributes of every project.

    Examples
    --------
    >>> rows = [{"key_level": "city", "area": 5.0}, {"key_level": "provincial", "area": 1.0},
    ...         {"key_level": "city", "area": 9.0}]
    >>> dense_ranks(["key_level", "-area", "joined"], rows).tolist()
    [2, 0, 1]
    """
    static = list(order[: order.index(JOINED)] if JOINED in order else order)
    keys = [tuple(_part(name, row) for name in static) for row in rows]
    place = {key: i for i, key in enumerate(sorted(set(keys)))}
    return np.array([place[key] for key in keys], dtype=np.int32)


def _part(name: str, row: Mapping[str, Any]) -> tuple[int, float, str]:
    """One comparable part of the key: numbers before texts, missing values last."""
    attribute, sign = (name[1:], -1.0) if name.startswith("-") else (name, 1.0)
    value = row.get(attribute, "")
    if attribute == "key_level":
        return (0, sign * KEY_LEVELS.get(str(value), KEY_LEVELS["none"]), "")
    if isinstance(value, (int, float)):
        return (2, 0.0, "") if math.isnan(value) else (0, sign * float(value), "")
    return (1, 0.0, str(value)) if value else (2, 0.0, "")
