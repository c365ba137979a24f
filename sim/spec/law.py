"""Laws as a scenario writes them: a family and its arguments; cases by attribute."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field, StrictFloat, model_validator

from sim.quantities import Quantity
from sim.spec.base import Block, StatusBlock, nearest, wrong
from sim.spec.condition import When
from sim.spec.parameter import FixedTime, Number, Parameter, Time

Family = Literal[
    "constant",
    "uniform",
    "triangular",
    "exponential",
    "lognormal",
    "weibull",
    "gamma",
    "quantiles",
    "lifetable",
]

#: Arguments of each family; `mean|median` means exactly one of the two.
FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    "constant": ("value",),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "exponential": ("mean",),
    "lognormal": ("mean|median", "sigma"),
    "weibull": ("shape", "scale"),
    "gamma": ("mean", "shape"),
    "quantiles": ("points", "values"),
    "lifetable": ("file",),
}

_ARGS: Final = (
    "value", "low", "mode", "high", "mean", "median", "sigma", "shape", "scale", "points", "values",
    "file", "stratum",
)  # fmt: skip


class _Law(StatusBlock):
    """What laws of time and laws of plain numbers share."""

    law: Family = Field(description="family of the law; a bare quantity is `constant`")
    sigma: Number | None = Field(None, description="standard deviation of the logarithm (lognormal)")
    shape: Number | None = Field(None, description="shape (weibull, gamma)")
    points: tuple[StrictFloat, ...] | None = Field(
        None, description="quantiles: shares between 0 and 1, rising"
    )
    file: str | None = Field(None, description="lifetable: CSV file with columns age, survival (and stratum)")
    stratum: str | None = Field(None, description="lifetable: the rows to take")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, raw: Any) -> Any:
        """Read a bare quantity as a constant, and hold the arguments against the family."""
        if isinstance(raw, (str, int, float)) and not isinstance(raw, bool):
            return {"law": "constant", "value": raw}
        if isinstance(raw, dict) and "law" not in raw and "value" in raw:
            return {"law": "constant", "value": raw}
        if not isinstance(raw, dict):
            raise wrong("a law", "write a quantity, `20 wd`, or `{law: lognormal, mean: 20 wd, sigma: 0.5}`")
        return raw

    @model_validator(mode="after")
    def _complete(self) -> _Law:
        """Refuse arguments that are missing or belong to another family."""
        given = {name for name in _ARGS if getattr(self, name, None) is not None}
        needs = FAMILIES[self.law]
        allowed = {part for need in needs for part in need.split("|")} | (
            {"stratum"} if self.law == "lifetable" else set()
        )
        listed = " and ".join(needs).replace("|", " or ")
        for name in sorted(given - allowed):
            raise wrong(f"the arguments of {self.law} ({listed})", f"take `{name}` out", f"`{name}`")
        for need in needs:
            found = sorted(given & set(need.split("|")))
            if len(found) != 1:
                remedy = f"give `{need.replace('|', '` or `')}`" + (", one of the two" if found else "")
                got = " and ".join(f"`{name}`" for name in found) or f"no {need.replace('|', ' or ')}"
                raise wrong(f"the arguments of {self.law} ({listed})", remedy, got)
        return self

    @property
    def family(self) -> str:
        """Name of the family."""
        return self.law

    @property
    def args(self) -> Mapping[str, Parameter]:
        """The numbers of the law by argument name, in the order of `FAMILIES`."""
        found = {name: getattr(self, name, None) for name in _ARGS}
        return {name: value for name, value in found.items() if isinstance(value, Parameter)}


class TimeLaw(_Law):
    """A law of lengths of time.

    Examples
    --------
    >>> law = TimeLaw.model_validate({"law": "lognormal", "mean": "20 wd", "sigma": 0.5})
    >>> law.family, {name: value.value for name, value in law.args.items()}
    ('lognormal', {'mean': 20.0, 'sigma': 0.5})
    >>> TimeLaw.model_validate("5 d").family
    'constant'
    """

    value: Time | None = Field(None, description="constant")
    low: Time | None = Field(None, description="least (uniform, triangular)")
    mode: Time | None = Field(None, description="most likely (triangular)")
    high: Time | None = Field(None, description="greatest (uniform, triangular)")
    mean: Time | None = Field(None, description="mean (exponential, lognormal, gamma)")
    median: Time | None = Field(None, description="median (lognormal)")
    scale: Time | None = Field(None, description="scale (weibull)")
    values: tuple[FixedTime, ...] | None = Field(None, description="quantiles: a length for each point")

    @model_validator(mode="after")
    def _quantiles(self) -> TimeLaw:
        """Hold points against values."""
        _check_quantiles(self.points, self.values)
        return self

    @property
    def unit(self) -> str:
        """Unit of the first length given (`wd`, `d`, ...), `""` for a life table."""
        for parameter in self.args.values():
            if parameter.unit.dimension == "time":
                return parameter.unit.symbol
        return self.values[0].unit.symbol if self.values else ""


class NumberLaw(_Law):
    """A law of plain numbers (the overrun of a budget).

    Examples
    --------
    >>> NumberLaw.model_validate({"law": "lognormal", "median": 1, "sigma": 0.1}).median.value
    1.0
    """

    value: Number | None = None
    low: Number | None = None
    mode: Number | None = None
    high: Number | None = None
    mean: Number | None = None
    median: Number | None = None
    scale: Number | None = None
    values: tuple[StrictFloat, ...] | None = None

    @model_validator(mode="after")
    def _quantiles(self) -> NumberLaw:
        """Hold points against values; a life table has no plain numbers."""
        if self.law == "lifetable":
            raise wrong("a law of plain numbers", "use another family: a life table holds ages", "lifetable")
        _check_quantiles(self.points, self.values)
        return self


def _check_quantiles(
    points: tuple[StrictFloat, ...] | None, values: tuple[Quantity | float, ...] | None
) -> None:
    """Points rise between 0 and 1, values never fall, one for each."""
    if points is None or values is None:
        return
    rising = all(a < b for a, b in pairwise(points))
    if len(points) < 2 or len(points) != len(values) or not rising or points[0] < 0 or points[-1] > 1:
        raise wrong(
            "two or more rising points between 0 and 1, and a value for each",
            "write `points: [0.1, 0.5, 0.9], values: [12 d, 38 d, 80 d]`",
        )
    numbers = [v.number if isinstance(v, Quantity) else v for v in values]
    if len({v.unit for v in values if isinstance(v, Quantity)}) > 1 or sorted(numbers) != numbers:
        raise wrong("values in one unit that never fall", "sort the values and give them one unit")


class LawCase(Block):
    """One case of a law that varies by attribute: the first case whose `when` holds is taken."""

    when: When | None = Field(None, description="condition; left out: always")
    law: TimeLaw


def _cases(raw: Any) -> Any:
    """Read one law, or a list of cases, as a list of cases."""
    if not isinstance(raw, list):
        return [{"law": raw}]
    if not raw:
        raise wrong("a law, or a list of cases", "write at least one case, or leave the key out")
    return [_case(case) for case in raw]


def _case(raw: Any) -> Any:
    """Accept `{when: ..., law: uniform, low: ..., high: ...}` beside `{when: ..., law: {...}}`."""
    if not isinstance(raw, dict) or not isinstance(raw.get("law"), str) or raw["law"] not in FAMILIES:
        if isinstance(raw, dict):
            for key in raw:
                if key not in ("when", "law"):
                    raise wrong(*nearest(key, ("when", "law"), what="key"), got=f"the unknown key `{key}`")
        return raw
    law = {key: value for key, value in raw.items() if key != "when"}
    return {"law": law, **({"when": raw["when"]} if "when" in raw else {})}


#: A law, or cases by attribute; always a tuple of `LawCase` once read.
TimeLaws = Annotated[tuple[LawCase, ...], BeforeValidator(_cases)]


def law_for(cases: tuple[LawCase, ...] | None, attributes: Mapping[str, Any]) -> TimeLaw | None:
    """Return the law of a project: the first case that holds; None when none does.

    Examples
    --------
    >>> from pydantic import TypeAdapter
    >>> cases = TypeAdapter(TimeLaws).validate_python(
    ...     [{"when": {"kind": "industry"}, "law": "1 d"}, {"law": "2 d"}])
    >>> law_for(cases, {"kind": "social"}).value.value
    2.0
    """
    for case in cases or ():
        if case.when is None or case.when.holds(attributes):
            return case.law
    return None
