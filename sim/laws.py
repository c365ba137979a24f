"""Duration laws: parameters, inverse, survival and conditional inverse.

A law is a row of a `LawTable`: a family and up to four arguments in engine minutes of the law's own
clock. Arguments may point at scalars of the model: given their values in one replication, the functions here
are those of that replication. Every quantile function is monotone in u.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from types import ModuleType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim import lawbook
from sim.lawbook import ARGUMENTS, FAMILIES, LIFETABLE, QUANTILES

__all__ = [
    "ARGUMENTS",
    "FAMILIES",
    "FromScalar",
    "LawBuilder",
    "LawTable",
    "conditional_remaining",
    "to_minutes",
]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]

_ASCENDING: Final = ("uniform", "triangular")


@dataclass(frozen=True)
class FromScalar:
    """An argument that a replication takes from the model's scalars.

    Parameters
    ----------
    index : int
        Index into ``Model.scalars``.
    value : float
        Central value, in the argument's engine unit.
    """

    index: int
    value: float


@dataclass(frozen=True, eq=False)
class LawTable:
    """All laws of a model as flat arrays; a law is a row number, -1 is the law of zero minutes.

    Parameters
    ----------
    names : tuple of str
    family : (n,) int32
        Code into `FAMILIES`.
    args : (n, 4) float64
        Central arguments. Life table: 1 in the first when the survivors never have the event.
    arg_scalar : (n, 4) int32
        Index into ``Model.scalars``, -1 = the argument is fixed.
    knot_offset : (n + 1,) int32
        Knots of law i are ``knot_x[knot_offset[i]:knot_offset[i + 1]]`` and the same of `knot_y`.
    knot_x, knot_y : (k,) float64
        Ages and survival, or values and shares.

    Examples
    --------
    >>> builder = LawBuilder()
    >>> row = builder.add("lognormal", 1440.0, 0.5)
    >>> table = builder.build()
    >>> table.ppf(np.array([row, -1]), np.array([0.5, 0.9])).tolist()
    [1440.0, 0.0]
    """

    names: tuple[str, ...]
    family: Ints
    args: Floats
    arg_scalar: Ints
    knot_offset: Ints
    knot_x: Floats
    knot_y: Floats

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for array in (self.family, self.args, self.arg_scalar, self.knot_offset, self.knot_x, self.knot_y):
            array.setflags(write=False)

    @cached_property
    def _central(self) -> Floats:
        """The book of the central arguments, means not yet turned into medians."""
        n, sizes = len(self.family), np.diff(self.knot_offset)
        rows = np.zeros((n, lawbook.CELLS))
        rows[:, lawbook.FAMILY], rows[:, lawbook.A : lawbook.D + 1] = self.family, self.args
        rows[:, lawbook.FIRST] = rows.size + 2 * self.knot_offset[:-1]
        rows[:, lawbook.BEHIND] = rows[:, lawbook.FIRST] + sizes
        with np.errstate(divide="ignore"):
            hazard = -np.log(self.knot_y)
        parts = []
        for law, (first, last) in enumerate(pairwise(self.knot_offset.tolist())):
            y = hazard if self.family[law] == LIFETABLE else self.knot_y
            parts += [self.knot_x[first:last], y[first:last]]
        return np.concatenate([rows.ravel(), *parts])

    @cached_property
    def _drawn(self) -> tuple[npt.NDArray[np.intp], Ints]:
        """The cells of the book that scalars give, and these scalars."""
        law, argument = np.nonzero(self.arg_scalar >= 0)
        return law * lawbook.CELLS + lawbook.A + argument, self.arg_scalar[law, argument]

    def book(self, scalars: Floats | None = None) -> Floats:
        """Return the laws as kernels read them, see `sim.lawbook`.

        Parameters
        ----------
        scalars : (scalars,) float64, optional
            Values of ``Model.scalars`` in one replication; default: the central arguments.
        """
        book = self._central.copy()
        if scalars is not None:
            cells, which = self._drawn
            book[cells] = scalars[which]
        _families().settle(book, len(self.family))
        return book

    def ppf(self, law: npt.ArrayLike, u: npt.ArrayLike, scalars: Floats | None = None) -> Floats:
        """Return the quantile of each law at each u, in minutes; infinite = never.

        Parameters
        ----------
        law : (n,) int
            Rows of the table; -1 gives 0.
        u : (n,) float
            In (0, 1).
        scalars : (scalars,) float64, optional
            Of one replication, see `book`.

        Examples
        --------
        >>> builder = LawBuilder()
        >>> row = builder.add("uniform", 0.0, FromScalar(0, 60.0))
        >>> builder.build().ppf(row, 0.5, np.array([90.0])).tolist()
        [45.0]
        """
        return self._evaluate(_families().QUANTILE, law, u, scalars)

    def logsf(self, law: npt.ArrayLike, t: npt.ArrayLike, scalars: Floats | None = None) -> Floats:
        """Return log P(D > t)."""
        return self._evaluate(_families().LOG_SURVIVAL, law, t, scalars)

    def survival(self, law: npt.ArrayLike, t: npt.ArrayLike, scalars: Floats | None = None) -> Floats:
        """Return P(D > t)."""
        s: Floats = np.exp(self.logsf(law, t, scalars))
        return s

    def isf_log(self, law: npt.ArrayLike, logs: npt.ArrayLike, scalars: Floats | None = None) -> Floats:
        """Return the time at which the log survival is `logs` (at most 0)."""
        return self._evaluate(_families().INVERSE, law, logs, scalars)

    def isf(self, law: npt.ArrayLike, s: npt.ArrayLike, scalars: Floats | None = None) -> Floats:
        """Return the time at which the survival is `s`."""
        with np.errstate(divide="ignore"):
            return self.isf_log(law, np.log(np.asarray(s, dtype=np.float64)), scalars)

    def _evaluate(
        self,
        what: int,
        law: npt.ArrayLike,
        x: npt.ArrayLike,
        scalars: Floats | None,
        spent: npt.ArrayLike = 0.0,
    ) -> Floats:
        """Return one function of each law at each x."""
        return evaluated(self.book(scalars), what, law, x, spent)


def evaluated(
    book: Floats, what: int, law: npt.ArrayLike, x: npt.ArrayLike, spent: npt.ArrayLike = 0.0
) -> Floats:
    """Return one function (a number of `sim.families`) of each law of a book at each x."""
    wide = np.broadcast_shapes((1,), np.shape(law), np.shape(x), np.shape(spent))
    columns = (
        _column(law, wide, np.int64),
        _column(x, wide, np.float64),
        _column(spent, wide, np.float64),
    )
    out = np.empty(wide)
    _families().evaluate(what, book, *columns, out.reshape(-1))
    return out


def _column(values: npt.ArrayLike, shape: tuple[int, ...], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return values as kernels take them: spread out, in one piece, and their own."""
    column = np.empty(shape, dtype=dtype)
    column[...] = values
    return column.reshape(-1)


def _families() -> ModuleType:
    """Return the kernels: a check of a scenario reads laws, evaluates none and waits for no compiler."""
    from sim import families  # noqa: PLC0415

    return families


def conditional_remaining(
    table: LawTable,
    law: npt.ArrayLike,
    u: npt.ArrayLike,
    elapsed: npt.ArrayLike,
    scalars: Floats | None = None,
) -> Floats:
    """Return what is left of a duration of which `elapsed` minutes are over.

    S(D) = (1 - u) S(e), remaining = max(1, D - e): the survival form, in logarithms, so that it holds
    for work that is overdue beyond every rounding of ``1 - F``.

    Parameters
    ----------
    table : LawTable
    law : (n,) int
    u : (n,) float
    elapsed : (n,) float
        Own-clock minutes.
    scalars : (scalars,) float64, optional
        Of one replication, see `LawTable.book`.

    Returns
    -------
    (n,) float64
        At least 1; infinite = never.

    Examples
    --------
    >>> builder = LawBuilder()
    >>> row = builder.add("exponential", 60.0)
    >>> conditional_remaining(builder.build(), row, 0.5, [0.0, 1e6]).round(6).tolist()
    [41.588831, 41.588831]
    """
    return table._evaluate(_families().LEFT, law, u, scalars, elapsed)


def to_minutes(x: npt.ArrayLike) -> Ints:
    """Round lengths half up to whole minutes; a positive length is at least 1.

    Parameters
    ----------
    x : (n,) float
        Infinite or at least 2**30 = never.

    Examples
    --------
    >>> to_minutes([0.0, 0.2, 1.5, 2.4, float("inf")]).tolist()
    [0, 1, 2, 2, 1073741824]
    """
    lengths = _column(x, np.shape(x), np.float64)
    if np.isnan(lengths).any():
        raise ValueError("got a length that is not a number, expected minutes")
    out = np.empty(np.shape(x), dtype=np.int32)
    _families().fill_minutes(lengths, 1, out.reshape(-1))
    return out


@dataclass
class LawBuilder:
    """Collects laws, each distinct one once, and yields the frozen table.

    Examples
    --------
    >>> builder = LawBuilder()
    >>> builder.add("constant", 60.0), builder.add("uniform", 0.0, 9.0), builder.add("constant", 60.0)
    (0, 1, 0)
    """

    _rows: dict[tuple[object, ...], int] = field(default_factory=dict)
    _laws: list[tuple[str, int, list[float], list[int], Floats, Floats]] = field(default_factory=list)

    def add(self, family: str, *args: float | FromScalar, name: str = "") -> int:
        """Add a law in closed form; return its row.

        Parameters
        ----------
        family : str
            A key of `ARGUMENTS`.
        *args : float or FromScalar
            In the order of `ARGUMENTS`, lengths in minutes of the law's own clock.
        name : str
            For people; laws that differ by name alone are one.

        Raises
        ------
        ValueError
            If the family or the number or range of arguments is wrong.
        """
        expected = ARGUMENTS.get(family)
        if expected is None:
            raise ValueError(f"got law {family!r}, expected one of {', '.join(ARGUMENTS)}")
        values = [arg.value if isinstance(arg, FromScalar) else float(arg) for arg in args]
        _check_arguments(family, expected, values)
        scalars = [arg.index if isinstance(arg, FromScalar) else -1 for arg in args]
        none = np.empty(0)
        return self._add(name or family, FAMILIES.index(family), values, scalars, none, none)

    def add_lifetable(
        self, ages: Sequence[float], survival: Sequence[float], *, never: bool = False, name: str = ""
    ) -> int:
        """Add a life table; return its row.

        Parameters
        ----------
        ages : sequence of float
            Ascending, minutes; age 0 with survival 1 is put in front where it is missing.
        survival : sequence of float
            Share still without the event at each age, never rising.
        never : bool
            True: who outlives the last age never has the event. False: the last hazard goes on.
        name : str
        """
        x, y = np.array(ages, dtype=np.float64), np.array(survival, dtype=np.float64)
        if len(x) and x[0] > 0.0:
            x, y = np.r_[0.0, x], np.r_[1.0, y]
        right = len(x) == len(y) > 1 and x[0] == 0.0 and y[0] == 1.0
        if not (right and np.all(np.diff(x) > 0) and np.all(np.diff(y) <= 0) and np.all((y >= 0) & (y <= 1))):
            raise ValueError("life table: expected rising ages from 0 and survival that falls from 1")
        if np.any(y[:-1] == 0.0):
            raise ValueError("life table: expected no age after the survival reached 0")
        return self._add(name or "lifetable", LIFETABLE, [float(never)], [-1], x, y)

    def add_quantiles(self, points: Sequence[float], values: Sequence[float], *, name: str = "") -> int:
        """Add a law by its quantiles; return its row.

        Between points the quantile function is straight; the first and last pieces go on to shares 0
        and 1 (not below zero minutes).

        Parameters
        ----------
        points : sequence of float
            Shares in [0, 1], ascending, at least two.
        values : sequence of float
            Minutes, never falling.
        name : str
        """
        y, x = np.array(points, dtype=np.float64), np.array(values, dtype=np.float64)
        right = len(x) == len(y) > 1 and y[0] >= 0.0 and y[-1] <= 1.0 and x[0] >= 0.0
        if not (right and np.all(np.diff(y) > 0) and np.all(np.diff(x) >= 0) and np.all(np.isfinite(x))):
            raise ValueError("quantiles: expected rising points in [0, 1], and values that do not fall")
        first, last = (x[1] - x[0]) / (y[1] - y[0]), (x[-1] - x[-2]) / (y[-1] - y[-2])
        if y[0] > 0.0:
            y, x = np.r_[0.0, y], np.r_[max(0.0, x[0] - first * y[0]), x]
        if y[-1] < 1.0:
            y, x = np.r_[y, 1.0], np.r_[x, x[-1] + last * (1.0 - y[-1])]
        return self._add(name or "quantiles", QUANTILES, [], [], x, y)

    def _add(
        self, name: str, family: int, values: list[float], scalars: list[int], x: Floats, y: Floats
    ) -> int:
        """Return the row of the law, a new one if none is equal."""
        key = (family, tuple(values), tuple(scalars), x.tobytes(), y.tobytes())
        row = self._rows.setdefault(key, len(self._laws))
        if row == len(self._laws):
            self._laws.append((name, family, values, scalars, x, y))
        return row

    def build(self) -> LawTable:
        """Return the frozen table of what was added so far."""
        n = len(self._laws)
        args, arg_scalar = np.zeros((n, 4)), np.full((n, 4), -1, dtype=np.int32)
        for row, (_, _, values, scalars, _, _) in enumerate(self._laws):
            args[row, : len(values)] = values
            arg_scalar[row, : len(scalars)] = scalars
        return LawTable(
            names=tuple(law[0] for law in self._laws),
            family=np.array([law[1] for law in self._laws], dtype=np.int32),
            args=args,
            arg_scalar=arg_scalar,
            knot_offset=np.cumsum([0, *(len(law[4]) for law in self._laws)], dtype=np.int32),
            knot_x=np.concatenate([np.empty(0), *(law[4] for law in self._laws)]),
            knot_y=np.concatenate([np.empty(0), *(law[5] for law in self._laws)]),
        )


def _check_arguments(family: str, expected: tuple[str, ...], values: list[float]) -> None:
    """Raise when the number of arguments or one of them is wrong."""
    got = f"got {', '.join(f'{value:g}' for value in values) or 'nothing'}"
    if len(values) != len(expected):
        raise ValueError(f"law {family}: {got}, expected {', '.join(expected)}")
    for argument, value in zip(expected, values, strict=True):
        if not (np.isfinite(value) and (value > 0.0 if argument == "shape" else value >= 0.0)):
            bound = "above 0" if argument == "shape" else "at least 0"
            raise ValueError(f"law {family}: {got}, expected {argument} to be a number {bound}")
    if family in _ASCENDING and values != sorted(values):
        raise ValueError(f"law {family}: {got}, expected {' <= '.join(expected)}")
