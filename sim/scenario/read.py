"""Loading a scenario: its file, parents, overlays and catalogue, checked; and the loaded scenario."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from pydantic import PrivateAttr, ValidationError

from sim.errors import InputError, Problem, Problems
from sim.items import Item
from sim.provenance import content_hash
from sim.reforms import UNTOUCHABLE, Adopted
from sim.scenario.catalogue import expand
from sim.scenario.check import check
from sim.scenario.document import Node, Path_, dotted, is_file, plain, read_document
from sim.scenario.files import data_path, find_scenario, read_with_parents
from sim.scenario.overlay import merge, note_conflicts
from sim.scenario.parameter import Completer, walk_parameters
from sim.scenario.places import locate, problem_of
from sim.scenario.schema import Spec
from sim.spec import Parameter, nearest

_REQUIRED: Final = ("schema", "name", "milestones")
_BY_NAME: Final = (
    "activities", "resources", "ladders", "parameters", "withdrawal", "attributes", "reforms",
)  # fmt: skip
_LINE: Final = re.compile(r"(.*?)(?:(?::| row )(\d+))?")

#: Groups of overlays, applied in order; two reforms of one group may not contradict each other.
Groups = tuple[tuple[str, ...], ...]
#: What the schema refused: ``("resources",)`` a section, ``("resources", "land")`` an entry.
Dropped = set[tuple[str, ...]]


@dataclass(frozen=True)
class Origin:
    """Where a loaded scenario came from, and what made it.

    Parameters
    ----------
    path : Path
    base : Node
        The file with its parents, before any overlay.
    root : Node
        With overlays and the catalogue's activities.
    groups : tuple of tuples of str
        Reforms (or overlay files) laid over it.
    use_adopted : bool
    items : tuple of Item
    warnings : tuple of Problem
    files : tuple of Path
        Data files it reads.
    content_hash : str
        Of everything in it, those files included; empty of what was only built to be checked.
    """

    path: Path
    base: Node
    root: Node
    groups: Groups
    use_adopted: bool
    items: tuple[Item, ...] = ()
    warnings: tuple[Problem, ...] = ()
    files: tuple[Path, ...] = ()
    content_hash: str = ""


class Scenario(Spec):
    """A scenario, loaded and checked; a reform makes another one of it."""

    _origin: Origin = PrivateAttr()

    @property
    def path(self) -> Path:
        """File it was read from."""
        return self._origin.path

    @property
    def content_hash(self) -> str:
        """Hash of everything in it, data files included."""
        return self._origin.content_hash

    @property
    def raw(self) -> dict[str, Any]:
        """The merged tree, the catalogue written out, as plain data."""
        return plain(self._origin.root)  # type: ignore[no-any-return]

    @property
    def items(self) -> tuple[Item, ...]:
        """Rows of the catalogue, in order."""
        return self._origin.items

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What is odd but does not stop the work."""
        return self._origin.warnings

    @property
    def applied(self) -> tuple[str, ...]:
        """Reforms laid over the file, in order."""
        return tuple(name for group in self._origin.groups for name in group)

    @property
    def use_adopted(self) -> bool:
        """Whether the adopted reforms are in force."""
        return self._origin.use_adopted

    def place_of(self, loc: Path_) -> tuple[str, str]:
        """Return where a value was written (``file:line``) and its dotted path."""
        node, _ = locate(self._origin.root, loc)
        return node.place, dotted(node.path)

    def measure_words(self) -> dict[str, str]:
        """Words a plan may use for a measure: the names of the milestone that it counts."""
        named = {m.name: (m.name, m.zh, m.en) for m in self.milestones}
        pairs = ((word, measure) for measure, k in self.counts.by_measure.items() for word in named[k])
        return {word: measure for word, measure in pairs if word}

    def parameters(self) -> tuple[Parameter, ...]:
        """Give every number once: those under `parameters:` first, then the others in schema order."""
        found = dict(self.named_parameters)
        for parameter in walk_parameters(self):
            found.setdefault(parameter.name, parameter)
        return tuple(found.values())

    def with_reforms(self, names: Iterable[str]) -> Scenario:
        """Return the scenario with these reforms laid over what is laid over it already.

        Parameters
        ----------
        names : iterable of str
            Names under `reforms:`, `A+B` for both, or overlay files (``*.yaml``).

        Raises
        ------
        InputError
            If a name is unknown, two reforms give one key two values, or the result is no scenario.
        """
        group = tuple(part for name in names for part in _parts(name))
        return self._rebuilt((*self._origin.groups, group)) if group else self

    def variant(self, names: Iterable[str]) -> Scenario:
        """Return the scenario with adopted reforms laid under what was asked for; a later one wins."""
        groups = tuple((name,) for name in names)
        return self._rebuilt((*groups, *self._origin.groups)) if groups else self

    @property
    def baseline(self) -> Scenario:
        """The scenario without any reform, adopted ones included."""
        return self._rebuilt((), use_adopted=False)

    def in_force(self, signed: date) -> tuple[str, ...]:
        """Names of the grandfathered adopted reforms that a project signed on a day falls under."""
        return tuple(a.reform for a in self._adopted("grandfathered") if a.from_ <= signed)

    def switched(self) -> tuple[Adopted, ...]:
        """Adopted reforms that items follow from their date on, in order of dates."""
        return self._adopted("switched")

    def _adopted(self, applies: str) -> tuple[Adopted, ...]:
        """Adopted reforms of one kind, if they are in force."""
        if not self.use_adopted:
            return ()
        return tuple(sorted((a for a in self.adopted if a.applies == applies), key=lambda a: a.from_))

    def _rebuilt(self, groups: Groups, *, use_adopted: bool | None = None) -> Scenario:
        """Build the scenario again with other overlays."""
        adopted = self.use_adopted if use_adopted is None else use_adopted
        problems = Problems()
        built, _ = _build(replace(self._origin, groups=groups, use_adopted=adopted), problems)
        problems.raise_if_any()
        assert built is not None  # a scenario that cannot be built has errors
        return _sealed(built)

    def ledger_path(self) -> Path | None:
        """File of the default ledger.

        Raises
        ------
        InputError
            If the scenario names a ledger that is not there.
        """
        return self._file("ledger")

    def plan_path(self) -> Path | None:
        """File of the default plan, as `ledger_path`."""
        return self._file("plan")

    def _file(self, key: str) -> Path | None:
        """Resolve a file named at the top of the scenario."""
        node = self._origin.root.get(key)
        if node is None or node.value is None:
            return None
        path, remedy = data_path(str(node.value), node.folder)
        if not is_file(path):
            raise InputError([Problem(node.place, key, str(node.value), "a file that is there", remedy)])
        return path


def load_scenario(
    name_or_path: str | os.PathLike[str], reforms: Sequence[str] = (), *, adopted: bool = False
) -> Scenario:
    """Load a shipped scenario by name, or a file.

    Parameters
    ----------
    name_or_path : str or path
        ``kaifeng``, ``my/scenario.yaml``.
    reforms : sequence of str
        Reforms to apply together: names under `reforms:`, ``A+B``, or overlay files (``*.yaml``).
    adopted : bool
        Put the reforms listed under `adopted:` in force.

    Returns
    -------
    Scenario

    Raises
    ------
    InputError
        With every problem of the file, its parents, its data files and its reforms.

    Examples
    --------
    >>> load_scenario("hello").name
    'hello'
    """
    problems = Problems()
    path = find_scenario(name_or_path, problems)
    base = read_with_parents(path, problems) if path is not None else None
    if path is None or base is None:
        raise InputError(problems.errors)
    origin = Origin(path, base, base, (), adopted)
    scenario, dropped = _build(origin, problems)
    if scenario is not None:
        _try_reforms(origin, dropped, problems)
    if problems.errors or scenario is None:
        raise InputError(in_file_order(problems.errors))
    return _sealed(scenario).with_reforms(reforms)


def in_file_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort problems by file and line, each once.

    Examples
    --------
    >>> two = [Problem(f"a.yaml:{line}", "x", "1", "2", "write 2") for line in (12, 3)]
    >>> [problem.place for problem in in_file_order(two)]
    ['a.yaml:3', 'a.yaml:12']
    """

    def key(problem: Problem) -> tuple[str, int]:
        match = _LINE.fullmatch(problem.place)
        return (match[1], int(match[2] or 0)) if match else (problem.place, 0)

    return tuple(sorted(dict.fromkeys(problems), key=key))


def _parts(name: str) -> list[str]:
    """Split `A+B`; an overlay file is never split."""
    return [name] if name.endswith((".yaml", ".yml")) else [part.strip() for part in name.split("+")]


def _overlay(base: Node, name: str, problems: Problems) -> Node | None:
    """Find the overlay of a reform, or read an overlay file."""
    if name.endswith((".yaml", ".yml")):
        return read_document(Path(name), problems)
    reform = base.get("reforms", name)
    if reform is None:
        known = [key for key, _ in (base.get("reforms") or base.with_value({})).items()]
        problems.add("--reform", "", name, *nearest(name, known, what="reform"))
        return None
    file = reform.get("file")
    if file is not None and isinstance(file.value, str):
        return read_document(file.folder / file.value, problems)
    overlay = reform.get("set")
    return overlay if overlay is not None and isinstance(overlay.value, dict) else None


def _laid_over(origin: Origin, problems: Problems) -> Node:
    """Lay all overlays over the base, group by group."""
    root = origin.base
    for group in origin.groups:
        overlays = [
            (name, node) for name in group if (node := _overlay(origin.base, name, problems)) is not None
        ]
        for index, (name, node) in enumerate(overlays):
            for key, child in node.items():
                if key in UNTOUCHABLE:
                    expected = "a part that a reform may change"
                    problems.add(child.place, dotted(child.path), f"the key `{key}`", expected, "take it out")
            for earlier, other in overlays[:index]:
                note_conflicts(other, node, (earlier, name), problems)
            allowed = {key: child for key, child in node.items() if key not in UNTOUCHABLE}
            root = merge(root, node.with_value(allowed))
    return root


def _build(origin: Origin, problems: Problems) -> tuple[Scenario | None, Dropped]:
    """Make a scenario of its base and overlays; None when too little of it is sound to go on."""
    before = len(problems.found)
    root, items = expand(_laid_over(origin, problems), problems)
    spec, dropped = _validated(root, problems)
    if spec is None:
        return None, dropped
    completer = Completer(root, problems)
    done = completer.complete(spec)
    check(done, root, items=items, used=completer.used, dropped=dropped, problems=problems)
    warnings = tuple(p for p in problems.found[before:] if p.severity == "warning")
    files = tuple(Path(law) for law in completer.files if is_file(Path(law)))
    done._origin = replace(origin, root=root, items=items, warnings=in_file_order(warnings), files=files)
    return done, dropped


def _sealed(scenario: Scenario) -> Scenario:
    """Note the hash of a scenario that is handed out, as its files are now."""
    origin = scenario._origin
    # order counts: the rows of the catalogue break ties of the serial mode
    order = [name for name, _ in (origin.root.get("activities") or origin.root.with_value({})).items()]
    digest = content_hash([plain(origin.root), order, origin.files])
    scenario._origin = replace(origin, content_hash=digest)
    return scenario


def _validated(root: Node, problems: Problems) -> tuple[Scenario | None, Dropped]:
    """Validate the tree; what is wrong is noted and cut out, so that later checks see the rest."""
    tree = plain(root)
    dropped: Dropped = set()
    for _ in range(3):
        try:
            return Scenario.model_validate(tree), dropped
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                problems.found.append(problem_of(detail, root))
                dropped.add(_cut(tree, detail["loc"]))
        if any(cut[0] in _REQUIRED for cut in dropped):
            break
    return None, dropped


def _cut(tree: dict[str, Any], loc: tuple[int | str, ...]) -> tuple[str, ...]:
    """Cut out the entry that holds an error: one activity, one resource, else a whole section."""
    top = str(loc[0]) if loc else ""
    section = tree.get(top)
    if top in _BY_NAME and len(loc) > 1 and isinstance(section, dict):
        section.pop(str(loc[1]), None)
        return top, str(loc[1])
    tree.pop(top, None)
    return (top,)


def _try_reforms(origin: Origin, dropped: Dropped, problems: Problems) -> None:
    """Apply each reform alone, and note what is wrong with the result beyond what is wrong already.

    In a scenario that is wrong itself, a reform of what was refused is not tried, and of the others
    only what their own lines say is noted: the rest would follow from what is noted already.
    """
    known, broken = set(problems.found), bool(problems.errors)
    reforms = origin.base.get("reforms")
    for name, reform in reforms.items() if reforms is not None else ():
        alone = Problems()
        overlay = _overlay(origin.base, name, alone)
        touched: Dropped = {(key,) for key, _ in overlay.items()} if overlay is not None else set()
        if overlay is not None:
            touched |= {(key, entry) for key, child in overlay.items() for entry, _ in child.items()}
        if touched & dropped:
            continue
        _build(replace(origin, groups=((name,),)), alone)
        own = (reform.place.rpartition(":")[0], f"reforms.{name}.")
        for problem in alone.errors:
            ours = problem.path.startswith(own[1]) or not problem.place.startswith(own[0])
            if problem not in known and (ours or not broken):
                known.add(problem)
                problems.found.append(problem)
