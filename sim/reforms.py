"""Reforms: dated, cited changes to a scenario; which of them are adopted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from sim.spec import Block, Date, Label, Status, wrong

#: Parts of a scenario that no reform may change: what the scenario *is*, and what projects are counted by.
UNTOUCHABLE: Final = (
    "schema", "name", "extends", "synthetic", "milestones", "counts", "reforms", "adopted", "ledger", "plan",
    "units", "attributes",
)  # fmt: skip


class Reform(Block):
    """A change to a scenario, as an overlay.

    Parameters
    ----------
    title : Label
    source : str, optional
        Who announced it, where.
    set : mapping
        Deep-merged over the scenario: mappings merge, lists and scalars replace.
    file : str, optional
        The overlay in a file of its own, beside the scenario, instead of `set`.

    Examples
    --------
    >>> Reform.model_validate({"title": "Parallel", "set": {"mode": {"approval": "parallel"}}}).title.en
    'Parallel'
    """

    title: Label | None = None
    source: str | None = None
    set: Mapping[str, Any] | None = Field(None, description="overlay: deep-merged over the scenario")
    file: str | None = Field(None, description="overlay file, instead of `set`")

    @model_validator(mode="after")
    def _one(self) -> Reform:
        """Ask for `set` or `file`, one of them."""
        if (self.set is None) == (self.file is None):
            raise wrong("either `set` or `file`", "write the overlay under `set`, or name its file")
        return self


class Adopted(Block):
    """A reform in force.

    Parameters
    ----------
    reform : str
        Name under `reforms:`.
    from_ : date
        First day in force (`from` in the file).
    applies : {"grandfathered", "switched"}
        To projects signed from that day; or to every item not yet joined on that day (laws only).
    """

    reform: str
    from_: Date = Field(alias="from")
    applies: Literal["grandfathered", "switched"] = "grandfathered"
    status: Status | None = None
    source: str | None = None
