"""Laws of a scenario as rows of the law table."""

from __future__ import annotations

import csv
from pathlib import Path

from sim.errors import Problems
from sim.lawbook import ARGUMENTS
from sim.laws import FromScalar, LawBuilder, LawTable
from sim.model.scalars import Numbers, engine_factor
from sim.quantities import DAY, minutes
from sim.spec import Parameter, TimeLaw

#: Ages in minutes, survival, and whether who outlives the table never has the event.
LifeTable = tuple[list[float], list[float], bool]


class Laws:
    """The laws of one model, each distinct one once.

    Parameters
    ----------
    numbers : Numbers
        Where arguments that replications draw become scalars.
    """

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._builder = LawBuilder()
        self._tables: dict[tuple[str, str | None], LifeTable] = {}

    def row(self, law: TimeLaw | None) -> int:
        """Row of a law, -1 for one left out and for a constant of zero."""
        if law is None:
            return -1
        if law.family == "quantiles":
            values = [float(minutes(value)) for value in law.values or ()]
            return self._builder.add_quantiles(law.points or (), values)
        if law.family == "lifetable":
            ages, survival, never = self._table(law)
            return self._builder.add_lifetable(ages, survival, never=never, name=Path(law.file or "").stem)
        family = "lognormal_mean" if law.family == "lognormal" and "mean" in law.args else law.family
        arguments = [law.args[name] for name in ARGUMENTS[family]]
        if self._is_zero(arguments):
            return -1
        return self._builder.add(family, *(self._argument(a) for a in arguments))

    def build(self) -> LawTable:
        """Freeze the table."""
        return self._builder.build()

    @staticmethod
    def _is_zero(arguments: list[Parameter]) -> bool:
        """No length of time in the law is above zero, whatever is drawn."""
        lengths = [a for a in arguments if a.unit.dimension == "time"]
        return bool(lengths) and all(a.value <= 0 and not a.drawn for a in lengths)

    def _argument(self, parameter: Parameter) -> float | FromScalar:
        value = parameter.value * engine_factor(parameter.quantity)
        return FromScalar(self._numbers.scalar(parameter), value) if parameter.drawn else value

    def _table(self, law: TimeLaw) -> LifeTable:
        key = (law.file or "", law.stratum)
        if key not in self._tables:
            self._tables[key] = read_lifetable(Path(key[0]), law.stratum)
        return self._tables[key]


def read_lifetable(path: Path, stratum: str | None) -> LifeTable:
    """Ages in minutes and survival of one stratum of a life table file.

    Parameters
    ----------
    path : Path
        CSV with the columns ``age`` (days), ``survival``, and where needed ``stratum`` and ``never``
        (1 in a row: who outlives the table never has the event; else its last hazard goes on).
    stratum : str or None

    Raises
    ------
    InputError
        When the file cannot be read, or has no row of the stratum.
    """
    problems = Problems()
    ages: list[float] = []
    survival: list[float] = []
    never = False
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            for row in csv.DictReader(line for line in handle if not line.startswith("#")):
                if stratum is None or row.get("stratum") == stratum:
                    ages.append(float(row["age"]) * DAY)
                    survival.append(float(row["survival"]))
                    never |= row.get("never") == "1"
    except (OSError, KeyError, TypeError, ValueError) as error:
        problems.add(path.name, "lifetable", error, "columns age, survival (and stratum)", "correct the file")
    if not ages and not problems.errors:
        problems.add(path.name, "stratum", stratum, "a stratum of the file", "correct `stratum:`")
    problems.raise_if_any()
    return ages, survival, never
