"""What shocks cost: every option of a comparison beside itself without them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from forecasts.money import year_money
from forecasts.outlook import Period
from sim.clocks import minute_of
from sim.experiment import Outcome
from sim.investment import losses
from sim.ledger import Ledger
from sim.model.arrays import Model
from sim.model.windows import Patterns, windows_of
from sim.philox import hash_name
from sim.sampling.flags import drawn_pattern
from sim.scenario import Scenario

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Longs = npt.NDArray[np.int64]
_DAY = timedelta(days=1)


def calming(scenario: Scenario, reforms: Sequence[str]) -> list[str]:
    """Return the options that take shocks away and add none: `no-flood: {set: {shocks: []}}`."""
    before = shock_names(scenario)
    return [name for name in reforms if shock_names(scenario.with_reforms([name])) < before]


def shock_names(scenario: Scenario) -> set[str]:
    """Return the names of a scenario's shocks."""
    return {shock.name for shock in scenario.shocks}


class Sides:
    """Money of options with and without shocks; each is read once.

    Parameters
    ----------
    scenarios : mapping of str to Scenario
        By option.
    models : mapping of str to Model
    outcomes : mapping of str to Outcome
    ledger : Ledger
    period : Period
        The plan's year.
    groups : mapping of str to (P,) bool
    fixed, known : bool
        See `forecasts.money.year_money`.
    """

    def __init__(
        self, scenarios: Mapping[str, Scenario], models: Mapping[str, Model], outcomes: Mapping[str, Outcome],
        ledger: Ledger, period: Period, groups: Mapping[str, Flags], *, fixed: bool, known: bool,
    ) -> None:  # fmt: skip
        self._scenarios, self._models, self._outcomes = scenarios, models, outcomes
        self._ledger, self._period, self._groups = ledger, period, groups
        self._fixed, self._known = fixed, known

    def rows(self, option: str, without: str, level: float) -> list[dict[str, Any]]:
        """Return what an option lost to each shock that the other one does not have.

        Two shocks taken away at once are lost together: each row says what was lost by the end of its window
        owing to all of them.

        Returns
        -------
        list of dict
            Keys option, without, shock, group, replications (with a window that begins in the year), lost,
            lost_low, lost_high, still_lost (亿元), recovered, recovered_low, recovered_high.
        """
        scenario, other = self._scenarios[option], self._scenarios[without]
        gone = [s for s, shock in enumerate(scenario.shocks) if shock.name not in shock_names(other)]
        ends = {s: self._ends(option, s) for s in gone}
        last = self._minute(option, self._period.until)
        minutes = sorted({int(t) for found in ends.values() for t in found if t >= 0} | {last})
        hit, calm = (self._money(name, minutes) for name in (option, without))
        found = []
        for s in gone:
            at = np.where(ends[s] >= 0, np.searchsorted(minutes, ends[s]), -1)
            for g, group in enumerate(self._groups):
                both = losses(calm[:, g], hit[:, g], at)
                lost, recovered = both.mean_lost(level), both.recovered(level)
                found.append({
                    "option": option, "without": without, "shock": scenario.shocks[s].name, "group": group,
                    "replications": len(both.lost),
                    "lost": lost[0], "lost_low": lost[1], "lost_high": lost[2],
                    "still_lost": both.mean_still(level)[0],
                    "recovered": recovered[0], "recovered_low": recovered[1], "recovered_high": recovered[2],
                })  # fmt: skip
        return found

    def _minute(self, option: str, day: date) -> int:
        """First minute after a day."""
        return minute_of(day + _DAY, self._models[option].epoch)

    def _ends(self, option: str, s: int) -> Longs:
        """Return when the last window of the year ends in each replication, -1 where there is none.

        It may hit nobody: then nothing is lost.
        """
        model, outcome = self._models[option], self._outcomes[option]
        last = model.epoch + timedelta(minutes=model.horizon - 1)
        windows = windows_of(self._scenarios[option].shocks[s], model.epoch, last)
        ends = np.array(self._pattern_ends(option, windows), dtype=np.int64)
        name = np.uint64(hash_name(model.shocks[s]))
        drawn = [drawn_pattern(outcome.seed, int(r), name, len(windows)) for r in outcome.numbers]
        found: Longs = ends[drawn]
        return found

    def _pattern_ends(self, option: str, windows: Patterns) -> list[int]:
        """Return the end of the last window of the year in each pattern, -1 where there is none."""
        year = self._period
        inside = [[to for first, to in pattern if year.start <= first <= year.until] for pattern in windows]
        return [self._minute(option, min(max(ends), year.until)) if ends else -1 for ends in inside]

    def _money(self, option: str, minutes: Sequence[int]) -> Floats:
        """Return the true money of the year by some minutes: (R, G, M)."""
        model = self._models[option]
        planned = np.nan_to_num(model.attributes.plan_this_year) > 0
        masks = np.stack(list(self._groups.values())) & (planned if planned.any() else True)
        return year_money(
            self._scenarios[option], self._ledger, model, self._outcomes[option], self._period, masks,
            fixed=self._fixed, known=self._known, ends=minutes,
        ).true  # fmt: skip
