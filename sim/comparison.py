"""Paired comparison of options: same replications, same draws, differences with intervals and a verdict.

D_r is the mean over the group of (option - baseline) in replication r. Days count projects that reach
the milestone under *both*; the share that does stands beside. The interval is
D +- t(R-1, 1 - alpha/(2K)) s_D / sqrt(R) for K options (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from sim.clocks import DAY, NEVER
from sim.model.arrays import Attributes

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Verdict = Literal["better", "worse", "equal", "cannot separate"]
Row = dict[str, Any]

#: Practical margins: a difference inside them does not matter.
DAY_MARGIN = 2.0
RATE_MARGIN = 0.01

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
    def waits(self) -> pd.DataFrame:
        """Driving paths, the columns of `sim.paths.driving_path`."""


@dataclass(frozen=True)
class Days:
    """A duration between two milestones (columns), in natural days; lower is better."""

    name: str
    start: int
    end: int


@dataclass(frozen=True)
class Fraction:
    """A share or ratio: sums over a group of ``top`` over ``bottom``, (R, P) or (P,), by option."""

    name: str
    top: Mapping[str, npt.NDArray[Any]]
    bottom: Mapping[str, npt.NDArray[Any]]


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
    top, bottom = {}, {}
    for option, outcome in outcomes.items():
        first, last = (outcome.milestones[..., k].astype(np.int64) for k in (start, end))
        bottom[option] = outcome.active & (first < NEVER)
        top[option] = bottom[option] & (last < NEVER) & (last - first <= days * DAY)
    return Fraction(name, top, bottom)


def reached_by(outcomes: Mapping[str, Outcome], milestone: int, at: int, name: str) -> Fraction:
    """Make the share of the cohort that reached a milestone by a minute; withdrawn projects stay in."""
    top, bottom = {}, {}
    for option, outcome in outcomes.items():
        time = outcome.milestones[..., milestone]
        bottom[option] = outcome.active
        top[option] = outcome.active & (time <= at) & (time < NEVER)
    return Fraction(name, top, bottom)


def of_plan(name: str, done: Mapping[str, Floats], plan: Floats) -> Fraction:
    """Make a ratio of what was done (R, P) to the plan (P,); projects without a plan are left out."""
    planned = np.nan_to_num(plan)
    on_plan = planned > 0
    return Fraction(
        name, {o: np.where(on_plan, v, 0.0) for o, v in done.items()}, dict.fromkeys(done, planned)
    )


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


def compare(
    outcomes: Mapping[str, Outcome],
    baseline: str,
    measures: Sequence[Measure],
    groups: Mapping[str, Flags],
    *,
    level: float = 0.95,
) -> list[Row]:
    """Compare every option with the baseline, by measure and group.

    Parameters
    ----------
    outcomes : mapping of str to Outcome
        By option, the baseline among them; the same replications and projects in each.
    baseline : str
    measures : sequence of Days or Fraction
    groups : mapping of str to (P,) bool
        Empty groups are left out.
    level : float
        Joint level of the intervals over all options.

    Returns
    -------
    list of dict
        Keys option, baseline, measure, group, n (projects), value, baseline_value, difference, low,
        high, verdict, replications_needed, share_reached, variance_factor; None where a number does not
        exist. Days in days, rates as fractions.
    """
    _check_paired(outcomes, baseline)
    options = [name for name in outcomes if name != baseline]
    rows = []
    for option in options:
        for measure in measures:
            sample = sampler(outcomes[option], outcomes[baseline], option, baseline, measure)
            for group, mask in groups.items():
                if mask.any():
                    head: Row = {"option": option, "baseline": baseline, "measure": measure.name}
                    head |= {"group": group, "n": int(mask.sum())}
                    rows.append(head | _row(sample(mask), measure, len(options), level))
    return rows


def _check_paired(outcomes: Mapping[str, Outcome], baseline: str) -> None:
    """Refuse options that were not run on the same replications and projects."""
    if baseline not in outcomes:
        raise ValueError(f"baseline: got {baseline}, expected one of {', '.join(outcomes)}")
    base = outcomes[baseline]
    for name, outcome in outcomes.items():
        same = np.array_equal(outcome.numbers, base.numbers)
        if not same or outcome.milestones.shape != base.milestones.shape:
            raise ValueError(f"option {name}: expected the replications and projects of {baseline}")


#: Per replication: value of the option, of the baseline, and the share of projects counted.
Sample = tuple[Floats, Floats, Floats | None]


def sampler(
    option: Outcome, base: Outcome, option_name: str, base_name: str, measure: Measure
) -> Callable[[Flags], Sample]:
    """Prepare a measure; the function returned takes a group and gives its values by replication."""
    if isinstance(measure, Fraction):
        sides = [(measure.top[name], measure.bottom[name]) for name in (option_name, base_name)]
        shape = base.active.shape

        def fraction(mask: Flags) -> Sample:
            value, other = (
                _mean(np.broadcast_to(a, shape), np.broadcast_to(b, shape), mask) for a, b in sides
            )
            return value, other, None

        return fraction
    spans = [_span(outcome, measure) for outcome in (option, base)]
    both = ~np.isnan(spans[0]) & ~np.isnan(spans[1])
    takes_part = option.active & base.active

    def days(mask: Flags) -> Sample:
        value, other = (_mean(np.where(both, span, 0.0), both, mask) for span in spans)
        return value, other, _mean(both, takes_part, mask)

    return days


def _span(outcome: Outcome, measure: Days) -> Floats:
    """Days between two milestones (R, P), NaN where one is not reached."""
    first, last = (outcome.milestones[..., k] for k in (measure.start, measure.end))
    reached = outcome.active & (first < NEVER) & (last < NEVER)
    return np.where(reached, (last.astype(np.float64) - first) / DAY, np.nan)


def _mean(top: npt.NDArray[Any], bottom: npt.NDArray[Any], mask: Flags) -> Floats:
    """Sum over a group of top over bottom, per replication; NaN where the bottom is empty."""
    up, down = (values[:, mask].sum(axis=1, dtype=np.float64) for values in (top, bottom))
    found = np.full(len(up), np.nan)
    np.divide(up, down, out=found, where=down > 0)
    return found


def _row(sample: Sample, measure: Measure, options: int, level: float) -> Row:
    """Reduce the values of one option, measure and group to the numbers printed."""
    from scipy.special import stdtrit  # noqa: PLC0415 - `run` tests no difference

    value, other, reached = sample
    valid = ~np.isnan(value) & ~np.isnan(other)
    value, other = value[valid], other[valid]
    difference = value - other
    count = len(difference)
    margin = DAY_MARGIN if isinstance(measure, Days) else RATE_MARGIN
    share = None if reached is None or np.isnan(reached).all() else float(np.nanmean(reached))
    row: Row = {
        "value": float(value.mean()) if count else None,
        "baseline_value": float(other.mean()) if count else None,
        "difference": float(difference.mean()) if count else None,
        "low": None, "high": None, "verdict": "cannot separate", "replications_needed": None,
        "share_reached": share, "variance_factor": None,
    }  # fmt: skip
    if count < 2:
        return row
    spread = float(difference.std(ddof=1))
    quantile = float(stdtrit(count - 1, 1 - (1 - level) / (2 * options)))
    half = quantile * spread / math.sqrt(count)
    low, high = row["difference"] - half, row["difference"] + half
    apart = float(value.var(ddof=1) + other.var(ddof=1))
    return row | {
        "low": low, "high": high,
        "verdict": verdict(low, high, margin, lower_is_better=isinstance(measure, Days)),
        "replications_needed": max(2, math.ceil((quantile * spread / margin) ** 2)),
        "variance_factor": apart / spread**2 if spread > 0 else None,
    }  # fmt: skip


def verdict(low: float, high: float, margin: float, *, lower_is_better: bool) -> Verdict:
    """Say what an interval of (option - baseline) means.

    Examples
    --------
    >>> verdict(-9, -5, 2, lower_is_better=True), verdict(-1, 1.5, 2, lower_is_better=True)
    ('better', 'equal')
    >>> verdict(-0.05, 0.02, 0.01, lower_is_better=False), verdict(-0.05, -0.02, 0.01, lower_is_better=False)
    ('cannot separate', 'worse')
    """
    if -margin <= low and high <= margin:
        return "equal"
    if low <= 0 <= high:
        return "cannot separate"
    return "better" if (high < 0) == lower_is_better else "worse"


def effect_in_parts(
    outcomes: Mapping[str, Outcome],
    measures: Sequence[Measure],
    groups: Mapping[str, Flags],
    *,
    serial: str,
    parallel: str,
    pre_review: str,
    level: float = 0.95,
) -> list[Row]:
    """Split the effect of pre-review into *items side by side* and *beside land*.

    Parameters
    ----------
    outcomes, measures, level
        As `compare`.
    groups : mapping
        `land_groups`: both are printed, since the second part shrinks with faster land only where land
        needs no conversion.
    serial, parallel, pre_review : str
        Names of the three options.

    Returns
    -------
    list of dict
        Rows of `compare` with a key ``part``.
    """
    rows = []
    for part, option, base in (
        ("items side by side", parallel, serial),
        ("beside land", pre_review, parallel),
    ):
        pair = {base: outcomes[base], option: outcomes[option]}
        # Two differences are printed side by side, so each interval is widened as for two options.
        joint = 1 - (1 - level) / 2
        rows += [{"part": part} | row for row in compare(pair, base, measures, groups, level=joint)]
    return rows


def _reached(outcomes: Sequence[Outcome], milestone: int) -> Flags:
    """Projects that reached a milestone under every option (R, P)."""
    reached = [o.active & (o.milestones[..., milestone] < NEVER) for o in outcomes]
    return np.asarray(np.logical_and.reduce(reached), dtype=np.bool_)


def _mean_days(outcome: Outcome, counted: Flags, keys: list[str]) -> dict[Any, float]:
    """Mean days a counted project on the driving path, by some columns of the waits."""
    waits = outcome.waits
    row = pd.Index(outcome.numbers).get_indexer(pd.Index(waits["replication"]))
    chosen = counted[row, waits["project"].to_numpy()] & (row >= 0)
    sums = waits.loc[chosen].groupby(keys, observed=True, sort=True)["minutes"].sum()
    whole = DAY * max(int(counted.sum()), 1)
    return {key: float(minutes) / whole for key, minutes in sums.items()}


def drivers(
    outcomes: Mapping[str, Outcome], baseline: str, milestone: int, cohort: Flags, top: int | None = None
) -> list[Row]:
    """Activities with the most mean days on the driving path, before and after each option.

    Parameters
    ----------
    outcomes : mapping of str to Outcome
        Their waits are driving paths to `milestone`.
    baseline : str
    milestone : int
        Only projects that reach it under both count.
    cohort : (P,) bool
    top : int, optional
        Print only so many activities an option (by the larger of before and after).

    Returns
    -------
    list of dict
        Keys option, activity, days_before, days_after.
    """
    rows = []
    for option in outcomes:
        if option == baseline:
            continue
        counted = _reached([outcomes[option], outcomes[baseline]], milestone) & cohort
        before, after = (_mean_days(outcomes[name], counted, ["activity"]) for name in (baseline, option))
        larger = {name: max(before.get(name, 0.0), after.get(name, 0.0)) for name in [*before, *after]}
        names = sorted(larger, key=lambda name: (-larger[name], name))[:top]
        rows += [
            {
                "option": option, "activity": name,
                "days_before": before.get(name, 0.0), "days_after": after.get(name, 0.0),
            }
            for name in names
        ]  # fmt: skip
    return rows


def waits_by_cause(outcomes: Mapping[str, Outcome], milestone: int, groups: Mapping[str, Flags]) -> list[Row]:
    """Mean days on the driving path by cause and owner, per option and group.

    Only projects that reach the milestone under every option count, so options can be set side by side
    and the causes of one option add up to its mean duration.

    Returns
    -------
    list of dict
        Keys option, group, cause, owner, days.
    """
    everywhere = _reached(list(outcomes.values()), milestone)
    return [
        {"option": option, "group": group, "cause": str(key[0]), "owner": str(key[1]), "days": days}
        for group, mask in groups.items()
        for option, outcome in outcomes.items()
        for key, days in _mean_days(outcome, everywhere & mask, ["cause", "owner"]).items()
    ]
