"""What a backtest is of: the months of its measures, as known at an origin and as they turned out.

Two kinds. A ledger, whose measures count milestones: at an origin it is cut to what was on record then,
by dates of first report, or by published extracts. A table of monthly series, where nothing is revised.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from forecasts.history import History
from forecasts.months import label, month_of
from sim.errors import InputError, Problems

Floats = npt.NDArray[np.float64]

#: What an origin knows: the final dates (an upper bound, with hindsight), what was reported by then, or an
#: extract published then; of series without revisions, the values themselves.
Knowledge = Literal["final dates", "report dates", "extracts", "series"]

#: Headers of the column of months.
_MONTHS: Final = ("month", "date", "time", "月份", "日期")


@dataclass(frozen=True)
class Known:
    """What is known at an origin; all that a member may see.

    Parameters
    ----------
    cutoff : int
        The origin: its month is the last known.
    first : int
        Month of the first value of every series.
    series : mapping of measure to (M,) float64
        Months first .. cutoff, as on record at the origin.
    history : History or None
        The projects, of a ledger.
    milestones : mapping of measure to str
        What each measure counts, of a ledger.
    chain : tuple of str
        Measures of which each feeds the next, in order; of series.
    """

    cutoff: int
    first: int
    series: Mapping[str, Floats]
    history: History | None = None
    milestones: Mapping[str, str] = field(default_factory=dict)
    chain: tuple[str, ...] = ()


class Source(Protocol):
    """What a backtest is of."""

    @property
    def measures(self) -> tuple[str, ...]:
        """The measures forecast."""

    @property
    def first(self) -> int:
        """First month of the series."""

    @property
    def last(self) -> int:
        """Last month whose outcome is known."""

    @property
    def settling(self) -> int:
        """Months until a count will hardly change."""

    @property
    def knowledge(self) -> Knowledge:
        """Tell what an origin knows."""

    def origins(self) -> tuple[int, ...] | None:
        """Give the only possible origins, None where every month is one."""

    def known(self, cutoff: int) -> Known:
        """Give what is known at an origin."""

    def outcome(self, measure: str, first: int, months: int) -> Floats:
        """Give the months of a measure as they turned out."""


@dataclass(frozen=True)
class SeriesSource:
    """Monthly series without revisions.

    Parameters
    ----------
    first : int
        Month of the first value.
    values : mapping of measure to (M,) float64
        All of one length.
    chain : tuple of str
        Measures of which each feeds the next, in order.
    """

    first: int
    values: Mapping[str, Floats]
    chain: tuple[str, ...] = ()

    knowledge: Knowledge = "series"
    settling: int = 0

    @property
    def measures(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(self.values)

    @property
    def last(self) -> int:
        """Month of the last value."""
        return self.first + len(next(iter(self.values.values()))) - 1

    def origins(self) -> None:
        """Every month."""

    def known(self, cutoff: int) -> Known:
        """Give the values up to an origin.

        Examples
        --------
        >>> SeriesSource(24000, {"starts": np.arange(24.0)}).known(24002).series["starts"].tolist()
        [0.0, 1.0, 2.0]
        """
        until = cutoff - self.first + 1
        return Known(cutoff, self.first, {m: v[:until] for m, v in self.values.items()}, chain=self.chain)

    def outcome(self, measure: str, first: int, months: int) -> Floats:
        """Give the months of a measure."""
        return self.values[measure][first - self.first : first - self.first + months]


@dataclass(frozen=True)
class LedgerSource:
    """A ledger, whose measures count milestones.

    Parameters
    ----------
    final : History
        The whole ledger, as known at last: the outcomes.
    milestones : mapping of measure to str
    first : int
        First month of the series.
    extracts : mapping of int to History
        Published extracts by month; where there are any, they are the only origins.
    settled : int, optional
        Last month whose counts will hardly change; left out, the ledger's last.
    """

    final: History
    milestones: Mapping[str, str]
    first: int
    extracts: Mapping[int, History] = field(default_factory=dict)
    settled: int | None = None

    @property
    def measures(self) -> tuple[str, ...]:
        """Those of the scenario's counts."""
        return tuple(self.milestones)

    @property
    def last(self) -> int:
        """Last month whose counts will hardly change."""
        return self.final.cutoff if self.settled is None else self.settled

    @property
    def settling(self) -> int:
        """Months between the last settled one and the last."""
        return self.final.cutoff - self.last

    @property
    def knowledge(self) -> Knowledge:
        """Extracts, where there are any, else dates of first report, else final dates."""
        if self.extracts:
            return "extracts"
        return "final dates" if self.final.reported is None else "report dates"

    def origins(self) -> tuple[int, ...] | None:
        """Give the months of extracts, where there are any."""
        return tuple(sorted(self.extracts)) or None

    def known(self, cutoff: int) -> Known:
        """Give the ledger as known at an origin, and its counts by month."""
        history = self.extracts[cutoff] if self.extracts else self.final.at(cutoff)
        series = {
            measure: history.counts(milestone, self.first, cutoff).astype(np.float64)
            for measure, milestone in self.milestones.items()
        }
        return Known(cutoff, self.first, series, history, self.milestones)

    def outcome(self, measure: str, first: int, months: int) -> Floats:
        """Count a milestone in the ledger as known at last."""
        found = self.final.counts(self.milestones[measure], first, first + months - 1)
        return found.astype(np.float64)


def busy_from(history: History, milestones: Sequence[str]) -> int:
    """Return the first month a register is in full use: every later twelve months have entries.

    Registers begin with old projects entered in hindsight; years in which a milestone was never
    recorded at all say nothing of how it is recorded now.

    Parameters
    ----------
    history : History
    milestones : sequence of str
        Those that are forecast.

    Returns
    -------
    int
        The latest over the milestones, so that all series begin together.

    Examples
    --------
    >>> from forecasts.history import NEVER, history_from
    >>> months = [[24000], *[[m] for m in range(24030, 24060)]]
    >>> busy_from(history_from(24059, ("a",), months), ["a"])
    24030
    """
    begun = []
    for name in milestones:
        months = np.unique(history.reached[:, history.milestones.index(name)])
        months = months[(months >= 0) & (months <= history.cutoff)]
        if not len(months):
            continue
        pauses = np.flatnonzero(np.diff(months) > 12)
        begun.append(int(months[pauses[-1] + 1] if len(pauses) else months[0]))
    return max(begun, default=history.cutoff)


def read_series(path: Path, chain: Sequence[str] = ()) -> SeriesSource:
    """Read a table of monthly series: a column of months, a column for each measure.

    Parameters
    ----------
    path : Path
        CSV in UTF-8: ``month`` (2014-03 or 2014-03-31), then numbers that are not negative. Months
        before the first that every measure has are left out; later gaps are errors.
    chain : sequence of str
        Measures of which each feeds the next, such as permits, starts, completions.

    Returns
    -------
    SeriesSource

    Raises
    ------
    InputError
        With every problem of the file.
    """
    problems = Problems()
    rows, measures = _table(path, problems)
    problems.raise_if_any()
    for name in (c for c in chain if c not in measures):
        problems.add("--chain", name, name, f"of {', '.join(measures)}", "name columns of the file")
    months = [_month(path, row, problems) for row in rows]
    cells = {m: [_number(path, row, m, problems) for row in rows] for m in measures}
    problems.raise_if_any()
    values = np.array([cells[m] for m in measures], dtype=np.float64)
    order = np.argsort(months, kind="stable")
    values, sorted_months = values[:, order], np.asarray(months)[order]
    whole = np.asarray(np.isfinite(values).all(axis=0))
    if not whole.any():
        problems.add(path.name, "", "no month with every measure", "at least one", "fill the columns")
        problems.raise_if_any()
    begun, ended = int(np.argmax(whole)), len(whole) - int(np.argmax(whole[::-1]))
    _whole_months(path, sorted_months[begun:ended], whole[begun:ended], problems)
    problems.raise_if_any()
    kept = values[:, begun:ended]
    return SeriesSource(int(sorted_months[begun]), dict(zip(measures, kept, strict=True)), tuple(chain))


def _table(path: Path, problems: Problems) -> tuple[list[dict[str, str]], list[str]]:
    """Return the rows with their numbers under ``""``, and the measures; note a wrong head."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(line for line in file if not line.startswith("#"))
            heads = [h.strip() for h in reader.fieldnames or []]
            reader.fieldnames = heads
            rows = [{**{k: v or "" for k, v in r.items() if k}, "": str(i)} for i, r in enumerate(reader, 2)]
    except FileNotFoundError:
        problems.add(str(path), "", "no such file", "a table of monthly series", "check the path")
        return [], []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        problems.add(
            str(path), "", f"a file that cannot be read ({error})", "CSV in UTF-8", "save it as such"
        )
        return [], []
    if not heads or heads[0].lower() not in _MONTHS:
        got = heads[0] if heads else "an empty file"
        problems.add(path.name, "", got, "first column `month`", "name the column of months")
    if len(heads) < 2:
        problems.add(path.name, "", "no measure", "a column for each measure", "add one")
    for name in sorted({h for h in heads if heads.count(h) > 1 or not h}):
        problems.add(path.name, name, "a column name twice or empty", "names used once", "rename it")
    if not rows:
        problems.add(path.name, "", "no rows", "a row for each month", "add the months")
    return rows, heads[1:]


def _month(path: Path, row: Mapping[str, str], problems: Problems) -> int:
    text = next(iter(row.values())).strip()
    try:
        return month_of(date.fromisoformat(text if len(text) > 7 else f"{text}-01"))
    except ValueError:
        problems.add(f"{path.name} row {row['']}", "month", text, "a month such as 2014-03", "write YYYY-MM")
        return 0


def _number(path: Path, row: Mapping[str, str], measure: str, problems: Problems) -> float:
    text = row.get(measure, "").strip()
    if not text:
        return float("nan")
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        expected, remedy = "a number, 0 or more", "correct it, or leave it empty before the series begins"
        problems.add(f"{path.name} row {row['']}", measure, text, expected, remedy)
        return float("nan")
    return value


def _whole_months(
    path: Path, months: npt.NDArray[np.int64], whole: npt.NDArray[np.bool_], problems: Problems
) -> None:
    """Note months that are twice, missing, or without a value."""
    steps = np.diff(months)
    for at in np.flatnonzero(steps != 1):
        got = f"{label(int(months[at]))} and then {label(int(months[at + 1]))}"
        problems.add(path.name, "month", got, "every month once", "add the missing months, drop doubles")
    for at in np.flatnonzero(~whole):
        got = f"no value in {label(int(months[at]))}"
        problems.add(path.name, "", got, "a value in every month", "fill it, or take the column out")


def chain_of(text: str) -> tuple[str, ...]:
    """Return the measures of ``--chain a,b,c``.

    Examples
    --------
    >>> chain_of("permits, starts")
    ('permits', 'starts')
    """
    names = tuple(part.strip() for part in text.split(",") if part.strip())
    if len(names) < 2 or len(set(names)) != len(names):
        problems = Problems()
        problems.add(
            "--chain", "", text, "two or more measures, such as permits,starts", "name them in order"
        )
        raise InputError(problems.errors)
    return names
