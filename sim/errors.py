"""What went wrong, where, and what to do: every problem of an input at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Problem:
    """One thing wrong with an input.

    Parameters
    ----------
    place : str
        ``file:line`` or ``file row 12``; the file name alone where no line is known.
    path : str
        Dotted path inside the file (``resources.land.amount``) or the column name.
    got : str
        The offending value, as written.
    expected : str
        What would have been right.
    remedy : str
        What the person should do.
    severity : {"error", "warning"}
        A warning is reported and counted; the work goes on.

    Examples
    --------
    >>> print(Problem("a.yaml:3", "area", "12", "a unit", "write `12 mu`"))
    a.yaml:3 area: got 12, expected a unit; write `12 mu`
    """

    place: str
    path: str
    got: str
    expected: str
    remedy: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """One line, the form every message has."""
        where = f"{self.place} {self.path}".strip()
        return f"{where}: got {self.got}, expected {self.expected}; {self.remedy}"


class KaigongError(Exception):
    """Base of every error that a user can cause; the command turns it into an exit code."""


class Halfway(KeyboardInterrupt):
    """Stopped by a person with something finished, from which the same work goes on."""


class InputError(KaigongError):
    """One or more problems of the input, all listed.

    Parameters
    ----------
    problems : iterable of Problem
        In the order of the file; at least one.

    Examples
    --------
    >>> error = InputError([Problem("a.csv row 2", "id", "''", "an id", "fill the cell")])
    >>> str(error)
    "a.csv row 2 id: got '', expected an id; fill the cell"
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


@dataclass
class Problems:
    """A collector: checks add to it, and the caller raises once at the end."""

    found: list[Problem] = field(default_factory=list)

    def add(
        self,
        place: str,
        path: str,
        got: object,
        expected: str,
        remedy: str,
        severity: Severity = "error",
    ) -> None:
        """Note one problem and go on checking."""
        self.found.append(Problem(place, path, str(got), expected, remedy, severity))

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that stop the work."""
        return tuple(p for p in self.found if p.severity == "error")

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """The problems that are only reported."""
        return tuple(p for p in self.found if p.severity == "warning")

    def raise_if_any(self) -> None:
        """Raise `InputError` with every error found, if there is one."""
        if self.errors:
            raise InputError(self.errors)
