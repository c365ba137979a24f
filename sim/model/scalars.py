"""Parameters and scalars of a model, collected while it is compiled."""

from __future__ import annotations

from collections.abc import Iterable

from sim.model.arrays import Scalar, Uncertain
from sim.quantities import Quantity, area_mu, minutes, money_wan, per_minute, per_month
from sim.spec import Parameter


def engine_factor(quantity: Quantity) -> float:
    """Engine units in one unit as written: minutes, 万元, mu, or 1; a rate is per own minute.

    Examples
    --------
    >>> from sim.quantities import parse_quantity
    >>> engine_factor(parse_quantity("20 wd")), engine_factor(parse_quantity("1.5 yi"))
    (1440.0, 10000.0)
    """
    one = Quantity(1.0, quantity.unit)
    if quantity.unit.per:
        return per_minute(one)
    dimension = quantity.unit.dimension
    if dimension == "time":
        return float(minutes(one))
    if dimension == "money":
        # 10^6 units at once: one 元 alone would round to nothing
        return money_wan(Quantity(1e6, quantity.unit)) / 1e6
    return area_mu(one) if dimension == "area" else 1.0


class Numbers:
    """The uncertain parameters and the scalars of one model, each kept once."""

    def __init__(self) -> None:
        self._parameters: dict[Uncertain, int] = {}
        self._scalars: dict[Scalar, int] = {}

    def declare(self, parameters: Iterable[Parameter]) -> None:
        """Note every drawn parameter of a scenario, used by the engine or only by measures."""
        for parameter in parameters:
            self._index(parameter)

    def scalar(self, parameter: Parameter | None, factor: float = 1.0) -> int:
        """Index of a number in engine units (times `factor`), -1 for a number left out."""
        if parameter is None:
            return -1
        per_unit = engine_factor(parameter.quantity) * factor
        return self._keep(Scalar(parameter.value * per_unit, self._index(parameter), per_unit))

    def monthly(self, rate: Parameter) -> int:
        """Index of a rate counted by the month."""
        per_unit = per_month(Quantity(1.0, rate.unit))
        return self._keep(Scalar(rate.value * per_unit, self._index(rate), per_unit))

    def fixed(self, value: float) -> int:
        """Index of a number that is never drawn."""
        return self._keep(Scalar(float(value)))

    def value(self, index: int) -> float:
        """Central value of a scalar."""
        return self.scalars[index].value

    @property
    def parameters(self) -> tuple[Uncertain, ...]:
        """Parameters with a range, in the order of their first use."""
        return tuple(self._parameters)

    @property
    def scalars(self) -> tuple[Scalar, ...]:
        """Scalars in the order of their first use."""
        return tuple(self._scalars)

    def _index(self, parameter: Parameter) -> int:
        """Index of a drawn parameter, -1 when it is fixed.

        Two variants of a scenario may give one name different values: two entries, one draw.
        """
        if not parameter.drawn or parameter.low is None or parameter.high is None:
            return -1
        entry = Uncertain(
            parameter.name, parameter.value, parameter.low, parameter.high, parameter.status or "assumed"
        )
        return self._parameters.setdefault(entry, len(self._parameters))

    def _keep(self, scalar: Scalar) -> int:
        fixed = scalar if scalar.parameter >= 0 else Scalar(scalar.value)
        return self._scalars.setdefault(fixed, len(self._scalars))
