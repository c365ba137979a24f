"""Paired comparison of options: same replications, same draws, differences with intervals and a verdict.

D_r is the mean over the group of (option - baseline) in replication r. Days count projects that reach
the milestone under *both*; the share that does stands beside. The interval is
D +- t(R-1, 1 - alpha/(2K)) s_D / sqrt(R) for K options (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from sim.clocks import DAY, NEVER
from sim.comparison.measures import (
    Cells,
    Days,
    Flags,
    Floats,
    Fraction,
    Measure,
    Outcome,
    Row,
    replications_of,
)

Verdict = Literal["better", "worse", "equal", "cannot separate"]

#: Practical margins: a difference inside them does not matter.
DAY_MARGIN = 2.0
RATE_MARGIN = 0.01


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
        high, verdict, margin (a difference inside it does not matter), replications_needed (for an
        interval no wider than the margin on either side), share_reached, variance_factor; None where a
        number does not exist. Days in days, rates as fractions.
    """
    _check_paired(outcomes, baseline)
    options = [name for name in outcomes if name != baseline]
    some = {group: mask for group, mask in groups.items() if mask.any()}
    rows = []
    for option in options:
        for measure in measures:
            pair = {option: outcomes[option], baseline: outcomes[baseline]}
            for group, sample in samples(pair, measure, some).items():
                head: Row = {"option": option, "baseline": baseline, "measure": measure.name}
                head |= {"group": group, "n": int(some[group].sum())}
                rows.append(head | _row(sample, measure, len(options), level))
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


def samples(pair: Mapping[str, Outcome], measure: Measure, groups: Mapping[str, Flags]) -> dict[str, Sample]:
    """Work out a measure by group and replication.

    Parameters
    ----------
    pair : mapping of str to Outcome
        An option, then its baseline.
    measure : Days or Fraction
    groups : mapping of str to (P,) bool

    Returns
    -------
    dict of str to (value, value of the baseline, share counted)
        Arrays (R,), NaN where there is no value; the share is None for a fraction.
    """
    found: dict[str, list[Sample]] = {group: [] for group in groups}
    for block in replications_of(pair.values()):
        sides = (
            _fractions(pair, measure, block) if isinstance(measure, Fraction) else _days(pair, measure, block)
        )
        for group, mask in groups.items():
            value, other, *reached = (_mean(top, bottom, mask) for top, bottom in sides)
            found[group].append((value, other, reached[0] if reached else None))
    return {group: _joined(parts) for group, parts in found.items()}


def _joined(parts: Sequence[Sample]) -> Sample:
    """Put the samples of blocks one after another."""
    value, other, reached = zip(*parts, strict=True)
    shares = [part for part in reached if part is not None]
    return np.concatenate(value), np.concatenate(other), np.concatenate(shares) if shares else None


#: Arrays (r, P) of which sums over a group are divided by one another.
_Sides = list[tuple[npt.NDArray[Any], npt.NDArray[Any]]]


def _fractions(pair: Mapping[str, Outcome], measure: Fraction, block: slice) -> _Sides:
    """Return top and bottom of a fraction in some replications, of the option and of the baseline."""

    def rows(values: npt.NDArray[Any] | Cells, like: Flags) -> npt.NDArray[Any]:
        if isinstance(values, Cells):
            return values.of(block)
        return values[block] if values.ndim == 2 else np.broadcast_to(values, like.shape)

    likes = {name: outcome.active[block] for name, outcome in pair.items()}
    return [(rows(measure.top[name], like), rows(measure.bottom[name], like)) for name, like in likes.items()]


def _days(pair: Mapping[str, Outcome], measure: Days, block: slice) -> _Sides:
    """Return days and who is counted, of the option and of the baseline; who is counted of who takes part."""
    spans = [_span(outcome, measure, block) for outcome in pair.values()]
    both = ~np.isnan(spans[0]) & ~np.isnan(spans[1])
    takes_part = np.logical_and(*(outcome.active[block] for outcome in pair.values()))
    return [*((np.where(both, span, 0.0), both) for span in spans), (both, takes_part)]


def _span(outcome: Outcome, measure: Days, block: slice) -> Floats:
    """Days between two milestones (r, P), NaN where one is not reached."""
    first, last = (outcome.milestones[block, :, k] for k in (measure.start, measure.end))
    reached = outcome.active[block] & (first < NEVER) & (last < NEVER)
    return np.where(reached, (last.astype(np.float64) - first) / DAY, np.nan)


def _mean(top: npt.NDArray[Any], bottom: npt.NDArray[Any], mask: Flags) -> Floats:
    """Sum over a group of top over bottom, per replication; NaN where the bottom is empty."""
    up, down = (values[:, mask].sum(axis=1, dtype=np.float64) for values in (top, bottom))
    found = np.full(len(up), np.nan)
    np.divide(up, down, out=found, where=down > 0)
    return found


def _row(sample: Sample, measure: Measure, options: int, level: float) -> Row:
    """Reduce the values of one option, measure and group to the numbers printed."""
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
        "low": None, "high": None, "verdict": "cannot separate", "margin": margin,
        "replications_needed": None, "share_reached": share, "variance_factor": None,
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
        "verdict": verdict(low, high, margin, lower_is_better=measure.lower_is_better),
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
