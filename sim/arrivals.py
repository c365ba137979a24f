"""Projects that may be signed after the epoch: candidates, of which each replication switches some on.

No draw is made here. Candidates copy the attributes of projects of the named class in turn, and there
are enough in every month that a replication practically never asks for more.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from scipy.special import pdtrik

from sim.errors import Problems
from sim.philox import hash_name
from sim.spec import When

#: Probability that a month's signings do not outnumber its candidates.
ENOUGH: float = 0.9995


@dataclass(frozen=True)
class Candidate:
    """One project that may be signed.

    Parameters
    ----------
    id : str
        ``arrival-2021-10-003``: of its own, so that it moves no other draw.
    donor : int
        Row of the project whose attributes it copies.
    month : int
        Row of the month it would be signed in.
    first : date
        First day of that month.
    """

    id: str
    donor: int
    month: int
    first: date


def candidates(
    ids: Sequence[str], donors: Sequence[int], months: Sequence[tuple[date, float]], rate: float
) -> Iterator[Candidate]:
    """Candidates of every month.

    Parameters
    ----------
    ids : sequence of str
        Ids of the ledger's projects, by row.
    donors : sequence of int
        Rows of the class that is copied, at least one; taken in the order of hashed ids.
    months : sequence of (date, float)
        First day of each month, and the part of it that lies after the epoch.
    rate : float
        Most signings a month on average that any replication may have.

    Examples
    --------
    >>> found = list(candidates(["a", "b"], [0, 1], [(date(2021, 10, 1), 1.0)], 1.0))
    >>> len(found), found[0].id
    (6, 'arrival-2021-10-001')
    """
    order = sorted(donors, key=lambda row: (hash_name(ids[row]), ids[row]))
    taken = 0
    for month, (first, part) in enumerate(months):
        for number in range(1, _enough(rate * part) + 1):
            yield Candidate(f"arrival-{first:%Y-%m}-{number:03d}", order[taken % len(order)], month, first)
            taken += 1


def _enough(mean: float) -> int:
    """Quantile `ENOUGH` of a Poisson law."""
    return max(0, math.ceil(float(pdtrik(ENOUGH, mean)))) if mean > 0 else 0


def donors_like(like: When | None, rows: Sequence[Mapping[str, Any]], place: str) -> tuple[int, ...]:
    """Rows of the class whose attributes arrivals copy.

    Raises
    ------
    InputError
        When the ledger has no such project.
    """
    found = tuple(i for i, row in enumerate(rows) if like is None or like.holds(row))
    if not found:
        problems = Problems()
        problems.add(
            place, "arrivals.like", like, "a class of which the ledger has a project", "change the class"
        )
        problems.raise_if_any()
    return found
