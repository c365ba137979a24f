"""Parameters with a range, drawn once a replication by their name, and the scalars behind them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.model.arrays import Model
from sim.sampling.layout import Keys
from sim.sampling.luck import Luck

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ParameterTable:
    """What the parameters and scalars of every replication of a model have in common.

    Parameters
    ----------
    central, low, width : (Y,) float64
        Of each parameter.
    counters : (Y, 4) uint64
        Where its number stands, see `sim.philox.counters_of`.
    scalars : (scalars + 1,) float64
        Central values; the last cell is 0, so that index -1 (none) reads zero.
    drawn, parameter, factor : arrays
        The scalars that a parameter moves, the parameter and what it is multiplied with.
    """

    central: Floats
    low: Floats
    width: Floats
    counters: Keys
    scalars: Floats
    drawn: npt.NDArray[np.intp]
    parameter: npt.NDArray[np.intp]
    factor: Floats


def parameter_table(model: Model) -> ParameterTable:
    """Put the ranges of a model's parameters and the values of its scalars into arrays."""
    names = philox.hash_names(p.name for p in model.parameters)
    drawn = [i for i, scalar in enumerate(model.scalars) if scalar.parameter >= 0]
    low = np.array([p.low for p in model.parameters], dtype=np.float64)
    return ParameterTable(
        central=np.array([p.value for p in model.parameters], dtype=np.float64),
        low=low,
        width=np.array([p.high for p in model.parameters], dtype=np.float64) - low,
        counters=philox.counters_of(names, 0, 0, philox.PARAMETER),
        scalars=np.array([*(s.value for s in model.scalars), 0.0], dtype=np.float64),
        drawn=np.array(drawn, dtype=np.intp),
        parameter=np.array([model.scalars[i].parameter for i in drawn], dtype=np.intp),
        factor=np.array([model.scalars[i].factor for i in drawn], dtype=np.float64),
    )


def draw_parameters(table: ParameterTable, key: Keys, *, fixed: bool) -> Floats:
    """Draw the values of ``model.parameters``: uniform on the range, or the central values when `fixed`."""
    if fixed or not len(table.central):
        return table.central.copy()
    return table.low + table.width * philox.uniforms_at(key, table.counters)[:, 0]


def make_luck(model: Model, table: ParameterTable, seed: int, replication: int, *, fixed: bool) -> Luck:
    """Return the replication's source of numbers, its scalars and laws settled."""
    drawn = draw_parameters(table, philox.key_of(seed, replication), fixed=fixed)
    return luck_of(model, table, seed, replication, drawn)


def luck_of(model: Model, table: ParameterTable, seed: int, replication: int, parameters: Floats) -> Luck:
    """Return the source of numbers of a replication whose parameters are drawn."""
    key, values = philox.key_of(seed, replication), table.scalars.copy()
    values[table.drawn] = table.factor * parameters[table.parameter]
    return Luck(seed, replication, parameters, values, model.laws.book(values), key)
