"""What every check needs: the scenario, the places, the names that exist."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from sim.errors import Problems, Severity
from sim.scenario.document import Node, Path_, dotted, plain, shown
from sim.scenario.parameter import blocks_in
from sim.scenario.places import locate
from sim.scenario.schema import Spec
from sim.spec import Block, nearest


@dataclass(frozen=True)
class Checker:
    """A scenario under check; every method notes at most one problem.

    Parameters
    ----------
    spec : Spec
    root : Node
    dropped : frozenset of tuple
    problems : Problems
    """

    spec: Spec
    root: Node
    dropped: frozenset[tuple[str, ...]]
    problems: Problems

    @cached_property
    def blocks(self) -> list[tuple[Path_, Block]]:
        """Every block of the scenario with its path."""
        return blocks_in(self.spec)

    def note(
        self, loc: Path_, expected: str, remedy: str, *, got: str | None = None, severity: Severity = "error"
    ) -> None:
        """Note a problem where the value was written."""
        node, _ = locate(self.root, loc)
        found = shown(plain(node)) if got is None else got
        self.problems.add(node.place, dotted(node.path), found, expected, remedy, severity)

    def warn(self, loc: Path_, expected: str, remedy: str, *, got: str | None = None) -> None:
        """Note something odd that does not stop the work."""
        self.note(loc, expected, remedy, got=got, severity="warning")

    def names(self, section: str) -> list[str] | None:
        """Names of a section, refused entries included; None when the whole section was refused."""
        node = self.root.get(section)
        if (section,) in self.dropped:
            return None
        return [key for key, _ in node.items()] if node is not None else []

    def known(self, loc: Path_, name: str, section: str, what: str) -> None:
        """Hold a name against a section."""
        names = self.names(section)
        if names is not None and name not in names:
            self.unknown(loc, name, names, what)

    def unknown(self, loc: Path_, name: str, names: Collection[str], what: str) -> None:
        """Note a name that nobody knows, with the nearest one."""
        self.note(loc, *nearest(name, names, what=what), got=name)

    def milestone(self, loc: Path_, name: str | None) -> None:
        """Hold a name against the milestones."""
        if name is not None and name not in self.spec.milestone_names:
            self.unknown(loc, name, self.spec.milestone_names, "milestone")

    def rises(self, loc: Path_, first: str, second: str) -> None:
        """Two milestones, the second after the first."""
        order = self.spec.milestone_names
        if first in order and second in order and order.index(second) <= order.index(first):
            self.note(loc, f"a milestone after `{first}`", "exchange the two")

    def attribute(self, loc: Path_, name: str) -> None:
        """Hold a name against the attributes of a project."""
        refused = {("attributes",), ("attributes", name)} & self.dropped
        if not refused and name not in self.spec.attribute_names:
            self.unknown(loc, name, self.spec.attribute_names, "attribute")
