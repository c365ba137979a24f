"""Clocks are monotone maps: every clause of the contract on random windows, against counting minutes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.clocks import NEVER, Clock

settings.register_profile("clocks", max_examples=60, deadline=None, derandomize=True)
PROFILE = settings.get_profile("clocks")
TIMES = st.integers(-5, 120)


@st.composite
def clocks(draw):
    edges = sorted(draw(st.sets(st.integers(0, 100), max_size=12)))
    edges = edges[: len(edges) // 2 * 2]
    return Clock("random", edges[::2], edges[1::2])


def counted(clock, t, d):
    """Advance by counting one minute after another."""
    open_minutes = {m for a, b in zip(clock.opens, clock.closes, strict=True) for m in range(a, b)}
    s = t
    while d > 0:
        if s > 200:
            return NEVER
        d -= s in open_minutes
        s += 1
    return s


@PROFILE
@given(clocks(), TIMES, st.integers(0, 110))
def test_advance_is_counting(clock, t, d):
    assert clock.advance(t, d) == counted(clock, t, d) == clock.advance_many(t, d)


@PROFILE
@given(clocks(), st.lists(st.tuples(TIMES, st.integers(0, 110)), min_size=1, max_size=30))
def test_many_are_each_alone(clock, pairs):
    t, d = np.array(pairs).T
    assert clock.advance_many(t, d).tolist() == [clock.advance(a, b) for a, b in pairs]
    assert clock.elapsed_many(t, d).tolist() == [clock.elapsed(a, b) for a, b in pairs]
    assert clock.next_open_many(t).tolist() == [clock.next_open(a) for a, _ in pairs]


@PROFILE
@given(clocks(), TIMES, st.integers(1, 110))
def test_elapsed_undoes_advance(clock, t, d):
    end = clock.advance(t, d)
    if end < NEVER:
        assert clock.elapsed(t, end) == d
        assert clock.is_open(end - 1)
        assert clock.elapsed(t, end - 1) == d - 1


@PROFILE
@given(clocks(), TIMES, TIMES, TIMES)
def test_elapsed_adds_up_and_never_falls(clock, a, b, c):
    assert clock.elapsed(a, b) + clock.elapsed(b, c) == clock.elapsed(a, c)
    assert clock.elapsed(min(a, b), max(a, b)) >= 0


@PROFILE
@given(clocks(), TIMES, st.integers(0, 60), st.integers(0, 60))
def test_work_may_be_done_in_parts(clock, t, first, second):
    assert clock.advance(clock.advance(t, first), second) == clock.advance(t, first + second)


@PROFILE
@given(clocks(), TIMES, TIMES, st.integers(0, 60))
def test_who_starts_earlier_does_not_end_later(clock, a, b, d):
    assert clock.advance(min(a, b), d) <= clock.advance(max(a, b), d)


@PROFILE
@given(clocks(), TIMES)
def test_the_next_open_minute_is_the_first(clock, t):
    s = clock.next_open(t)
    if s < NEVER:
        assert clock.is_open(s)
        assert clock.elapsed(t, s) == 0
    assert clock.is_open(t) == (s == t)
