"""Laws against scipy's distributions, hand-made tables and the far tail."""

import numpy as np
import pytest
from scipy import special, stats

from sim.clocks import NEVER
from sim.laws import FAMILIES, FromScalar, LawBuilder, conditional_remaining, to_minutes

U = np.r_[1e-9, np.linspace(0.001, 0.999, 499), 1 - 1e-9]
CLOSED = {
    "uniform": ((10.0, 30.0), stats.uniform(10, 20)),
    "triangular": ((1.0, 3.0, 10.0), stats.triang(2 / 9, 1, 9)),
    "exponential": ((50.0,), stats.expon(scale=50)),
    "lognormal": ((100.0, 0.5), stats.lognorm(0.5, scale=100)),
    "lognormal_mean": ((100.0, 0.5), stats.lognorm(0.5, scale=100 * np.exp(-0.125))),
    "weibull": ((1.5, 80.0), stats.weibull_min(1.5, scale=80)),
    "weibull_mean": ((1.0, 80.0), stats.expon(scale=80)),
    "gamma": ((90.0, 2.5), stats.gamma(2.5, scale=36)),
}


def law(family, *args):
    builder = LawBuilder()
    builder.add(family, *args)
    return builder.build()


@pytest.mark.parametrize("family", CLOSED)
def test_closed_forms_agree_with_scipy(family):
    args, reference = CLOSED[family]
    table = law(family, *args)
    x = table.ppf(0, U)
    assert x == pytest.approx(reference.ppf(U), rel=1e-9)
    assert table.survival(0, x) == pytest.approx(reference.sf(x), rel=1e-9, abs=1e-14)
    assert table.isf(0, U) == pytest.approx(reference.isf(U), rel=1e-9)
    assert table.logsf(0, x) == pytest.approx(reference.logsf(x), rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("family", ["lognormal_mean", "weibull_mean", "gamma"])
def test_a_mean_given_is_the_mean(family):
    args = {"lognormal_mean": (60.0, 0.8), "weibull_mean": (0.7, 60.0), "gamma": (60.0, 0.4)}[family]
    u = (np.arange(200_000) + 0.5) / 200_000
    assert law(family, *args).ppf(0, u).mean() == pytest.approx(60, rel=2e-3)


def test_a_constant_is_a_step():
    table = law("constant", 100.0)
    assert table.ppf(0, U).tolist() == [100.0] * len(U)
    assert table.survival(0, [0.0, 99.0, 100.0, 101.0]).tolist() == [1, 1, 0, 0]
    assert table.isf(0, 0.3).tolist() == [100.0]


def test_no_law_is_zero_minutes():
    table = law("exponential", 60.0)
    assert table.ppf([-1, 0, -1], 0.5).tolist() == [0.0, pytest.approx(60 * np.log(2)), 0.0]
    assert table.survival(-1, 0.0).tolist() == [0.0]
    assert LawBuilder().build().ppf([-1], [0.5]).tolist() == [0.0]


@pytest.mark.parametrize(
    ("family", "args"),
    [("lognormal", (0.0, 0.5)), ("exponential", (0.0,)), ("gamma", (0.0, 2.0)), ("weibull", (2.0, 0.0)),
     ("uniform", (0.0, 0.0)), ("triangular", (0.0, 0.0, 0.0))],
)  # fmt: skip
def test_a_law_of_size_zero_takes_no_time(family, args):
    table = law(family, *args)
    assert table.ppf(0, U).tolist() == [0.0] * len(U)
    assert to_minutes(table.ppf(0, U)).max() == 0
    assert not np.isnan(table.logsf(0, [0.0, 1.0])).any()


@pytest.mark.parametrize(
    ("family", "args"),
    [("lognormal", (7.0, 0.0)), ("uniform", (7.0, 7.0)), ("triangular", (7.0,) * 3), ("constant", (7.0,))],
)
def test_a_law_without_spread_is_a_constant(family, args):
    table = law(family, *args)
    assert table.ppf(0, U) == pytest.approx(np.full(len(U), 7.0))
    assert table.survival(0, [6.99, 7.01]).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("mode", [1.0, 10.0])
def test_a_triangle_may_lean_on_either_side(mode):
    table = law("triangular", 1.0, mode, 10.0)
    x = table.ppf(0, U)
    assert x == pytest.approx(stats.triang((mode - 1) / 9, 1, 9).ppf(U), rel=1e-9)
    assert table.survival(0, x) == pytest.approx(1 - U, abs=1e-12)


def life(*args, **options):
    builder = LawBuilder()
    builder.add_lifetable(*args, **options)
    return builder.build()


def test_a_life_table_has_constant_hazards_between_ages():
    table = life([10, 20, 40], [0.9, 0.5, 0.2])
    assert table.isf(0, [1.0, 0.9, 0.5, 0.2]) == pytest.approx([0, 10, 20, 40])
    assert table.survival(0, [-1, 0, 10, 20, 40]) == pytest.approx([1, 1, 0.9, 0.5, 0.2])
    assert table.survival(0, 15.0) == pytest.approx(np.sqrt(0.9 * 0.5))
    assert table.isf(0, 0.2 * 0.4) == pytest.approx(60)  # the last hazard goes on
    assert table.survival(0, 60.0) == pytest.approx(0.08)
    assert table.isf(0, 0.0).tolist() == [np.inf]


def test_who_outlives_a_life_table_may_never_have_the_event():
    table = life([10, 20, 40], [0.9, 0.5, 0.2], never=True)
    assert table.ppf(0, [0.79, 0.81]).tolist() == [pytest.approx(38.935, rel=1e-3), np.inf]
    assert table.survival(0, [40.0, 1e9]).tolist() == [pytest.approx(0.2), pytest.approx(0.2)]
    assert conditional_remaining(table, 0, [0.5], 50.0).tolist() == [np.inf]


def test_a_hazard_that_has_stopped_is_never():
    table = life([10, 20], [0.4, 0.4])
    assert table.ppf(0, [0.5, 0.7]).tolist() == [pytest.approx(10 * np.log(0.5) / np.log(0.4)), np.inf]


def test_a_life_table_may_end_at_zero():
    table = life([0, 10, 20], [1, 0.5, 0])
    assert table.isf(0, [0.25, 0.0]) == pytest.approx([15, 20])  # a straight line to the last age
    assert table.survival(0, [15.0, 20.0, 25.0]) == pytest.approx([0.25, 0, 0])


@pytest.mark.parametrize(
    ("ages", "survival", "message"),
    [
        ([], [], "rising ages from 0 and survival that falls from 1"),
        ([0], [1], "rising ages"),
        ([10, 5], [0.9, 0.8], "rising ages"),
        ([5, 10], [0.8, 0.9], "survival that falls"),
        ([0, 10], [0.9, 0.5], "falls from 1"),
        ([5, 10], [0.8, -0.1], "survival that falls"),
        ([5, 10], [0.8], "rising ages"),
        ([5, 10, 20], [0.8, 0, 0], "no age after the survival reached 0"),
    ],
)
def test_bad_life_tables_are_refused(ages, survival, message):
    with pytest.raises(ValueError, match=message):
        life(ages, survival)


def quantiles(points, values):
    builder = LawBuilder()
    builder.add_quantiles(points, values)
    return builder.build()


def test_quantiles_are_straight_between_points():
    table = quantiles([0, 0.5, 1], [10, 20, 60])
    assert table.ppf(0, [0.25, 0.5, 0.75]) == pytest.approx([15, 20, 40])
    assert table.survival(0, [5, 10, 15, 40, 60, 70]) == pytest.approx([1, 1, 0.75, 0.25, 0, 0])


def test_quantiles_go_on_to_both_ends_but_not_below_zero():
    table = quantiles([0.1, 0.5, 0.9], [5, 45, 85])
    assert table.knot_y.tolist() == [0, 0.1, 0.5, 0.9, 1]
    assert table.knot_x == pytest.approx([0, 5, 45, 85, 95])


def test_equal_quantiles_are_a_jump():
    table = quantiles([0, 0.4, 0.6, 1], [0, 10, 10, 20])
    assert table.ppf(0, [0.4, 0.5, 0.6]).tolist() == [10, 10, 10]
    assert table.survival(0, [9.999999, 10.0]) == pytest.approx([0.6, 0.4], abs=1e-6)


@pytest.mark.parametrize(
    ("points", "values"),
    [([0.5], [1]), ([0.5, 0.2], [1, 2]), ([0, 1], [2, 1]), ([0, 1.1], [1, 2]), ([0, 1], [-1, 2]),
     ([0, 1], [0, np.inf])],
)  # fmt: skip
def test_bad_quantiles_are_refused(points, values):
    with pytest.raises(ValueError, match=r"expected rising points in \[0, 1\], and values that do not fall"):
        quantiles(points, values)


def test_families_are_numbered_for_ever():
    assert FAMILIES == (
        "constant", "uniform", "triangular", "exponential", "lognormal", "lognormal_mean", "weibull",
        "weibull_mean", "gamma", "lifetable", "quantiles",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("family", "args", "message"),
    [
        ("normal", (1.0,), "got law 'normal', expected one of constant, uniform"),
        ("lognormal", (1.0,), "law lognormal: got 1, expected median, sigma"),
        ("lognormal", (-1.0, 0.5), "expected median to be a number at least 0"),
        ("gamma", (1.0, 0.0), "expected shape to be a number above 0"),
        ("exponential", (float("nan"),), "expected mean to be a number at least 0"),
        ("uniform", (2.0, 1.0), "law uniform: got 2, 1, expected low <= high"),
        ("triangular", (1.0, 5.0, 3.0), "expected low <= mode <= high"),
        ("constant", (), "law constant: got nothing, expected value"),
    ],
)
def test_bad_arguments_are_named(family, args, message):
    with pytest.raises(ValueError, match=message):
        LawBuilder().add(family, *args)


def test_the_builder_keeps_each_law_once():
    builder = LawBuilder()
    first = builder.add("lognormal", 10.0, FromScalar(3, 0.5), name="a")
    assert builder.add("lognormal", 10.0, FromScalar(3, 0.5), name="b") == first
    assert builder.add("lognormal", 10.0, 0.5) != first
    points = builder.add_quantiles([0, 1], [1, 2])
    assert builder.add_quantiles([0, 1], [1, 2]) == points
    assert builder.add_lifetable([0, 1], [1, 0.5]) != builder.add_lifetable([0, 1], [1, 0.5], never=True)
    table = builder.build()
    assert table.names == ("a", "lognormal", "quantiles", "lifetable", "lifetable")
    assert table.arg_scalar[0].tolist() == [-1, 3, -1, -1]
    with pytest.raises(ValueError, match="read-only"):
        table.args[0, 0] = 1


def test_parameters_enter_through_scalars():
    builder = LawBuilder()
    row = builder.add("lognormal_mean", FromScalar(1, 100.0), FromScalar(0, 0.5))
    table = builder.build()
    scalars = np.array([0.0, 200.0])
    assert table.ppf(row, 0.9, scalars) == pytest.approx(200)
    assert table.args[row].tolist() == [100, 0.5, 0, 0]
    assert table.ppf(row, 0.9) == pytest.approx(stats.lognorm(0.5, scale=100 * np.exp(-0.125)).ppf(0.9))


def test_many_laws_at_once_are_each_on_its_own():
    builder = LawBuilder()
    rows = [builder.add(family, *args) for family, (args, _) in CLOSED.items()]
    rows += [builder.add_lifetable([10, 20], [0.5, 0.1]), builder.add_quantiles([0, 1], [3, 9]), -1]
    table = builder.build()
    rng = np.random.default_rng(3)
    law_of, u = rng.choice(rows, 500), rng.random(500)
    together = table.ppf(law_of, u)
    alone = [table.ppf(row, one)[0] for row, one in zip(law_of, u, strict=True)]
    assert together.tolist() == alone


def test_what_has_just_begun_has_its_whole_length():
    for family, (args, _) in CLOSED.items():
        table = law(family, *args)
        assert (conditional_remaining(table, 0, U, 0.0) == np.maximum(1, table.ppf(0, U))).all()


@pytest.mark.parametrize(("family", "elapsed"), [("lognormal", 150.0), ("weibull", 90.0), ("gamma", 120.0)])
def test_what_is_left_follows_the_survival_function(family, elapsed):
    args, reference = CLOSED[family]
    rest = conditional_remaining(law(family, *args), 0, U[1:-1], elapsed)
    expected = reference.isf((1 - U[1:-1]) * reference.sf(elapsed)) - elapsed
    assert rest == pytest.approx(np.maximum(1, expected), rel=1e-8)


def test_an_exponential_law_forgets():
    rest = conditional_remaining(law("exponential", 50.0), 0, 0.5, [0.0, 1e3, 1e6])
    assert rest == pytest.approx([50 * np.log(2)] * 3)


def test_the_far_tail_is_exact_where_one_minus_f_is_zero():
    # log S of a lognormal at 30 sigma is about -454; the exact excess follows from the hazard there.
    table = law("lognormal", 100.0, 0.5)
    elapsed = 100 * np.exp(0.5 * 30)
    z = 30.0
    hazard = np.exp(stats.norm.logpdf(z) - stats.norm.logsf(z)) / (0.5 * elapsed)
    rest = conditional_remaining(table, 0, 0.01, elapsed)
    assert rest == pytest.approx(-np.log(0.99) / hazard, rel=1e-3)


def test_the_gamma_tail_where_scipy_underflows():
    table = law("gamma", 90.0, 2.5)
    x = np.array([1e4, 2.1e4, 2.3e4, 3e4, 1e6])
    logs = table.logsf(0, x)
    assert np.isfinite(logs).all()
    assert table.isf_log(0, logs) == pytest.approx(x, rel=1e-10)
    # Q(a, z) ~ z^(a-1) e^-z / Γ(a) (1 + (a-1)/z + (a-1)(a-2)/z^2): DLMF 8.11.2
    z = 1e6 / 36
    series = 1.5 * np.log(z) - z - special.gammaln(2.5) + np.log1p(1.5 / z + 0.75 / z**2)
    assert logs[-1] == pytest.approx(series, rel=1e-12)
    assert conditional_remaining(table, 0, 0.5, 1e6) == pytest.approx(36 * np.log(2), rel=1e-3)


@pytest.mark.parametrize("shape", [0.3, 1.0, 50.0])
def test_the_gamma_tail_for_other_shapes(shape):
    table = law("gamma", 60.0 * shape, shape)
    x = 60.0 * np.array([300.0, 590.0, 650.0, 900.0, 1e5])
    assert table.isf_log(0, table.logsf(0, x)) == pytest.approx(x, rel=1e-10)
    assert (np.diff(table.logsf(0, x)) < 0).all()


@pytest.mark.parametrize("family", ["constant", "uniform", "triangular"])
def test_work_past_its_longest_ends_in_a_minute(family):
    args = {"constant": (10.0,), "uniform": (5.0, 10.0), "triangular": (5.0, 6.0, 10.0)}[family]
    assert conditional_remaining(law(family, *args), 0, [0.1, 0.9], 11.0).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("length", "expected"),
    [(0, 0), (1e-9, 1), (0.49, 1), (1.4999, 1), (1.5, 2), (2.5, 3), (2**30 - 1, 2**30 - 1), (2**30, NEVER),
     (1e300, NEVER), (np.inf, NEVER), (-3, 0)],
)  # fmt: skip
def test_to_minutes(length, expected):
    assert to_minutes(length) == expected
    assert to_minutes(length).dtype == np.int32


def test_what_is_no_number_has_no_minutes():
    with pytest.raises(ValueError, match="got a length that is not a number"):
        to_minutes([1.0, np.nan])
