"""Figures: each function takes the result as the command prints it and returns a matplotlib figure."""

from forecasts.plots.fans import fan
from forecasts.plots.reforms import differences, drivers, waits
from forecasts.plots.standing import next_list, ranking
from forecasts.plots.warnings import early_warning
from forecasts.plots.yearend import year_fan

__all__ = ["differences", "drivers", "early_warning", "fan", "next_list", "ranking", "waits", "year_fan"]
