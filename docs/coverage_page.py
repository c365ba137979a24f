"""Write docs/reference/coverage.md: each mechanism, its switch, test and effect, and how far its sign holds.

``python docs/coverage_page.py`` goes on where it stopped: finished effects lie in ``runs/coverage.csv``, by
the hash of both models. ``--check`` writes nothing and ends with 1 if the rows are not the tables'.
"""

from __future__ import annotations

import csv
import math
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import get_args

from generate import table

from forecasts.effects import LEVEL, LOOKS, Effect, End, Pairing, Robustness, Shelf, effect_of, shown_by
from forecasts.mechanisms import Mechanism, all_mechanisms
from sim.errors import KaigongError
from sim.provenance import content_hash
from sim.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "coverage.md"
STORE = ROOT / "runs" / "coverage.csv"
TESTS = "tests/effects/test_mechanisms.py"

HEADS = ("Row", "Mechanism 机制", "Switch 开关", "Keys 字段", "Measure 指标", "Facts 依据")
FOUND = ("Effect 效果", "n", "Sign in replications 同号占比", "Sign over assumed ranges 假定范围内符号")

INTRO = f"""\
<!-- Written by docs/coverage_page.py; do not edit. -->

# Mechanisms covered 机制覆盖表

Every mechanism that the texts of the places name, the switch that stands for it in the place's scenario, and
what switching it **on** does to one measure, with the same draws on both sides. Sizes come from assumed
parameters unless a fact is named: the *sign* is what is claimed, and it is tested by
`{TESTS}`: `test_direction[ROW]`, or `test_shows[ROW]` where only an output shows the
mechanism. 效果为同一随机数下开与关之差;所检验者为符号,大小多出自假定参数。

- **Effect**: mean of (on - off) with its {LEVEL:.0%} interval, and the value without the mechanism. Natural
  days; shares in percentage points; money in 亿元. The parameters are drawn from their ranges.
- **n**: replications (looked at after {", ".join(str(n) for n in LOOKS)}; the first look that separates the
  effect from zero is the last) × projects of the group.
- **Sign in replications**: share of the replications that differ and have the sign expected.
- **Sign over assumed ranges**: the switch's own parameters all at the low, then all at the high end of their
  ranges, everything else drawn. A sign that flips there, or cannot be separated from zero, is said.
"""

#: Unit of a measure and what its values are multiplied with.
UNITS: Mapping[str, tuple[str, float]] = {
    "days": ("d", 1), "wait": ("d", 1), "stops": ("d", 1),
    "share": ("points", 100), "within": ("points", 100), "withdrawn": ("points", 100),
    "overdue": ("points", 100), "stopped": ("stops", 1), "visits": ("visits", 1),
    "signed": ("projects", 1), "rank": ("places", 1), "invested": ("亿元", 1), "reported": ("亿元", 1),
}  # fmt: skip

#: Measures that are read otherwise than when effects were first stored: those are worked out again.
EDITIONS: Mapping[str, Sequence[str]] = {
    name: ["a wait ends with the project's withdrawal"] for name in ("wait", "stops")
}


class Store:
    """Finished effects on disk, a line each; what a killed run leaves is read again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[tuple[str, str], Effect] = {}
        names = [f.name for f in fields(Effect)]
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        for row in csv.DictReader(text.splitlines()):
            if all(row.get(name) for name in names):  # else cut off in the middle
                self._found[row["key"], row["end"]] = _effect(row)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not text:
            self._add(["key", "end", *names])
        elif not text.endswith("\n"):
            self._add([])

    def _add(self, cells: Sequence[object]) -> None:
        with self._path.open("a", encoding="utf-8", newline="") as lines:
            lines.write(",".join(str(cell) for cell in cells) + "\n")

    def effect(self, pairing: Pairing, key: str, end: End) -> Effect:
        """Return an effect, worked out if it is not there."""
        if (key, end) not in self._found:
            made = effect_of(pairing, end, told=_tell)
            self._add([key, end, *asdict(made).values()])
            self._found[key, end] = made
        return self._found[key, end]


def _effect(row: Mapping[str, str]) -> Effect:
    numbers = {name: float(row[name]) for name in ("mean", "low", "high", "without", "share")}
    whole = {name: int(row[name]) for name in ("replications", "projects")}
    return Effect(**numbers, **whole, sign=row["sign"])  # type: ignore[arg-type]


def _tell(row: str, end: str, done: int, total: int) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{row} {end}: {done} of at most {total} replications\033[K")
        sys.stderr.flush()


def key_of(pairing: Pairing) -> str:
    """Return what an effect depends on, as a hash: models, measure, group, looks, seed."""
    row = pairing.mechanism
    models = [pairing.models[name].content_hash for name in sorted(pairing.models)]
    edition = EDITIONS.get(row.measure.name, [])
    return content_hash([models, row.written, row.group, row.direction, list(LOOKS), pairing.seed, *edition])[
        :24
    ]


def robustness(pairing: Pairing, store: Store) -> Robustness:
    """Return the effect at every end of the ranges, from the store where it is there."""
    key = key_of(pairing)
    ends: tuple[End, ...] = get_args(End) if pairing.ranges else ("drawn",)
    return Robustness({end: store.effect(pairing, key, end) for end in ends})


def still(row: Mechanism) -> list[str]:
    """Return the cells that do not depend on a run."""
    group = "" if row.group == "all" else f"<br>`{row.group}`"
    arrow = "↑" if row.direction > 0 else "↓"
    how = "" if row.shows else f"<br>{'forecast' if row.dated else 'compare'}, {arrow} expected"
    switch = "output" if row.shows else f"`{row.switch}`" + (" (takes it away)" if row.turned_off else "")
    given = f"<br>both sides `{row.given}`" if row.given else ""
    title = f"{row.title['en']}<br>{row.title['zh']}"
    keys = ", ".join(f"`{key}`" for key in row.keys)
    return [row.id, title, switch + given, keys, f"`{row.written}`{group}{how}", ", ".join(row.facts)]


def found(row: Mechanism, shelf: Shelf, store: Store) -> list[str]:
    """Return the cells of a run; what went wrong stands in the first."""
    try:
        if row.shows:
            with tempfile.TemporaryDirectory() as folder:
                lists = shown_by(row, Path(folder))
            said = ", ".join(f"`{name}` ({size} rows)" for name, size in lists.items())
            return [said or "**no output named**", "", "", ""]
        effects = robustness(Pairing.of(row, shelf), store)
    except KaigongError as error:
        return [f"**fails**: {str(error).splitlines()[0]}", "", "", ""]
    effect = effects.effects["drawn"]
    said = effects.said()
    share = "" if math.isnan(effect.share) else f"{effect.share:.0%}"
    count = f"{effect.replications} × {effect.projects}"
    return [written(row, effect), count, share, said if said.startswith("holds") else f"**{said}**"]


def written(row: Mechanism, effect: Effect) -> str:
    """Return an effect in words, with its interval and the value it starts from."""
    unit, factor = UNITS[row.measure.name]
    mean, low, high, without = (x * factor for x in (effect.mean, effect.low, effect.high, effect.without))
    digits = 0 if max(abs(low), abs(high)) >= 100 else 1 if max(abs(low), abs(high)) >= 1 else 3
    of = f"{without:.{digits}f}{'' if factor == 1 else ' %'}"
    return f"{mean:+.{digits}f} {unit} ({low:+.{digits}f} to {high:+.{digits}f}) of {of}"


def sections(rows: Sequence[Mechanism]) -> Iterator[tuple[str, list[Mechanism]]]:
    """Yield the rows of each place under its heading."""
    for place in dict.fromkeys(row.place for row in rows):
        title = load_scenario(place).title
        name = f"{title.en} {title.zh}" if title else place
        yield f"## {name}", [row for row in rows if row.place == place]


def page(rows: Sequence[Mechanism], store: Store) -> str:
    """Return the page; every row that has to be run is run."""
    shelf, parts, said = Shelf(), [], dict[str, int]()
    for heading, mine in sections(rows):
        lines = []
        for row in mine:
            cells = found(row, shelf, store)
            verdict = "shown by an output" if row.shows else re.sub(r"\*", "", cells[3] or "fails")
            said[verdict] = said.get(verdict, 0) + 1
            lines.append([*still(row), *cells])
            sys.stderr.write(
                f"\r\033[K{row.id} {cells[0]} {cells[3]}\n" if sys.stderr.isatty() else f"{row.id}\n"
            )
        shelf = Shelf()  # models of one place are of no use to the next
        parts += [heading, table([*HEADS, *FOUND], lines)]
    summary = "\n".join(
        f"- {verdict}: {count}" for verdict, count in sorted(said.items(), key=lambda i: -i[1])
    )
    return (
        "\n\n".join([INTRO + f"\n{len(rows)} rows by what can be said of the sign:\n\n{summary}", *parts])
        + "\n"
    )


def stale(rows: Sequence[Mechanism], text: str) -> list[str]:
    """Return the rows whose cells, numbers apart, are not those of the page; and rows that are gone."""
    there = {
        line.split(" | ")[0].removeprefix("| "): line for line in text.splitlines() if line.startswith("| ")
    }
    expected = {row.id: "| " + " | ".join(c.replace("|", "\\|") for c in still(row)) + " |" for row in rows}
    wrong = [name for name, cells in expected.items() if not there.get(name, "").startswith(cells)]
    return wrong + [name for name in there if name not in expected and name != HEADS[0]]


def main(arguments: Sequence[str]) -> int:
    """Write the page, or check its rows."""
    rows = all_mechanisms()
    if "--check" in arguments:
        old = stale(rows, PAGE.read_text(encoding="utf-8") if PAGE.is_file() else "")
        for name in old:
            sys.stderr.write(f"{name}: not as in the tables; run python docs/coverage_page.py\n")
        return 1 if old else 0
    try:
        text = page(rows, Store(STORE))
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped: the same command goes on where it stopped\n")
        return 3
    PAGE.write_text(text, encoding="utf-8")
    return 1 if any(f"**{word}**" in text for word in ("fails", "no output named", "cannot separate")) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
