"""Money by month: the true and the reported series, never mixed.

With x the share of construction time done on the site clock and S = BetaCDF(x; a, b): a project not
started books its land and early cost L when land is supplied, then (B - L) S(x). One under way, with C0
booked at x0: C0 + (B' - C0) (S(x) - S(x0)) / (1 - S(x0)), B' = B times an overrun draw; C0 unknown:
B S(x0), counted as imputed. A stop books nothing, nor does a project that has withdrawn.

Reported money is (1 + ahead) times the true money of `lag` earlier. A ledger's ``invested_*`` is the
reported series, so the true C0 it implies is its value over (1 + ahead), booked at T - lag: that minute
is the *base* from which I(t) is counted on.
"""

from sim.investment.books import (
    Budget,
    Invested,
    Reporting,
    block_size,
    imputed,
    invested,
    measure,
    overruns,
    recovered,
)
from sim.investment.course import Course, Halts, construction_length, course_of, halts_of, share_done
from sim.investment.losses import Losses, losses
from sim.investment.year import double_half, linear_progress, share_of_year

__all__ = [
    "Budget",
    "Course",
    "Halts",
    "Invested",
    "Losses",
    "Reporting",
    "block_size",
    "construction_length",
    "course_of",
    "double_half",
    "halts_of",
    "imputed",
    "invested",
    "linear_progress",
    "losses",
    "measure",
    "overruns",
    "recovered",
    "share_done",
    "share_of_year",
]
