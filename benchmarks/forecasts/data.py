"""The development ledgers and series, brought into the product's form; nothing is invented or imputed.

Folder: ``$KAIGONG_DATA``, default ``../shared/data`` beside the checkout. SOURCES.md there says what each is.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecasts.backtest.reading import ledger_source
from forecasts.backtest.sources import LedgerSource, SeriesSource
from forecasts.inputs import read_inputs
from forecasts.months import month_of

Floats = npt.NDArray[np.float64]

#: Columns of the national statistics: investment, and area newly started.
YEAR_TO_DATE: Final = {"investment": "房地产投资_累计值", "new starts": "房地产新开工施工面积_累计值"}


def data_folder() -> Path:
    """Return the folder of real data."""
    return Path(os.environ.get("KAIGONG_DATA", Path(__file__).parents[3] / "shared" / "data"))


def has_data() -> bool:
    """Tell whether the data are there."""
    return (data_folder() / "uk_repd_vintages.csv.gz").is_file()


def uk_ledger() -> LedgerSource:
    """Return the UK register with its final dates: consents, starts, completions."""
    os.environ.setdefault("KAIGONG_DATA", str(data_folder()))
    return ledger_source(read_inputs("uk-renewables", adopted=True, dated=False))


def us_series() -> SeriesSource:
    """Return US permits and starts as counted, completions as published (adjusted), thousands a month."""
    counted = pd.read_csv(data_folder() / "us_census_permits_starts_nsa_by_region.csv.gz")
    adjusted = pd.read_csv(data_folder() / "us_census_nrc_monthly_sa.csv.gz").set_index("date")
    table = counted.pivot_table(index="date", columns="series", values="us_total")
    table["completions"] = adjusted["COMPUTSA_long"] / 12  # from an annual rate
    table = table[["permits", "starts", "completions"]].dropna()
    first = month_of(pd.Timestamp(table.index[0]).date())
    values = {str(name): table[name].to_numpy(np.float64) for name in table}
    return SeriesSource(first, values, ("permits", "starts", "completions"))


def china_years(column: str) -> tuple[list[int], Floats]:
    """Return the complete years of a year-to-date series, and (Y, 11) figures, February to December."""
    table = pd.read_csv(data_folder() / "china_nbs_realestate_monthly_ytd.csv.gz")
    year, month = table["time"].str[:4].astype(int), table["time"].str[5:7].astype(int)
    wide = table.assign(year=year, month=month).pivot_table(index="year", columns="month", values=column)
    wide = wide[list(range(2, 13))].dropna()
    return [int(y) for y in wide.index], wide.to_numpy(np.float64)
