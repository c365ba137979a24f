"""The effect of a mechanism: paired differences under common draws, until they are separated from zero."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from forecasts.comparing import cohort_of
from forecasts.inputs import Inputs, read_inputs
from forecasts.mechanisms import Mechanism, condition_of
from forecasts.readings import OFF, ON, Side, collected, members, read_pair
from sim.experiment import Collect, Outcome, pilot, replicate
from sim.model.arrays import Model
from sim.model.compile import compile_model, with_pilot
from sim.model.parts import Uncertain

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
        Replications run; projects of the group.
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
    def of(cls, mechanism: Mechanism, seed: int = 1) -> Pairing:
        """Read and compile both sides.

        A comparison knows no adopted reform, as `kaigong compare`; a forecast has the adopted ones in force
        unless the switch is one of them.
        """
        asked = mechanism.switch.split("+")
        given = [mechanism.given] if mechanism.given else []
        inputs = read_inputs(mechanism.place, adopted=False, dated=mechanism.dated)
        if mechanism.dated and not {a.reform for a in inputs.scenario.adopted} & set(asked):
            inputs = read_inputs(mechanism.place, adopted=True, dated=True)
        plain = replace(inputs, scenario=inputs.scenario.with_reforms(given))
        changed = replace(inputs, scenario=inputs.scenario.with_reforms([*given, mechanism.switch]))
        on, off = (plain, changed) if mechanism.turned_off else (changed, plain)
        sides = {ON: on, OFF: off}
        return cls(mechanism, sides, {name: _compiled(side, seed) for name, side in sides.items()}, seed)

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
        done = 0
        for look in looks:
            numbers = range(done, look)
            sides = {
                name: Side(inputs, self.models[name], self._run(name, numbers))
                for name, inputs in self.inputs.items()
            }
            values.append(read_pair(sides, mechanism.measure, group))
            on, off = (np.concatenate(column) for column in zip(*values, strict=True))
            yield effect_of_values(on, off, mechanism.direction, int(group.sum()))
            done = look

    def _run(self, name: str, numbers: range) -> Outcome:
        collect: Collect = collected(self.mechanism.measure, self.inputs[name])
        return replicate(self.models[name], self.seed, numbers, engine="auto", collect=collect, workers=None)


def _compiled(inputs: Inputs, seed: int) -> Model:
    """Compile one side, as `forecast` or `compare` do."""
    scenario = inputs.scenario
    if inputs.as_of is None:
        ledger = cohort_of(scenario, inputs.ledger, dated=False)
        return compile_model(scenario, ledger, as_of=None, until=inputs.until, arrivals=False)
    model = compile_model(scenario, inputs.ledger, as_of=inputs.as_of, until=inputs.until)
    return with_pilot(model, pilot(model, seed, engine="auto", workers=None))


def _pinned(model: Model, ranges: frozenset[Uncertain], end: End) -> Model:
    """Return a model in which some parameters are drawn at one end of their ranges only."""

    def at(one: Uncertain) -> Uncertain:
        value = one.low if end == "low" else one.high
        return replace(one, value=value, low=value, high=value) if one in ranges else one

    return replace(model, parameters=tuple(at(p) for p in model.parameters))


def effect_of(
    mechanism: Mechanism, end: End = "drawn", *, looks: tuple[int, ...] = LOOKS, seed: int = 1,
    told: Told | None = None, pairing: Pairing | None = None,
) -> Effect:  # fmt: skip
    """Return the effect of a mechanism, with no more replications than separate it from zero.

    Parameters
    ----------
    mechanism : Mechanism
        With a switch.
    end : {"drawn", "low", "high"}
        Where the switch's own parameters stand in their ranges; all others are drawn.
    looks : tuple of int
        Replications at which to look.
    seed : int
    told : callable, optional
        Told of every look.
    pairing : Pairing, optional
        If it was compiled already.

    Returns
    -------
    Effect

    Raises
    ------
    InputError
        If the group is empty, or the measure names what the scenario has not.
    """
    found: Effect | None = None
    for found in (pairing or Pairing.of(mechanism, seed)).at(end).effects(looks):
        if told is not None:
            told(mechanism.id, end, found.replications, looks[-1])
        if found.sign in ("holds", "opposite"):
            break
    assert found is not None  # there is at least one look
    return found
