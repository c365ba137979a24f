"""In-year totals: what the year will come to, from its figures so far.

`year_total` forecasts the absolute amount; `fit_reported` says how a reported share of plan stands among
places that report the same way. A share of plan is never turned into an amount here, nor back.
"""

from forecasts.inyear.members import by_curve, by_path, by_series, faded_path, months_of
from forecasts.inyear.reported import ReportedShare, fit_reported
from forecasts.inyear.totals import PERIODS, YearTotal, year_to_date, year_total

__all__ = [
    "PERIODS",
    "ReportedShare",
    "YearTotal",
    "by_curve",
    "by_path",
    "by_series",
    "faded_path",
    "fit_reported",
    "months_of",
    "year_to_date",
    "year_total",
]
