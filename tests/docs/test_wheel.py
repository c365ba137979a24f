"""The wheel carries what the command needs: it runs in an empty folder, far from the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow


def call(*words: str | Path, cwd: Path, **environment: str) -> str:
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False,
        env={**{k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    call(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (found,) = folder.glob("kaigong-*.whl")
    return found


def test_it_carries_the_scenarios_and_no_more(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"sim", "forecasts", "scenarios"}
    for name in ("hello/scenario.yaml", "hello/ledger.csv", "kaifeng/scenario.yaml", "kaifeng/portfolio.csv"):
        assert f"scenarios/{name}" in names
    assert not [name for name in names if "__pycache__" in name or "mypy_cache" in name]


def test_it_runs_where_there_is_no_repository(wheel: Path, tmp_path: Path) -> None:
    environment, empty = tmp_path / "venv", tmp_path / "empty"
    empty.mkdir()
    call(sys.executable, "-m", "venv", "--without-pip", environment, cwd=tmp_path)
    python = environment / "bin" / "python"
    packages = Path(
        call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=empty).strip()
    )
    install = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index")
    call(*install, "--target", packages, wheel, cwd=empty)
    # The dependencies are those of the environment the tests run in; kaigong itself is the wheel's.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    run = (python, "-c", "import sys; from forecasts.cli import main; main(sys.argv[1:])")
    where = call(python, "-c", "import sim, forecasts; print(sim.__file__, forecasts.__file__)", cwd=empty)
    assert str(ROOT) not in where
    said = call(*run, "scenarios", cwd=empty, COLUMNS="160")
    assert "hello" in said
    assert "kaifeng" in said
    assert "0 error(s)" in call(*run, "check", "hello", cwd=empty)
    assert call(*run, "forecast", "hello", "--replications", "4", cwd=empty).strip().endswith(".html")
    assert list((empty / "runs").glob("*/report.zh.html"))
