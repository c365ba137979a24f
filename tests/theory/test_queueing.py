"""The reference engine against queueing theory: inside three standard errors, exactly where theory is exact.

Standard errors come from independent replications with fixed seeds; service lasts about 10,000 minutes, so
that whole minutes do not matter. Steady state: the first fifth of the customers is left out.
"""

from __future__ import annotations

from dataclasses import replace
from math import exp, factorial, fsum
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from sim.engine.conservation import check
from sim.engine.reference import run
from sim.model.arrays import Model
from sim.sampling.draws import Draws
from sim.trace import Trace
from tests.support_engine import Do, Office, Project, build

Floats = npt.NDArray[np.float64]

MEAN = 10_000.0
CUSTOMERS, REPLICATIONS = 1500, 12


def shop(stations: list[tuple[str, int]], customers: int = CUSTOMERS) -> tuple[Model, Draws]:
    """Customers who pass stations (name, servers) in a row; arrivals and services come later."""
    names = [name for name, _ in stations]
    cases = [Do(f"s{i}", asks=name, after=[f"s{i - 1}"] if i else []) for i, name in enumerate(names)]
    projects = [Project(f"p{i:05}", cases) for i in range(customers)]
    return build(projects, [Office(name, servers) for name, servers in stations], horizon=2**30)


def whole(minutes: Floats) -> npt.NDArray[np.int32]:
    return np.maximum(np.floor(minutes + 0.5), 1).astype(np.int32)


def serve(model: Model, draws: Draws, arrivals: Floats, work: Floats) -> Trace:
    """Run with arrival times (customers) and services (customers, stations)."""
    luck = replace(draws, signed=whole(arrivals), work=whole(work).reshape(-1, 1))
    trace = run(model, luck)
    check(model, luck, trace)
    return trace


def waits(trace: Trace, station: int = 0) -> Floats:
    """Wait of each customer at a station, without the first fifth."""
    rows = trace.activity == station
    wait = (trace.served[rows] - trace.joined[rows]).astype(np.float64)
    return wait[len(wait) // 5 :]


def assert_close(means: list[float], theory: float) -> None:
    """The mean of independent replications is inside three standard errors, and these are small."""
    error = float(np.std(means, ddof=1)) / len(means) ** 0.5
    assert error < 0.15 * theory
    assert abs(fsum(means) / len(means) - theory) < 3 * error


def poisson(chance: np.random.Generator, rate: float, n: int = CUSTOMERS) -> Floats:
    return np.cumsum(chance.exponential(1 / rate, n))


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (3, 0.7), (8, 0.7)])
def test_mmc_wait_by_erlang_c(servers: int, load: float) -> None:
    """W = C(c, a) / (c mu - lambda), C = (a^c / c!) / ((1 - rho) sum_{k<c} a^k / k! + a^c / c!).

    Erlang, "Solution of some problems in the theory of probabilities of significance in automatic
    telephone exchanges" (1917); Gross & Harris, Fundamentals of Queueing Theory, 2.3.
    """
    mu, rate, a = 1 / MEAN, servers * load / MEAN, servers * load
    top = a**servers / factorial(servers)
    erlang_c = top / ((1 - load) * sum(a**k / factorial(k) for k in range(servers)) + top)
    model, draws = shop([("desk", servers)])
    means = []
    for seed in range(REPLICATIONS):
        chance = np.random.default_rng([1, servers, seed])
        trace = serve(model, draws, poisson(chance, rate), chance.exponential(MEAN, CUSTOMERS))
        means.append(float(waits(trace).mean()))
    assert_close(means, erlang_c / (servers * mu - rate))


def test_mg1_wait_by_pollaczek_khinchine() -> None:
    """W = lambda E[S^2] / (2 (1 - rho)); lognormal service: E[S^2] = E[S]^2 exp(sigma^2).

    Pollaczek (1930), Khinchine (1932); Gross & Harris, Fundamentals of Queueing Theory, 5.1.
    """
    load, sigma = 0.6, 0.8
    rate = load / MEAN
    theory = rate * MEAN**2 * exp(sigma**2) / (2 * (1 - load))
    model, draws = shop([("desk", 1)])
    means = []
    for seed in range(REPLICATIONS):
        chance = np.random.default_rng([2, seed])
        work = chance.lognormal(np.log(MEAN) - sigma**2 / 2, sigma, CUSTOMERS)
        means.append(float(waits(serve(model, draws, poisson(chance, rate), work)).mean()))
    assert_close(means, theory)


def test_tandem_of_two_offices_is_two_queues() -> None:
    """The output of M/M/1 is Poisson, so the second office waits rho2 / (mu2 - lambda) as if alone.

    Burke, "The output of a queueing system", Operations Research 4 (1956).
    """
    rate, mean = 0.5 / MEAN, np.array([MEAN, 1.3 * MEAN])
    model, draws = shop([("one", 1), ("two", 1)])
    means = []
    for seed in range(REPLICATIONS):
        chance = np.random.default_rng([3, seed])
        trace = serve(model, draws, poisson(chance, rate), chance.exponential(mean, (CUSTOMERS, 2)))
        means.append([float(waits(trace, station).mean()) for station in (0, 1)])
    for station in (0, 1):
        mu = 1 / mean[station]
        assert_close([m[station] for m in means], rate / mu / (mu - rate))


def test_little_law() -> None:
    """L = lambda W: exactly on a path that starts and ends empty, and W of M/M/2 in the mean.

    Little, "A proof for the queuing formula L = lambda W", Operations Research 9 (1961).
    """
    load, servers = 0.6, 2
    rate = servers * load / MEAN
    model, draws = shop([("desk", servers)])
    numbers = []
    for seed in range(REPLICATIONS):
        chance = np.random.default_rng([4, seed])
        trace = serve(model, draws, poisson(chance, rate), chance.exponential(MEAN, CUSTOMERS))
        t = np.sort(np.concatenate((trace.ready, trace.ended))).astype(np.int64)
        # Counted at every event: arrivals so far minus departures so far.
        inside = np.searchsorted(np.sort(trace.ready), t, side="right")
        inside -= np.searchsorted(np.sort(trace.ended), t, side="right")
        area = int((inside[:-1] * np.diff(t)).sum())
        assert area == int((trace.ended.astype(np.int64) - trace.ready).sum())
        numbers.append(area / float(trace.ready.max()))
    # M/M/2: L = 2 rho / (1 - rho^2).
    assert_close(numbers, 2 * load / (1 - load**2))


def network(chance: np.random.Generator, n: int) -> list[Do]:
    """A random network of n activities."""
    return [
        Do(f"a{i:02}", int(chance.integers(0, 500)), [f"a{j:02}" for j in range(i) if chance.random() < 0.3])
        for i in range(n)
    ]


@pytest.mark.parametrize("desk", [None, "desk"])
def test_without_scarcity_the_end_is_the_critical_path(desk: str | None) -> None:
    """End = work + latest end before: Kelley & Walker, "Critical-path planning and scheduling" (1959)."""
    chance = np.random.default_rng(5)
    projects, expected = [], []
    for p in range(40):
        cases, ends = network(chance, 25), {}
        for do in cases:
            do.asks = desk
            assert isinstance(do.work, int)
            ends[do.name] = max((ends[str(b)] for b in do.after), default=0) + do.work
        projects.append(Project(f"p{p:02}", cases))
        expected.append(list(ends.values()))
    model, draws = build(projects, [Office("desk", 40 * 25)], horizon=10**6)
    trace = run(model, draws)
    assert trace.ended.reshape(40, 25).tolist() == expected
    assert np.array_equal(trace.ready, trace.served)


def test_the_maximum_of_parallel_items() -> None:
    """E[max of n exponentials] = mean * (1 + 1/2 + ... + 1/n); Renyi (1953).

    PERT's fault, taking the path of the mean, would give `mean` here: MacCrimmon & Ryavec (1964).
    """
    n, projects = 8, 2000
    cases: list[Any] = [Do(f"a{i}") for i in range(n)]
    last = Do("z", after=[do.name for do in cases])
    model, draws = build([Project(f"p{i:04}", [*cases, last]) for i in range(projects)], horizon=2**30)
    work = np.zeros((projects, n + 1))
    work[:, :n] = np.random.default_rng(6).exponential(MEAN, (projects, n))
    trace = run(model, replace(draws, work=np.floor(work + 0.5).astype(np.int32).reshape(-1, 1)))
    ends = trace.ready[trace.activity == n].astype(np.float64)
    assert_close(ends.reshape(20, -1).mean(axis=1).tolist(), MEAN * sum(1 / k for k in range(1, n + 1)))
