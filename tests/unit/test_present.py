from datetime import date

import pytest

from sim.clocks import NEVER
from sim.ledger import UNKNOWN
from sim.ledger.view import known_on
from sim.present import UNKNOWN_MINUTE, Facts, ItemFact, Moment, Trait, facts, past
from sim.process.graph import Arc, Node, Spec, assemble, legal_graph
from tests.support import toy_ledger

SPECS = [
    Spec("file"),
    Spec("land", ("file",)),
    Spec("review", ("file",)),
    Spec("loose", ("file",)),
    Spec("permit", ("land", "review")),
    Spec("build", ("permit",)),
    Spec("accept", ("build",)),
]
GRAPH = legal_graph(SPECS, [None, "land", "permit", "build", "accept"])
TIMED = {"build": Trait(timed=True), "review": Trait(rounds=3)}


def states(*milestones, items=None, withdrawn=NEVER, traits=TIMED, graph=GRAPH):
    known = Facts((*milestones, *[NEVER] * (5 - len(milestones))), items or {}, withdrawn)
    return dict(zip(graph.names, past(graph, known, traits), strict=True))


def words(found):
    return {name: moment.state for name, moment in found.items()}


def test_what_a_milestone_needed_has_ended_with_it():
    found = states(-900, -500)
    assert found["file"] == Moment("ended", ended=-500)
    assert found["land"] == Moment("ended", ended=-500)


def test_what_waits_for_an_unreached_milestone_has_not_begun_and_the_rest_is_inferred():
    assert words(states(-900, -500)) == {
        "file": "ended", "land": "ended", "review": "inferred", "loose": "inferred",
        "permit": "inferred", "build": "not_yet", "accept": "not_yet",
    }  # fmt: skip


def test_sole_timed_activity_of_the_open_phase_is_in_service_since_the_last_milestone():
    found = states(-900, -500, -200)
    assert found["build"] == Moment("service", -200, -200, -200)
    assert found["loose"].state == "inferred"
    assert found["accept"].state == "not_yet"


def test_a_phase_of_unknown_beginning_must_be_played():
    assert states(-900, -500, UNKNOWN_MINUTE)["build"].state == "inferred"


def test_an_activity_with_preparation_must_be_played():
    assert states(-900, -500, -200, traits={})["build"].state == "inferred"


def test_two_activities_of_a_phase_must_be_played():
    specs = [*SPECS[:-1], Spec("roads", ("permit",)), Spec("accept", ("build", "roads"))]
    graph = legal_graph([*specs[:5], Spec("build", ("permit", "roads")), *specs[6:]], GRAPH.milestones)
    found = states(-900, -500, -200, graph=graph, traits={"roads": Trait(timed=True)})
    assert found["roads"].state == "inferred"  # the phase may have come to `build` already
    both = [Spec("wires", ("permit",)), Spec("build", ("roads", "wires"))]
    graph = legal_graph([*specs[:5], *both, *specs[6:]], GRAPH.milestones)
    found = states(-900, -500, -200, graph=graph, traits={"roads": Trait(timed=True)})
    assert found["roads"].state == "inferred"


def test_first_activity_of_all_runs_since_signing():
    graph = legal_graph([Spec("permit"), Spec("build", ("permit",))], [None, "permit", "build"])
    known = Facts((-90, NEVER, NEVER))
    assert past(graph, known, {"permit": Trait(timed=True)})[0] == Moment("service", -90, -90, -90)


def test_unknown_date_is_left_to_sampling():
    found = states(-900, UNKNOWN_MINUTE, -200)
    assert found["land"].ended == NEVER
    assert found["permit"].ended == -200
    assert found["review"].ended == -200


def test_first_milestone_in_order_decides_even_when_dates_are_out_of_order():
    found = states(-900, -500, -100, -300)
    assert found["permit"].ended == -100
    assert found["build"].ended == -300


def test_finished_project_has_nothing_to_do():
    found = states(-900, -500, -400, -300, -200)
    assert set(words(found).values()) == {"ended"}
    assert found["loose"].ended == -200


@pytest.mark.parametrize("known", [Facts((-900, -500, *[NEVER] * 3), withdrawn=-10), Facts((NEVER,) * 5)])
def test_withdrawn_and_unsigned_projects_do_nothing(known):
    found = past(GRAPH, known, TIMED)
    assert {m.state for m in found} <= {"ended", "not_yet"}


def test_item_rows_decide_where_given():
    items = {"review": ItemFact(accepted=-100), "file": ItemFact(accepted=-800, decided=-700)}
    found = states(-900, items=items)
    assert found["review"] == Moment("service", -100, -100, -100)
    assert found["file"] == Moment("ended", -800, -800, -800, ended=-700)
    assert found["land"].state == "inferred"


def test_an_accepted_item_shows_that_what_it_needed_has_ended():
    found = states(-900, items={"review": ItemFact(accepted=-100)})
    assert found["file"] == Moment("ended", ended=-100)


@pytest.mark.parametrize(
    ("fact", "expected"),
    [
        (ItemFact(-100, -50), Moment("applicant", ready=-50, visit=1)),
        (ItemFact(-40, -50), Moment("service", -40, -40, -40, visit=1)),
        (ItemFact(returned=-50), Moment("applicant", ready=-50, visit=1)),
    ],
)
def test_a_return_starts_the_next_visit(fact, expected):
    assert states(-900, items={"review": fact})["review"] == expected


def test_an_item_that_may_not_return_stays_at_its_first_visit():
    assert states(-900, items={"loose": ItemFact(-100, -50)})["loose"].visit == 0


def test_candidate_arcs_prove_nothing():
    nodes = [Node("A"), Node("B"), Node("C")]
    graph = assemble(nodes, [Arc("A", "B", "serial_fraction"), Arc("B", "C")], [None, "B", "C"])
    found = past(graph, Facts((-90, -50, NEVER)), {})
    assert [m.state for m in found] == ["inferred", "ended", "inferred"]


def test_facts_are_minutes_of_the_view():
    ledger = toy_ledger(
        [
            {"id": "a", "signed": "2021-01-01", "permitted": "2021-03-01"},
            {"id": "b", "permitted": "2021-01-02"},
            {
                "id": "c",
                "signed": "2021-01-01",
                "permitted": "2021-01-01",
                "reported_permitted": "2021-02-01",
            },
            {"id": "d", "signed": "2021-01-01", "withdrawn": "2021-01-02"},
        ],
        items=[
            {"id": "a", "item": "permit", "accepted": "2021-01-02", "decided": "2021-01-09"},
            {"id": "a", "item": "other", "accepted": "2021-02-02"},
        ],
    )
    as_of, epoch = date(2021, 1, 3), date(2021, 1, 4)
    a, b, c, d = facts(known_on(ledger, as_of), as_of, epoch)
    assert a.milestones == (-3 * 1440, NEVER)
    assert a.items == {"permit": ItemFact(accepted=-2 * 1440)}
    assert b.milestones == (UNKNOWN_MINUTE, -2 * 1440)
    assert c.milestones == (-3 * 1440, NEVER)
    assert (c.withdrawn, d.withdrawn) == (NEVER, -2 * 1440)


def test_withdrawal_at_an_unknown_date_is_over_by_the_epoch():
    ledger = toy_ledger([{"id": "a", "signed": "2021-01-01", "withdrawn": UNKNOWN}])
    assert facts(ledger, date(2021, 1, 3), date(2021, 1, 4))[0].withdrawn == -1
