"""The kernels of the laws against their NumPy forms, far into both tails, and SciPy's functions by name."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy import special as scipy_special

from sim import families, special
from sim.laws import ARGUMENTS, LawBuilder, LawTable, conditional_remaining
from tests.oracles.families import CLOSED_FORMS, Knots

#: Shares next to 0 and 1, and log survivals down to where every ordinary form is zero.
U = np.r_[2.0**-54, np.logspace(-15, -1, 57), np.linspace(0.001, 0.999, 333), 1 - np.logspace(-15, -3, 49)]
LOGS = np.r_[-np.logspace(-15, 6, 400), -0.0]
SIZES = {
    "constant": [(7.0,)],
    "uniform": [(10.0, 30.0), (0.0, 0.0), (5.0, 5.0)],
    "triangular": [(1.0, 3.0, 10.0), (1.0, 1.0, 10.0), (1.0, 10.0, 10.0), (2.0, 2.0, 2.0)],
    "exponential": [(50.0,), (1e-3,), (0.0,)],
    "lognormal": [(100.0, 0.5), (1e5, 2.0), (0.0, 0.5), (3.0, 0.0)],
    "lognormal_mean": [(100.0, 0.5), (60.0, 1.3)],
    "weibull": [(1.5, 80.0), (0.3, 1e4), (2.0, 0.0)],
    "weibull_mean": [(1.0, 80.0), (0.7, 60.0), (20.0, 5.0)],
    "gamma": [(90.0, 2.5), (60.0, 0.3), (3000.0, 50.0), (0.0, 2.0)],
}
CASES = [(family, args) for family, sizes in SIZES.items() for args in sizes]


def same(kernel: np.ndarray, numpy: np.ndarray, tolerance: float = 1e-12) -> None:
    with np.errstate(invalid="ignore"):
        equal = (kernel == numpy) | (np.isnan(kernel) & np.isnan(numpy))
        near = np.abs(kernel - numpy) <= tolerance * np.abs(numpy)
    assert (equal | near).all(), (kernel[~(equal | near)][:5], numpy[~(equal | near)][:5])


def one(family: str, args: tuple[float, ...]) -> tuple[LawTable, np.ndarray]:
    builder = LawBuilder()
    builder.add(family, *args)
    table = builder.build()
    return table, table.args[np.zeros(1, dtype=int)]


def test_every_family_is_compared() -> None:
    assert set(SIZES) == set(ARGUMENTS) == set(CLOSED_FORMS)


@pytest.mark.parametrize(("family", "args"), CASES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_kernels_equal_the_numpy_forms(family: str, args: tuple[float, ...]) -> None:
    table, row = one(family, args)
    formula = CLOSED_FORMS[family]
    lengths = np.r_[-1.0, 0.0, np.logspace(-6, 9, 500), table.ppf(0, U)]
    lengths = lengths[np.isfinite(lengths)]
    for mine, theirs, x in (
        (table.ppf, formula.ppf, U),
        (table.isf_log, formula.isf_log, LOGS),
        (table.logsf, formula.logsf, lengths),
    ):
        with np.errstate(all="ignore"):
            same(mine(0, x), theirs(x, np.repeat(row, len(x), axis=0)))


@pytest.mark.parametrize("never", [True, False])
@pytest.mark.parametrize("last", [0.2, 0.0, 0.5])
def test_life_tables_equal_their_numpy_form(never: bool, last: float) -> None:
    builder = LawBuilder()
    builder.add_lifetable([10, 20, 40, 80], [0.9, 0.5, 0.5, last], never=never)
    table = builder.build()
    knots = Knots(table.knot_x, table.knot_y, never)
    ages = np.r_[-1.0, np.linspace(0, 200, 401), 1e9]
    with np.errstate(all="ignore"):
        same(table.isf_log(0, LOGS), knots.lifetable_isf_log(LOGS))
        same(table.ppf(0, U), knots.lifetable_isf_log(np.log1p(-U)))
        same(table.logsf(0, ages), knots.lifetable_logsf(ages))


def test_quantiles_equal_their_numpy_form() -> None:
    builder = LawBuilder()
    builder.add_quantiles([0.1, 0.4, 0.6, 0.9], [5, 10, 10, 85])
    table = builder.build()
    knots, values = Knots(table.knot_x, table.knot_y), np.linspace(-5, 120, 501)
    with np.errstate(all="ignore"):
        same(table.ppf(0, U), knots.quantiles_ppf(U))
        same(table.isf_log(0, LOGS), knots.quantiles_ppf(-np.expm1(LOGS)))
        same(table.logsf(0, values), knots.quantiles_logsf(values))


@pytest.mark.parametrize(("family", "args"), [c for c in CASES if c[0] in {"lognormal", "gamma", "weibull"}])
def test_what_is_left_equals_its_numpy_form(family: str, args: tuple[float, ...]) -> None:
    table, row = one(family, args)
    formula = CLOSED_FORMS[family]
    if not args[-1] > 0 or not args[0] > 0:
        pytest.skip("a law without spread has nothing left")
    spent = np.repeat(table.ppf(0, np.array([0.1, 0.5, 0.99])), 40) * 3
    u, rows = np.tile(np.linspace(0.01, 0.99, 40), 3), np.repeat(row, 120, axis=0)
    with np.errstate(all="ignore"):
        total = formula.isf_log(formula.logsf(spent, rows) + np.log1p(-u), rows)
    # A difference of two close numbers: the error is that of the whole, not of what is left.
    assert conditional_remaining(table, 0, u, spent) + spent == pytest.approx(
        np.maximum(total, spent + 1), rel=1e-12
    )


@pytest.mark.parametrize("name", ["ndtr", "log_ndtr", "ndtri", "ndtri_exp", "gamma", "gammaln"])
def test_functions_of_one_number_are_scipys(name: str) -> None:
    function, x = getattr(special, name), {"ndtri": U, "ndtri_exp": LOGS}.get(name, np.linspace(-9, 40, 333))
    assert [function(v) for v in x] == pytest.approx(getattr(scipy_special, name)(x), rel=1e-14, nan_ok=True)


@pytest.mark.parametrize("name", ["gammainc", "gammaincc", "gammaincinv", "gammainccinv"])
def test_functions_of_two_numbers_are_scipys(name: str) -> None:
    function, x = getattr(special, name), U if name.endswith("inv") else np.linspace(0, 40, 333)
    for shape in (0.3, 2.5, 80.0):
        assert [function(shape, v) for v in x] == pytest.approx(
            getattr(scipy_special, name)(shape, x), rel=1e-14
        )


def test_code_kept_on_disk_finds_scipys_functions() -> None:
    code = (
        "from sim.laws import LawBuilder\n"
        "b = LawBuilder()\n"
        "b.add('gamma', 90.0, 2.5)\n"
        "print(repr(float(b.build().ppf(0, 0.3)[0])))\n"
        "from sim import families\n"
        "print(sum(families.evaluate.stats.cache_misses.values()))\n"
    )
    first, again = (
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(2)
    )
    assert first[0] == again[0]
    assert again[1] == "0", "the second process compiles nothing"


def test_whole_minutes_in_a_kernel() -> None:
    assert [families.whole_minutes(x, 1) for x in (0.0, -3.0, 0.2, 1.5, 2.4, np.inf, np.nan)] == [
        0, 0, 1, 2, 2, 2**30, 0
    ]  # fmt: skip
    assert families.whole_minutes(0.2, 0) == 0
