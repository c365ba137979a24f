"""Rules on items: accepted with papers missing, on a promise, together, in parts, or only for a time."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.spec import Block, FixedTime, Label, Share, StatusBlock, TimeLaw, Whole, wrong


class Tolerance(StatusBlock):
    """Items accepted with secondary papers missing."""

    share: Share
    postponed: Share | None = Field(None, description="part of the preparation left for later")
    fails: Share | None = Field(None, description="share of later checks that fail")
    due_at: str | None = Field(None, description="activity before which the papers must be in")
    allowed: FixedTime | None = Field(
        None, description="natural time after the item's end in which papers may come; later = failed"
    )
    on_failure: Literal["suspended", "revoked"] = Field(
        "revoked", description="revoked: the item is done again; suspended: `suspension` is added"
    )
    suspension: TimeLaw | None = Field(None, description="how long a suspended approval waits")

    @model_validator(mode="after")
    def _suspended(self) -> Tolerance:
        """Ask for the length of a suspension exactly where there is one."""
        if (self.on_failure == "suspended") != (self.suspension is not None):
            raise wrong("`on_failure: suspended` and `suspension:` together", "give both, or neither")
        return self


class Commitment(StatusBlock):
    """Items approved on a promise and checked later."""

    items: tuple[str, ...] = Field(min_length=1, description="activities that may be approved on a promise")
    share: Share = Field(description="share of projects that promise, item by item")
    work: TimeLaw = Field(description="work of the item where it was promised")
    check: TimeLaw = Field(description="work of the later check")
    due_at: str = Field(description="activity before which the check must have been passed")
    fails: Share | None = Field(None, description="share of checks that fail")
    on_failure: Literal["correction", "revoked"] = Field(
        "revoked", description="revoked: the item is done again; correction: `correction` is added"
    )
    correction: TimeLaw | None = Field(None, description="how long a failed check takes to put right")

    @model_validator(mode="after")
    def _corrected(self) -> Commitment:
        """Ask for the length of a correction exactly where there is one."""
        if (self.on_failure == "correction") != (self.correction is not None):
            raise wrong("`on_failure: correction` and `correction:` together", "give both, or neither")
        return self


class Merge(Block):
    """Items that are one case: one queue entry, one set of rounds, the longest of their works."""

    items: tuple[str, ...] = Field(min_length=2, description="activities that are done together")
    label: Label | None = Field(None, description="what people read; left out: the new name")
    resource: str | None = Field(None, description="left out: that of the first item that has one")


class Consolidation(Block):
    """Items that are done together, and items that are no longer done."""

    merge: dict[str, Merge] = Field(default_factory=dict, description="new name -> what is done together")
    cut: tuple[str, ...] = Field((), description="items that are cut; who waited for one waits as it did")


class Split(StatusBlock):
    """An activity done in two parts: `<X>.first`, then the rest, which keeps its name."""

    at: Share = Field(description="part of the drawn work that is done first")
    after: tuple[str, ...] | None = Field(
        None, description="what the first part waits for (`Y.first` too); left out: as the activity"
    )


class Lapse(Block):
    """A permit that is lost when it is not used in time; the item is then done again, once."""

    item: str = Field(description="activity whose end begins the term")
    before: str = Field(description="activity that has to be able to begin within the term")
    after: FixedTime = Field(description="natural time until the permit lapses")
    extensions: Whole = Field(0, ge=0, le=20, description="how often the term is extended ...")
    extension: FixedTime | None = Field(None, description="... each time by so much")

    @model_validator(mode="after")
    def _extended(self) -> Lapse:
        """Ask for the length of an extension exactly where there is one."""
        if (self.extensions > 0) != (self.extension is not None):
            raise wrong("`extensions` and `extension` together", "give both, or neither")
        return self
