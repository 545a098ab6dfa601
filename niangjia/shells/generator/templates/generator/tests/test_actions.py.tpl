import pytest

from @package@ import actions, policies
from @package@.states import REQUEST
from niangjia.commons.desk import queries as desk
from niangjia.commons.ledger.models import LedgerRow
from niangjia.kernel.errors import Conflict, InvalidMove, NotAllowed, NotFound
from niangjia.platform.notices.models import Message

OFFICERS = ("settle", "refuse")


def act(event, request, actor):
    said = {"reason": "这次不符合条件"} if event == "refuse" else {}
    return getattr(actions, event)(public_id=request.public_id, actor=actor, **said)


def told(actor):
    return list(Message.objects.filter(user_id=actor.user_id).order_by("id").values_list("kind", flat=True))


def test_a_request_lies_on_the_desk_of_the_members_union(world, sent):
    assert sent.responsible == world.street
    assert [row.line.number for row in desk.my_desk(world.officer)] == [sent.number]
    assert desk.my_desk(world.sibling) == []
    assert told(world.member) == ["@code@.received"]


def test_settling_leaves_desk_ledger_and_notice(world, sent):
    assert act("settle", sent, world.officer).state == "settled"
    assert desk.my_desk(world.officer) == []
    assert told(world.member)[-1] == "@code@.settled"
    assert LedgerRow.objects.filter(measure="@code@.answered").count() == 1


def test_a_refusal_says_why(world, sent):
    assert act("refuse", sent, world.officer).answer_reason == "这次不符合条件"
    assert told(world.member)[-1] == "@code@.refused"


@pytest.mark.parametrize(("state", "event"), [(state, event) for state, event, _move in REQUEST.cells()])
def test_every_cell_of_the_machine(world, sent, state, event):
    way = {"submitted": "", "settled": "settle", "refused": "refuse", "withdrawn": "withdraw"}[state]
    if way:
        act(way, sent, world.member if way == "withdraw" else world.officer)
    actor = world.member if event == "withdraw" else world.officer
    move = REQUEST.find(state, event)
    if move is None:
        with pytest.raises(InvalidMove):
            act(event, sent, actor)
    else:
        assert act(event, sent, actor).state == move.target


@pytest.mark.parametrize("event", OFFICERS)
@pytest.mark.parametrize(("who", "error"), [("district", NotAllowed), ("sibling", NotFound), ("agent", NotFound)])
def test_only_the_responsible_unions_officer_answers(world, sent, event, who, error):
    with pytest.raises(error):
        act(event, sent, getattr(world, who))
    sent.refresh_from_db()
    assert sent.state == "submitted"


def test_only_who_asked_takes_it_back(world, sent):
    with pytest.raises(NotFound):
        act("withdraw", sent, world.neighbour)
    with pytest.raises(NotAllowed):
        act("withdraw", sent, world.officer)


def test_one_open_request_per_person(world, sent):
    with pytest.raises(Conflict):
        actions.submit(wish="再来一次帮助", actor=world.member)
    act("withdraw", sent, world.member)
    assert actions.submit(wish="再来一次帮助", actor=world.member).state == "submitted"


def test_who_sees_it(world, sent):
    seen = {who for who in vars(world) if who != "street" and sent in policies.visible_requests(getattr(world, who))}
    assert seen == {"member", "officer", "district"}
