"""Writing the rows of the catalogue into the merged tree as activities."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from sim.errors import Problems
from sim.items import Item, activity_of, read_items
from sim.scenario.document import Node, Path_, dotted, plain
from sim.scenario.overlay import merge
from sim.scenario.schema import Catalogue
from sim.spec import FAMILIES

#: Keys of the catalogue block that every item takes over.
_SHARED: Final = ("prepare", "correct", "rework", "returned", "refused", "max_rounds", "owner")
#: Columns that the keys of an activity come from.
_COLUMNS: Final = {
    "after": "predecessors",
    "after_by": "predecessors_allocated_land",
    "resource": "department_en",
    "pre_review": "can_pre_review",
    "tolerate": "can_tolerate_deficiency",
}
_RATED: Final = ("status", "source", "range")


def expand(root: Node, problems: Problems) -> tuple[Node, tuple[Item, ...]]:
    """Return the tree with an activity for each row, and the rows.

    What the file says under `activities:` is laid over the row of the same name. A tree without a
    readable catalogue comes back as it is.
    """
    block = root.get("catalogue")
    file = block.get("file") if block is not None else None
    activities = root.get("activities")
    if block is None or file is None or not isinstance(file.value, str):
        return root, ()
    if activities is not None and not isinstance(activities.value, dict):
        return root, ()
    path = file.folder / file.value
    items = read_items(path, problems)
    days = block.get("days")
    column = "promised" if days is not None and days.value == "promised" else "statutory"
    own = dict(activities.value) if activities is not None else {}
    bound = root.get("limits", "column")
    limit = bound.value if bound is not None and bound.value in ("statutory", "promised") else column
    writer = _Writer(root, block, path)
    rows = {item.id: writer.activity(item, column, limit) for item in items}
    merged = {name: _over_row(row, own.pop(name)) if name in own else row for name, row in rows.items()}
    base = activities if activities is not None else block
    return root.with_value({**root.value, "activities": base.with_value({**merged, **own})}), items


def _over_row(row: Node, own: Node) -> Node:
    """Lay an activity of the file over its row; new predecessors hold for every land route."""
    if own.get("after") is not None and own.get("after_by") is None:
        row = row.with_value({key: child for key, child in row.items() if key != "after_by"})
    return merge(row, own)


class _Writer:
    """Writes rows as nodes that point at their row, or at the catalogue block for what all rows share."""

    def __init__(self, root: Node, block: Node, path: Path) -> None:
        self.block, self.path = block, path
        defaults = root.get("defaults")
        self.rated = {
            key: node
            for key in _RATED
            if (node := block.get(key) or (defaults.get(key) if defaults is not None else None)) is not None
        }

        law, offices = block.get("law"), block.get("offices")
        shape = plain(law) if law is not None and isinstance(law.value, dict) else {}
        self.shape = shape if _is_shape(shape) else {}  # else the block has a problem, which is noted once
        self.offices = plain(offices) if offices is not None and isinstance(offices.value, dict) else {}

    def activity(self, item: Item, days: str, limit: str) -> Node:
        """Write one row: the column its work takes, and the one that limits it."""
        place = f"{self.path} row {item.row}"
        written = activity_of(item, days, self.shape, self.offices, limit)
        columns = {**_COLUMNS, "work": f"{days}_working_days", "limit": f"{limit}_working_days"}
        value = {key: self._node(child, place, (columns.get(key, key),)) for key, child in written.items()}
        node = Node(value, place, (), self.path.parent)
        value["work"] = self._work(value["work"], f"catalogue.{item.id}.days")
        # The days in force are one number, drawn once: the mean of the work moves with the limit.
        name = f"catalogue.{item.id}.{'days' if limit == days else 'limit'}"
        value["limit"] = Node(value["limit"].value, place, (columns["limit"],), self.path.parent, name)
        if "share" in value:
            value["share"] = Node(
                value["share"].value, place, ("share",), self.path.parent, f"catalogue.{item.id}.share"
            )
        for key in _SHARED:
            if (shared := self.block.get(key)) is not None:
                value[key] = self._carried(shared, ("catalogue", key))
        value.update({key: value.get(key, rated) for key, rated in self.rated.items()})
        return node.with_value(value)

    def _node(self, value: Any, place: str, path: Path_) -> Node:
        """Give plain data the place of the row."""
        if isinstance(value, dict):
            value = {key: self._node(child, place, (*path, key)) for key, child in value.items()}
        elif isinstance(value, list):
            value = [self._node(child, place, (*path, index)) for index, child in enumerate(value)]
        return Node(value, place, path, self.path.parent)

    def _work(self, work: Node, name: str) -> Node:
        """Name the number of the column, and keep the places of the shape's arguments."""
        value = dict(work.value)
        for key, node in value.items():
            given = self.block.get("law", key)
            if given is not None and plain(given) == plain(node):
                value[key] = self._named(given, ("catalogue", "law", key))
            elif key in ("mean", "value"):
                value[key] = Node(node.value, node.place, node.path, node.folder, name)
        return work.with_value(value)

    def _named(self, node: Node, path: Path_) -> Node:
        """Name every number in a shared block by its place in the catalogue block."""
        value = node.value
        if isinstance(value, dict):
            value = {key: self._named(child, (*path, key)) for key, child in value.items()}
        elif isinstance(value, list):
            value = [self._named(child, (*path, index)) for index, child in enumerate(value)]
        return Node(value, node.place, node.path, node.folder, dotted(path))

    def _carried(self, node: Node, path: Path_) -> Node:
        """Carry a shared block into a row: named, and with the catalogue's own status and source."""
        named = self._named(node, path)
        if isinstance(named.value, list):
            return named.with_value([self._rated_law(child) for child in named.value])
        if path[-1] in ("prepare", "correct", "rework"):
            return self._rated_law(named)
        if path[-1] in ("returned", "refused") and not _is_reference(named):
            return self._rated_number(named)
        return named

    def _rated_law(self, node: Node) -> Node:
        """Give a law the catalogue's status, unless it has its own."""
        if isinstance(node.value, dict):
            inner = node.value.get("law")
            if inner is not None and _is_case(inner):
                return node.with_value({**node.value, "law": self._rated_law(inner)})
            return node.with_value({**self.rated, **node.value}) if inner is not None else node
        if isinstance(node.value, (str, int, float)) and not _is_reference(node):
            law = Node("constant", node.place, node.path, node.folder)
            return node.with_value({"law": law, "value": node, **self.rated})
        return node

    def _rated_number(self, node: Node) -> Node:
        """Give a number the catalogue's status, unless it has its own."""
        value = node.value if isinstance(node.value, dict) else {"value": node}
        return node.with_value({**self.rated, **value})


def _is_shape(shape: dict[str, Any]) -> bool:
    """Say whether a law is whole once a column gives its mean."""
    try:
        Catalogue.model_validate({"file": "", "law": shape})
    except ValidationError:
        return False
    return True


def _is_case(law: Node) -> bool:
    """Say whether what stands under `law` is a law itself, not the name of a family."""
    return isinstance(law.value, (dict, int, float)) or (
        isinstance(law.value, str) and law.value not in FAMILIES
    )


def _is_reference(node: Node) -> bool:
    """Say whether a value is `$name`."""
    return isinstance(node.value, str) and node.value.startswith("$")
