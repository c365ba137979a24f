"""What drives a difference: mean days on the driving path by activity, or by cause and owner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.clocks import DAY, NEVER
from sim.comparison.measures import Flags, Outcome, Row, replications_of
from sim.experiment import WaitBlock, let_go


def _reached(outcomes: Sequence[Outcome], milestone: int, block: slice) -> Flags:
    """Projects that reached a milestone under every option (r, P)."""
    reached = [o.active[block] & (o.milestones[block, :, milestone] < NEVER) for o in outcomes]
    return np.asarray(np.logical_and.reduce(reached), dtype=np.bool_)


def _mean_days(
    outcome: Outcome, all_of: Sequence[Outcome], milestone: int, members: Flags, keys: list[str]
) -> dict[Any, float]:
    """Mean days on the driving path of members that reach a milestone under all options, by some columns."""

    def kept(block: WaitBlock, places: slice) -> Flags:
        counted = _reached(all_of, milestone, places) & members
        for side in all_of:
            let_go(side.milestones, side.active)
        return np.asarray(counted[block.replication(), block.rows.project], dtype=np.bool_)

    count = sum(
        int((_reached(all_of, milestone, block) & members).sum()) for block in replications_of(all_of)
    )
    sums = outcome.waits.total(keys, kept)
    names = sums[keys[0]] if len(keys) == 1 else zip(*(sums[key] for key in keys), strict=True)
    whole = DAY * max(count, 1)
    return {name: float(minutes) / whole for name, minutes in zip(names, sums["minutes"], strict=True)}


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
        pair = [outcomes[baseline], outcomes[option]]
        before, after = (_mean_days(side, pair, milestone, cohort, ["activity"]) for side in pair)
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
    everyone = list(outcomes.values())
    return [
        {"option": option, "group": group, "cause": str(key[0]), "owner": str(key[1]), "days": days}
        for group, mask in groups.items()
        for option, outcome in outcomes.items()
        for key, days in _mean_days(outcome, everyone, milestone, mask, ["cause", "owner"]).items()
    ]
