"""Paired comparison of options: same replications, same draws, differences and what drives them."""

from sim.comparison.driving import drivers, waits_by_cause
from sim.comparison.measures import (
    Cells,
    Days,
    Fraction,
    Measure,
    Outcome,
    days_between,
    group_masks,
    land_groups,
    of_plan,
    overdue_share,
    reached_by,
    within_days,
)
from sim.comparison.paired import compare, effect_in_parts, samples, verdict

__all__ = [
    "Cells",
    "Days",
    "Fraction",
    "Measure",
    "Outcome",
    "compare",
    "days_between",
    "drivers",
    "effect_in_parts",
    "group_masks",
    "land_groups",
    "of_plan",
    "overdue_share",
    "reached_by",
    "samples",
    "verdict",
    "waits_by_cause",
    "within_days",
]
