"""Joining on the spot: who opens a stall, what its code opens, whose union answers, and what is counted."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people.models import Membership
from niangjia.commons.unions import testing as unions
from niangjia.commons.unions.models import Employer, Union
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock as now_clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, DomainError, Gone, InvalidMove, NotAllowed, NotFound, RuleBroken
from niangjia.platform.audit.models import AuditEntry
from niangjia.services.joining import actions, policies, queries, testing
from niangjia.services.joining.models import Application, Stall
from niangjia.services.joining.stalls import codes, rules
from niangjia.services.joining.stalls import queries as stall_queries
from niangjia.services.joining.stalls.actions import end_overdue
from niangjia.services.joining.stalls.policies import visible_stalls
from niangjia.services.joining.stalls.states import STALL

SYSTEM = Actor.system("test")


@pytest.fixture
def stander(world):
    """A stall officer of the street."""
    return unions.an_officer([(world.street, Role.STALL_OFFICER)], "stander")


@pytest.fixture
def stall(world, stander):
    return testing.stall(world.street, stander)


def counted(measure) -> int:
    return sum(LedgerRow.objects.live().filter(measure=measure).values_list("qty", flat=True))


# Opening and ending


def test_the_table_moves_as_drawn():
    moves = {(move.event, source): move.target for move in STALL.moves for source in move.sources}
    assert moves == {
        ("renew_stall", "running"): "running",
        ("extend_stall", "running"): "running",
        ("end_stall", "running"): "ended",
        ("call_off_stall", "running"): "called_off",
        ("record_founding", "running"): "running",
        ("record_founding", "ended"): "ended",
    }


ACTS = {
    "renew_stall": {},
    "extend_stall": {"hours": 2},
    "end_stall": {"attended": 3},
    "call_off_stall": {},
    "record_founding": {"union_code": "NOSUCH"},
}


@pytest.mark.parametrize(
    ("state", "event", "move"), list(STALL.cells()), ids=lambda part: str(getattr(part, "event", part))
)
def test_every_cell_is_allowed_or_refused_by_name(world, stander, stall, state, event, move):
    if state == "ended":
        actions.end_stall(public_id=stall.public_id, attended=None, actor=stander)
    if state == "called_off":
        actions.call_off_stall(public_id=stall.public_id, actor=stander)

    def call():
        return getattr(actions, event)(public_id=stall.public_id, actor=stander, **ACTS[event])

    if move is None:
        with pytest.raises(InvalidMove):
            call()
    elif event == "record_founding":
        with pytest.raises(RuleBroken, match="UNION_UNKNOWN"):
            call()
    else:
        assert call().state == move.target


def test_staff_open_a_stall_for_unions_within_their_offices_only(world, stander):
    assert testing.stall(world.street, world.officer).is_running
    with pytest.raises(NotFound):
        testing.stall(world.tree["WEST-1"], stander)
    with pytest.raises(NotAllowed):
        testing.stall(world.street, world.district)
    with pytest.raises(NotFound):
        testing.stall(world.firm, world.agent)
    with pytest.raises(RuleBroken, match="UNION_TAKES_NO_MEMBERS"):
        testing.stall(world.tree["EAST"], unions.an_officer([(world.tree["EAST"], Role.STALL_OFFICER)], "above"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"place": " "}, "STALL_PLACE"),
        ({"place": "地" * 61}, "STALL_PLACE"),
        ({"talk": "party"}, "TALK_KIND"),
        ({"hours": 0}, "STALL_HOURS"),
        ({"hours": 13}, "STALL_HOURS"),
        ({"union_code": "NOSUCH"}, "UNION_UNKNOWN"),
    ],
)
def test_what_does_not_fit_is_said_beside_the_field(world, stander, change, code):
    with pytest.raises(RuleBroken, match=code) as refused:
        testing.stall(world.street, stander, **change)
    assert set(refused.value.fields) == set(change)
    assert not Stall.objects.exists()


def test_a_talk_is_recorded_up_to_thirty_days_later_as_held_and_never_ahead(world, stander):
    today = now_clock.today()
    late = testing.stall(world.street, stander, day=today - timedelta(days=30))
    assert late.state == "ended"
    assert LedgerRow.objects.get(measure="joining.talk").day == today - timedelta(days=30)
    for day in (today - timedelta(days=31), today + timedelta(days=1)):
        with pytest.raises(RuleBroken, match="TALK_DAY"):
            testing.stall(world.street, stander, day=day)


def test_a_talk_counts_when_it_ends_and_not_when_it_is_called_off(world, stander, stall):
    assert counted("joining.talk") == 0
    actions.end_stall(public_id=stall.public_id, attended=37, actor=stander)
    other = testing.stall(world.street, stander, talk="employer")
    actions.call_off_stall(public_id=other.public_id, actor=stander)
    assert (counted("joining.talk"), counted("joining.talk_attended")) == (1, 37)


def test_the_end_is_moved_by_the_officer_with_a_trace_and_never_beyond_twelve_hours_or_after_it(world, stander, stall):
    before = stall.closes_at
    after = actions.extend_stall(public_id=stall.public_id, hours=2, actor=stander)
    assert after.closes_at == before + timedelta(hours=2)
    entry = AuditEntry.objects.get(action="joining.stall.extend_stall")
    assert (entry.data["from"], entry.data["to"]) == (before.isoformat(), after.closes_at.isoformat())
    assert "到 " in str(stall_queries.timeline(after)[-1].detail)
    with pytest.raises(RuleBroken, match="STALL_HOURS"):
        actions.extend_stall(public_id=stall.public_id, hours=7, actor=stander)
    with pytest.raises(NotAllowed):
        actions.extend_stall(public_id=stall.public_id, hours=1, actor=world.district)
    world.clock.set(after.closes_at - timedelta(minutes=1))
    assert codes.of(Stall.objects.get()), "the code still opens in the added time"
    world.clock.set(after.closes_at)
    with pytest.raises(Gone):
        actions.extend_stall(public_id=stall.public_id, hours=1, actor=stander)


def test_a_stall_where_somebody_applied_cannot_be_called_off(world, stander, stall):
    testing.application(1, world.street, stall=stall.public_id)
    with pytest.raises(RuleBroken, match="STALL_HAS_ARRIVALS"):
        actions.call_off_stall(public_id=stall.public_id, actor=stander)


def test_a_forgotten_stall_is_closed_by_the_clock_and_recorded_by_the_job(world, stander, stall, clock):
    clock.set(stall.closes_at)
    assert not Stall.objects.get().is_running
    with pytest.raises(Gone, match="STALL_OVER"):
        actions.renew_stall(public_id=stall.public_id, actor=stander)
    assert [end_overdue(actor=SYSTEM), end_overdue(actor=SYSTEM)] == [1, 0]
    assert counted("joining.talk") == 1


# The code


def test_a_code_lives_one_interval_more_then_says_that_it_is_old(stall, clock):
    text = codes.of(stall).text
    clock.set(now_clock.now() + timedelta(minutes=5))
    assert codes.of(stall).text != text
    assert codes.stall_of(text.lower().replace("-", " ")) == stall
    clock.set(now_clock.now() + timedelta(minutes=5))
    with pytest.raises(Gone, match="STALL_CODE_OLD"):
        codes.stall_of(text)


def test_changing_the_code_voids_the_one_that_was_photographed(stander, stall):
    text = codes.of(stall).text
    changed = actions.renew_stall(public_id=stall.public_id, actor=stander)
    assert codes.of(changed).text != text
    with pytest.raises(Gone, match="STALL_CODE_OLD"):
        codes.stall_of(text)


def test_after_the_end_the_code_says_so(stander, stall):
    text = codes.of(stall).text
    actions.end_stall(public_id=stall.public_id, attended=None, actor=stander)
    with pytest.raises(Gone, match="STALL_OVER"):
        codes.stall_of(text)


@pytest.mark.parametrize("text", ["", "K7M4P", "0OIL1-1234", "K7M4P-12345", "x" * 5000, "\x00", "Ｋ７Ｍ４Ｐ－８２９１"])
def test_no_code_is_no_code(db, text):
    with pytest.raises(NotFound, match="STALL_CODE"):
        codes.stall_of(text)


@pytest.mark.parametrize("typed", ["K7M4P-8291", "k7m4p8291", " K7M4P 8291 ", "Ｋ７Ｍ４Ｐ８２９１", "K7M4P–8291"])
def test_a_code_is_read_as_people_type_it(typed):
    assert rules.split_code(typed) == ("K7M4P", "8291")


# Whose union answers


def came(serial, world, stall, **changes) -> Application:
    return testing.application(serial, changes.pop("street", world.street), stall=stall.public_id, **changes)[0]


def test_who_works_in_the_street_is_answered_by_the_stalls_union(world, stall):
    row = came(1, world, stall)
    assert (row.stall, row.responsible, row.home) == (stall, world.street, world.street)
    assert queries.is_answered_on_the_spot(row)


def test_who_works_in_another_street_goes_to_that_street(world, stall):
    row = came(1, world, stall, street=world.tree["EAST-2"])
    assert row.responsible == world.tree["EAST-2"]
    assert not queries.is_answered_on_the_spot(row)


def test_who_has_an_employers_union_goes_there(world, stall):
    Employer.objects.create(name="试验工厂", kind="private", headcount=30, union=world.firm)
    assert came(1, world, stall, employer_name="试验工厂").responsible == world.firm


def test_a_joint_union_takes_who_has_no_employers_union_and_an_employers_union_does_not(world):
    Union.objects.filter(pk=world.firm.pk).update(kind="joint")
    keeper = unions.an_officer([(world.firm, Role.STALL_OFFICER)], "keeper")
    joint = testing.stall(world.firm, keeper)
    assert came(1, world, joint).responsible == world.firm
    assert came(2, world, joint, street=world.tree["EAST-2"]).responsible == world.tree["EAST-2"]
    Union.objects.filter(pk=world.firm.pk).update(kind="primary")
    assert came(3, world, joint).responsible == world.street


def test_who_sends_after_the_end_applies_as_online(world, stander, stall):
    actions.end_stall(public_id=stall.public_id, attended=None, actor=stander)
    row = came(1, world, stall)
    assert row.stall is None
    assert row.responsible == world.street


# Approving on the spot


def test_the_stall_officer_approves_while_the_stall_runs_and_the_join_counts_there(world, stander, stall):
    row = came(1, world, stall)
    actions.approve(public_id=row.public_id, actor=stander)
    membership = Membership.objects.get()
    assert membership.origin == "stall"
    assert stall_queries.joined_by([stall]) == {stall.pk: 1}


def test_the_stall_officer_sees_only_what_came_by_the_stall_while_it_runs(world, stander, stall):
    here, online = came(1, world, stall), testing.application(2, world.street)[0]
    elsewhere = came(3, world, stall, street=world.tree["EAST-2"])
    assert list(policies.visible_applications(stander)) == [here]
    for row in (online, elsewhere):
        with pytest.raises(NotFound):
            actions.approve(public_id=row.public_id, actor=stander)
    with pytest.raises(NotAllowed, match="NOT_RESPONSIBLE"):
        actions.refuse(public_id=here.public_id, reason="不是本人来的", actor=stander)
    actions.end_stall(public_id=stall.public_id, attended=None, actor=stander)
    assert not policies.visible_applications(stander).exists()


def test_nobody_approves_oneself_at_a_stall(world, stall):
    row = came(1, world, stall)
    self_made = unions.an_officer([(world.street, Role.STALL_OFFICER)], "self made")
    own = Actor(self_made.kind, user_id=row.applicant_id, grants=self_made.grants)
    assert not policies.may_approve(own, row)
    assert row not in policies.visible_applications(own)


def test_the_stall_of_another_union_gives_nothing(world, stall):
    row = came(1, world, stall)
    for actor in (unions.an_officer([(world.tree["EAST-2"], Role.STALL_OFFICER)], "next street"), world.agent):
        assert not visible_stalls(actor).exists()
        with pytest.raises(NotFound):
            actions.approve(public_id=row.public_id, actor=actor)


def test_one_in_doubt_is_named_and_does_not_hold_up_the_others(world, stander, stall):
    first = came(1, world, stall)
    doubtful = testing.application(2, world.street, stall=stall.public_id, id_number=first.id_number)[0]
    found = stall_queries.arrivals(stander, stall)
    assert found.ready_ids == first.public_id
    done = actions.approve_many(public_ids=[first.public_id, doubtful.public_id], actor=stander)
    assert [row.public_id for row in done.moved] == [first.public_id]
    assert [one.number for one in done.refused] == [doubtful.number]


# Foundings


def test_a_founding_is_recorded_once_and_only_of_a_union_that_is_younger_than_the_talk(world, stander, stall):
    today = now_clock.today()
    keeper = unions.an_officer([(world.street, Role.UNION_OFFICER)], "keeper")
    with pytest.raises(RuleBroken, match="FOUNDED_BEFORE"):
        actions.record_founding(public_id=stall.public_id, union_code="FIRM", actor=keeper)
    Union.objects.filter(pk=world.firm.pk).update(founded_on=today)
    actions.record_founding(public_id=stall.public_id, union_code="FIRM", actor=keeper)
    assert counted("joining.talk_founded") == 1
    other = testing.stall(world.street, stander)
    for again in (stall, other):
        with pytest.raises(Conflict, match="FOUNDING_RECORDED"):
            actions.record_founding(public_id=again.public_id, union_code="FIRM", actor=keeper)
    assert counted("joining.talk_founded") == 1


def test_a_founding_out_of_reach_is_not_found(world, stander, stall):
    Union.objects.filter(code="WEST-1").update(founded_on=date(2026, 12, 31))
    with pytest.raises(DomainError):
        actions.record_founding(public_id=stall.public_id, union_code="WEST-1", actor=stander)
