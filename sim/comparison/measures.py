"""What is compared: durations and shares of the projects of an experiment, and groups of projects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from sim.clocks import DAY, NEVER
from sim.experiment import Waits, blocks_of, let_go
from sim.model.arrays import Attributes

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Row = dict[str, Any]

#: Attributes by which effects are printed, beside all projects together.
GROUPED_BY: tuple[str, ...] = ("kind", "land_route", "land_state", "county", "key_level")

#: The two groups of the effect in parts: land ready to be supplied, and land that needs conversion.
NET_OR_REVIVED, CONVERSION = "net+revived", "conversion"


class Outcome(Protocol):
    """What a comparison reads of an experiment: R replications, P projects, K milestones."""

    @property
    def numbers(self) -> npt.NDArray[np.integer]:
        """Numbers of the replications (R,)."""

    @property
    def milestones(self) -> npt.NDArray[np.int32]:
        """Minute each milestone was reached (R, P, K)."""

    @property
    def active(self) -> Flags:
        """Projects that took part (R, P)."""

    @property
    def waits(self) -> Waits:
        """Driving paths of the same replications."""


@dataclass(frozen=True)
class Days:
    """A duration between two milestones (columns), in natural days; lower is better."""

    name: str
    start: int
    end: int
    lower_is_better: bool = True


@dataclass(frozen=True)
class Cells:
    """An (R, P) array that is worked out when it is read, some replications at a time."""

    of: Callable[[slice], npt.NDArray[Any]]


@dataclass(frozen=True)
class Fraction:
    """A share or ratio: sums over a group of ``top`` over ``bottom``, (R, P) or (P,), by option."""

    name: str
    top: Mapping[str, npt.NDArray[Any] | Cells]
    bottom: Mapping[str, npt.NDArray[Any] | Cells]
    lower_is_better: bool = False


Measure = Days | Fraction


def days_between(milestones: Sequence[str], start: str, end: str) -> Days:
    """Make the measure of days between two named milestones.

    Examples
    --------
    >>> days_between(("signed", "permitted"), "signed", "permitted").name
    'signed_to_permitted_days'
    """
    return Days(f"{start}_to_{end}_days", milestones.index(start), milestones.index(end))


def within_days(outcomes: Mapping[str, Outcome], days: int, start: int, end: int, name: str) -> Fraction:
    """Make the matured share of a cohort run to absorption: reached within so many days of the start."""

    def begun(outcome: Outcome, block: slice) -> Flags:
        return np.asarray(
            outcome.active[block] & (outcome.milestones[block, :, start] < NEVER), dtype=np.bool_
        )

    def ended(outcome: Outcome, block: slice) -> Flags:
        first, last = (outcome.milestones[block, :, k].astype(np.int64) for k in (start, end))
        return np.asarray(
            begun(outcome, block) & (last < NEVER) & (last - first <= days * DAY), dtype=np.bool_
        )

    return Fraction(name, _cells(outcomes, ended), _cells(outcomes, begun))


def reached_by(outcomes: Mapping[str, Outcome], milestone: int, at: int, name: str) -> Fraction:
    """Make the share of the cohort that reached a milestone by a minute; withdrawn projects stay in."""

    def reached(outcome: Outcome, block: slice) -> Flags:
        time = outcome.milestones[block, :, milestone]
        return np.asarray(outcome.active[block] & (time <= at) & (time < NEVER), dtype=np.bool_)

    return Fraction(
        name, _cells(outcomes, reached), _cells(outcomes, lambda outcome, block: outcome.active[block])
    )


def _cells(
    outcomes: Mapping[str, Outcome], of: Callable[[Outcome, slice], npt.NDArray[Any]]
) -> dict[str, Cells]:
    """Make what is read of each option."""
    return {option: Cells(partial(of, outcome)) for option, outcome in outcomes.items()}


def overdue_share(
    judged: Mapping[str, npt.NDArray[Any]], overdue: Mapping[str, npt.NDArray[Any]]
) -> Fraction:
    """Make the share of cases over their legal limit, of those judged: both (R, P), by option."""
    return Fraction("overdue_share", overdue, judged, lower_is_better=True)


def of_plan(name: str, done: Mapping[str, Floats], plan: Floats) -> Fraction:
    """Make a ratio of what was done (R, P) to the plan (P,); projects without a plan are left out."""
    planned = np.nan_to_num(plan)
    on_plan = planned > 0

    def rows(values: Floats, block: slice) -> Floats:
        found = np.where(on_plan, values[block], 0.0)
        let_go(values)
        return found

    return Fraction(name, {o: Cells(partial(rows, v)) for o, v in done.items()}, dict.fromkeys(done, planned))


def group_masks(attributes: Attributes, cohort: Flags | None = None) -> dict[str, Flags]:
    """Name the groups effects are printed for: ``all``, ``kind=industry``, ``county=...`` and so on."""
    size = len(attributes.kind)
    members = np.ones(size, dtype=np.bool_) if cohort is None else cohort
    groups = {"all": members}
    for name in GROUPED_BY:
        column = np.array(getattr(attributes, name), dtype=object)
        for value in sorted({str(v) for v in column[members] if v}):
            groups[f"{name}={value}"] = members & (column == value)
    return groups


def land_groups(attributes: Attributes, cohort: Flags | None = None) -> dict[str, Flags]:
    """Split by land that is net or revived and land that needs conversion (the effect in parts)."""
    state = np.array(attributes.land_state, dtype=object)
    members = np.ones(len(state), dtype=np.bool_) if cohort is None else cohort
    ready = (state == "net") | (state == "revived")
    return {NET_OR_REVIVED: members & ready, CONVERSION: members & (state == "conversion")}


def replications_of(outcomes: Iterable[Outcome]) -> Iterator[slice]:
    """Yield the replications, so many at a time that their arrays are small."""
    yield from blocks_of(*(array for side in outcomes for array in (side.active, side.milestones)))
