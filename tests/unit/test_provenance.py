"""Content hashes that hold in every process, manifests, and files written whole or not at all."""

import subprocess
import sys
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from pydantic import BaseModel

from sim.clocks import Clock
from sim.provenance import Manifest, content_hash, versions


class Colour(Enum):
    RED = 1


@dataclass(frozen=True)
class Thing:
    a: int
    b: object = None
    derived: int = field(init=False, default=0)


class Model(BaseModel):
    a: int
    b: float = 1.0


def test_the_order_of_keys_does_not_count():
    one = {"a": 1, "b": {"x": 1.5, "y": None}}
    other = OrderedDict([("b", MappingProxyType({"y": None, "x": 1.5})), ("a", 1)])
    assert content_hash(one) == content_hash(other)
    assert content_hash({3, 1, 2}) == content_hash(frozenset({2, 3, 1}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0), (1, True), (0, None), ("1", 1), ("a", b"a"), ([1, 2], [2, 1]), ([[1], 2], [1, [2]]),
        ((), None),
        (["ab", "c"], ["a", "bc"]), ({"a": 1}, {"a": 2}), ({"a": 1}, [("a", 1)]), (0.1, 0.1 + 1e-17 * 10),
        (date(2021, 1, 1), datetime(2021, 1, 1)), (date(2021, 1, 1), "2021-01-01"), (Thing(1), Thing(2)),
        (Thing(1), {"a": 1, "b": None}), (Colour.RED, 1), (Model(a=1), Model(a=2)), (0.0, -0.0),
        (np.zeros(2), np.zeros(3)), (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.zeros(2), np.zeros(2, np.float32)),
        (np.array([1, 2]), [1, 2]),
        (np.array(["a", "bc"], object), np.array(["ab", "c"], object)),
    ],
)  # fmt: skip
def test_what_differs_hashes_differently(one, other):
    assert content_hash(one) != content_hash(other)


def test_what_is_equal_hashes_equally():
    table = np.arange(6).reshape(2, 3)
    assert content_hash(table) == content_hash(np.asfortranarray(table))
    assert content_hash(table) == content_hash(table.astype(">i8"))
    assert content_hash((1, 2)) == content_hash([1, 2]) == content_hash(range(1, 3))
    assert content_hash(np.float64(0.5)) == content_hash(0.5)
    assert content_hash(np.int32(5)) == content_hash(5)
    assert content_hash(np.bool_(True)) == content_hash(True)
    assert content_hash(Clock("a", [0, 5], [5, 9])) == content_hash(Clock("a", [0], [9]))
    assert content_hash(Model(a=1)) == content_hash(Model(a=1, b=1.0))


def test_derived_fields_do_not_count():
    thing = Thing(1)
    object.__setattr__(thing, "derived", 5)
    assert content_hash(thing) == content_hash(Thing(1))


def test_a_path_is_its_bytes(tmp_path: Path):
    first, second = tmp_path / "a.csv", tmp_path / "b.csv"
    first.write_text("x")
    second.write_text("x")
    assert content_hash(first) == content_hash(second) != content_hash("x")
    second.write_text("y")
    assert content_hash(first) != content_hash(second)


def test_hashes_hold_in_another_process():
    code = "from sim.provenance import content_hash as h; print(h({'b': [1, 0.5, '开工'], 'a': {1, 2}}))"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == content_hash({"a": {2, 1}, "b": (1, 0.5, "开工")})


def test_hashes_are_written_down():
    assert content_hash({"a": 1}) == "6cb6cf005d295164ceff926c84a1b8f4"


def test_what_has_no_content_is_refused():
    with pytest.raises(TypeError, match="got function, expected a value whose content can be hashed"):
        content_hash({"a": lambda: None})
    with pytest.raises(TypeError, match="got type, expected"):
        content_hash(Thing)


def test_versions_name_every_package_that_can_change_a_result():
    found = versions()
    assert list(found) == [
        "python",
        "code",
        "numpy",
        "scipy",
        "numba",
        "llvmlite",
        "simpy",
        "pandas",
        "kaigong",
        "chinesecalendar",
    ]
    assert found["numpy"] == np.__version__


def test_a_package_that_is_missing_is_unknown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sim.provenance._PACKAGES", ("no-such-package",))
    assert versions()["no-such-package"] == "unknown"


def test_a_manifest_comes_back_from_its_json():
    manifest = Manifest(
        "compare", "kaifeng", 1, 200, inputs={"ledger": "ab"},
        options={"reforms": ["A", "A+B"], "level": 0.95},
        projected_years=(2027, 2028), started="2026-01-01T00:00:00",
    )  # fmt: skip
    again = Manifest.from_json(manifest.to_json())
    assert again == manifest
    assert again.identity == manifest.identity
    assert '"identity": "' + manifest.identity in manifest.to_json()
    assert manifest.calendar.startswith("chinesecalendar ")


def test_the_identity_is_what_determines_the_result():
    base = Manifest("run", "kaifeng", 1, 200)
    assert Manifest("run", "kaifeng", 1, 200, started="now").identity == base.identity
    for other in (
        Manifest("run", "kaifeng", 2, 200),
        Manifest("run", "kaifeng", 1, 400),
        Manifest("run", "kaifeng", 1, 200, inputs={"ledger": "x"}),
        Manifest("run", "kaifeng", 1, 200, versions={"numpy": "1"}),
    ):
        assert other.identity != base.identity
