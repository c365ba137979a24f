"""Laws are monotone, and their three functions undo each other, for arguments of every size."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.laws import LawBuilder, conditional_remaining, to_minutes

settings.register_profile("laws", max_examples=60, deadline=None, derandomize=True)
PROFILE = settings.get_profile("laws")
SIZES = st.floats(1.0, 1e6)
SHAPES = st.floats(0.3, 20.0)
SIGMAS = st.floats(0.05, 2.0)
UNITS = st.lists(st.floats(1e-12, 1 - 1e-12), min_size=2, max_size=20).map(sorted).map(np.array)


def ascending(n):
    whole = st.lists(st.integers(0, 10**8), min_size=n, max_size=n, unique=True)
    return whole.map(lambda values: [value / 100 for value in sorted(values)])


CLOSED = st.one_of(
    st.tuples(st.just("exponential"), SIZES),
    st.tuples(st.just("lognormal"), SIZES, SIGMAS),
    st.tuples(st.just("lognormal_mean"), SIZES, SIGMAS),
    st.tuples(st.just("weibull"), SHAPES, SIZES),
    st.tuples(st.just("weibull_mean"), SHAPES, SIZES),
    st.tuples(st.just("gamma"), SIZES, SHAPES),
    ascending(2).map(lambda v: ("uniform", *v)),
    ascending(3).map(lambda v: ("triangular", *v)),
    st.tuples(st.just("constant"), SIZES),
)


@st.composite
def tables(draw):
    """A table of one law of any family."""
    builder = LawBuilder()
    kind = draw(st.sampled_from(["closed", "closed", "closed", "lifetable", "quantiles"]))
    n = draw(st.integers(2, 6))
    if kind == "closed":
        builder.add(*draw(CLOSED))
    elif kind == "lifetable":
        ages = np.cumsum(draw(st.lists(st.floats(1.0, 1e4), min_size=n, max_size=n)))
        falls = draw(st.lists(st.floats(0.2, 1.0), min_size=n, max_size=n))
        builder.add_lifetable(ages, np.cumprod(falls), never=draw(st.booleans()))
    else:
        steps = np.cumsum(draw(st.lists(st.integers(1, 9), min_size=n, max_size=n)))
        values = np.cumsum(draw(st.lists(st.floats(0.0, 1e4), min_size=n, max_size=n)))
        builder.add_quantiles(steps / 60, values)
    return builder.build()


def rising(x):
    """No later value is smaller, beyond rounding (infinite values compare as they are)."""
    return all(b >= a * (1 - 1e-12) for a, b in pairwise(x))


@PROFILE
@given(tables(), UNITS)
def test_quantiles_never_fall(table, u):
    x = table.ppf(0, u)
    assert not np.isnan(x).any()
    assert (x >= 0).all()
    assert rising(x)
    assert rising(to_minutes(x).tolist())


@PROFILE
@given(tables(), UNITS)
def test_survival_never_rises(table, u):
    t = np.sort(np.r_[0.0, u * 1e5, 1e7])
    s = table.survival(0, t)
    assert ((s >= 0) & (s <= 1)).all()
    assert rising(-np.log(np.maximum(s, 1e-300)) + 1.0)


@PROFILE
@given(CLOSED.filter(lambda law: law[0] != "constant"), UNITS)
def test_survival_undoes_the_quantile(law, u):
    builder = LawBuilder()
    builder.add(*law)
    table = builder.build()
    x = table.ppf(0, u)
    # where neighbouring minutes are too close to tell apart, their survival cannot be told apart either
    step = np.abs(np.nextafter(x, np.inf) - x)
    blur = np.abs(table.survival(0, np.maximum(x - 8 * step, 0)) - table.survival(0, x + 8 * step))
    assert (np.abs(table.survival(0, x) - (1 - u)) <= 1e-9 + blur).all()


@PROFILE
@given(tables(), UNITS, st.floats(0.0, 1e6))
def test_what_is_left_is_at_least_a_minute_and_monotone_in_u(table, u, elapsed):
    rest = conditional_remaining(table, 0, u, elapsed)
    assert not np.isnan(rest).any()
    assert (rest >= 1).all()
    assert rising(rest + elapsed)


@PROFILE
@given(tables(), st.floats(1e-6, 1 - 1e-6), st.floats(1.0, 1e4))
def test_time_spent_only_lengthens_the_whole(table, u, elapsed):
    whole = table.ppf(0, u)[0]
    rest = conditional_remaining(table, 0, u, elapsed)[0]
    assert rest + elapsed >= whole * (1 - 1e-9) - 1e-9


@PROFILE
@given(SIZES, SIGMAS, st.floats(0.01, 0.99), st.floats(1.1, 40.0))
def test_the_survival_form_holds_at_any_depth(median, sigma, u, z):
    builder = LawBuilder()
    builder.add("lognormal", median, sigma)
    table = builder.build()
    elapsed = median * np.exp(sigma * z)
    whole = table.isf_log(0, table.logsf(0, elapsed) + np.log1p(-u))
    assert table.logsf(0, whole) - table.logsf(0, elapsed) == pytest.approx(np.log1p(-u), rel=1e-6, abs=1e-9)
