"""The form in which kernels read laws: one flat array of float64 a replication, the *book*.

Law i is the row of `CELLS` cells at ``i * CELLS``: family, four arguments, place of the first knot, place
behind the last one. Knots lie behind the rows: the ages or values of a law, then as many hazards (minus
the log survival, life table) or shares (quantiles). Law -1 has no row: it takes zero minutes.
"""

from __future__ import annotations

from typing import Final

#: Family names in the order of their codes.
FAMILIES: Final = (
    "constant", "uniform", "triangular", "exponential", "lognormal", "lognormal_mean", "weibull",
    "weibull_mean", "gamma", "lifetable", "quantiles",
)  # fmt: skip
CONSTANT, UNIFORM, TRIANGULAR, EXPONENTIAL, LOGNORMAL, LOGNORMAL_MEAN, WEIBULL = range(7)
WEIBULL_MEAN, GAMMA, LIFETABLE, QUANTILES = range(7, 11)

#: Names of the arguments of each closed form, and those that must be above zero (others: at least zero).
ARGUMENTS: Final[dict[str, tuple[str, ...]]] = {
    "constant": ("value",),
    "uniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "exponential": ("mean",),
    "lognormal": ("median", "sigma"),
    "lognormal_mean": ("mean", "sigma"),
    "weibull": ("shape", "scale"),
    "weibull_mean": ("shape", "mean"),
    "gamma": ("mean", "shape"),
}

CELLS: Final = 8
#: Cells of a row. Life table: 1 in the first argument when the survivors never have the event.
FAMILY, A, B, C, D, FIRST, BEHIND = range(7)
