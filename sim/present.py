"""What is known of every project on the as-of date; no other module guesses, and nothing is drawn here.

Rows of the ledger's table `items` decide where given. Otherwise milestones do: what a reached milestone
needed has ended, what waits for an unreached one has not begun, and the rest is `inferred`: every
replication must play it. One case is known without item rows: a phase of one activity that is timed and
queues for nothing has been in service since the phase began.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from sim.clocks import NEVER, minute_of
from sim.ledger import UNKNOWN, Ledger, When
from sim.process.graph import Graph

State = Literal["not_yet", "ended", "applicant", "service", "inferred"]

#: A milestone that was reached at a date nobody wrote down.
UNKNOWN_MINUTE: int = -NEVER


@dataclass(frozen=True)
class ItemFact:
    """Minutes at which an item was accepted, last returned and decided; NEVER = not yet."""

    accepted: int = NEVER
    returned: int = NEVER
    decided: int = NEVER


@dataclass(frozen=True)
class Facts:
    """What the ledger says of one project by the as-of date, in minutes.

    Parameters
    ----------
    milestones : tuple of int
        Minute reached, `UNKNOWN_MINUTE`, or NEVER.
    items : mapping of str to ItemFact
    withdrawn : int
    """

    milestones: tuple[int, ...]
    items: Mapping[str, ItemFact] = field(default_factory=dict)
    withdrawn: int = NEVER


@dataclass(frozen=True)
class Trait:
    """What `past` must know of a node beyond the graph.

    Parameters
    ----------
    timed : bool
        One visit, no preparation, no queue, certain to apply: its start is the end of what came before.
    rounds : int
        Most visits it can have.
    """

    timed: bool = False
    rounds: int = 1


@dataclass(frozen=True)
class Moment:
    """State of one node at the epoch; NEVER where a moment is not known."""

    state: State
    ready: int = NEVER
    joined: int = NEVER
    served: int = NEVER
    ended: int = NEVER
    visit: int = 0


_NOT_YET = Moment("not_yet")
_INFERRED = Moment("inferred")


def facts(ledger: Ledger, as_of: date, epoch: date) -> tuple[Facts, ...]:
    """Read off what was known on the as-of date, one entry a project.

    The ledger must be the view of that date (`sim.ledger.view.known_on`): later events and later
    reports left out, missing earlier milestones marked as reached at an unknown date. Rows of items
    are cut here.

    Examples
    --------
    >>> from sim.ledger import from_rows
    >>> table = from_rows([{"id": "a", "signed": date(2021, 1, 1)}], ("signed", "built"))
    >>> facts(table, date(2021, 1, 2), date(2021, 1, 3))[0].milestones
    (-2880, 1073741824)
    """
    columns = [[_minute(cell, as_of, epoch) for cell in ledger.dates[name]] for name in ledger.milestones]
    items = _item_facts(ledger, as_of, epoch)
    return tuple(
        Facts(
            milestones=tuple(column[i] for column in columns),
            items=items.get(project, {}),
            withdrawn=_withdrawn(ledger.withdrawn[i], as_of, epoch),
        )
        for i, project in enumerate(ledger.ids)
    )


def _minute(cell: When, as_of: date, epoch: date) -> int:
    if cell is UNKNOWN:
        return UNKNOWN_MINUTE
    return minute_of(cell, epoch) if isinstance(cell, date) and cell <= as_of else NEVER


def _withdrawn(cell: When, as_of: date, epoch: date) -> int:
    """Give the minute of a withdrawal; one at an unknown date happened by the as-of date at the latest."""
    return -1 if cell is UNKNOWN else _minute(cell, as_of, epoch)


def _item_facts(ledger: Ledger, as_of: date, epoch: date) -> dict[str, dict[str, ItemFact]]:
    """Facts by project and item; of several rows of one item the last accepted one counts."""
    found: dict[str, dict[str, ItemFact]] = {}
    for row in sorted(ledger.items, key=lambda r: (r.accepted or date.min, r.row)):
        accepted, returned, decided = (
            _minute(cell, as_of, epoch) for cell in (row.accepted, row.returned, row.decided)
        )
        if min(accepted, returned, decided) < NEVER:
            found.setdefault(row.id, {})[row.item] = ItemFact(accepted, returned, decided)
    return found


def past(graph: Graph, known: Facts, traits: Mapping[str, Trait]) -> tuple[Moment, ...]:
    """Work out the state of every node of one project, in the order of the graph.

    Parameters
    ----------
    graph : Graph
    known : Facts
    traits : mapping of str to Trait
        By node name; a node that is missing has the default trait.

    Examples
    --------
    >>> from sim.process.graph import Spec, legal_graph
    >>> graph = legal_graph([Spec("permit"), Spec("build", ("permit",))], [None, "permit", "build"])
    >>> [m.state for m in past(graph, Facts((-90, -30, NEVER)), {"build": Trait(timed=True)})]
    ['ended', 'service']
    """
    ended = _ended(graph, known)
    open_ends = {m for m, t in _ends(graph, known) if t >= NEVER}
    if not open_ends:
        last = max((t for t in known.milestones if UNKNOWN_MINUTE < t < NEVER), default=NEVER)
        return tuple(Moment("ended", ended=ended.get(name, last)) for name in graph.names)
    if known.withdrawn < NEVER or known.milestones[0] >= NEVER:
        return tuple(Moment("ended", ended=ended[n]) if n in ended else _NOT_YET for n in graph.names)
    found: dict[str, Moment] = {}
    for name in graph.names:
        fact = known.items.get(name)
        if name in ended:
            found[name] = Moment("ended", *_seen(fact), ended=ended[name])
        elif fact is not None:
            found[name] = _running(fact, traits.get(name, Trait()))
        else:
            found[name] = _NOT_YET if graph.ancestors[name] & open_ends else _INFERRED
    found.update(_sole_timed(graph, known, found, traits))
    return tuple(found.values())


def _ends(graph: Graph, known: Facts) -> list[tuple[str, int]]:
    """Nodes that end milestones, in order, with the minute known for each."""
    pairs = zip(graph.milestones, known.milestones, strict=True)
    return [(name, minute) for name, minute in pairs if name is not None]


def _ended(graph: Graph, known: Facts) -> dict[str, int]:
    """Nodes that must have ended, with the latest minute known for it (NEVER = reached, date unknown).

    What a milestone needed ended with it at the latest; the first milestone in order decides.
    """
    ended: dict[str, int] = {}
    for name, fact in known.items.items():
        if name in graph.by_name:
            begun = min(fact.accepted, fact.returned, fact.decided)
            for pred in graph.ancestors[name]:
                ended[pred] = min(begun, ended.get(pred, NEVER))
    for name, minute in reversed(_ends(graph, known)):
        if minute < NEVER:
            at = minute if minute > UNKNOWN_MINUTE else NEVER
            ended.update(dict.fromkeys(graph.ancestors[name] | {name}, at))
    milestones = {name for name, minute in _ends(graph, known) if minute < NEVER}
    for name, fact in known.items.items():
        if name in graph.by_name and name not in milestones and fact.decided < NEVER:
            ended[name] = fact.decided
    return ended


def _seen(fact: ItemFact | None) -> tuple[int, int, int]:
    """Moments ready, joined, served of an item that has ended, as far as its row tells."""
    return (fact.accepted,) * 3 if fact is not None else (NEVER,) * 3


def _running(fact: ItemFact, trait: Trait) -> Moment:
    """State of an item that was accepted and is not decided; a return starts the next visit."""
    again = 1 if fact.returned < NEVER and trait.rounds > 1 else 0
    if fact.returned < NEVER and (fact.accepted >= NEVER or fact.returned >= fact.accepted):
        return Moment("applicant", ready=fact.returned, visit=again)
    return Moment("service", fact.accepted, fact.accepted, fact.accepted, visit=again)


def _sole_timed(
    graph: Graph, known: Facts, found: Mapping[str, Moment], traits: Mapping[str, Trait]
) -> dict[str, Moment]:
    """Find the only activity of the open phase, if it began in a known minute and is timed."""
    ends = _ends(graph, known)
    reached = [(name, minute) for name, minute in ends if minute < NEVER]
    begun = reached[-1][1] if reached else known.milestones[0]
    phase = next(k for k, m in enumerate(graph.milestones) if m and known.milestones[k] >= NEVER)
    phases = dict(zip(graph.names, graph.phases, strict=True))
    # All of the phase that is not over, not only what can run at once: a phase of two activities in a row
    # may be in either of them.
    ready = [
        name
        for name, moment in found.items()
        if moment.state in {"inferred", "applicant", "service"} and phases[name] == phase
    ]
    if len(ready) != 1 or begun == UNKNOWN_MINUTE or found[ready[0]].state != "inferred":
        return {}
    if any(found[p].state != "ended" for p in graph.preds_at_most[ready[0]]):
        return {}
    preds = graph.preds[ready[0]]
    follows = reached[-1][0] in preds if reached else not preds
    if not follows or not traits.get(ready[0], Trait()).timed:
        return {}
    return {ready[0]: Moment("service", begun, begun, begun)}
