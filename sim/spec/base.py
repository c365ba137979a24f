"""Base of every block of a scenario file: frozen, and no unknown key passes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, StrictBool, StrictInt, model_validator
from pydantic_core import PydanticCustomError

Status = Literal["sourced", "calibrated", "assumed"]
#: Read strictly: a date is no number of seconds, true is not 1, and "3" is a text.
Date = Annotated[date, Strict()]
Flag = StrictBool
Whole = StrictInt


def wrong(expected: str, remedy: str, got: str | None = None) -> PydanticCustomError:
    """Build the error of one value, in the words of `sim.errors.Problem`.

    Parameters
    ----------
    expected, remedy : str
    got : str, optional
        What was found, where the value alone (``a mapping``) does not say it.

    Examples
    --------
    >>> raise wrong("a share", "write `0.3`")
    Traceback (most recent call last):
    ...
    pydantic_core._pydantic_core.PydanticCustomError: expected a share; write `0.3`
    """
    context = {"expected": expected, "remedy": remedy, "got": got}
    return PydanticCustomError("kaigong", "expected {expected}; {remedy}", context)


def nearest(name: object, known: Iterable[str], *, what: str = "name") -> tuple[str, str]:
    """Say what was expected instead of a name nobody knows, and what to do.

    Returns
    -------
    expected, remedy : str

    Examples
    --------
    >>> nearest("capasity", ["capacity", "kind"], what="key")
    ('`capacity`', 'did you mean `capacity`?')
    >>> nearest("zzz", ["capacity", "kind"], what="key")
    ('a known key: capacity, kind', 'use one of them')
    """
    names = sorted(known)
    close = difflib.get_close_matches(str(name), names, n=1, cutoff=0.6)
    if close:
        return f"`{close[0]}`", f"did you mean `{close[0]}`?"
    if not names:
        return f"a known {what}; there is none", f"declare the {what} first, or leave this out"
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"a known {what}: {shown}", "use one of them"


class Block(BaseModel):
    """A mapping of a scenario file."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True)


class StatusBlock(Block):
    """A block whose literals share one status and source.

    Parameters
    ----------
    status : {"sourced", "calibrated", "assumed"}, optional
        Where the numbers inside come from; inherited from the block around when left out.
    source : str, optional
        The citation, or the reason of an assumption.
    range : "none", optional
        The literals inside are fixed: no replication draws them.
    """

    status: Status | None = Field(None, description="sourced, calibrated or assumed; inherited inside")
    source: str | None = Field(None, min_length=1, description="citation, or reason of the assumption")
    range: Literal["none"] | None = Field(None, description="`none`: literals inside are never drawn")


class Label(Block):
    """What people read: English and Chinese.

    Examples
    --------
    >>> Label.model_validate("Kaifeng").zh
    'Kaifeng'
    """

    en: str
    zh: str

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, raw: Any) -> Any:
        """Let one text stand for both languages."""
        if isinstance(raw, str):
            return {"en": raw, "zh": raw}
        if isinstance(raw, dict) and ("en" in raw) != ("zh" in raw):
            text = raw.get("en", raw.get("zh"))
            return {"en": text, "zh": text, **raw}
        return raw
