"""One replication drawn by hand: one case and one key at a time, NumPy's Philox and SciPy's laws."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from sim import philox
from sim.laws import FAMILIES
from sim.model.arrays import APPLICANT, CHECK, GATE, QUEUED, SERVICE, Model
from sim.model.parts import PAPERS
from sim.philox import hash_name
from sim.trace import NEVER

MASK = 2**64 - 1


def whole(length: float, least: int = 1) -> int:
    """Round half up; what takes time takes at least `least`."""
    if length <= 0:
        return 0
    return NEVER if length >= NEVER else max(math.floor(length + 0.5), least)


def lifetable_isf(ages: list[float], survival: list[float], never: bool, share: float) -> float:
    """Walk down a life table; the last hazard goes on unless the survivors never have the event."""
    for k in range(1, len(ages)):
        last = k == len(ages) - 1
        if share >= survival[k] or (last and not never):
            if survival[k] == 0.0:
                part = 1.0 - share / survival[k - 1]
            elif survival[k] == survival[k - 1]:
                return math.inf
            else:
                part = math.log(share / survival[k - 1]) / math.log(survival[k] / survival[k - 1])
            return ages[k - 1] + part * (ages[k] - ages[k - 1])
    return math.inf


@dataclass
class ByHand:
    """The luck of one replication of a model.

    Parameters
    ----------
    model : Model
    seed, replication : int
    parameters : (Y,) float64
        Drawn values of ``Model.parameters``.
    """

    model: Model
    seed: int
    replication: int
    parameters: np.ndarray

    def u(self, subject: str, activity: str, visit: int, purpose: int) -> list[float]:
        """Return the four uniforms of a key; NumPy's generator adds one before the first block."""
        words = (hash_name(subject), hash_name(activity), int(visit) & MASK, purpose)
        before = (sum(word << (64 * k) for k, word in enumerate(words)) - 1) % 2**256
        counter = np.array([(before >> (64 * k)) & MASK for k in range(4)], dtype=np.uint64)
        key = np.array([self.seed, self.replication], dtype=np.uint64)
        raw = np.random.Philox(key=key, counter=counter).random_raw(4)
        return [min(((int(x) >> 11) + 0.5) * 2.0**-53, 1 - 2.0**-53) for x in raw]

    def scalar(self, index: int) -> float:
        """Return the value of a scalar, 0 for none."""
        if index < 0:
            return 0.0
        scalar = self.model.scalars[index]
        return scalar.value if scalar.parameter < 0 else scalar.factor * self.parameters[scalar.parameter]

    def law(self, row: int) -> tuple[str, list[float]]:
        """Return the family and the arguments of a law."""
        table = self.model.laws
        args = [
            self.scalar(int(s)) if s >= 0 else float(value)
            for value, s in zip(table.args[row], table.arg_scalar[row], strict=True)
        ]
        return FAMILIES[table.family[row]], args

    def points(self, row: int) -> tuple[list[float], list[float]]:
        """Return the knots of a law."""
        table = self.model.laws
        part = slice(table.knot_offset[row], table.knot_offset[row + 1])
        return table.knot_x[part].tolist(), table.knot_y[part].tolist()

    def frozen(self, row: int) -> stats.rv_continuous:
        """Return SciPy's form of a law with a spread."""
        family, (a, b, c, _) = self.law(row)
        made = {
            "uniform": lambda: stats.uniform(a, b - a),
            "triangular": lambda: stats.triang((b - a) / (c - a), a, c - a),
            "exponential": lambda: stats.expon(scale=a),
            "lognormal": lambda: stats.lognorm(b, scale=a),
            "lognormal_mean": lambda: stats.lognorm(b, scale=a * math.exp(-0.5 * b * b)),
            "weibull": lambda: stats.weibull_min(a, scale=b),
            "weibull_mean": lambda: stats.weibull_min(a, scale=b / special.gamma(1 + 1 / a)),
            "gamma": lambda: stats.gamma(b, scale=a / b),
        }
        return made[family]()

    def length(self, row: int, u: float) -> float:
        """Return the quantile of a law."""
        if row < 0:
            return 0.0
        family, args = self.law(row)
        if family == "constant" or (family == "uniform" and args[0] == args[1]):
            return args[0]
        if family == "quantiles":
            values, shares = self.points(row)
            return float(np.interp(u, shares, values))
        if family == "lifetable":
            return lifetable_isf(*self.points(row), args[0] > 0, 1.0 - u)
        return float(self.frozen(row).ppf(u))

    def left(self, row: int, u: float, spent: float) -> float:
        """Return when the survival has fallen to u times what it is at `spent`, from there."""
        family, args = self.law(row)
        if family == "lifetable":
            ages, survival = self.points(row)
            now = math.exp(float(self.model.laws.logsf(row, spent)[0]))
            return max(1.0, lifetable_isf(ages, survival, args[0] > 0, u * now) - spent)
        if family == "constant":
            return max(1.0, args[0] - spent)
        frozen = self.frozen(row)
        return max(1.0, float(frozen.isf(u * frozen.sf(spent))) - spent)

    def names(self, case: int) -> tuple[str, str]:
        """Return the names of a case."""
        cases = self.model.cases
        return self.model.project_ids[cases.project[case]], self.model.activities[cases.activity[case]]

    # -- choices ---------------------------------------------------------------------------------------

    def shown(self, project: int, flag: int) -> bool:
        """Return whether the ledger shows a case of a group under way."""
        model = self.model
        joint = model.rules.members
        for c in range(model.case_offset[project], model.case_offset[project + 1]):
            names = {
                int(joint.flag[m]) for m in range(joint.offset[c], joint.offset[c + 1]) if joint.share[m] >= 0
            }
            names |= {int(model.rules.applies_name[c])} if model.rules.applies[c] >= 0 else set()
            if flag in names and model.known.state[c] in (APPLICANT, QUEUED, SERVICE):
                return True
        return False

    def chosen(self, case: int, share: np.ndarray, flag: np.ndarray, otherwise: bool) -> bool:
        """Return whether a case has what its flag decides."""
        if share[case] < 0:
            return otherwise
        project = int(self.model.cases.project[case])
        name = self.model.rules.flag_names[flag[case]]
        u = self.u(self.model.project_ids[project], name, 0, philox.APPLIES)[0]
        return (0.0 if self.shown(project, flag[case]) else u) < self.scalar(share[case])

    def applies(self, case: int) -> bool:
        """Return whether a case applies; a check needs something to check."""
        cases, rules = self.model.cases, self.model.rules
        mine = self.chosen(case, rules.applies, rules.applies_name, True)
        mine = mine and (bool(self.members(case)) or not self.has_members(case))
        if cases.kind[case] == CHECK and cases.target[case] >= 0:
            target = int(cases.target[case])
            mine = mine and self.chosen(target, rules.applies, rules.applies_name, True)
            mine = mine and (bool(self.members(target)) or not self.has_members(target))
        return mine

    def tolerated(self, case: int) -> bool:
        """Return whether an item is accepted with papers missing."""
        return self.chosen(case, self.model.rules.tolerated, self.model.rules.tolerated_name, False)

    def promised(self, case: int) -> bool:
        """Return whether an item is approved on a promise."""
        return self.chosen(case, self.model.rules.promised, self.model.rules.promised_name, False)

    def arcs(self, case: int) -> list[bool]:
        """Return which arcs into a case are there."""
        cases = self.model.cases
        shares = self.model.rules.arc_share[cases.pred_offset[case] : cases.pred_offset[case + 1]]
        if (shares < 0).all():
            return [True] * len(shares)
        u = self.u(*self.names(case), 0, philox.CHAIN)[0]
        return [s < 0 or u < self.scalar(s) for s in shares]

    # -- visits ----------------------------------------------------------------------------------------

    def rerun(self, case: int) -> bool:
        """Return whether a check may reopen a case."""
        cases = self.model.cases
        return any(cases.kind[c] == CHECK for c in np.flatnonzero(cases.target == case))

    def most(self, case: int) -> int:
        """Return the visits a case can have before a rerun."""
        cases = self.model.cases
        slots = int(cases.slot_offset[case + 1] - cases.slot_offset[case])
        return 0 if cases.kind[case] == GATE else slots - self.rerun(case)

    def outcomes(self, case: int) -> tuple[bool, bool]:
        """Return whether a case is refused, and whether a check fails."""
        rules, names = self.model.rules, self.names(case)
        if not self.most(case) or not self.applies(case):
            return False, False
        if self.members(case):
            draws = [(m, self.u(names[0], self.member(m), 1, philox.VISIT)[1]) for m in self.members(case)]
            return any(u < self.scalar(rules.members.refused[m]) for m, u in draws), self.fails(case)
        refused = rules.refused[case] >= 0 and self.u(*names, 1, philox.VISIT)[1] < self.scalar(
            rules.refused[case]
        )
        return bool(refused), self.fails(case)

    def fails(self, case: int) -> bool:
        """Return whether a check fails, and none that comes before it by its role does."""
        cases, rules = self.model.cases, self.model.rules
        if not self.most(case) or not self.applies(case):
            return False
        u = self.u(*self.names(case), 0, philox.VOID)[0]
        void = rules.void[case] >= 0 and u < self.scalar(rules.void[case])
        void = void or (self.late(case) and self.most(case) == 1)
        same = np.flatnonzero((cases.target == cases.target[case]) & (cases.target >= 0))
        return bool(void) and not any(self.fails(c) for c in same if rules.role[c] < rules.role[case])

    def rounds(self, case: int, active: bool) -> int:
        """Return how many visits a case has."""
        most = self.most(case)
        if self.model.cases.kind[case] == GATE or not most or not self.applies(case) or not active:
            return 0 if self.model.cases.kind[case] == GATE else 1
        known, share = self.model.known, self.scalar(self.model.rules.returned[case])
        under_way = known.state[case] in (APPLICANT, QUEUED, SERVICE)
        count = min(max(int(known.visit[case]), 0), most - 1) if under_way else 0
        u = self.u(*self.names(case), 0, philox.VISIT)[1]
        if self.members(case):
            return min(max([count + 1, *(self.goes(case, m) for m in self.members(case))]), most)
        if share >= 1:
            return most
        chance = share
        while u <= chance and count < most - 1:
            count, chance = count + 1, chance * share
        return max(count + 1, 2 if self.late(case) and most > 1 else 1)

    def lengths(self, case: int, visit: int) -> tuple[int, list[int]]:
        """Return applicant time and work of a visit."""
        rules = self.model.rules
        u = self.u(*self.names(self.whole(case)), visit, philox.VISIT)
        if self.members(case):
            before, work = self.together(case, visit)
            if self.promised(case) and visit < self.most(case):
                work = self.length(rules.promise[case], u[0])
            return whole(before), [whole(work)] * rules.work.shape[1]
        if visit:
            before, laws = self.length(rules.correct[case], u[2]), rules.rework[case]
        elif rules.role[case] == PAPERS:
            before, laws = self.papers(case), rules.work[case]
            if 0 <= rules.allowed[case] < whole(before) and self.most(case) == 1:
                before = float(rules.allowed[case])
        else:
            later = self.scalar(rules.tolerated_share[case]) if self.tolerated(case) else 0.0
            before, laws = self.length(rules.prepare[case], u[2]) * (1.0 - later), rules.work[case]
        if self.promised(case) and visit < self.most(case):
            laws = [rules.promise[case]] * len(laws)
        part = self.part(case, visit)
        return whole(before), [whole(self.length(law, u[0]) * part) for law in laws]

    def whole(self, case: int) -> int:
        """Return the case whose draws a case shares: that of the rest, for the first part of an activity."""
        rest = int(self.model.rules.whole[case])
        return rest if rest >= 0 else case

    def part(self, case: int, visit: int) -> float:
        """Return the part of a visit's work that a case does."""
        first = self.scalar(self.model.rules.split[case]) if visit == 0 else 0.0
        return first if self.whole(case) != case else 1.0 - first

    def papers(self, case: int) -> float:
        """Return when missing papers come, after the end of their item."""
        rules, item = self.model.rules, int(self.model.cases.target[case])
        own = self.u(*self.names(item), 0, philox.VISIT)[2]
        return self.length(rules.prepare[item], own) * self.scalar(rules.tolerated_share[item])

    def late(self, case: int) -> bool:
        """Return whether missing papers come later than they may."""
        rules = self.model.rules
        return rules.role[case] == PAPERS and 0 <= rules.allowed[case] < whole(self.papers(case))

    # -- items done together ---------------------------------------------------------------------------

    def member(self, m: int) -> str:
        """Return the name of a member."""
        return self.model.rules.flag_names[self.model.rules.members.name[m]]

    def members(self, case: int, attempt: int = 0) -> list[int]:
        """Return the members of a merged case that take part."""
        joint, project = self.model.rules.members, int(self.model.cases.project[case])
        found = []
        for m in range(joint.offset[case], joint.offset[case + 1]):
            name = self.model.rules.flag_names[joint.flag[m]]
            u = self.u(self.model.project_ids[project], name, max(attempt - 1, 0), philox.APPLIES)[0]
            u = 0.0 if self.shown(project, int(joint.flag[m])) else u
            if joint.share[m] < 0 or u < self.scalar(joint.share[m]):
                found.append(m)
        return found

    def goes(self, case: int, m: int, attempt: int = 0) -> int:
        """Return how many visits a member would have on its own."""
        joint, purpose = self.model.rules.members, philox.ATTEMPT if attempt else philox.VISIT
        share, count = self.scalar(joint.returned[m]), 1
        u = self.u(self.names(case)[0], self.member(m), 1000 * attempt, purpose)[1]
        while count < joint.rounds[m] and share > 0 and u <= share**count:
            count += 1
        return count

    def together(self, case: int, visit: int, attempt: int = 0) -> tuple[float, float]:
        """Return applicant time and work of a visit: the longest of the members still in it, or of all."""
        joint, purpose = self.model.rules.members, philox.ATTEMPT if attempt else philox.VISIT
        mine = self.members(case, attempt)
        mine = [m for m in mine if self.goes(case, m, attempt) > visit] or mine
        laws = (joint.correct, joint.rework) if visit else (joint.prepare, joint.work)
        u = {m: self.u(self.names(case)[0], self.member(m), 1000 * attempt + visit, purpose) for m in mine}
        return (
            max([self.length(laws[0][m], u[m][2]) for m in mine], default=0.0),
            max([self.length(laws[1][m], u[m][0]) for m in mine], default=0.0),
        )

    def has_members(self, case: int) -> bool:
        """Return whether a case is several items done together."""
        offset = self.model.rules.members.offset
        return bool(offset[case + 1] > offset[case])

    # -- stoppages and patience ------------------------------------------------------------------------

    def stop(self, case: int, number: int) -> tuple[int, list[tuple[bool, int]]]:
        """Return the gap before a stoppage, and (solved, work) of each rung of its ladder."""
        model = self.model
        rate = self.scalar(model.rules.stop_rate[case])
        if rate <= 0 or not self.applies(case):
            return NEVER, []
        gap = whole(-math.log(self.u(*self.names(case), number, philox.STOP)[0]) / rate, 0)
        ladder = int(model.cases.ladder[case])
        if gap >= NEVER or ladder < 0:
            return gap, []
        first, behind = model.ladders.offset[ladder : ladder + 2]
        climb = []
        for q in range(first, behind):
            u = self.u(*self.names(case), number * 100 + q - first, philox.RUNG)
            solved = q + 1 == behind or u[0] < self.scalar(model.ladders.solved[q])
            climb.append((bool(solved), whole(self.length(model.ladders.work[q], u[1]))))
        return gap, climb

    def patience(self, project: int, k: int, reached: np.ndarray) -> int:
        """Return the minutes after milestone k at which a project leaves."""
        law = int(self.model.withdrawal_law[project, k])
        done = np.flatnonzero(reached < NEVER)
        highest = int(done[-1]) if len(done) else -1
        if law < 0 or k < highest:
            return NEVER
        name = f"phase:{self.model.milestones[k]}"
        u = self.u(self.model.project_ids[project], name, 0, philox.PATIENCE)[0]
        if k > highest:
            return whole(self.length(law, 1.0 - u))
        return whole(self.left(law, u, max(-int(reached[k]), 0)))

    # -- common factor ---------------------------------------------------------------------------------

    def series(self, subject: str, phase: str, month: int, rho: float) -> float:
        """Return a month of an autoregression of variance one, over the last 60 innovations."""
        norm = math.sqrt(sum(rho ** (2 * lag) for lag in range(60)))
        z = [
            stats.norm.ppf(self.u(subject, phase, month - lag, philox.FACTOR)[0]) * rho**lag / norm
            for lag in range(60)
        ]
        return sum(z)

    def factor(self, unit: int, k: int, column: int) -> int:
        """Return the thousandths of a unit and phase, some months after the epoch's."""
        model = self.model
        city, county, rho = (self.scalar(s) for s in model.factor_scalars)
        x, month = 0.0, model.epoch.year * 12 + model.epoch.month - 1 + column
        if model.factor_phase[k]:
            x = city * self.series("city", model.milestones[k], month, rho)
            x += county * self.series(model.units[unit], model.milestones[k], month, rho)
        return max(math.floor(1000 * math.exp(-x) + 0.5), 1)
