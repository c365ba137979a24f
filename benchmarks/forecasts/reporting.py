"""How much of the loss by reporting delay the nowcast recovers, on the UK register.

    python -m benchmarks.forecasts.reporting [--seeds 2] [--paths 300] [--shape slow]

The register's four extracts give the shape of the delay. The last one is taken as the truth; each of its
events is reported with a delay drawn from that shape, and every quarter from 2010 to 2019 the next twelve
months are forecast three times: without delay (oracle), from what is on record as if it were all (naive),
and with the delay measured at that origin (corrected). ``slow`` has the delays a longer panel showed:
starts eight months late on average, an eighth of them reported in the month itself. Then two origins with
the register as it really was. The loss is the CRPS above the oracle's.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
from ruamel.yaml import YAML

from forecasts.delay import LEFT, LONGEST, Delay
from forecasts.history import NEVER, History, history_of, is_dated
from forecasts.ledgerforecast import forecast_ledger
from forecasts.months import label, month_of
from forecasts.nowcast import corrected, delays_of, on_record_of
from forecasts.scores import crps, interval, is_inside
from forecasts.series import paths as series_paths
from forecasts.vintages import reporting_delay
from sim.ledger import Ledger, LedgerFormat, read_extracts
from sim.philox import REPORT, hash_name, uniforms

Floats = npt.NDArray[np.float64]

SCENARIO = Path(__file__).parents[2] / "scenarios" / "uk-renewables" / "scenario.yaml"
MEASURES = {"grants": "consent", "starts": "construction", "completions": "operational"}
WAYS = ("oracle", "naive", "corrected")

#: Origins whose choices may be looked at, and the later ones.
FIRST, CHOSEN_TO, LAST = (month_of(date(y, m, 1)) for y, m in ((2010, 3), (2014, 12), (2019, 3)))

#: Share reported in the month itself, and mean delay in months, of the slow shape.
SLOW = {"consent": (0.3, 6.0), "construction": (0.12, 8.0), "operational": (0.19, 8.0)}

#: Months of past a series is given.
PAST = 120


@dataclass(frozen=True)
class Said:
    """Totals of the twelve months after an origin: what was said (n,) and what came."""

    origin: int
    measure: str
    way: str
    samples: Floats
    came: int


def extracts_of(data: Path) -> tuple[tuple[date, Ledger], ...]:
    """Read the register's extracts, oldest first."""
    raw = YAML(typ="safe").load(SCENARIO)
    names = [milestone["name"] for milestone in raw["milestones"]]
    form = LedgerFormat.model_validate(raw["ledger_format"])
    path = raw["ledger"].replace("$KAIGONG_DATA", str(data))
    return read_extracts(path, names, form, date(2100, 1, 1), last=100)


def shapes(delays: Mapping[str, Delay], *, slow: bool) -> dict[str, Floats]:
    """Give the share on record by age, by milestone and of leaving."""
    found = {name: np.asarray(delay.known) for name, delay in delays.items()}
    if slow:
        age = np.arange(LONGEST + 1)
        for name, (at_once, mean) in SLOW.items():
            found[name] = 1.0 - (1.0 - at_once) * (1.0 - (1.0 - at_once) / mean) ** age
            found[name][-1] = 1.0
    return found


def delayed(history: History, shape: Mapping[str, Floats], seed: int) -> History:
    """Give every event a month of first report; a milestone is reported with a later one at the latest."""

    def drawn(name: str, months: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        u = uniforms(seed, 0, history.keys, hash_name(f"reported {name}"), 0, REPORT)[:, 0]
        return np.where(is_dated(months), months + np.searchsorted(shape[name], u), NEVER).astype(np.int32)

    reported = np.stack([drawn(m, history.reached[:, k]) for k, m in enumerate(history.milestones)], axis=1)
    together = np.minimum.accumulate(reported[:, ::-1], axis=1)[:, ::-1]
    reported = np.where(is_dated(history.reached), together, NEVER).astype(np.int32)
    return replace(
        history,
        reported=reported,
        left_reported=drawn(LEFT, history.left),
        cutoff=history.cutoff + LONGEST + 1,
    )


def as_if_complete(history: History) -> History:
    """Forget the dates of report: what is on record is all there is."""
    return replace(history, reported=None, left_reported=None)


def said_at(origin: int, final: History, late: History, n: int) -> Iterator[Said]:
    """Forecast from one origin in every way, by the ledger and by a series."""
    truth, known = final.at(origin), late.at(origin)
    delays = delays_of(known)
    ledgers = {
        "oracle": forecast_ledger(truth, 12, paths=n),
        "naive": forecast_ledger(as_if_complete(known), 12, paths=n),
        "corrected": forecast_ledger(known, 12, paths=n, on_record=on_record_of(known.milestones, delays)),
    }
    first = max(truth.first, origin - PAST + 1)
    for measure, milestone in MEASURES.items():
        came = int(final.counts(milestone, origin + 1, origin + 12).sum())
        for way, made in ledgers.items():
            yield Said(origin, measure, way, made.paths(milestone).sum(axis=1).astype(np.float64), came)
        full, seen = (h.counts(milestone, first, origin) for h in (truth, known))
        short, skipped = corrected(seen, delays[milestone])
        for way, values, unused in (("oracle", full, 0), ("naive", seen, 0), ("corrected", short, skipped)):
            yield Said(origin, measure, f"ets {way}", _total(values, unused, first, n, measure), came)


def _total(values: npt.ArrayLike, skipped: int, first: int, n: int, measure: str) -> Floats:
    """Forecast a series' next twelve months, past the months it was not given."""
    drawn = series_paths(values, first, 12 + skipped, n, model="ets", key=(1, measure))
    return np.asarray(drawn[:, skipped:].sum(axis=1))


def rows(said: Sequence[Said]) -> Iterator[str]:
    """Write a line for every measure and way, and the share of the loss recovered."""
    for measure in MEASURES:
        loss = {}
        for way in (*WAYS, *(f"ets {way}" for way in WAYS)):
            mine = [one for one in said if (one.measure, one.way) == (measure, way)]
            came = np.array([one.came for one in mine])
            samples = np.stack([one.samples for one in mine], axis=1)
            loss[way] = float(crps(samples, came).mean())
            low, high = interval(samples, 0.8)
            bias = float((samples.mean(axis=0) - came).mean() / came.mean())
            covered, width = float(is_inside(low, came, high).mean()), float((high - low).mean())
            found = f"CRPS {loss[way]:6.1f}  bias {bias:+7.1%}  80 % covers {covered:4.0%}, {width:4.0f} wide"
            yield f"  {measure:<12}{way:<15}{found}"
        for kind in ("", "ets "):
            naive, oracle, ours = (loss[kind + way] for way in ("naive", "oracle", "corrected"))
            yield f"  {measure:<12}{kind}loss recovered: {(naive - ours) / (naive - oracle):.0%}"


def real(extracts: Sequence[tuple[date, Ledger]], delays: Mapping[str, Delay], n: int) -> Iterator[str]:
    """Write what the register as it was gives at two origins, with and without correction."""
    final = history_of(extracts[-1][1], month_of(extracts[-1][0]))
    for number, told in (
        (0, "delay from all extracts: hindsight on its shape alone"),
        (1, "delay as known then"),
    ):
        day, ledger = extracts[number]
        origin = month_of(day)
        ahead = min(12, final.cutoff - origin)
        known = history_of(ledger, origin)
        shape = delays if number == 0 else reporting_delay(ledger, day, extracts=extracts[: number + 1])
        yield f"real extract of {label(origin)}, next {ahead} months by {label(final.cutoff)}; {told}"
        made = {
            "naive": forecast_ledger(known, ahead, paths=n),
            "corrected": forecast_ledger(
                known, ahead, paths=n, on_record=on_record_of(known.milestones, shape)
            ),
            "with later data": forecast_ledger(final.at(origin), ahead, paths=n),
        }
        for measure, milestone in MEASURES.items():
            came = int(final.counts(milestone, origin + 1, origin + ahead).sum())
            for way, one in made.items():
                total = one.paths(milestone).sum(axis=1)
                low, high = interval(total, 0.8)
                found = f"mean {total.mean():6.1f}  80 % {low:4.0f}..{high:<4.0f}"
                yield f"  {measure:<12}{way:<16}{found} came {came:4d}  CRPS {float(crps(total, came)):6.1f}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure the delay, run the experiment and the two real extracts, print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=2, help="draws of the delays")
    parser.add_argument("--paths", type=int, default=300)
    parser.add_argument("--shape", choices=("measured", "slow"), default="measured")
    options = parser.parse_args(arguments)
    data = Path(os.environ.get("KAIGONG_DATA", "../shared/data"))
    if not (data / "uk_repd_vintages.csv.gz").exists():
        raise SystemExit(f"{data}: no uk_repd_vintages.csv.gz there; set KAIGONG_DATA")
    extracts = extracts_of(data)
    delays = reporting_delay(extracts[-1][1], extracts[-1][0], extracts=extracts)
    for name, delay in delays.items():
        shares = "  ".join(f"{d}: {delay.share_known(d):.0%}" for d in (0, 1, 3, 6, 12))
        print(f"{name:<14}mean delay {delay.mean_months:4.1f} months, on record after months {shares}")
    final = history_of(extracts[-1][1], month_of(extracts[-1][0]))
    shape = shapes(delays, slow=options.shape == "slow")
    origins = range(FIRST, LAST + 1, 3)
    said: list[Said] = []
    for seed in range(1, options.seeds + 1):
        late = delayed(final, shape, seed)
        said += [one for origin in origins for one in said_at(origin, final, late, options.paths)]
    for words, pick in (
        ("origins to 2014-12", [one for one in said if one.origin <= CHOSEN_TO]),
        ("later origins", [one for one in said if one.origin > CHOSEN_TO]),
        ("all origins", said),
    ):
        print(f"{words} ({len({one.origin for one in pick})}, {options.seeds} draws of delays)")
        print("\n".join(rows(pick)))
    print("\n".join(real(extracts, delays, 2000)))


if __name__ == "__main__":
    main()
