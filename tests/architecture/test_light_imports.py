"""`kaigong check` stays light: it loads no engine compiler, no plotting, no statistics package."""

from __future__ import annotations

import subprocess
import sys


def test_check_imports_neither_numba_nor_matplotlib_nor_statsmodels() -> None:
    code = (
        "import sys\n"
        "from forecasts.cli import main\n"
        "try:\n    main(['check', 'hello'])\n"
        "except SystemExit as stop:\n    assert not stop.code, stop.code\n"
        "heavy = [m for m in ('numba', 'matplotlib', 'statsmodels') if m in sys.modules]\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
