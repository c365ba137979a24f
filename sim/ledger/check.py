"""What can be wrong with the rows of a ledger, and what is only worth saying."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sim.errors import Problem
from sim.ledger.table import Cell, When

#: Pairs (must come first, must come later) that cannot be the other way round; further inversions
#: happen in real ledgers: they are kept, said and counted.
IMPOSSIBLE: tuple[tuple[str, str], ...] = (("started", "built"), ("in_production", "at_capacity"))

#: Total investment outside, in 亿元, is probably a wrong unit.
LEAST_INVESTMENT, MOST_INVESTMENT = 0.05, 500.0


@dataclass(frozen=True)
class Row:
    """One row of a ledger, read but not checked against itself or others."""

    number: int
    id: str
    cells: Mapping[str, Cell]
    dates: Mapping[str, When]
    planned: Mapping[str, date | None]
    reported: Mapping[str, date | None]
    withdrawn: When


@dataclass
class Findings:
    """Everything found so far: problems of the file, problems of rows, oddities with their rows."""

    source: str
    header_row: int = 1
    fatal: list[Problem] = field(default_factory=list)
    rows: dict[int, list[Problem]] = field(default_factory=lambda: defaultdict(list))
    odd: dict[tuple[str, str, str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    notes: list[Problem] = field(default_factory=list)

    def bad(self, row: int, path: str, got: object, expected: str, remedy: str) -> None:
        """Note an error of one row."""
        self.rows[row].append(Problem(f"{self.source} row {row}", path, str(got), expected, remedy))

    def strange(self, row: int, path: str, got: str, expected: str, remedy: str) -> None:
        """Note something odd that is kept and counted."""
        self.odd[path, got, expected, remedy].append(row)

    def warnings(self) -> tuple[Problem, ...]:
        """Give the oddities, one line a kind."""
        lines = [
            Problem(f"{self.source} {_rows(rows)}", path, f"{got} ({len(rows)})", expected, remedy, "warning")
            for (path, got, expected, remedy), rows in self.odd.items()
        ]
        return (*self.notes, *lines)

    def counts(self) -> dict[str, int]:
        """How many rows every oddity concerns."""
        found: dict[str, int] = defaultdict(int)
        for (_, got, _, _), rows in self.odd.items():
            found[got] += len(rows)
        return dict(found)


def _rows(rows: Sequence[int]) -> str:
    """Name some rows and count the rest.

    Examples
    --------
    >>> _rows([3]), _rows([2, 3, 4, 5, 6, 7, 8])
    ('row 3', 'rows 2, 3, 4, 5, 6 and 2 more')
    """
    if len(rows) == 1:
        return f"row {rows[0]}"
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return f"rows {', '.join(map(str, rows[:5]))}{more}"


def check_rows(
    rows: Sequence[Row],
    milestones: Sequence[str],
    findings: Findings,
    *,
    impossible: Iterable[tuple[str, str]] = IMPOSSIBLE,
    latest: date | None = None,
) -> None:
    """Check every row against itself and against the others; adds to `findings`.

    Parameters
    ----------
    rows : sequence of Row
    milestones : sequence of str
    findings : Findings
    impossible : iterable of (str, str)
        Pairs of milestones whose inversion is an error.
    latest : date or None
        Events after it have not happened yet and are errors (today, where no as-of date is given).
    """
    never = set(impossible)
    first_row: dict[str, int] = {}
    for row in rows:
        if row.id in first_row:
            findings.bad(
                row.number,
                "id",
                f"{row.id!r} again (first in row {first_row[row.id]})",
                "an id used once",
                "give each project one row",
            )
        first_row.setdefault(row.id, row.number)
        _reached(row, milestones, findings)
        _order(row, milestones, findings, never)
        _withdrawn(row, milestones, findings)
        _reports(row, findings)
        if latest is not None:
            _not_yet(row, findings, latest)
        _money(row, findings)


def _reached(row: Row, milestones: Sequence[str], findings: Findings) -> None:
    """See that a project has reached something or has a planned first milestone; count gaps."""
    first = milestones[0]
    reached = [name for name in milestones if row.dates[name] is not None]
    # What could not be read has been said; the row may well hold a milestone.
    silent = bool(findings.fatal) or row.number in findings.rows
    if not reached and row.planned.get(first) is None and not silent:
        findings.bad(
            row.number,
            first,
            "no milestone at all",
            f"the date of `{first}` or of a later milestone",
            f"fill `{first}` (`planned_{first}` for a project still to come)",
        )
    if reached:
        before = milestones[: milestones.index(reached[-1])]
        for name in before:
            if row.dates[name] is None:
                findings.strange(
                    row.number,
                    name,
                    f"{name} missing though later reached",
                    "its date",
                    "kept as reached, date unknown",
                )


def _order(row: Row, milestones: Sequence[str], findings: Findings, never: set[tuple[str, str]]) -> None:
    """Milestones whose dates are the wrong way round."""
    dated = [(name, day) for name in milestones if isinstance(day := row.dates[name], date)]
    for i, (early, day) in enumerate(dated):
        for late, other in dated[i + 1 :]:
            if other >= day:
                continue
            if (early, late) in never:
                findings.bad(
                    row.number,
                    late,
                    f"{late} {other} before {early} {day}",
                    f"{late} on or after {early}",
                    "correct one of the two dates",
                )
            else:
                findings.strange(
                    row.number, late, f"{late} before {early}", "the scenario's order", "kept as it is"
                )


def _withdrawn(row: Row, milestones: Sequence[str], findings: Findings) -> None:
    """Withdrawal before the first milestone is impossible; milestones after it are odd."""
    left = row.withdrawn
    if not isinstance(left, date):
        return
    first = milestones[0]
    signed = row.dates[first]
    if isinstance(signed, date) and left < signed:
        findings.bad(
            row.number,
            "withdrawn",
            f"withdrawn {left} before {first} {signed}",
            f"a date on or after {first}",
            "correct one of the two dates",
        )
        return
    later = [n for n in milestones if isinstance(day := row.dates[n], date) and day > left]
    for name in later:
        findings.strange(
            row.number,
            name,
            f"{name} after withdrawal",
            "nothing after it",
            "kept; the project counts as withdrawn",
        )


def _reports(row: Row, findings: Findings) -> None:
    """Find reports that are older than what they report, or report nothing."""
    for name, day in row.reported.items():
        event = row.dates[name]
        if day is not None and event is None:
            findings.bad(
                row.number,
                f"reported_{name}",
                f"reported {day} without {name}",
                f"the date of `{name}`",
                f"fill `{name}` or empty the report date",
            )
        elif day is not None and isinstance(event, date) and day < event:
            findings.strange(
                row.number,
                f"reported_{name}",
                f"{name} reported before it happened",
                "a report on or after the event",
                "kept; counted as reported ahead",
            )


def _not_yet(row: Row, findings: Findings, latest: date) -> None:
    """Events that lie in the future."""
    events = {**row.dates, "withdrawn": row.withdrawn}
    for name, day in events.items():
        if isinstance(day, date) and day > latest:
            findings.bad(
                row.number,
                name,
                day,
                f"a date up to {latest}",
                f"put plans into `planned_{name}`, or give the as-of date with --as-of"
                if name != "withdrawn"
                else "correct the date, or give the as-of date with --as-of",
            )


def _money(row: Row, findings: Findings) -> None:
    """Amounts that are probably in another unit, or disagree with each other."""
    total = row.cells.get("investment", math.nan)
    if not isinstance(total, float) or math.isnan(total):
        return
    if not LEAST_INVESTMENT <= total <= MOST_INVESTMENT:
        findings.strange(
            row.number,
            "investment",
            "investment outside 0.05-500 亿元",
            "the right unit",
            "check the unit in the header or --money; kept as it is",
        )
    done = row.cells.get("invested_to_date", math.nan)
    if isinstance(done, float) and done > 1.5 * total and total > 0:
        findings.strange(
            row.number,
            "invested_to_date",
            "more invested than 1.5 times the total",
            "at most the total",
            "check both units; kept as it is",
        )
