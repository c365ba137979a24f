"""Parameters with a range, drawn once a replication by their name, and the scalars behind them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sim import philox
from sim.laws import resolve
from sim.model.arrays import Model
from sim.sampling.layout import Layout
from sim.sampling.luck import Luck

Floats = npt.NDArray[np.float64]


def draw_parameters(model: Model, layout: Layout, seed: int, replication: int, *, fixed: bool) -> Floats:
    """Draw the values of ``model.parameters``: uniform on the range, or the central values when `fixed`."""
    central = np.array([p.value for p in model.parameters], dtype=np.float64)
    if fixed or not len(central):
        return central
    low = np.array([p.low for p in model.parameters], dtype=np.float64)
    high = np.array([p.high for p in model.parameters], dtype=np.float64)
    u = philox.uniforms(seed, replication, layout.parameter, 0, 0, philox.PARAMETER)[:, 0]
    return low + (high - low) * u


def scalar_values(model: Model, parameters: Floats) -> Floats:
    """Return every scalar of the model under these parameter values."""
    return np.array(
        [s.value if s.parameter < 0 else s.factor * parameters[s.parameter] for s in model.scalars],
        dtype=np.float64,
    )


def make_luck(model: Model, seed: int, replication: int, parameters: Floats) -> Luck:
    """Return the replication's source of numbers, its scalars and law arguments resolved."""
    values = scalar_values(model, parameters)
    key, book = philox.key_of(seed, replication), model.laws.book(resolve(model.laws, values))
    return Luck(seed, replication, np.append(values, 0.0), book, key)
