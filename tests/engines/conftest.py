"""Every hand-written case runs on every engine."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.engines.played import ENGINES, play


@pytest.fixture(params=sorted(ENGINES))
def run(request: pytest.FixtureRequest) -> Any:
    """Build a world, run it on an engine, return what happened."""
    return partial(play, request.param)
