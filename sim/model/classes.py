"""Which projects share a template: the class is what the scenario's conditions say of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sim.errors import Problems
from sim.model.lawrows import Laws
from sim.model.noderow import Names
from sim.model.scalars import Numbers
from sim.model.template import Template, TemplateMaker
from sim.process.build import graph_conditions
from sim.scenario import Scenario
from sim.spec import When

#: Parts of a scenario that belong to no single project: a grandfathered reform may not change them.
_COMMON = ("calendar", "resources", "ladders", "common_factor", "shocks", "arrivals", "units", "milestones")


@dataclass(frozen=True)
class _Variant:
    """A scenario in force for some signing dates: what its classes look at, and its templates."""

    maker: TemplateMaker
    whens: tuple[When, ...]
    chosen: tuple[str, ...]


class Classes:
    """Templates by class, each made once.

    Parameters
    ----------
    scenario : Scenario
    numbers, laws, flags : Numbers, Laws, Names
    """

    def __init__(self, scenario: Scenario, numbers: Numbers, laws: Laws, flags: Names) -> None:
        self._scenario = scenario
        self._shared = (numbers, laws, flags)
        self._variants: dict[tuple[str, ...], _Variant] = {}
        self._templates: list[Template] = []
        self._index: dict[tuple[Any, ...], int] = {}

    @property
    def templates(self) -> tuple[Template, ...]:
        """All templates, in the order of their first project."""
        return tuple(self._templates)

    def index(self, attributes: Mapping[str, Any], signed: date) -> int:
        """Template of a project with these attributes that signed on that day."""
        names = self._scenario.in_force(signed)
        variant = self._variant(names)
        tests = tuple(when.holds(attributes) for when in variant.whens)
        key = (names, tests, tuple(str(attributes.get(name, "")) for name in variant.chosen))
        if key not in self._index:
            self._index[key] = len(self._templates)
            self._templates.append(variant.maker.make(attributes))
        return self._index[key]

    def _variant(self, names: tuple[str, ...]) -> _Variant:
        if names not in self._variants:
            regimes = [self._scenario.variant((*names, *later)) for later in switched_names(self._scenario)]
            for scenario in regimes:
                self._check_common(scenario, names)
                self._shared[0].declare(scenario.parameters())
            whens, chosen = conditions(regimes)
            self._variants[names] = _Variant(TemplateMaker(regimes, *self._shared), whens, chosen)
        return self._variants[names]

    def _check_common(self, variant: Scenario, names: Sequence[str]) -> None:
        """Adopted reforms act on projects one by one: what all share must stay as it is."""
        problems = Problems()
        for part in _COMMON:
            if getattr(variant, part) != getattr(self._scenario, part):
                problems.add(
                    str(self._scenario.name),
                    "adopted",
                    f"a reform of `{part}` ({' + '.join(names) or 'switched'})",
                    "adopted reforms of activities, laws, modes and withdrawal",
                    f"write dated changes into `{part}` itself (changes, refills)",
                )
        problems.raise_if_any()


def switched_names(scenario: Scenario) -> list[tuple[str, ...]]:
    """Names of the switched reforms in force in each regime; the first regime has none."""
    names = [adopted.reform for adopted in scenario.switched()]
    return [tuple(names[:count]) for count in range(len(names) + 1)]


def conditions(regimes: Sequence[Scenario]) -> tuple[tuple[When, ...], tuple[str, ...]]:
    """All that the templates of some scenarios depend on: conditions, and attributes that choose."""
    whens: dict[When, None] = {}
    chosen: dict[str, None] = {}
    for scenario in regimes:
        graph_whens, names = graph_conditions(scenario)
        whens.update(dict.fromkeys(graph_whens))
        chosen.update(dict.fromkeys(names))
        laws = [
            cases for a in scenario.activities.values() for cases in (a.prepare, a.work, a.correct, a.rework)
        ]
        for cases in (*laws, *scenario.withdrawal.values()):
            whens.update(dict.fromkeys(case.when for case in cases or () if case.when is not None))
    return tuple(whens), tuple(chosen)
