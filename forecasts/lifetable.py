"""Period life tables of phases: delayed entry, competing exits, strata with shrinkage.

Exposure and events are counted inside a window of calendar time only, so projects already under way
when it opens enter at the age they have then, those still under way when it closes leave, and neither
biases the hazard. Exits compete: each has its own table, and in the table of one the others are ends
of observation. Drawn against each other (the work of the next milestone, the patience of withdrawal)
the tables give back the hazards they came from.

Ages here are days, since the tables become laws of durations that the simulation draws from. The ledger
forecast counts months and skips too (`forecasts.hazards`); bins and shrinkage are the same.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from forecasts.hazards.spells import BINS
from forecasts.hazards.table import STRATUM_PRIOR
from sim.atomic import write_text
from sim.ledger import Ledger, When
from sim.quantities import MONTH_DAYS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

#: Where the open bin's exposure is taken to end in a written table, in months.
LAST_AGE: Final = 120.0

Exit = Literal["advance", "withdraw"]


@dataclass(frozen=True)
class Spells:
    """Stays in one phase, as far as a window of calendar time shows them.

    Parameters
    ----------
    entry, leave : (n,) float64
        Age in days at which observation begins and ends, ``entry < leave``.
    advanced, withdrew : (n,) bool
        How the stay ended; neither: still under way.
    stratum : tuple of str
    left_out : int
        Stays that could not be used (a date is not known).
    """

    entry: Floats
    leave: Floats
    advanced: npt.NDArray[np.bool_]
    withdrew: npt.NDArray[np.bool_]
    stratum: tuple[str, ...]
    left_out: int = 0

    def ended(self, by: Exit) -> npt.NDArray[np.bool_]:
        """Tell which stays ended by an exit."""
        return self.advanced if by == "advance" else self.withdrew


@dataclass(frozen=True)
class LifeTable:
    """A hazard by age, constant within bins.

    Parameters
    ----------
    ages : (b,) float64
        Lower edges of the bins in days; the last bin is open.
    hazard : (b,) float64
        Per day.
    exposure, events : (b,) float64
        Days at risk and exits behind the hazard (of all strata together).
    """

    ages: Floats
    hazard: Floats
    exposure: Floats
    events: Floats

    def survival(self, age: npt.ArrayLike) -> Floats:
        """Share still in the phase at an age (days), were there no other exit.

        Examples
        --------
        >>> table = LifeTable(np.array([0.0, 10.0]), np.array([0.1, 0.2]), np.ones(2), np.ones(2))
        >>> table.survival([10.0, 15.0]).round(4).tolist()
        [0.3679, 0.1353]
        """
        t = np.asarray(age, dtype=np.float64)
        edges = np.append(self.ages, np.inf)
        inside = np.clip(t[..., None], edges[:-1], edges[1:]) - edges[:-1]
        return np.asarray(np.exp(-(inside * self.hazard).sum(axis=-1)))

    def times(self, factor: float) -> LifeTable:
        """Give the table with every hazard multiplied."""
        return LifeTable(self.ages, self.hazard * factor, self.exposure, self.events)


def spells(
    ledger: Ledger,
    origin: str,
    destination: str,
    *,
    opens: date,
    closes: date,
    stratum: Sequence[str] | None = None,
) -> Spells:
    """Collect the stays between two milestones as seen between two dates.

    Parameters
    ----------
    ledger : Ledger
    origin, destination : str
        Milestones; a stay begins at the first and advances at the second.
    opens, closes : date
        The window, both days included.
    stratum : sequence of str or None
        Stratum of every project; None = one for all.
    """
    labels = stratum if stratum is not None else ("",) * len(ledger)
    later = ledger.milestones[ledger.milestones.index(destination) :]
    rows: list[tuple[float, float, bool, bool, str]] = []
    left_out = 0
    for i, start in enumerate(ledger.dates[origin]):
        if start is None:
            continue
        reached = [ledger.dates[name][i] for name in later]
        end, advanced, usable = _ending(start, reached, ledger.withdrawn[i])
        if not isinstance(start, date) or not usable:
            left_out += 1
        elif (seen := _seen(start, end, opens, closes)) is not None:
            entry, leave, inside = seen
            rows.append((entry, leave, inside and advanced, inside and not advanced, labels[i]))
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), (), ()]
    return Spells(
        np.array(columns[0], dtype=np.float64),
        np.array(columns[1], dtype=np.float64),
        np.array(columns[2], dtype=np.bool_),
        np.array(columns[3], dtype=np.bool_),
        tuple(columns[4]),
        left_out,
    )


def _seen(start: date, end: date | None, opens: date, closes: date) -> tuple[float, float, bool] | None:
    """Give the part of a stay inside the window (ages in days) and whether its end is; None if nothing is.

    An exit took half of its day; a stay still under way has seen the whole of the last day.
    """
    if start > closes or (end is not None and end < opens):
        return None
    entry = float(max(0, (opens - start).days))
    if end is not None and end <= closes:
        return entry, max(0, (end - start).days) + 0.5, True
    return entry, (closes - start).days + 1.0, False


def _ending(start: When, reached: Sequence[When], withdrawn: When) -> tuple[date | None, bool, bool]:
    """Say when a stay ended, whether by advancing, and whether it can be used."""
    first = reached[0]
    if isinstance(first, date):
        return first, True, True
    if any(cell is not None for cell in reached):
        return None, False, False  # advanced on an unknown date
    if isinstance(withdrawn, date):
        return withdrawn, False, True
    return None, False, withdrawn is None


def life_table(
    stays: Spells, by: Exit, *, bins: Sequence[float] = BINS, keep: Ints | None = None
) -> LifeTable:
    """Estimate the hazard of one exit by age: events over exposure in every bin.

    Parameters
    ----------
    stays : Spells
    by : {"advance", "withdraw"}
        The exit; the other one ends observation.
    bins : sequence of float
        Lower edges in months.
    keep : (m,) int, optional
        The stays to use; left out, all.

    Notes
    -----
    A bin nobody was seen in takes the hazard of the bin before (the first: of the first seen).
    """
    edges = np.asarray(bins, dtype=np.float64) * MONTH_DAYS
    upper = np.append(edges[1:], np.inf)
    entry, leave, ended = stays.entry, stays.leave, stays.ended(by)
    if keep is not None:
        entry, leave, ended = entry[keep], leave[keep], ended[keep]
    exposure = np.array(
        [np.clip(leave, a, b).sum() - np.clip(entry, a, b).sum() for a, b in zip(edges, upper, strict=True)]
    )
    place = np.searchsorted(edges, leave[ended], side="right") - 1
    events = np.bincount(place, minlength=len(edges)).astype(np.float64)
    seen = exposure > 0
    hazard = np.divide(events, exposure, out=np.zeros_like(events), where=seen)
    last = np.maximum.accumulate(np.where(seen, np.arange(len(edges)), -1))
    first = int(np.argmax(seen))
    return LifeTable(edges, hazard[np.where(last < 0, first, last)], exposure, events)


def expected(table: LifeTable, stays: Spells, keep: Ints) -> float:
    """Events the table expects in the exposure of some stays."""
    upper = np.append(table.ages[1:], np.inf)
    entry, leave = stays.entry[keep], stays.leave[keep]
    spent = [np.clip(leave, a, b) - np.clip(entry, a, b) for a, b in zip(table.ages, upper, strict=True)]
    return float(sum(h * s.sum() for h, s in zip(table.hazard, spent, strict=True)))


def by_stratum(
    stays: Spells, by: Exit, *, bins: Sequence[float] = BINS, shrinkage: float = STRATUM_PRIOR
) -> dict[str, LifeTable]:
    """Estimate a table for every stratum: the common table times (D + k) / (E + k).

    Parameters
    ----------
    stays : Spells
    by : {"advance", "withdraw"}
    bins : sequence of float
    shrinkage : float
        k, in events: a stratum with few events stays near the common table.

    Returns
    -------
    dict of str to LifeTable
        Sorted by stratum.
    """
    common = life_table(stays, by, bins=bins)
    labels = np.array(stays.stratum, dtype=object)
    tables: dict[str, LifeTable] = {}
    for name in sorted(set(stays.stratum)):
        keep = np.flatnonzero(labels == name)
        seen = float(stays.ended(by)[keep].sum())
        tables[name] = common.times((seen + shrinkage) / (expected(common, stays, keep) + shrinkage))
    return tables


@dataclass(frozen=True)
class CommonFactor:
    """Size of the monthly common factor: sd of log(observed / expected), and its autocorrelation."""

    sd: float
    rho: float
    months: int


def common_factor(monthly: Sequence[tuple[float, float]]) -> CommonFactor:
    """Estimate the common factor of a phase from observed and expected events by month.

    Parameters
    ----------
    monthly : sequence of (observed, expected)
        In calendar order.

    Returns
    -------
    CommonFactor

    Notes
    -----
    With x the factor's deviation, Var(observed) = expected + sd^2 expected^2: the variance beyond
    Poisson gives sd; the same moment at lag 1 gives rho (between 0 and 0.95).

    Examples
    --------
    >>> common_factor([(10, 10.0)] * 24).sd
    0.0
    """
    observed = np.array([o for o, _ in monthly], dtype=np.float64)
    mean = np.array([e for _, e in monthly], dtype=np.float64)
    mean *= observed.sum() / max(mean.sum(), 1e-9)
    gap = observed - mean
    variance = float((gap**2 - mean).sum() / max((mean**2).sum(), 1e-9))
    if variance <= 0 or len(mean) < 3:
        return CommonFactor(0.0, 0.0, len(mean))
    lagged = float((gap[1:] * gap[:-1]).sum() / max((mean[1:] * mean[:-1]).sum(), 1e-9))
    return CommonFactor(variance**0.5, min(max(lagged / variance, 0.0), 0.95), len(mean))


def write_tables(tables: Mapping[str, LifeTable], path: str | Path, *, note: str = "") -> Path:
    """Write life tables as the CSV that the law `lifetable` reads: stratum, age in days, survival.

    Parameters
    ----------
    tables : mapping of stratum to LifeTable
    path : str or Path
    note : str
        Where the numbers come from, one line, written above the header behind ``#``.

    Notes
    -----
    The open bin is written to 120 months; beyond, the law goes on with its hazard.
    """
    text = io.StringIO(newline="")
    if note:
        text.write(f"# {note}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["stratum", "age", "survival"])
    for name, table in tables.items():
        ages = np.append(table.ages, LAST_AGE * MONTH_DAYS)
        for age, share in zip(ages, table.survival(ages), strict=True):
            writer.writerow([name, f"{age:.6g}", f"{share:.6g}"])
    target = Path(path)
    write_text(target, text.getvalue())
    return target
