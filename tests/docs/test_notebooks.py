"""The tutorials run from top to bottom, and lie in the repository executed and small."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 600_000


def test_there_are_four() -> None:
    names = ["compare_reforms", "forecast_the_year", "how_good_are_forecasts", "policy_to_scenario"]
    assert [path.stem for path in NOTEBOOKS] == names


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_committed_executed_and_small(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    outputs = [output for cell in cells for output in cell.outputs]
    assert [
        output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"
    ] == []
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert path.stat().st_size < LARGEST
    assert str(Path.home()) not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_headings_are_bilingual(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    lines = [line for c in notebook.cells if c.cell_type == "markdown" for line in c.source.splitlines()]
    headings = [line for line in lines if line.startswith("#")]
    assert len(headings) >= 4
    for heading in headings:
        assert any("\u4e00" <= character <= "\u9fff" for character in heading), heading


@pytest.mark.parametrize(
    "name",
    [
        "compare_reforms",
        pytest.param("forecast_the_year", marks=pytest.mark.slow),
        pytest.param("how_good_are_forecasts", marks=pytest.mark.slow),
        pytest.param("policy_to_scenario", marks=pytest.mark.slow),
    ],
)
def test_runs_from_top_to_bottom(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    client = NotebookClient(notebook, timeout=400, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
    errors = [o for c in notebook.cells for o in c.get("outputs", []) if o.output_type == "error"]
    assert errors == []
