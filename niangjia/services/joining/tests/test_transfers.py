from __future__ import annotations

from datetime import timedelta

import pytest

from niangjia.commons.desk import queries as desk
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.parameters import parameters
from niangjia.commons.people import officers
from niangjia.commons.people.models import Card, Membership
from niangjia.commons.people.testing import a_member, a_person, signed_in
from niangjia.commons.unions.roles import Role
from niangjia.commons.unions.testing import SYSTEM, an_officer
from niangjia.kernel import clock
from niangjia.kernel.errors import Conflict, DomainError, Gone, InvalidMove, NotAllowed, NotFound, RuleBroken
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.notices.models import Message
from niangjia.platform.testing.clients import staff_client
from niangjia.services.joining import testing
from niangjia.services.joining import testing_rosters as rosters
from niangjia.services.joining.rosters import sheets
from niangjia.services.joining.transfers import actions, jobs, queries, telling
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.states import TRANSFER, UNDER_WAY, TransferState

SOURCE = "joining.transfer"


class Moving:
    """A member of EAST-1 with a phone, and everybody who may answer."""

    def __init__(self, world):
        self.world, self.tree = world, world.tree
        self.person = a_person("柳接转", user_id=testing.applicant(77).user_id)
        self.membership = a_member(world.street, person=self.person)
        self.me = signed_in(self.person)
        self.old, self.new = world.officer, world.other_officer
        self.above = an_officer([(self.tree["EAST"], Role.UNION_OFFICER)], "above")

    def ask(self, code="EAST-2"):
        return actions.request_transfer(union_code=code, actor=self.me).public_id

    def later(self, days):
        self.world.clock.set(clock.today() + timedelta(days=days))

    def now(self):
        return Transfer.objects.with_unions().get()

    def stands(self):
        return Membership.objects.get(pk=self.membership.pk)


@pytest.fixture
def moving(world):
    return Moving(world)


def stock(union):
    rows = LedgerRow.objects.filter(measure="people.members", union_id=union.pk)
    return sum(rows.values_list("qty", flat=True))


def test_a_member_asks_is_let_go_and_taken_in_and_nobody_has_joined(moving):
    key = moving.ask()
    assert (moving.now().state, moving.stands().state, moving.stands().union) == (
        "requested", "transferring", moving.world.street,
    )  # fmt: skip
    actions.release_transfer(public_id=key, actor=moving.old)
    assert stock(moving.tree["EAST-1"]) == 1
    actions.accept_transfer(public_id=key, actor=moving.new)
    after = moving.stands()
    assert (after.state, after.union, after.number) == ("active", moving.tree["EAST-2"], moving.membership.number)
    assert (stock(moving.tree["EAST-1"]), stock(moving.tree["EAST-2"])) == (0, 1)
    flows = LedgerRow.objects.filter(source_type=SOURCE).values_list("measure", "union_id", "qty")
    assert set(flows) == {
        ("joining.transferred_out", moving.tree["EAST-1"].pk, 1),
        ("joining.transferred_in", moving.tree["EAST-2"].pk, 1),
    }  # fmt: skip
    assert not LedgerRow.objects.filter(measure="joining.joined").exists()
    assert Card.objects.get(person=moving.person).state == "active"
    told = set(Message.objects.filter(user=moving.person.user_id).values_list("kind", flat=True))
    assert {f"joining.transfer_{what}" for what in ("received", "released", "accepted")} <= told
    assert AuditEntry.objects.filter(action__startswith="joining.transfer.").count() == 4
    past = queries.progress(moving.now(), for_member=True).timeline
    assert [str(entry.title) for entry in past] == ["提出接转", "同意转出", "接收"]
    assert not any(entry.who for entry in past), "the member reads no names of officers"


def test_each_desk_has_it_in_turn_and_each_side_answers_only_its_own(moving):
    key = moving.ask()
    assert [item.union_id for item in desk.my_items(moving.old)] == [moving.tree["EAST-1"].pk]
    with pytest.raises(NotAllowed, match="EAST-1"):
        actions.release_transfer(public_id=key, actor=moving.new)
    with pytest.raises(InvalidMove):
        actions.accept_transfer(public_id=key, actor=moving.old)
    actions.release_transfer(public_id=key, actor=moving.old)
    assert not desk.my_items(moving.old).exists()
    assert desk.my_items(moving.new).get().subject_id == moving.now().pk
    with pytest.raises(NotAllowed):
        actions.accept_transfer(public_id=key, actor=moving.old)
    for stranger in (moving.world.agent, an_officer([(moving.tree["WEST-1"], Role.UNION_OFFICER)], "far")):
        with pytest.raises(NotFound):
            actions.accept_transfer(public_id=key, actor=stranger)


def test_what_is_refused_or_withdrawn_leaves_the_membership_where_it_was(moving):
    with pytest.raises(RuleBroken):
        actions.refuse_transfer(public_id=moving.ask(), reason=" ", actor=moving.old)
    actions.refuse_transfer(public_id=moving.now().public_id, reason="会费还没有结清", actor=moving.old)
    assert (moving.now().answer_reason, moving.stands().state) == ("会费还没有结清", "active")
    actions.withdraw_transfer(public_id=moving.ask(), actor=moving.me)
    assert (moving.stands().state, moving.stands().union) == ("active", moving.world.street)
    assert not LedgerRow.objects.filter(source_type=SOURCE).exists()


def test_one_transfer_at_a_time_and_not_to_where_one_is_or_to_who_takes_nobody(moving):
    for code, refusal in (("EAST-1", "SAME_UNION"), ("EAST", "UNION_TAKES_NO_MEMBERS"), ("没有", "UNION_UNKNOWN")):
        with pytest.raises(RuleBroken) as refused:
            moving.ask(code)
        assert refused.value.code == refusal
    moving.ask()
    with pytest.raises(Conflict) as twice:
        moving.ask("WEST-1")
    assert twice.value.code == "TRANSFER_OPEN"
    assert Transfer.objects.count() == 1


def test_a_silent_old_union_is_answered_for_by_the_union_above(moving):
    key = moving.ask()
    moving.later(30)
    assert jobs.let_pass(None) == {"closed": 0, "lapsed": 0, "released": 0, "raised": 1}
    assert (moving.now().state, moving.now().responsible) == ("upper_release", moving.tree["EAST"])
    assert jobs.let_pass(None)["raised"] == 0
    with pytest.raises(NotAllowed):
        actions.release_transfer(public_id=key, actor=moving.old)
    actions.release_transfer(public_id=key, actor=moving.above)
    moving.later(30)
    jobs.let_pass(None)
    assert (moving.now().state, moving.now().responsible) == ("upper_accept", moving.tree["EAST"])
    actions.accept_transfer(public_id=key, actor=moving.above)
    assert moving.stands().union == moving.tree["EAST-2"]


def test_where_silence_is_consent_the_clock_lets_the_member_go(moving):
    parameters.publish(
        actor=SYSTEM,
        code="joining.transfer_when_silent",
        union_id=moving.tree["CITY"].pk,
        valid_from=clock.today(),
        value="release",
    )
    moving.ask()
    moving.later(30)
    assert jobs.let_pass(None)["released"] == 1
    assert (moving.now().state, moving.now().responsible) == ("released", moving.tree["EAST-2"])


def test_an_invitation_shows_nothing_to_the_old_union_until_the_member_agrees(moving):
    number = moving.membership.number
    with pytest.raises(RuleBroken) as unknown:
        actions.propose_transfer(union_code="EAST-2", member_number=number, name="别人", actor=moving.new)
    assert unknown.value.code == "MEMBER_UNKNOWN"
    with pytest.raises(NotFound):
        actions.propose_transfer(union_code="WEST-1", member_number=number, name="柳接转", actor=moving.new)
    key = actions.propose_transfer(union_code="EAST-2", member_number=number, name="柳接转", actor=moving.new).public_id
    assert (moving.now().state, moving.stands().state) == ("offered", "active")
    assert queries.transfer_for(moving.new, key)
    with pytest.raises(NotFound):
        queries.transfer_for(moving.old, key)
    with pytest.raises(NotAllowed):
        actions.agree_transfer(public_id=key, actor=moving.new)
    actions.agree_transfer(public_id=key, actor=moving.me)
    assert queries.transfer_for(moving.old, key).state == "requested"


def test_an_invitation_ends_by_the_clock_before_any_job_and_the_job_writes_it_down(moving):
    key = actions.propose_transfer(
        union_code="EAST-2", member_number=moving.membership.number, name="柳接转", actor=moving.new
    ).public_id
    moving.later(90)
    with pytest.raises(Gone):
        actions.agree_transfer(public_id=key, actor=moving.me)
    assert jobs.let_pass(None)["lapsed"] == 1
    assert (moving.now().state, moving.stands().state) == ("lapsed", "active")


def test_a_membership_that_ends_meanwhile_takes_the_transfer_with_it(moving):
    key = moving.ask()
    held = moving.stands()
    officers.end_membership(public_id=held.public_id, cause="record_death", day=clock.today(), actor=moving.old)
    actions.release_transfer(public_id=key, actor=moving.old)
    with pytest.raises(DomainError):
        actions.accept_transfer(public_id=key, actor=moving.new)
    assert jobs.let_pass(None)["closed"] == 1
    assert (moving.now().state, moving.stands().state) == ("closed", "ended")


def test_the_membership_is_marked_exactly_while_the_transfer_is_under_way():
    """The table itself: whoever leaves the states under way does so by an event that frees the membership."""
    leaving = {
        move.event for state, _event, move in TRANSFER.cells()
        if move is not None and state in UNDER_WAY and move.target not in UNDER_WAY
    }  # fmt: skip
    assert leaving == {"accept_transfer", "refuse_transfer", "withdraw_transfer", "close_transfer"}
    assert [move.event for move in TRANSFER.moves if move.target == TransferState.REQUESTED] == ["agree_transfer"]


def test_the_persons_page_tells_of_the_transfer_to_both_sides_and_to_nobody_else(moving):
    key = moving.ask()
    actions.release_transfer(public_id=key, actor=moving.old)
    actions.refuse_transfer(public_id=key, reason="岗位还没有定下来", actor=moving.new)
    page = f"/console/people/{moving.person.public_id}/"
    told = staff_client(moving.old).get(page).text
    assert all(text in told for text in ("提出接转", "同意转出", "不同意", "岗位还没有定下来"))
    assert [str(entry.title) for entry in telling.told(moving.old, moving.person)] == ["提出接转", "同意转出", "不同意"]
    far = an_officer([(moving.tree["WEST-1"], Role.UNION_OFFICER)], "far away")
    assert list(telling.told(far, moving.person)) == []
    assert [str(entry.who) for entry in telling.told(moving.me, moving.person)] == ["本人", "", ""]


def test_what_is_wrong_is_summed_up_once(moving):
    answer = staff_client(moving.new).post("/console/joining/transfers/new/", {"name": ""})
    assert (answer.status_code, answer.text.count('class="error-summary"')) == (422, 1)


def test_many_are_released_and_accepted_at_once_and_who_may_not_is_told_why(moving):
    key, desk = moving.ask(), staff_client(moving.old)
    sent = {"ids": [key, "x" * 24], "event": "release_transfer", "idempotency_key": "k" * 20}
    answer = desk.post("/console/joining/transfers/many/", sent, follow=True).text
    assert "办理了 1 件" in answer
    assert "没有找到这件会籍接转" in answer
    assert moving.now().state == "released"
    sent |= {"event": "accept_transfer", "idempotency_key": "m" * 20}
    assert "EAST-2" in desk.post("/console/joining/transfers/many/", sent, follow=True).text
    assert moving.now().state == "released"
    sent |= {"event": "refuse_transfer", "idempotency_key": "n" * 20}
    assert desk.post("/console/joining/transfers/many/", sent).status_code == 404


def test_from_the_page_of_a_roster_members_elsewhere_are_asked_once(moving):
    here = moving.new
    row = rosters.a_row(1, **{sheets.NAME: "柳接转", sheets.ID_NUMBER: moving.person.id_number})
    roster = rosters.checked([row, rosters.a_row(2)], moving.tree["EAST-2"], here)
    desk, page = staff_client(here), f"/console/joining/rosters/{roster.public_id}/"
    assert "请会籍在别处的人转来" in desk.get(page).text
    assert "请会籍在别处的人转来" not in staff_client(moving.above).get("/console/joining/rosters/").text
    assert "1 人" in desk.get(f"{page}transfers/").text
    assert "已请 1 人" in desk.post(f"{page}transfers/", follow=True).text
    asked = moving.now()
    assert (asked.state, asked.asked, asked.source, asked.new) == (
        "offered", "roster", roster.number, moving.tree["EAST-2"],
    )  # fmt: skip
    assert "请会籍在别处的人转来" not in desk.get(page).text
    assert desk.post(f"{page}transfers/").status_code == 422
    assert staff_client(moving.old).post(f"{page}transfers/").status_code == 404
    actions.decline_transfer(public_id=asked.public_id, actor=moving.me)
    assert desk.post(f"{page}transfers/").status_code == 422, "of one roster nobody is asked twice"
