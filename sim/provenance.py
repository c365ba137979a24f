"""Where a result comes from: content hashes, versions, and the manifest of a run."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
import platform
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np

_DIGEST: Final = 16
_PACKAGES: Final = ("numpy", "scipy", "numba", "llvmlite", "simpy", "pandas", "kaigong", "chinesecalendar")


def _joined(tag: str, parts: list[bytes]) -> bytes:
    """Return the digest of a tagged list; lengths are fixed, so no two lists collide by joining."""
    whole = hashlib.blake2b(tag.encode() + b"\0", digest_size=_DIGEST)
    for part in parts:
        whole.update(part)
    return whole.digest()


def _leaf(tag: str, data: bytes) -> bytes:
    """Return the digest of one value."""
    return _joined(tag, [data])


def _scalar(obj: object) -> bytes | None:  # noqa: PLR0911
    """Return the digest of a value without parts, None for others."""
    if obj is None or isinstance(obj, bool):
        return _leaf("none" if obj is None else "bool", b"" if obj is None else bytes([bool(obj)]))
    if isinstance(obj, enum.Enum):
        return _joined("enum", [_leaf("str", type(obj).__qualname__.encode()), _digest(obj.value)])
    if isinstance(obj, int):
        return _leaf("int", str(int(obj)).encode())
    if isinstance(obj, float):
        return _leaf("float", struct.pack("<d", float(obj)))
    if isinstance(obj, str):
        return _leaf("str", obj.encode())
    if isinstance(obj, (bytes, bytearray)):
        return _leaf("bytes", bytes(obj))
    if isinstance(obj, (date, datetime, time)):
        return _leaf(type(obj).__name__, obj.isoformat().encode())
    if isinstance(obj, Path):
        return _leaf("file", obj.read_bytes())
    return None


def _of_numpy(obj: object) -> bytes | None:
    """Return the digest of an array or of one of its numbers, None for others."""
    import numpy as np  # noqa: PLC0415 - here: checking a scenario hashes none, and does not pay for it

    if isinstance(obj, np.ndarray):
        return _array(obj)
    if isinstance(obj, np.floating):
        return _scalar(float(obj))
    return _scalar(obj.item()) if isinstance(obj, np.bool_ | np.integer | np.character) else None


def _array(obj: np.ndarray[Any, np.dtype[Any]]) -> bytes:
    """Return the digest of an array: type, shape and values in C order, whatever its byte order."""
    if obj.dtype.hasobject:
        return _joined("objects", [_digest(obj.shape), *(_digest(item) for item in obj.ravel().tolist())])
    plain = obj.astype(obj.dtype.newbyteorder("<"), order="C", copy=False)
    head = [_leaf("str", plain.dtype.str.encode()), _digest(obj.shape)]
    return _joined("array", [*head, _leaf("bytes", plain.tobytes())])


def _named(obj: object) -> bytes | None:
    """Return the digest of a dataclass or of a model with `model_dump`, None for others."""
    if dataclasses.is_dataclass(obj) and not isinstance(obj, type):
        # Fields that are not arguments are derived from the others.
        parts = {f.name: getattr(obj, f.name) for f in dataclasses.fields(obj) if f.init}
    elif hasattr(obj, "model_dump"):
        parts = {name: getattr(obj, name) for name in type(obj).model_fields}  # type: ignore[attr-defined]
    else:
        return None
    return _joined("object", [_leaf("str", type(obj).__qualname__.encode()), _digest(parts)])


def _digest(obj: object) -> bytes:
    """Return the digest of any supported value."""
    found = _of_numpy(obj) if hasattr(obj, "dtype") else _scalar(obj)
    if found is not None:
        return found
    found = _named(obj)
    if found is not None:
        return found
    if isinstance(obj, Mapping):
        return _joined("mapping", sorted(_digest(key) + _digest(value) for key, value in obj.items()))
    if isinstance(obj, (tuple, list, range)):
        return _joined("sequence", [_digest(item) for item in obj])
    if isinstance(obj, (set, frozenset)):
        return _joined("set", sorted(_digest(item) for item in obj))
    raise TypeError(f"got {type(obj).__name__}, expected a value whose content can be hashed")


def content_hash(obj: object) -> str:
    """Return a hash of the content, the same in every process and on every machine.

    Parameters
    ----------
    obj : object
        Dataclasses (fields given at construction), mappings (in any order), sequences (a list equals a
        tuple), sets, arrays, text, numbers, dates, None; a `Path` stands for the bytes of its file.

    Returns
    -------
    str
        32 hexadecimal digits.

    Raises
    ------
    TypeError
        If a part has no content that could be hashed.

    Examples
    --------
    >>> content_hash({"a": 1, "b": 2.0}) == content_hash({"b": 2.0, "a": 1})
    True
    >>> content_hash(1) == content_hash(1.0)
    False
    """
    return _digest(obj).hex()


def versions() -> dict[str, str]:
    """Return the versions that can change a result; ``unknown`` where a package is not installed.

    Examples
    --------
    >>> sorted(versions())[:3]
    ['chinesecalendar', 'code', 'kaigong']
    """
    packages = {package: _version(package) for package in _PACKAGES}
    return {"python": platform.python_version(), "code": code_hash(), **packages}


@cache
def _version(package: str) -> str:
    """Return the version of a package, looked up once: it means reading and parsing a file."""
    from importlib import metadata  # noqa: PLC0415 - here: it loads half of `email`

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "unknown"


@cache
def code_hash() -> str:
    """Return a hash of kaigong's own source, so that an edited checkout never reads old results.

    Examples
    --------
    >>> len(code_hash())
    16
    """
    root = Path(__file__).resolve().parents[1]
    sources = sorted(p for top in ("sim", "forecasts") for p in (root / top).rglob("*.py"))
    return content_hash([(p.relative_to(root).as_posix(), p.read_bytes()) for p in sources])[:16]


def _calendar_edition() -> str:
    """Return the edition of the working-day calendar."""
    return f"chinesecalendar {versions()['chinesecalendar']}"


@dataclass(frozen=True)
class Manifest:
    """What a run was made from: enough to make it again, and to know that it need not be made.

    Parameters
    ----------
    command : str
        ``run``, ``compare`` or ``forecast``.
    scenario : str
    seed, replications : int
    inputs : mapping of str to str
        Content hash of each input (scenario, ledger, plan, overlays).
    options : mapping
        Everything else that changes the result, in JSON's types.
    model : mapping of str to str
        Content hash of each compiled model.
    synthetic : bool
    found : bool
        The run itself finds the number of replications, by a precision in `options`: so the number is not
        part of the identity.
    projected_years : tuple of int
    schema : int
        Version of the scenario schema.
    versions : mapping of str to str
    calendar : str
        Edition of the working-day calendar.
    started : str
        When the run began, ISO 8601; not part of the identity.

    Examples
    --------
    >>> one = Manifest("run", "kaifeng", seed=1, replications=200)
    >>> Manifest.from_json(one.to_json()) == one
    True
    """

    command: str
    scenario: str
    seed: int
    replications: int
    inputs: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, str] = field(default_factory=dict)
    synthetic: bool = True
    found: bool = False
    projected_years: tuple[int, ...] = ()
    schema: int = 1
    versions: Mapping[str, str] = field(default_factory=versions)
    calendar: str = field(default_factory=_calendar_edition)
    started: str = ""

    @property
    def identity(self) -> str:
        """Hash of all that determines the result; two runs with one identity are the same run."""
        beside = {"started", "replications"} if self.found else {"started"}
        parts = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name not in beside}
        return content_hash(parts)

    def differs_from(self, other: Manifest) -> tuple[str, ...]:
        """Return in what another run asks another question: command, scenario, files it was made from.

        The same question on tonight's files, with another seed or more replications does not differ.

        Examples
        --------
        >>> one = Manifest("run", "kaifeng", seed=1, replications=200)
        >>> one.differs_from(dataclasses.replace(one, seed=2))
        ()
        >>> one.differs_from(dataclasses.replace(one, command="forecast"))
        ('command',)
        """
        files = [manifest.options.get("paths", {}) for manifest in (self, other)]
        mine, theirs = ({name: Path(file).resolve() for name, file in each.items()} for each in files)
        beside = [name for name in ("command", "scenario") if getattr(self, name) != getattr(other, name)]
        known = sorted(mine.keys() | theirs.keys()) if mine and theirs else ()
        changed = [f"{name} file" for name in known if mine.get(name) != theirs.get(name)]
        return (*beside, *changed)

    def to_json(self) -> str:
        """Return the manifest as JSON text, keys sorted, with its identity."""
        content = {**dataclasses.asdict(self), "identity": self.identity}
        return json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Read what `to_json` wrote; keys of other versions are left out."""
        content = json.loads(text)
        names = {f.name for f in dataclasses.fields(cls)}
        known = {name: value for name, value in content.items() if name in names}
        return cls(**{**known, "projected_years": tuple(known.get("projected_years", ()))})
