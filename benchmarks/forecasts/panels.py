"""Panels of real ledgers: a grid queue's monthly reports, a city's quarterly pipeline."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.history import NEVER, UNDATED, History, history_from
from forecasts.landmark import Panel

Ints = npt.NDArray[np.int64]

GRID = ("requested", "approved", "signed", "energised", "synchronised", "commercial")
GRID_COVARIATES = ("capacity_mw", "fin_security_ntp")
_GRID_DATES = ("d_fis_requested", "d_fis_approved", "d_ia_signed", "d_energization", "d_synchronization")

PIPELINE = ("filed", "approved", "permit_filed", "permitted", "issued", "construction")
PIPELINE_COVARIATES = ("units", "net_gsf", "landuse")
#: How far each status has got.
_STATUS = {
    "PL FILED": 0,
    "PL APPROVED": 1,
    "BP FILED": 2,
    "BP APPROVED": 3,
    "BP REINSTATED": 3,
    "BP ISSUED": 4,
    "CONSTRUCTION": 5,
}


def data_folder() -> Path:
    """Give the folder of real data."""
    return Path(os.environ.get("KAIGONG_DATA", Path(__file__).parents[3] / "shared" / "data"))


def months(texts: pd.Series) -> Ints:
    """Give absolute months of ISO dates; `UNDATED` for 1900 (met, date unknown), `NEVER` for none."""
    dated = texts.astype("string").str.match(r"^\d{4}-\d{2}", na=False)
    kept = texts.where(dated, "0000-01").astype(str)
    month = kept.str[:4].astype(int) * 12 + kept.str[5:7].astype(int) - 1
    found = np.where(month < 1950 * 12, UNDATED, month)
    return np.where(dated, found, NEVER).astype(np.int64)


def grid_panel(folder: Path | None = None) -> Panel:
    """Give the grid queue: planned commercial operation restated every month beside the milestones.

    A project leaves the reports when it goes into operation, is cancelled or falls inactive; the events
    say which.
    """
    folder = folder or data_folder()
    table = pd.read_csv(folder / "ercot_gis_monthly_panel.csv.gz", low_memory=False)
    events = pd.read_csv(folder / "ercot_gis_monthly_events.csv.gz", low_memory=False)
    events["month"] = months(events["event_date"])
    running = events["category"].fillna("").str.startswith("Commercial")
    commercial = events[running].groupby("inr")["month"].min()
    left = events[events["kind"] != "commissioning"].groupby("inr")["month"].min()
    table["month"] = months(table["vintage"])
    histories = []
    for cutoff, now in table.groupby("month"):
        # The last row of a project that has gone into operation stays, so that its end is on record.
        ended = commercial[(commercial <= cutoff)].index.difference(now["inr"])
        before = table[(table["month"] < cutoff) & table["inr"].isin(ended)]
        shown = pd.concat([now, before.groupby("inr").tail(1)]).sort_values("inr")
        histories.append(_grid_history(shown, int(str(cutoff)), commercial, left))
    return Panel(tuple(histories))


def _grid_history(shown: pd.DataFrame, cutoff: int, commercial: pd.Series, left: pd.Series) -> History:
    def known(events: pd.Series) -> Ints:
        found = shown["inr"].map(events).fillna(NEVER).to_numpy(np.int64)
        return np.where(found > cutoff, NEVER, found)

    dates = np.stack([months(shown[name]) for name in _GRID_DATES] + [known(commercial)], axis=1)
    dates = np.where((dates > cutoff) & (dates != NEVER), NEVER, dates)
    # Every project in the queue has requested its study, whether or not the report has the date.
    dates[:, 0] = np.where(dates[:, 0] == NEVER, UNDATED, dates[:, 0])
    planned = np.full(dates.shape, NEVER)
    planned[:, -1] = months(shown["projected_cod"])
    return history_from(
        cutoff,
        GRID,
        dates,
        ids=list(shown["inr"]),
        left=known(left),
        planned=planned,
        strata=list(shown["fuel"]),
        units=list(shown["zone"]),
        covariates={
            "capacity_mw": shown["capacity_mw"].to_numpy(np.float64),
            "fin_security_ntp": shown["fin_security_ntp"].to_numpy(str),
        },
    )


def pipeline_panel(folder: Path | None = None) -> Panel:
    """Give the city's pipeline: statuses without plan; a row that is gone has left or been completed."""
    folder = folder or data_folder()
    table = pd.read_csv(folder / "sf_development_pipeline_quarterly.csv.gz", low_memory=False)
    table["id"] = table["apn"].astype(str) + " " + table["address"].astype(str)
    year, quarter = table["quarter"].str[:4].astype(int), table["quarter"].str[5:6].astype(int)
    table["month"] = 12 * year + 3 * quarter - 1
    table["stage"] = table["status"].map(_STATUS)
    table["since"] = months(table["status_date"])
    histories = []
    for cutoff, now in table.dropna(subset=["stage"]).groupby("month"):
        shown = now.sort_values(["id", "stage"]).groupby("id").tail(1)
        stage, since = shown["stage"].to_numpy(np.int64), shown["since"].to_numpy(np.int64)
        dates = np.where(np.arange(len(PIPELINE)) <= stage[:, None], UNDATED, NEVER)
        dates[np.arange(len(stage)), stage] = np.where(since > int(str(cutoff)), UNDATED, since)
        dates = np.where((dates < 1950 * 12), UNDATED, dates)
        histories.append(
            history_from(
                int(str(cutoff)),
                PIPELINE,
                dates,
                ids=list(shown["id"]),
                covariates={
                    "units": _number(shown["units"]),
                    "net_gsf": _number(shown["net_gsf"]),
                    "landuse": shown["landuse"].fillna("").to_numpy(str),
                },
                first=int(str(cutoff)),
            )
        )
    return Panel(tuple(histories))


def _number(column: pd.Series) -> npt.NDArray[np.float64]:
    """Give numbers written with thousands separators."""
    plain = column.astype(str).str.replace(",", "")
    return np.asarray(pd.to_numeric(plain, errors="coerce"), dtype=np.float64)
