"""Planned dates and money: made from signing dates and shares, before any forecast."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from scipy.stats import beta

from scenarios.portfolio.attributes import Dealer, Margins

Row = dict[str, Any]
Span = tuple[date, date]


def add_months(day: date, months: int) -> date:
    """Give the same day of a later month, at most its 28th."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, min(day.day, 28))


def planned_acceptance(start: date, kind: str, margins: Margins) -> date:
    """Give acceptance when construction takes as long as its cap allows."""
    years = float(margins[f"plan.cap_years.{kind}"])
    return start + timedelta(days=round(365.25 * years) + int(margins["plan.acceptance_days"]))


def _window(signed: date, margins: Margins) -> Span:
    """Three (aimed) to six months (guaranteed) after signing."""
    low, high = (int(margins[f"plan.start.months_{end}"]) for end in ("low", "high"))
    return add_months(signed, low), add_months(signed, high)


def _overlap(a: Span, b: Span) -> Span | None:
    """Give the common part of two spans."""
    low, high = max(a[0], b[0]), min(a[1], b[1])
    return (low, high) if low <= high else None


def _inside(span: Span, u: float) -> date:
    """Pick a date of a span."""
    return span[0] + timedelta(days=int(u * ((span[1] - span[0]).days + 1)))


def _sizes(n: int, margins: Margins) -> list[int]:
    """Split n new starts over the quarters."""
    sizes = [round(n * float(margins[f"plan.start.q{q}"])) for q in (1, 2, 3)]
    return [*sizes, n - sum(sizes)]


COUNTS = {
    "starts": "planned_started",
    "completions": "planned_accepted",
    "productions": "planned_in_production",
}


class Planner:
    """Plans the year of a portfolio from signing dates and shares.

    Parameters
    ----------
    margins : Margins
    dealer : Dealer
    year : int
        The plan year.
    """

    def __init__(self, margins: Margins, dealer: Dealer, year: int) -> None:
        self.margins = margins
        self.dealer = dealer
        self.new_year, self.year_end = date(year, 1, 1), date(year, 12, 31)
        ends = (date(year, 3, 31), date(year, 6, 30), date(year, 9, 30), self.year_end)
        self.quarters = tuple((date(year, end.month - 2, 1), end) for end in ends)

    def plan_starts(self, projects: Sequence[Row]) -> None:
        """Give new starts and reserves a planned start.

        The quarters are filled in the order of signing. A project signed so early that six months end before
        its quarter begins (or before the plan year) is planned for the first days it can have.
        """
        new = [p for p in projects if p["year_class"] == "new_start"]
        new.sort(key=lambda p: (p["signed"], p["id"]))
        quarters = [
            q
            for q, size in zip(self.quarters, _sizes(len(new), self.margins), strict=True)
            for _ in range(size)
        ]
        for p, quarter in zip(new, quarters, strict=True):
            u = float(self.dealer.luck([p["slot"]], "planned start")[0])
            window = _window(p["signed"], self.margins)
            span = _overlap(window, quarter)
            if span is None:  # the year has begun late for it, or ends too early
                month = timedelta(days=30)
                early = window[1] < quarter[0]
                span = (quarter[0], quarter[0] + month) if early else (quarter[1], quarter[1])
            p["planned_started"] = _inside(span, u)
        for p in projects:
            if p["year_class"] == "reserve":
                u = float(self.dealer.luck([p["slot"]], "planned start")[0])
                window = _window(p["signed"], self.margins)
                p["planned_started"] = _inside(
                    (max(window[0], self.year_end + timedelta(days=1)), window[1]), u
                )

    def _restated(self, p: Row) -> date:
        """Give acceptance as restated in the plan: this year for completing, later for continuing."""
        year = self.new_year.year
        due = planned_acceptance(p["planned_started"], p["kind"], self.margins)
        u = float(self.dealer.luck([p["slot"]], "restated")[0])
        if p["year_class"] == "completing":
            early = _inside((self.new_year.replace(month=2), self.year_end.replace(month=9, day=30)), u)
            return min(max(due, early), self.year_end)
        early = _inside((date(year + 1, 1, 4), date(year + 1, 6, 30)), u)
        return min(max(due, early), date(year + 2, 12, 31))

    def add_plan(self, projects: Sequence[Row]) -> None:
        """Give every project its other planned dates and its money of the year."""
        for p in projects:
            if p["year_class"] in {"continuing", "completing"}:
                p["planned_started"] = p["really_started"]
                accepted = self._restated(p)
            else:
                accepted = planned_acceptance(p["planned_started"], p["kind"], self.margins)
            p["planned_accepted"] = accepted
            p["planned_built"] = accepted - timedelta(days=int(self.margins["plan.acceptance_days"]))
            p["planned_in_production"] = accepted + timedelta(days=int(self.margins["plan.production_days"]))
            if p["kind"] == "industry":
                days = int(self.margins["plan.capacity_days"])
                p["planned_at_capacity"] = p["planned_in_production"] + timedelta(days=days)
            self.add_money(p)

    def add_money(self, p: Row) -> None:
        """Give a project its money of the year: what its planned dates say, less the caution of planners."""
        before, after = (
            self._planned_share(p, day) for day in (self.new_year - timedelta(days=1), self.year_end)
        )
        p["plan_this_year"] = round(float(self.margins["plan.g"]) * p["investment"] * (after - before), 2)

    def _planned_share(self, p: Mapping[str, Any], on: date) -> float:
        """Share of the money planned to be booked by the end of a day."""
        length = (p["planned_built"] - p["planned_started"]).days
        if years := self.margins.get(
            f"plan.money_years.{p['kind']}"
        ):  # money by what is usual, not by the cap
            length = min(length, round(365.25 * float(years)))
        x = ((on - p["planned_started"]).days + 1) / length
        return float(beta.cdf(x, float(self.margins["plan.curve.a"]), float(self.margins["plan.curve.b"])))

    def plan_rows(self, projects: Sequence[Row]) -> Iterable[Sequence[Any]]:
        """Give the rows of plan.csv: the year's targets, by county, and month by month.

        Monthly money is 序时进度 (month / 12); `henan_curve` beside it is what the usual shape of Henan's
        reports would give (it is no target).
        """
        yield ("measure", "target", "unit", "year", "month", "county", "version", "henan_curve")
        total = sum(p["plan_this_year"] for p in projects)
        for name, column in COUNTS.items():
            for month, (_, end) in zip((3, 6, 9, ""), self.quarters, strict=True):
                if name == "starts" or not month:
                    yield (
                        name,
                        self._planned(projects, column, end),
                        "个",
                        self.new_year.year,
                        month,
                        "",
                        "original",
                        "",
                    )
        yield ("investment", f"{total:.2f}", "亿元", self.new_year.year, "", "", "original", f"{total:.2f}")
        for county in sorted({p["county"] for p in projects}):
            money = sum(p["plan_this_year"] for p in projects if p["county"] == county)
            yield ("investment", f"{money:.2f}", "亿元", self.new_year.year, "", county, "original", "")
        a, b = float(self.margins["plan.henan.a"]), float(self.margins["plan.henan.b"])
        for month in range(1, 12):
            curve = total * float(beta.cdf(month / 12, a, b))
            yield (
                "investment",
                f"{total * month / 12:.2f}",
                "亿元",
                self.new_year.year,
                month,
                "",
                "original",
                f"{curve:.2f}",
            )

    def _planned(self, projects: Sequence[Row], column: str, until: date) -> int:
        """Count projects whose planned date is in the plan year, up to a day."""
        return sum(1 for p in projects if self.new_year <= p[column] <= until)
