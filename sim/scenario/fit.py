"""What does not go with the projects of the ledger: requests never served, values of unknown units."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sim.errors import Problem
from sim.ledger import Ledger
from sim.quantities import Quantity, area_mu, money_yi
from sim.resources import Meeting, Office, Pool, Quota, Resource
from sim.scenario.read import Scenario
from sim.spec import Parameter, nearest

#: Ids shown in one warning.
_SHOWN: Final = 5


def never_fits(scenario: Scenario, projects: Sequence[Mapping[str, Any]]) -> tuple[Problem, ...]:
    """Warn about amounts above anything their resource ever has.

    Parameters
    ----------
    scenario : Scenario
    projects : sequence of mapping
        Attributes of each project, `id` among them; money in 亿元, area in mu.

    Returns
    -------
    tuple of Problem
        One warning for each activity with such projects.

    Examples
    --------
    >>> from sim.scenario import load_scenario
    >>> never_fits(load_scenario("hello"), [{"id": "P1", "area": 20.0}])
    ()
    """
    found = []
    for name, activity in scenario.activities.items():
        resource = scenario.resources.get(activity.resource or "")
        most = math.inf if resource is None or activity.amount == "case" else most_of(resource)
        if not math.isfinite(most):
            continue
        asking = [p for p in projects if activity.applies_if is None or activity.applies_if.holds(p)]
        large = [str(p.get("id", "?")) for p in asking if _number(p.get(activity.amount)) > most]
        if large:
            ids = ", ".join(large[:_SHOWN]) + (", ..." if len(large) > _SHOWN else "")
            got = f"{len(large)} projects that ask for more ({ids})"
            expected = f"at most {most:g} of `{activity.resource}`"
            remedy = "raise the amount, or split the projects; they wait for ever"
            found.append(Problem(str(scenario.path), f"activities.{name}", got, expected, remedy, "warning"))
    return tuple(found)


def unknown_units(scenario: Scenario, units: Collection[str]) -> tuple[Problem, ...]:
    """Refuse given values of units that no project of the ledger names: they would count for nobody.

    Parameters
    ----------
    scenario : Scenario
    units : collection of str
        What the ledger has in the column of `units:`; none: nobody is ranked, nothing is said.

    Returns
    -------
    tuple of Problem

    Examples
    --------
    >>> from sim.scenario import load_scenario
    >>> unknown_units(load_scenario("hello"), ["East"])
    ()
    """
    known, found = {unit for unit in units if unit}, []
    for name, indicator in scenario.ranking.indicators.items() if scenario.ranking and known else ():
        for unit in indicator.given or ():
            if unit not in known:
                place, path = scenario.place_of(("ranking", "indicators", name, "given", unit))
                found.append(Problem(place, path, unit, *nearest(unit, known, what=scenario.units)))
    return tuple(found)


def groups_of(scenario: Scenario, ledger: Ledger) -> dict[str, Collection[str] | None]:
    """Return what projects may be grouped by: attributes with the values in the ledger, and ``id``.

    Attributes that are worked out (year class, key level under a score) and numbers may be anything.
    """
    derived = {"year_class", "key_level", *scenario.number_attributes}
    names = (*scenario.attribute_names, *ledger.columns)
    found: dict[str, Collection[str] | None] = {
        name: None if name in derived else set(ledger.text(name)) for name in names
    }
    return found | {"id": ledger.ids}


def most_of(resource: Resource) -> float:
    """Return the most one request can ever get, in 亿元, mu or plain; infinite where it grows."""
    if isinstance(resource, Office):
        return math.inf
    if isinstance(resource, Pool):
        return max(_high(resource.amount), *(_high(change.to) for change in resource.changes), 0)
    if isinstance(resource, Meeting):
        return math.inf if resource.capacity is None else _high(resource.capacity)
    return _most_of_quota(resource)


def _most_of_quota(quota: Quota) -> float:
    """Return the most an account can hold."""
    initial = _high(quota.initial)
    if quota.refills is None:
        return initial
    refill = _high(quota.refills.amount)
    if quota.carry_over == "all":
        return initial if refill <= 0 else math.inf
    kept = _high(quota.carry_over) if isinstance(quota.carry_over, Parameter) else 0.0
    return max(initial, kept + refill)


def _high(parameter: Parameter) -> float:
    """Return the greatest value of a number, in 亿元, mu or plain."""
    number = parameter.value if parameter.high is None else parameter.high
    quantity = Quantity(number, parameter.unit)
    if parameter.unit.dimension == "money":
        return money_yi(quantity)
    return area_mu(quantity) if parameter.unit.dimension == "area" else number


def _number(value: Any) -> float:
    """Read an attribute as a number; what is none asks for nothing."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return 0.0
    return 0.0 if math.isnan(number) else number
