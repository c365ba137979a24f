"""A bare SimPy loop of the same activities: what the reference engine is measured against."""

from __future__ import annotations

import simpy

from sim.model.arrays import Model
from sim.sampling.draws import Draws


def bare(model: Model, draws: Draws) -> int:
    """Run the same activities as plain SimPy processes; return how many visits ended."""
    env = simpy.Environment()
    cases, resources = model.cases, model.resources
    capacity = [max(1, int(c)) for c in resources.capacity]
    kinds = resources.kind.tolist()
    desks = [simpy.Resource(env, n) if k in (0, 2) else None for n, k in zip(capacity, kinds, strict=True)]
    pred, offset, slot = cases.pred.tolist(), cases.pred_offset.tolist(), cases.slot_offset.tolist()
    resource, work, applicant = cases.resource.tolist(), draws.work[:, 0].tolist(), draws.applicant.tolist()
    rounds, project, signed = draws.rounds.tolist(), cases.project.tolist(), draws.signed.tolist()
    done: list[simpy.Process] = []
    ended = [0]

    def activity(c: int) -> simpy.events.ProcessGenerator:
        if offset[c] == offset[c + 1]:
            yield env.timeout(signed[project[c]])
        else:
            yield simpy.AllOf(env, [done[b] for b in pred[offset[c] : offset[c + 1]]])
        desk = desks[resource[c]] if resource[c] >= 0 else None
        for s in range(slot[c], slot[c] + rounds[c]):
            yield env.timeout(applicant[s])
            if desk is None:
                yield env.timeout(work[s])
            else:
                with desk.request() as request:
                    yield request
                    yield env.timeout(work[s])
            ended[0] += 1

    done += [env.process(activity(c)) for c in range(len(project))]
    env.run(until=model.horizon)
    return ended[0]
