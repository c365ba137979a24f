"""The ledger of a drawn scenario: projects to come, under way, through and gone; in our columns or others."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from tests.engines.generated.pen import Doc, Pen, day

#: Days before the as-of date on which things happened; few, so that they meet.
PAST = (0, 1, 2, 3, 7, 30)
IDS = ("p1", "p2", "p3", "项目4", "p5", "p6")
ITEM_COLUMNS = ("id", "item", "accepted", "returned", "decided")
Row = dict[str, Any]


def rows(pen: Pen, names: Sequence[str], *, dated: bool) -> list[Row]:
    """One to six projects, many of them twins; the first is known on the as-of date."""
    found: list[Row] = []
    for number in range(pen.pick(2, 1, 3, 4, 5, 6)):
        if found and pen.chance(7):
            found.append({**found[-1], "id": IDS[number]})
            continue
        row = _attributes(pen, IDS[number])
        if dated:
            _history(pen, row, names, known=number == 0)
        else:
            row[names[0]] = day(pen.pick(1, 2, 3, 1, 8))
        found.append(row)
    return found


def _attributes(pen: Pen, project: str) -> Row:
    return {
        "id": project, "county": pen.pick("East", "West", ""), "kind": pen.pick("industry", "social", ""),
        "key_level": pen.pick("none", "provincial", "city", ""),
        "land_route": pen.pick("granted", "allocated", "factory"),
        "year_class": pen.pick("new_start", "continuing"),
        "area": pen.pick(10, 20, 40), "investment": pen.pick(1, 3, 0.5), "weight": pen.pick(1, 2, 3),
    }  # fmt: skip


def _history(pen: Pen, row: Row, names: Sequence[str], *, known: bool) -> None:
    """What happened to a project up to the as-of date, or will."""
    if not known and pen.chance(3):
        row[f"planned_{names[0]}"] = day(pen.pick(1, 2, 3, -1))
        return
    reached = 1 + (pen.whole(0, len(names) - 1) if pen.chance(5) else 0)
    ago = sorted((pen.pick(*PAST) for _ in range(reached)), reverse=True)
    for name, back in zip(names, ago, strict=False):
        row[name] = day(-back)
    later = names[reached:]
    if later and pen.chance(1):  # the ledger is younger than the as-of date
        row[later[0]] = day(5)
    if reached > 1 and pen.chance(2):
        row[names[pen.whole(0, reached - 1)]] = pen.pick("unknown", "")
        row[names[reached - 1]] = row[names[reached - 1]] or day(-ago[-1])
    if pen.chance(1):
        row["withdrawn"] = pen.pick(day(0), day(4), "unknown")
    if not known and pen.chance(1) and isinstance(row[names[reached - 1]], date):
        row[f"reported_{names[reached - 1]}"] = row[names[reached - 1]] + timedelta(days=pen.pick(0, 60))


def items(pen: Pen, table: Sequence[Row], activities: Sequence[str]) -> list[Row]:
    """What is known of single activities: accepted, perhaps returned, perhaps decided."""
    found = []
    for row in table:
        for name in pen.some(activities, 3):
            accepted = day(-pen.pick(1, 0, 2, 7))
            item: Row = {"id": row["id"], "item": name, "accepted": accepted}
            end = pen.pick("", "returned", "decided")
            if end:
                item[end] = accepted + timedelta(days=pen.pick(0, 1, 2))
            found.append(item)
    return found


def written(pen: Pen, table: Sequence[Row], listed: Sequence[Row]) -> None:
    """The ledger in our columns, with its table of items."""
    columns = list(dict.fromkeys(key for row in table for key in row))
    units = {"area": "area (mu)", "investment": "investment (亿元)"}
    header = [units.get(name, name) for name in columns]
    pen.files["ledger.csv"] = _csv(header, ([row.get(c, "") for c in columns] for row in table))
    if listed:
        cells = ([row.get(c, "") for c in ITEM_COLUMNS] for row in listed)
        pen.files["ledger.items.csv"] = _csv(ITEM_COLUMNS, cells)


def _csv(header: Sequence[str], cells: Any) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(cells)
    return text.getvalue()


def foreign(pen: Pen, table: Sequence[Row], names: Sequence[str], listed: Sequence[Row]) -> Doc:
    """The same ledger as a register with columns of its own; returns the block that reads it."""
    written(pen, table, listed)
    columns: Doc = {"id": "ref", "area": "size", "investment": "money", "weight": "w"}
    for name in ("county", "key_level", "land_route"):
        columns[name] = f"x_{name}"
    columns["kind"] = {"from": "x_kind", "map": {"I": "industry", "S": "social"}, "other": ""}
    columns["year"] = {"from": f"d_{names[0]}", "take": "year", "date": "%d/%m/%Y"}
    for name in names:
        columns[name] = _rule(pen, name)
    for name in ("withdrawn", f"planned_{names[0]}"):
        columns[name] = f"d_{name}"
    form: Doc = {"columns": columns}
    pen.maybe(form, "filter", 5, lambda: {"use": ["yes", "also"]})
    pen.maybe(form, "vintage", 5, lambda: "extract")
    pen.maybe(form, "skip_bad_rows", 5, lambda: True)
    theirs = [_theirs(row, names) for row in table]
    if "filter" in form:
        theirs.append({**theirs[0], "use": "no"})
    if "vintage" in form:
        theirs += [{**row, "extract": "2020-12"} for row in theirs]
    header = list(dict.fromkeys(key for row in theirs for key in row))
    pen.files["ledger.csv"] = _csv(header, ([row.get(c, "") for c in header] for row in theirs))
    return form


def _rule(pen: Pen, name: str) -> Any:
    """One of the ways to say where a date comes from; all say the same here."""
    theirs, pattern = f"d_{name}", {"date": "%d/%m/%Y"}
    return pen.pick(
        {"from": theirs, **pattern},
        {"earliest_of": [theirs, f"e_{name}"], **pattern},
        {"latest_of": [theirs, f"e_{name}"], **pattern},
        {"from": theirs, "unknown_when": {"use": ["never"]}, **pattern},
        [{"when": {"use": "also"}, "from": f"e_{name}", **pattern}, {"from": theirs, **pattern}],
        {"first_of": [f"i_{name}", f"i_{name}"]},
    )


def _theirs(row: Row, names: Sequence[str]) -> Row:
    """A row as the register has it: dates in their way, and once more beside it."""

    def shown(cell: Any) -> Any:
        return cell.strftime("%d/%m/%Y") if isinstance(cell, date) else cell

    found = {
        "ref": row["id"], "size": row["area"], "money": f"{row['investment']} 亿元", "w": row["weight"],
        "x_kind": row["kind"][:1].upper(), "use": "yes", "extract": "2021-01",
    }  # fmt: skip
    for name in ("county", "key_level", "land_route"):
        found[f"x_{name}"] = row[name]
    for name in names:
        cell = row.get(name, "")
        found |= {f"d_{name}": shown(cell), f"e_{name}": shown(cell), f"i_{name}": cell}
    for name in ("withdrawn", f"planned_{names[0]}"):
        found[f"d_{name}"] = row.get(name, "")
    return found
