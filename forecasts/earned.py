"""What a forecast has earned: the way to tell, width and coverage, by a backtest of the scenario.

A backtest tells how far outcomes lay from what was said. Today's forecast is made the way that did best,
stretched by what was learned, and says how often such intervals held. Only outcomes known on the as-of
date count.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from forecasts import blend
from forecasts.months import label
from sim.errors import InputError, KaigongError, Problem
from sim.store import read_manifest, read_result, read_table

if TYPE_CHECKING:
    import pandas as pd

#: What may tell the counts of a forecast: whatever can, the simulation alone, or the past, which then must.
Method = Literal["auto", "simulation", "past"]

#: Ways to tell a count: the ledger's hazards alone, or their blend with the counts' own course.
Way = Literal["ledger", "blend"]
WAYS: Final[tuple[Way, ...]] = ("ledger", "blend")
STRETCHED: Final = "_recalibrated"

#: Ways within so much of the least CRPS compete by their interval score.
CLOSE: Final = 1.05

#: Totals to the end of a year: of the year itself, or of twelve months.
TARGETS: Final = ("year", "total")


@dataclass(frozen=True)
class Earned:
    """A finished backtest.

    Parameters
    ----------
    folder : Path
    result : dict
        As `kaigong backtest` printed it.
    rows : DataFrame
        One row a forecast, see `forecasts.backtest.scored.rows_of`.
    """

    folder: Path
    result: dict[str, Any]
    rows: pd.DataFrame

    @property
    def identity(self) -> str:
        """Hash of all the backtest was made from."""
        manifest = read_manifest(self.folder)
        assert manifest is not None  # a finished run has one
        return manifest.identity

    def way(self, cutoff: int) -> tuple[Way, bool]:
        """Return the way that did best on totals, and whether stretched; hazards as they are without any.

        Of the ways whose CRPS, a geometric mean over measures, is near the least, the one with the least
        interval score: that asks for width and honesty together.
        """
        rows = self.rows
        known = rows[(rows["target"] == "total") & (rows["origin"] + rows["horizon"] <= cutoff)]
        names = [way + end for way in WAYS for end in ("", STRETCHED)]
        mean = known[known["member"].isin(names)].groupby(["member", "measure"])[["crps", "interval_score"]]
        logs = mean.mean().clip(lower=1e-12).apply(np.log)
        score = logs.groupby("member").mean()
        if score.empty:
            return "ledger", False
        near = score[score["crps"] <= score["crps"].min() + np.log(CLOSE)]
        best = str(near["interval_score"].idxmin())
        return ("blend" if best.startswith("blend") else "ledger"), best.endswith(STRETCHED)

    def factor(self, measure: str, horizon: int, cutoff: int) -> float:
        """Return by how much the interval of a total is stretched; 1 where the best way is not.

        Parameters
        ----------
        measure : str
        horizon : int
            Months of the total, 1 to 12.
        cutoff : int
            Absolute month of the as-of date.
        """
        way, stretched = self.way(cutoff)
        if not stretched:
            return 1.0
        mine = self._of(measure, way, horizon, cutoff)
        return blend.width_factor(mine["reach"].to_numpy(), np.zeros(len(mine), dtype=np.int64), 0)

    def coverage(self, measure: str, horizon: int, cutoff: int) -> dict[str, Any] | None:
        """Return how often 80 % intervals of such totals held; None if there were none."""
        way, stretched = self.way(cutoff)
        mine = self._of(measure, way + STRETCHED if stretched else way, horizon, cutoff)
        if mine.empty:
            return None
        return {
            "measure": measure,
            "cover80": float(mine["inside80"].mean()),
            "origins": len(mine),
            "months": int(mine["horizon"].iloc[0]),
            "first": label(int(mine["origin"].min())),
            "last": label(int(mine["origin"].max())),
            "factor": self.factor(measure, horizon, cutoff),
        }

    def _of(self, measure: str, member: str, horizon: int, cutoff: int) -> pd.DataFrame:
        """Return the forecasts of totals over about so many months whose outcome was known by a month.

        Origins come by quarters, so that not every length of a rest of a year was ever forecast: the nearest.
        """
        rows = self.rows
        mine = rows[
            (rows["measure"] == measure)
            & (rows["member"] == member)
            & rows["target"].isin(TARGETS)
            & (rows["origin"] + rows["horizon"] <= cutoff)
        ]
        if mine.empty:
            return mine
        known = mine["horizon"].to_numpy(dtype=np.int64)
        nearest = known[np.argmin(np.abs(known - horizon))]
        chosen: pd.DataFrame = mine[mine["horizon"] == nearest].drop_duplicates("origin")
        return chosen


def read_earned(folder: Path, scenario: str) -> Earned:
    """Read a finished backtest.

    Raises
    ------
    InputError
        If the folder holds no backtest, or one of another scenario.
    """
    remedy = f"run `kaigong backtest {scenario} --out DIR` first, and name its folder"
    expected = "the directory of a finished backtest"
    try:
        result = read_result(folder)
        if result["kind"] != "backtest" or result["scenario"] != scenario:
            got = f"a {result['kind']} of {result['scenario']}"
            raise InputError([Problem("--backtest", "", got, f"a backtest of {scenario}", remedy)])
        return Earned(folder, result, read_table(folder, "forecasts"))
    except InputError:
        raise
    except KaigongError:
        raise InputError([Problem("--backtest", "", str(folder), expected, remedy)]) from None
