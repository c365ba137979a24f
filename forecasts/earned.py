"""What a forecast's intervals have earned: coverage and width by a backtest of the same scenario.

A backtest tells how far outcomes lay from what was said; the forecast of today is stretched by it and
says how often such intervals held. Only outcomes known on the as-of date count.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from forecasts import blend
from forecasts.months import label
from sim.errors import InputError, KaigongError, Problem
from sim.store import read_manifest, read_result, read_table

#: The member whose forecasts are those of the product, and what it is called once stretched.
MEMBER: Final = "blend"
STRETCHED: Final = "blend_recalibrated"

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

    def factor(self, measure: str, horizon: int, cutoff: int) -> float:
        """Return by how much the interval of a total over so many months is stretched.

        Parameters
        ----------
        measure : str
        horizon : int
            Months of the total, 1 to 12.
        cutoff : int
            Absolute month of the as-of date.
        """
        mine = self._of(measure, MEMBER, horizon, cutoff)
        return blend.width_factor(mine["reach"].to_numpy(), np.zeros(len(mine), dtype=np.int64), 0)

    def coverage(self, measure: str, horizon: int, cutoff: int) -> dict[str, Any] | None:
        """Return how often stretched 80 % intervals of such totals held; None if there were none."""
        mine = self._of(measure, STRETCHED, horizon, cutoff)
        if mine.empty:
            return None
        return {
            "measure": measure,
            "cover80": float(mine["inside80"].mean()),
            "origins": len(mine),
            "first": label(int(mine["origin"].min())),
            "last": label(int(mine["origin"].max())),
            "factor": self.factor(measure, horizon, cutoff),
        }

    def _of(self, measure: str, member: str, horizon: int, cutoff: int) -> pd.DataFrame:
        """Return the forecasts of totals over so many months whose outcome was known by a month."""
        rows = self.rows
        chosen = rows[
            (rows["measure"] == measure)
            & (rows["member"] == member)
            & (rows["horizon"] == horizon)
            & rows["target"].isin(TARGETS)
            & (rows["origin"] + horizon <= cutoff)
        ]
        return chosen.drop_duplicates("origin").dropna(subset=["reach"])


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
