"""Everything random of one replication, from its keys."""

from __future__ import annotations

from sim.model.arrays import Model
from sim.sampling.arrivals import draw_arrivals
from sim.sampling.draws import Draws
from sim.sampling.factors import draw_factor, factor_table
from sim.sampling.flags import draw_arcs, draw_flags, draw_lanes
from sim.sampling.layout import make_layout
from sim.sampling.mixed import mix
from sim.sampling.open_phase import infer
from sim.sampling.open_table import lay_out
from sim.sampling.parameters import make_luck, parameter_table
from sim.sampling.present import known_states, read_known
from sim.sampling.resources import amount_table, draw_amounts
from sim.sampling.service import draw_service
from sim.sampling.states import PLAYED
from sim.sampling.stops import draw_stops
from sim.sampling.visits import draw_visits
from sim.sampling.withdrawal import draw_patience
from sim.sampling.world import World


class Sampler:
    """Draws of a model; names are hashed and places found once.

    Parameters
    ----------
    model : Model
    """

    def __init__(self, model: Model) -> None:
        self.model = model
        self._layout = make_layout(model)
        self._clocks = mix(model.clocks)
        self._parameters = parameter_table(model)
        self._amounts = amount_table(model)
        self._factor = factor_table(model, self._layout)
        self._known = read_known(model, self._layout)
        self._open = lay_out(model, self._layout)

    def draw(self, seed: int, replication: int, *, fixed: bool = False) -> Draws:
        """Return the luck of one replication; it depends on nothing but the model and these numbers.

        Parameters
        ----------
        seed, replication : int
        fixed : bool
            Keep uncertain parameters at their central values.
        """
        model, layout = self.model, self._layout
        luck = make_luck(model, self._parameters, seed, replication, fixed=fixed)
        flags = draw_flags(model, layout, luck)
        arc, lane = draw_arcs(model, layout, luck), draw_lanes(model, layout, luck)
        active, signed = draw_arrivals(model, layout, luck)
        factors = draw_factor(model, layout, luck, self._factor)
        world = World(model, layout, luck, self._clocks, lane, *flags, arc, active, factors)
        states = known_states(world, self._known)
        strained, stretched = infer(world, self._open, states)
        draw_service(world, self._known.service, states.table, stretched)
        visits, stops = draw_visits(world, states.table[PLAYED]), draw_stops(world)
        amounts = draw_amounts(model, layout, luck, self._amounts)
        return Draws(
            replication=replication,
            seed=seed,
            active=active,
            signed=signed,
            lane=lane,
            applies=world.applies,
            arc=world.arc,
            factor=factors.ahead,
            patience=draw_patience(model, layout, luck),
            milestones=layout.milestones_reached,
            withdrawn=model.known.withdrawn,
            strained=strained,
            parameters=luck.parameters,
            **states.drawn(),
            **vars(visits),
            **vars(stops),
            **vars(amounts),
        )


def sample(model: Model, seed: int, replication: int, *, fixed: bool = False) -> Draws:
    """Draw one replication of a model; for many use `Sampler`, which hashes the names once."""
    return Sampler(model).draw(seed, replication, fixed=fixed)
