"""The house holds: imports go down, never round in a circle, and no room outgrows its walls."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Rooms by floor, lowest first; a room may import from lower floors and from itself.
FLOORS: tuple[tuple[str, ...], ...] = (
    (
        "sim.errors",
        "sim.atomic",
        "sim.columns",
        "sim.quantities",
        "sim.quantiles",
        "sim.workdays",
        "sim.clocks",
        "sim.jit",
    ),
    ("sim.keyed", "sim.philox", "sim.lawbook", "sim.special"),
    ("sim.families", "sim.laws", "sim.ledger", "sim.plan", "sim.trace", "sim.provenance"),
    ("sim.spec",),
    ("sim.items", "sim.resources", "sim.reforms", "sim.score"),
    ("sim.scenario", "sim.process"),
    ("sim.present", "sim.arrivals"),
    ("sim.model",),
    ("sim.sampling",),
    ("sim.review",),
    ("sim.engine",),
    ("sim.waits", "sim.paths", "sim.rates", "sim.investment", "sim.queues", "sim.limits", "sim.ranks"),
    ("sim.cohorts", "sim.experiment", "sim.comparison", "sim.store"),
    ("sim.checking", "sim.explain", "forecasts.records"),
    ("forecasts.months", "forecasts.scores", "forecasts.bootstrap"),
    ("forecasts.history", "forecasts.level", "forecasts.monthly"),
    ("forecasts.delay", "forecasts.series", "forecasts.blend"),
    ("forecasts.vintages", "forecasts.chain", "forecasts.inyear", "forecasts.filings", "forecasts.hazards"),
    ("forecasts.nowcast",),
    ("forecasts.ledgerforecast", "forecasts.landmark"),
    (
        "forecasts.inputs",
        "forecasts.mechanisms",
        "forecasts.outlook",
        "forecasts.lifetable",
        "forecasts.published",
        "forecasts.scoring",
        "forecasts.todate",
    ),
    ("forecasts.money", "forecasts.glossary", "forecasts.columns", "forecasts.yearend"),
    (
        "forecasts.words",
        "forecasts.cells",
        "forecasts.path",
        "forecasts.warning",
        "forecasts.ratings",
        "forecasts.said",
        "forecasts.results",
        "forecasts.headline",
        "forecasts.progress",
        "forecasts.asked",
        "forecasts.durations",
        "forecasts.measured",
    ),
    ("forecasts.earned",),
    ("forecasts.simulated",),
    ("forecasts.past", "forecasts.hindcast", "forecasts.cohorts", "forecasts.indicators", "forecasts.shocks"),
    ("forecasts.combined", "forecasts.record"),
    (
        "forecasts.nextlist",
        "forecasts.standing",
        "forecasts.readings",
        "forecasts.record",
        "forecasts.backtest",
        "forecasts.archive",
        "forecasts.telling",
        "forecasts.lateness",
    ),
    (
        "forecasts.judging",
        "forecasts.comparing",
        "forecasts.forecasting",
        "forecasts.running",
        "forecasts.validate",
    ),
    ("forecasts.plots", "forecasts.report", "forecasts.shown", "forecasts.alarm"),
    ("forecasts.made",),
    ("forecasts.api",),
    ("forecasts.batch", "forecasts.effects"),
    ("forecasts.cli",),
)
FLOOR_OF = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}


def modules() -> dict[str, Path]:
    files = [p for top in ("sim", "forecasts") for p in sorted((ROOT / top).rglob("*.py"))]
    return {".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): p for p in files}


def room_of(module: str) -> str | None:
    names = module.split(".")
    return ".".join(names[:2]) if len(names) > 1 else None


def imported(module: str, path: Path) -> Iterator[str]:
    known = modules()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if full in known:
                    yield full
                elif node.module in known:
                    yield node.module


@pytest.mark.parametrize("module", sorted(modules()))
def test_every_module_has_a_floor_and_imports_only_downward(module: str) -> None:
    room = room_of(module)
    if room is None:
        return
    assert room in FLOOR_OF, f"{room} has no floor: give it one in FLOORS"
    for target in imported(module, modules()[module]):
        other = room_of(target)
        if other is None or other == room:
            continue
        assert FLOOR_OF[other] <= FLOOR_OF[room], f"{module} imports upward: {target}"


def test_no_circles() -> None:
    edges = {m: set(imported(m, p)) - {m} for m, p in modules().items()}
    done: set[str] = set()

    def visit(node: str, path: tuple[str, ...]) -> None:
        assert node not in path, " -> ".join([*path[path.index(node) :], node])
        if node not in done:
            for following in sorted(edges[node]):
                if modules()[following].name != "__init__.py":
                    visit(following, (*path, node))
            done.add(node)

    for start in sorted(edges):
        visit(start, ())


def test_sim_never_imports_forecasts() -> None:
    for module, path in modules().items():
        if module.startswith("sim"):
            assert not [t for t in imported(module, path) if t.startswith("forecasts")], module


@pytest.mark.parametrize("module", sorted(modules()))
def test_files_stay_short_and_free_of_stars_and_globals(module: str) -> None:
    path = modules()[module]
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 420, f"{path.name} has outgrown its room"
    for node in ast.walk(ast.parse(text)):
        assert not isinstance(node, ast.Global), f"{module}:{node.lineno} global state"
        if isinstance(node, ast.ImportFrom):
            assert all(a.name != "*" for a in node.names), f"{module}:{node.lineno} star import"


def test_no_item_or_city_is_named_in_engine_code() -> None:
    words = ("Kaifeng", "LND", "EPP", "land_route", "technology", "开封")
    for path in (ROOT / "sim" / "engine").glob("*.py"):
        found = [w for w in words if w in path.read_text(encoding="utf-8")]
        assert not found, f"{path.name} names {found}"
