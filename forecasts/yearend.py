"""The year's end from reported year-to-date figures: total, chance of the plan, pace, double-half date."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from forecasts import blend
from forecasts.inputs import Inputs
from forecasts.inyear import PERIODS, YearTotal, fit_reported, year_total
from forecasts.inyear.totals import YEARS
from forecasts.months import label
from forecasts.scoring import read_reference
from forecasts.todate import ToDate
from sim.plan import Target
from sim.scenario import shipped_root

Floats = npt.NDArray[np.float64]
Row = dict[str, Any]

#: What other places reported of their plans, beside the scenarios.
CLASS: Final = "reference_class.csv"

_LEVELS: Final = (0.1, 0.5, 0.9)


def in_year(given: ToDate, inputs: Inputs, *, seed: int) -> dict[str, Any]:
    """Forecast the totals of the as-of year from what was reported of it so far.

    Parameters
    ----------
    given : ToDate
    inputs : Inputs
        Plan and as-of date; nothing reported of a month that had not ended by then is used.
    seed : int

    Returns
    -------
    dict
        ``file``, ``year``; ``measures``: a row each; ``said``: what each view says; ``monthly``: the fan of
        year-to-date figures with plan and last year's; ``left_out``: measures without a forecast and why
        (``short``: fewer than three complete years, ``none``: no figure of the year, ``over``: the year is
        complete); ``notes``: what was found odd in the file.
    """
    assert inputs.as_of is not None
    figures, year = given.known_on(inputs.as_of), inputs.as_of.year
    rows, said, monthly, left_out = list[Row](), list[Row](), list[Row](), list[Row]()
    for measure in figures.figures:
        past, now = figures.years(measure, year)
        why = _why_not(past, now)
        if why:
            left_out.append({"measure": measure, "why": why, "years": len(past), "year": year})
            continue
        total = year_total(past, now, key=(seed, "in year", measure))
        target = _target(inputs, measure)
        rows.append(_row(measure, year, len(past), total, target) | _standing(inputs, measure, total, target))
        said += [{"measure": measure, "member": f"year_{k}", "total": v} for k, v in total.members.items()]
        monthly += _monthly(measure, year, total, past[-1], target.target if target else None)
    return {
        "file": figures.source, "year": year, "measures": rows, "said": said, "monthly": monthly,
        "left_out": left_out, "notes": list(figures.notes),
    }  # fmt: skip


def _why_not(past: Floats, now: Floats) -> str:
    """Return why there is no forecast, empty where there is one."""
    if len(now) == len(PERIODS):
        return "over"
    if not len(now):
        return "none"
    return "short" if len(past) < YEARS else ""


def _target(inputs: Inputs, measure: str) -> Target | None:
    """Return the target of the whole city for the year as known on the as-of date: the last adjustment."""
    assert inputs.as_of is not None
    day = inputs.as_of
    found = [
        t
        for t in (inputs.plan.of(measure, year=day.year) if inputs.plan else ())
        if t.group == "all" and t.due == date(day.year, 12, 31) and (t.adopted is None or t.adopted <= day)
    ]
    return max(found, key=lambda t: (t.version == "adjusted", t.adopted or date.min), default=None)


def _row(measure: str, year: int, years: int, total: YearTotal, target: Target | None) -> Row:
    """Return the numbers of one measure; those that need a plan are None without one."""
    low, middle, high = blend.at(total.total, _LEVELS)
    at, done = int(total.months[len(total.to_date) - 1]), float(total.to_date[-1])
    plan = target.target if target else None
    found: Row = {
        "measure": measure,
        "unit": "yi" if measure == "investment" else "projects",
        "known_to": label(12 * year + at - 1),
        "done": done,
        "p10": low,
        "p50": middle,
        "p90": high,
        "plan": plan,
        "version": target.version if target else None,
        "p_met": total.chance(plan) if plan is not None else None,
        "required_rate": total.required_rate(plan)[0] if plan is not None else None,
        "p50_rate": total.required_rate(0.0)[1],
        "share_of_plan": done / plan if plan else None,
        "even_pace": at / 12.0,
        "years": years,
        "tested": total.tested,
        "width_factor": total.factor,
    }
    halves = _halves(total, year, plan) if plan else dict.fromkeys(("half_p10", "half_p50", "half_p90"))
    return found | halves


def _halves(total: YearTotal, year: int, plan: float) -> dict[str, str | None]:
    """Return the months at whose end half the plan is passed (双过半); None: not within the year."""
    by = np.cumsum(total.double_half(plan)[:-1])
    found = dict[str, str | None]()
    for level in _LEVELS:
        reached = np.flatnonzero(by >= level - 1e-9)
        month = label(12 * year + int(total.months[reached[0]]) - 1) if len(reached) else None
        found[f"half_p{round(100 * level)}"] = month
    return found


def _standing(inputs: Inputs, measure: str, total: YearTotal, target: Target | None) -> Row:
    """Return where the reported share of plan stands among other places' reports of that month.

    Reports of shares are a process of their own: nothing of this enters the total, nor the other way round.
    """
    names = ("class10", "class50", "class90", "class_standing", "class_reports")
    done = float(total.to_date[-1])
    if measure != "investment" or target is None or not target.target or done <= 0:
        return dict.fromkeys(names)
    scenario = inputs.scenario
    place = (scenario.title.en if scenario.title else None) or scenario.name
    rows = [r for r in read_reference(shipped_root() / CLASS, place) if r["project_class"] == "all"]
    shares = [float(row["pct_of_annual_plan"]) / 100 for row in rows]
    curve = fit_reported([int(row["month_end"]) for row in rows], shares)
    at = int(total.months[len(total.to_date) - 1])
    low, middle, high = blend.at(curve.quantiles(at), _LEVELS)
    standing = curve.standing(at, done / target.target)
    return dict(zip(names, (low, middle, high, standing, curve.rows), strict=True))


def _monthly(measure: str, year: int, total: YearTotal, last: Floats, plan: float | None) -> list[Row]:
    """Return the fan of year-to-date figures by month, beside even pace and last year's figures."""
    bands = np.quantile(total.cumulative, _LEVELS, axis=0)
    bands[:, -1] = blend.at(total.total, _LEVELS)
    return [
        {
            "measure": measure,
            "month": label(12 * year + int(month) - 1),
            "known": i < len(total.to_date),
            "p10": bands[0, i],
            "p50": bands[1, i],
            "p90": bands[2, i],
            "even_pace": plan * month / 12 if plan is not None else None,
            "last_year": last[i],
        }
        for i, month in enumerate(total.months)
    ]
