"""The year's total at the end of May, from year-to-date figures: China, investment and new starts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from benchmarks.forecasts.data import YEAR_TO_DATE, china_years
from benchmarks.rows import Row
from forecasts.inyear import year_total
from forecasts.inyear.totals import YEARS

#: Months at whose end it is forecast; the target is of May.
ORIGINS: Final = {3: "March", 5: "May", 6: "June", 8: "August", 10: "October"}
MOST: Final = {"investment": 4.0, "new starts": 7.5}


def years() -> Iterator[Row]:
    """Yield the mean absolute error in per cent, and how many 80 % intervals held."""
    for name, column in YEAR_TO_DATE.items():
        which, figures = china_years(column)
        for month, word in ORIGINS.items():
            errors, held = list[float](), list[bool]()
            for at in range(YEARS, len(figures)):
                said = year_total(figures[:at], figures[at, : month - 1], key=(1, name))
                came = figures[at, -1]
                low, high = said.interval()
                errors.append(100 * abs(float(said.total[99]) / came - 1))
                held.append(low <= came <= high)
            early = [e for e, year in zip(errors, which[YEARS:], strict=True) if year <= 2014]
            late = [e for e, year in zip(errors, which[YEARS:], strict=True) if year > 2014]
            yield Row(
                "in-year", f"China {name}, end of {word}: mean error", float(np.mean(errors)), "%",
                at_most=MOST[name] if month == 5 else None,
                source=f"{which[YEARS]}-{which[-1]}; to 2014 {np.mean(early):.1f}, later {np.mean(late):.1f};"
                f" 80 % holds {np.mean(held):.0%}",
            )  # fmt: skip
