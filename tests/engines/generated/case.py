"""A whole case: scenario, ledger, and how they are run; drawn, written to a folder, read back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis.strategies import SearchStrategy

from tests.engines.generated import ledger, measures, standing
from tests.engines.generated.pen import MADE_UP, Doc, Pen, day
from tests.engines.generated.steps import approval, milestones, steps
from tests.engines.generated.things import calendar, ladders, shocks, things

#: Texts that need no quotes.
_PLAIN = re.compile(
    r"(?!(?:yes|no|true|false|null|on|off)\b)[A-Za-z$][\w$./]*|\d+(\.\d+)? [a-z]+", re.IGNORECASE
)
#: Parts that may as well stand in a parent.
_MOVABLE = ("resources", "calendar", "ladders", "withdrawal", "common_factor", "shocks", "mode", "activities")


@dataclass(frozen=True)
class Case:
    """Files by name, ``scenario.yaml`` among them, and the way to run them.

    Parameters
    ----------
    files : dict of str to str
    dated : bool
        A forecast from an as-of date; else a comparison from signing.
    adopted : bool
        Whether adopted reforms are in force.
    reforms : tuple of str
        Switched on beside them.
    seed : int
    """

    files: dict[str, str]
    dated: bool
    adopted: bool
    reforms: tuple[str, ...]
    seed: int

    def write(self, folder: Path) -> Path:
        """Write the files, and nothing else, into a folder; return the scenario."""
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8")
        how = {"dated": self.dated, "adopted": self.adopted, "reforms": self.reforms, "seed": self.seed}
        (folder / "case.json").write_text(json.dumps(how), encoding="utf-8")
        return folder / "scenario.yaml"

    def __repr__(self) -> str:
        """Say little: the message of the failure prints the files."""
        return f"Case(seed={self.seed}, dated={self.dated}, files={sorted(self.files)})"


def read_case(folder: Path) -> Case:
    """Read back what `Case.write` wrote."""
    files = [path for path in sorted(folder.iterdir()) if path.is_file()]
    texts = {path.name: path.read_text(encoding="utf-8") for path in files}
    how = json.loads(texts.pop("case.json"))
    return Case(texts, **{**how, "reforms": tuple(how["reforms"])})


def dump(doc: Doc, depth: int = 0) -> str:
    """Write plain data as YAML: blocks down to the entries of a section, what is in them on one line."""
    lines = []
    for key, value in doc.items():
        if depth < 2 and isinstance(value, dict) and len(flow(value)) > 60:
            lines.append(f"{'  ' * depth}{flow(key)}:\n{dump(value, depth + 1)}")
        elif depth < 2 and isinstance(value, list) and len(flow(value)) > 60:
            lines.append(f"{'  ' * depth}{flow(key)}:\n")
            lines += [f"{'  ' * depth}  - {flow(entry)}\n" for entry in value]
        else:
            lines.append(f"{'  ' * depth}{flow(key)}: {flow(value)}\n")
    return "".join(lines)


def flow(value: Any) -> str:
    """Write a value on one line; texts that are not plain words are quoted."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(child)}" for key, child in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str) and not _PLAIN.fullmatch(value):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)


class Cases(SearchStrategy[Case]):
    """Valid scenarios over the whole schema, with ledgers of one to six projects.

    Numbers are taken straight from Hypothesis's data: drawn one by one as strategies they would let it
    spend five of six examples on a small change of the sixth.
    """

    def do_draw(self, data: Any) -> Case:
        """Draw a case."""
        return make_case(Pen(lambda least, most: int(data.draw_integer(least, most))))


def make_case(pen: Pen) -> Case:
    """Write a case with a pen."""
    dated = not pen.chance(3)
    doc = _core(pen)
    names = [milestone["name"] for milestone in doc["milestones"]]
    _rest(pen, doc, names, dated=dated)
    table = ledger.rows(pen, names, dated=dated)
    activities = doc.pop("_names")
    listed = ledger.items(pen, table, activities) if dated and pen.chance(4) else []
    if pen.chance(2):
        doc["ledger_format"] = ledger.foreign(pen, table, names, listed)
        doc["attributes"]["year"] = {"type": "number"}
    else:
        ledger.written(pen, table, listed)
    named = list(doc.get("reforms", ()))
    if not dated:
        pen.files["nothing.yaml"] = "mode: {}\n"
    _write(pen, doc)
    chosen = (pen.pick(*named),) if named and pen.chance(3) else ()
    adopted = dated or pen.chance(5)
    return Case(pen.files, dated, adopted, chosen, pen.whole(0, 3))


def _core(pen: Pen) -> Doc:
    """What is done, what is waited for."""
    found = things(pen)
    ways = ladders(pen, found) if pen.chance(4) else {}
    made = steps(pen, found, ways)
    doc: Doc = {
        "schema": 1, "name": "drawn", "defaults": {"status": "sourced", "source": "drawn"},
        "ledger": "ledger.csv", "calendar": calendar(pen), "milestones": milestones(pen, made),
        "attributes": {"weight": {"type": "number"}}, **approval(pen, made, found), "activities": made.blocks,
    }  # fmt: skip
    for key, value in (("resources", found.blocks), ("ladders", ways), ("catalogue", made.catalogue)):
        if value:
            doc[key] = value
    if pen.chance(4):
        named, adopted = measures.reforms(pen, made, found, doc)
        if named:
            doc["reforms"] = named
        if adopted:
            doc["adopted"] = adopted
    doc["_names"] = made.names
    return doc


def _rest(pen: Pen, doc: Doc, names: list[str], *, dated: bool) -> None:
    """Luck, measures and dates; most of it seldom, since engines do not see it."""
    doc |= {"as_of": day(0), "until": day(pen.pick(30, 10, 300))} if dated else {}
    makers: dict[str, tuple[int, Callable[[], Any]]] = {
        "withdrawal": (6, lambda: measures.withdrawal(pen, names)),
        "common_factor": (3, lambda: measures.common_factor(pen, names)),
        "shocks": (3, lambda: shocks(pen)),
        "arrivals": (2 if dated else 0, lambda: measures.arrivals(pen)),
        "reviews": (
            4,
            lambda: measures.reviews(pen, names, [*doc.get("ladders", ())], arrivals="arrivals" in doc),
        ),
        "counts": (2, lambda: measures.counts(pen, names)),
        "compare": (1, lambda: measures.compared(pen, names)),
        "investment": (2, lambda: measures.investment(pen, names)),
        "reporting": (1, lambda: measures.reporting(pen)),
        "limits": (2, lambda: measures.limits(pen)),
        "ramp": (1, lambda: measures.ramp(pen)),
        "lists": (2, lambda: standing.lists(pen)),
        "ranking": (1, lambda: standing.ranking(pen, names, money="investment" in doc)),
        "score": (2, lambda: standing.score(pen, names)),
        "title": (1, pen.label),
        "synthetic": (1, lambda: True),
        "units": (1, lambda: pen.pick("county", "kind")),
    }
    for key, (tenths, make) in makers.items():
        pen.maybe(doc, key, tenths, make)
    if "score" in doc:
        standing.order_by_score(pen, doc)
    if "title" in doc:  # no draw of its own: the others stay as they are
        doc["labels"] = {"county": {"East": {"en": "East", "zh": "东区"}}}
    if pen.chance(1):
        doc["attributes"]["colour"] = {"label": pen.label(), "type": "text"}
    if pen.chance(1):
        doc["defaults"] = dict(MADE_UP)
    if pen.chance(1):
        doc["defaults"]["range"] = "none"
    counted = [key for key in doc.get("counts", ()) if key != "consents"]
    if dated and counted and pen.chance(5):
        doc["plan"] = "plan.csv"
        measures.plan(pen, counted, doc["until"].year)


def _write(pen: Pen, doc: Doc) -> None:
    """Write the scenario, its parent and the overlays that stand in files."""
    for name, block in doc.get("reforms", {}).items():
        if "file" in block:
            pen.files[f"{name}.yaml"] = dump(block.pop("set"))
    if pen.parameters:
        doc["parameters"] = pen.parameters
    moved = pen.some([key for key in _MOVABLE if key in doc], 5) if pen.chance(1) else []
    if moved:
        pen.files["parent.yaml"] = dump({key: doc.pop(key) for key in moved})
        doc["extends"] = "parent.yaml"
    pen.files["scenario.yaml"] = dump(doc)
