"""Commands load what they use: what a command does not need is not imported, so it starts at once.

Nothing is timed here. Each command runs in a process of its own, and of the modules it left loaded none may
be among those it has no use for.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from forecasts.cli import main
from sim.scenario import read

DRAWING = ("matplotlib", "jinja2", "zhplot")
STATISTICS = ("statsmodels", "scipy.stats")
WORKBOOKS = ("xlsxwriter", "python_calamine")
ENGINE = ("numba", "simpy")
TABLES = ("pandas", "pyarrow")
ARRAYS = ("numpy", "scipy")
OTHER_COMMANDS = (
    "forecasts.forecasting", "forecasts.simulated", "forecasts.telling", "forecasts.lateness",
    "forecasts.comparing", "forecasts.lifetable", "forecasts.validate",
)  # fmt: skip

#: Of no use to any command that neither draws nor tests a difference.
NEVER = (*DRAWING, *STATISTICS, *WORKBOOKS, *OTHER_COMMANDS)
UNUSED: dict[str, tuple[str, ...]] = {
    "--help": (*NEVER, *ENGINE, *TABLES, *ARRAYS, "sim.scenario", "sim.ledger", "ruamel.yaml"),
    "run --help": (*NEVER, *ENGINE, *TABLES, *ARRAYS, "sim.scenario", "sim.ledger", "ruamel.yaml"),
    "scenarios": (*NEVER, *ENGINE, *TABLES, "sim.model", "sim.process"),
    "check hello": (*NEVER, *ENGINE, *TABLES, *ARRAYS, "sim.model", "rich"),
    "run hello --replications 2 --json": (*NEVER, "pandas"),
}

CODE = """
import sys
from forecasts.cli import main
try:
    main(sys.argv[2:])
except SystemExit as stop:
    assert not stop.code, stop.code
loaded = [name for name in sys.argv[1].split() if name in sys.modules]
assert not loaded, f"loaded: {loaded}"
"""


@pytest.mark.parametrize("command", UNUSED)
def test_a_command_imports_nothing_it_has_no_use_for(command: str, tmp_path: Path) -> None:
    words = command.split()
    if words[0] == "run" and "--help" not in words:
        words += ["--out", str(tmp_path / "run")]
    line = [sys.executable, "-c", CODE, " ".join(UNUSED[command]), *words]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_the_list_of_scenarios_builds_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("a scenario was built")

    monkeypatch.setattr(read, "_build", never)
    with pytest.raises(SystemExit) as stop:
        main(["scenarios"])
    assert not stop.value.code
