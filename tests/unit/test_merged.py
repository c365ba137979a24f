"""Items done together at the epoch: what the ledger says of them, and what is left of their work."""

import numpy as np
from scipy import optimize, stats

from sim import philox
from sim.model.arrays import ENDED, SERVICE
from sim.sampling import sample
from tests.support import case_of, toy_model

DAY = 1440
BODY = """\
activities:
  water: {work: {law: lognormal, median: 20 d, sigma: 0.5}}
  flood: {work: {law: lognormal, median: 30 d, sigma: 0.8}}
  permit: {after: [water, flood], work: 90 d}
consolidation: {merge: {joint: {items: [water, flood]}}}
"""
ROWS = [{"id": "a", "signed": "2021-01-04"}]


def known(*items):
    return toy_model(BODY, ROWS, items=[{"id": "a", **row} for row in items], as_of="2021-03-31")


WATER = {"item": "water", "accepted": "2021-02-01", "decided": "2021-02-20"}
FLOOD = {"item": "flood", "accepted": "2021-02-10"}


def test_the_joint_case_begins_with_the_first_row_and_ends_with_the_last_decision():
    model = known(WATER, FLOOD)
    case = case_of(model, "joint")
    assert model.known.state[case] == SERVICE
    assert model.known.served[case] == -59 * DAY
    decided = known(WATER, {**FLOOD, "decided": "2021-03-01"})
    assert decided.known.state[case_of(decided, "joint")] == ENDED
    assert decided.known.ended[case_of(decided, "joint")] == -31 * DAY


def test_what_is_left_is_that_of_the_longest_given_that_it_has_lasted():
    model = known(WATER, FLOOD)
    case, spent = case_of(model, "joint"), 59 * DAY
    laws = [stats.lognorm(0.5, scale=20 * DAY), stats.lognorm(0.8, scale=30 * DAY)]

    def open_after(t):
        return 1 - np.prod([law.cdf(t) for law in laws])

    for replication in range(5):
        draws = sample(model, 3, replication)
        names = (philox.hash_names(["a"]), philox.hash_names(["joint"]))
        u = philox.uniforms(3, replication, names[0], names[1], 0, philox.VISIT)[0, 0]
        wanted = (1 - u) * open_after(spent)
        by_hand = optimize.brentq(lambda t, w=wanted: open_after(t) - w, spent, 1e8) - spent
        assert abs(draws.remaining[case] - max(by_hand, 1)) <= 2


def test_what_is_left_far_beyond_the_laws_is_not_nothing():
    long = BODY.replace("sigma: 0.5", "sigma: 0.2").replace("sigma: 0.8", "sigma: 0.2")
    model = toy_model(long, ROWS, items=[{"id": "a", **WATER, "decided": None}], as_of="2026-03-31")
    case = case_of(model, "joint")
    spent = -int(model.known.served[case])
    laws = [stats.lognorm(0.2, scale=days * DAY) for days in (20, 30)]
    assert all(law.cdf(spent) == 1.0 for law in laws)  # 1 less a product has nothing left
    draws = sample(model, 3, 0)
    names = (philox.hash_names(["a"]), philox.hash_names(["joint"]))
    u = philox.uniforms(3, 0, names[0], names[1], 0, philox.VISIT)[0, 0]
    # So far out the longer of the two decides alone.
    wanted = np.log1p(-u) + laws[1].logsf(spent)
    by_hand = optimize.brentq(lambda t: laws[1].logsf(t) - wanted, spent, 1e8) - spent
    assert abs(draws.remaining[case] - by_hand) <= 2
