"""The effect of a mechanism: paired differences under common draws, until they are separated from zero."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from forecasts import api
from forecasts.comparing import cohort_of
from forecasts.inputs import Inputs, read_inputs
from forecasts.mechanisms import Mechanism, condition_of
from forecasts.readings import OFF, ON, Side, collected, members, read_pair
from sim.experiment import Collect, Outcome, pilot, replicate
from sim.model.arrays import Model
from sim.model.compile import compile_model, with_pilot
from sim.model.parts import Uncertain
from sim.provenance import content_hash
from sim.scenario import load_scenario

Floats = npt.NDArray[np.float64]
Sign = Literal["holds", "opposite", "cannot separate", "no effect"]
End = Literal["drawn", "low", "high"]

#: Replications at which the effect is looked at; a look that separates it ends the work.
LOOKS: Final = (8, 16, 32, 64, 128)

#: Level of the interval at each look: several looks are taken, so each is asked for more than the usual 95 %.
LEVEL: Final = 0.99

#: Told what is being run: row, end of the ranges, replications done, in all.
Told = Callable[[str, str, int, int], None]


@dataclass(frozen=True)
class Effect:
    """What switching a mechanism on does to its measure.

    Parameters
    ----------
    mean, low, high : float
        Of (with - without), NaN where there is none; the interval at `LEVEL`.
    without : float
        Value without the mechanism.
    replications, projects : int
        Replications run; projects of the group, the mean over replications where some may be signed later.
    share : float
        Share of the replications whose difference has the sign expected, of those that are not zero.
    sign : {"holds", "opposite", "cannot separate", "no effect"}
        "no effect": not one replication differs.
    """

    mean: float
    low: float
    high: float
    without: float
    replications: int
    projects: int
    share: float
    sign: Sign


def effect_of_values(on: Floats, off: Floats, direction: int, projects: int) -> Effect:
    """Reduce values by replication to an effect.

    Examples
    --------
    >>> effect_of_values(np.array([1.0, 2, 3]), np.array([5.0, 6.5, 7]), -1, 10).sign
    'holds'
    >>> effect_of_values(np.array([1.0, 2, 3]), np.array([1.0, 2, 3]), -1, 10).sign
    'no effect'
    """
    valid = ~np.isnan(on) & ~np.isnan(off)
    difference = (on - off)[valid]
    count, some = len(difference), difference[np.abs(difference) > 1e-9]
    if count < 2 or not len(some):
        mean = 0.0 if count else math.nan
        without = float(off[valid].mean()) if count else math.nan
        return Effect(mean, mean, mean, without, len(on), projects, math.nan, "no effect")
    mean, spread = float(difference.mean()), float(difference.std(ddof=1))
    half = float(stdtrit(count - 1, 0.5 + LEVEL / 2)) * spread / math.sqrt(count)
    low, high = mean - half, mean + half
    sign: Sign = "cannot separate"
    if low > 0 or high < 0:
        sign = "holds" if (low > 0) == (direction > 0) else "opposite"
    share = float((np.sign(some) == direction).mean())
    return Effect(mean, low, high, float(off[valid].mean()), len(on), projects, share, sign)


class Shelf:
    """What the rows of a place have in common: its inputs, and the models without any switch.

    Parameters
    ----------
    seed : int
    """

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        self._inputs: dict[tuple[str, bool, bool], Inputs] = {}
        self._models: dict[tuple[str, bool, bool, str], Model] = {}

    def plain(self, mechanism: Mechanism) -> tuple[Inputs, Model]:
        """Return the inputs of a mechanism's place, and the model without its switch."""
        place, dated = mechanism.place, mechanism.dated
        inputs = self._read(place, adopted=False, dated=dated)
        adopted = dated and not {a.reform for a in inputs.scenario.adopted} & set(mechanism.switch.split("+"))
        inputs = self._read(place, adopted=adopted, dated=dated)
        key = (place, adopted, dated, mechanism.given)
        if key not in self._models:
            scenario = inputs.scenario.with_reforms(_names(mechanism.given))
            self._models[key] = self.compiled(replace(inputs, scenario=scenario))
        return inputs, self._models[key]

    def _read(self, place: str, *, adopted: bool, dated: bool) -> Inputs:
        key = (place, adopted, dated)
        if key not in self._inputs:
            self._inputs[key] = read_inputs(place, adopted=adopted, dated=dated)
        return self._inputs[key]

    def compiled(self, inputs: Inputs) -> Model:
        """Compile one side, as `forecast` or `compare` do."""
        scenario = inputs.scenario
        if inputs.as_of is None:
            ledger = cohort_of(scenario, inputs.ledger, dated=False)
            return compile_model(scenario, ledger, as_of=None, until=inputs.until, arrivals=False)
        model = compile_model(scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until)
        return with_pilot(model, pilot(model, self.seed, engine="auto", workers=None))


def _names(given: str) -> list[str]:
    return [given] if given else []


@dataclass(frozen=True)
class Pairing:
    """A mechanism compiled with and without its switch, on the same projects.

    Parameters
    ----------
    mechanism : Mechanism
    inputs : mapping of str to Inputs
        By `ON` and `OFF`.
    models : mapping of str to Model
    seed : int
    """

    mechanism: Mechanism
    inputs: Mapping[str, Inputs]
    models: Mapping[str, Model]
    seed: int = 1

    @classmethod
    def of(cls, mechanism: Mechanism, shelf: Shelf | None = None) -> Pairing:
        """Read and compile both sides.

        A comparison knows no adopted reform, as `kaigong compare`; a forecast has the adopted ones in force
        unless the switch is one of them.
        """
        shelf = shelf or Shelf()
        inputs, model = shelf.plain(mechanism)
        reforms = [*_names(mechanism.given), mechanism.switch]
        changed = replace(inputs, scenario=inputs.scenario.with_reforms(reforms))
        plain = replace(inputs, scenario=inputs.scenario.with_reforms(_names(mechanism.given)))
        names = (OFF, ON) if mechanism.turned_off else (ON, OFF)
        return cls(
            mechanism,
            dict(zip(names, (changed, plain), strict=True)),
            dict(zip(names, (shelf.compiled(changed), model), strict=True)),
            shelf.seed,
        )

    @cached_property
    def ranges(self) -> frozenset[Uncertain]:
        """The uncertain parameters that only one side has: those of the switch."""
        on, off = (frozenset(self.models[name].parameters) for name in (ON, OFF))
        return on ^ off

    def at(self, end: End) -> Pairing:
        """Return the pairing with the parameters of the switch at one end of their ranges."""
        if end == "drawn":
            return self
        return replace(self, models={name: _pinned(m, self.ranges, end) for name, m in self.models.items()})

    def effects(self, looks: tuple[int, ...] = LOOKS) -> Iterator[Effect]:
        """Yield the effect at every look; the last look is the last of `looks`."""
        mechanism = self.mechanism
        group = members(self.models[OFF], condition_of(mechanism.group), mechanism.group)
        values: list[tuple[Floats, Floats]] = []
        taking_part = done = 0
        for look in looks:
            numbers = range(done, look)
            sides = {
                name: Side(inputs, self.models[name], self._run(name, numbers))
                for name, inputs in self.inputs.items()
            }
            values.append(read_pair(sides, mechanism.measure, group))
            taking_part += int(sides[OFF].outcome.active[:, group].sum())
            on, off = (np.concatenate(column) for column in zip(*values, strict=True))
            yield effect_of_values(on, off, mechanism.direction, round(taking_part / look))
            done = look

    def _run(self, name: str, numbers: range) -> Outcome:
        collect: Collect = collected(self.mechanism.measure, self.inputs[name])
        return replicate(self.models[name], self.seed, numbers, engine="auto", collect=collect, workers=None)


def _pinned(model: Model, ranges: frozenset[Uncertain], end: End) -> Model:
    """Return a model in which some parameters are drawn at one end of their ranges only."""

    def at(one: Uncertain) -> Uncertain:
        value = one.low if end == "low" else one.high
        return replace(one, value=value, low=value, high=value) if one in ranges else one

    digest = content_hash([model.content_hash, end, sorted(p.name for p in ranges)])
    return replace(model, parameters=tuple(at(p) for p in model.parameters), content_hash=digest)


def effect_of(
    pairing: Pairing, end: End = "drawn", *, looks: tuple[int, ...] = LOOKS, told: Told | None = None
) -> Effect:
    """Return the effect of a mechanism, with no more replications than separate it from zero.

    Parameters
    ----------
    pairing : Pairing
    end : {"drawn", "low", "high"}
        Where the switch's own parameters stand in their ranges; all others are drawn.
    looks : tuple of int
        Replications at which to look.
    told : callable, optional
        Told of every look.

    Returns
    -------
    Effect

    Raises
    ------
    InputError
        If the group is empty, or the measure names what the scenario has not.
    """
    found: Effect | None = None
    for found in pairing.at(end).effects(looks):
        if told is not None:
            told(pairing.mechanism.id, end, found.replications, looks[-1])
        if found.sign in ("holds", "opposite"):
            break
    assert found is not None  # there is at least one look
    return found


@dataclass(frozen=True)
class Robustness:
    """Whether the sign of an effect survives the ranges assumed for its switch.

    Parameters
    ----------
    effects : mapping of str to Effect
        By `End`; only ``drawn`` where the switch brings no range of its own.
    """

    effects: Mapping[End, Effect]

    def said(self) -> str:
        """Say in a few words whether the sign holds."""
        if self.effects["drawn"].sign != "holds":
            return self.effects["drawn"].sign
        wrong = [f"{e.sign} at the {end} end" for end, e in self.effects.items() if e.sign != "holds"]
        if wrong:
            return "; ".join(wrong)
        return "holds" if len(self.effects) > 1 else "holds (no range of its own)"


def robustness(pairing: Pairing, *, looks: tuple[int, ...] = LOOKS, told: Told | None = None) -> Robustness:
    """Return the effect over drawn parameters, and with those of the switch at either end of their ranges."""
    ends: tuple[End, ...] = ("drawn", "low", "high") if pairing.ranges else ("drawn",)
    return Robustness({end: effect_of(pairing, end, looks=looks, told=told) for end in ends})


def shown_by(mechanism: Mechanism, folder: Path) -> dict[str, int]:
    """Return the lists of results that the note of a row names, with their lengths.

    Parameters
    ----------
    mechanism : Mechanism
        A row without a switch.
    folder : Path
        For the runs that are made: a forecast, and a comparison where the note speaks of one.

    Returns
    -------
    dict of str to int
        Empty if the note names none.
    """
    words = set(re.findall(r"[a-z_]+", mechanism.note))
    made = [api.forecast(mechanism.place, replications=2, out=folder / "forecast").result]
    if "compare" in words:
        first = next(iter(load_scenario(mechanism.place).reforms))
        made.append(api.compare(mechanism.place, first, replications=2, out=folder / "compare").result)
    found: dict[str, int] = {}
    for result in made:
        for key, value in result.items():
            # lists of names, such as the parameters assumed, are no output
            if key in words and isinstance(value, list) and all(isinstance(v, dict) for v in value):
                found[key] = max(found.get(key, 0), len(value))
    return found
