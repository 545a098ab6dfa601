"""Deemed exits: nobody leaves without a warning and an answer's time; an exit can be undone and leaves no gap."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from niangjia.commons.ledger.books import check_books
from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.parameters import actions as parameters
from niangjia.commons.people import officers
from niangjia.commons.people.models import Card, Membership
from niangjia.commons.people.testing import a_member, a_person, signed_in
from niangjia.commons.unions.testing import SYSTEM
from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError, InvalidMove, NotAllowed, NotFound, RuleBroken
from niangjia.platform.lifecycle.models import writing
from niangjia.platform.notices.models import Message
from niangjia.platform.testing.clients import member_client, staff_client
from niangjia.services.joining import actions, testing
from niangjia.services.joining.exits import jobs, policies, rules
from niangjia.services.joining.exits.models import Exit
from niangjia.services.joining.exits.states import EXIT, ExitState

WHY = {"reason": "多次联系不上，会费停缴"}


class Silent:
    """A member of EAST-1 of whom nothing was heard for seven months, and everybody who may act."""

    def __init__(self, world):
        self.world, self.officer = world, world.officer
        with clock.travelling(clock.now() - timedelta(days=300)):
            self.person = a_person("柳无声", user_id=testing.applicant(78).user_id)
            self.membership = a_member(world.street, person=self.person)
        self.me = signed_in(self.person)
        parameters.publish(
            actor=SYSTEM, code="joining.exit_after_months", union_id=world.tree["EAST"].pk, valid_from=clock.today(),
            value=6,
        )  # fmt: skip

    def run(self):
        return jobs.make_list(None)

    def listed(self):
        self.run()
        return Exit.objects.get().public_id

    def warned(self):
        key = self.listed()
        actions.warn_exit(public_id=key, actor=self.officer)
        return key

    def later(self, days):
        self.world.clock.set(clock.today() + timedelta(days=days))

    def stands(self):
        return Membership.objects.get(pk=self.membership.pk)

    def left(self):
        key = self.warned()
        self.later(60)
        actions.deem_exit(public_id=key, actor=self.officer, **WHY)
        return key


@pytest.fixture
def silent(world):
    return Silent(world)


def stock_on(union, day):
    rows = LedgerRow.objects.filter(measure="people.members", union_id=union.pk, day__lte=day)
    return sum(rows.values_list("qty", flat=True))


@pytest.mark.parametrize(
    ("today", "since"),
    [
        (date(2026, 8, 31), date(2026, 2, 28)),
        (date(2026, 11, 26), date(2026, 5, 26)),
        (date(2026, 3, 1), date(2025, 9, 1)),
        (date(2026, 6, 30), date(2025, 12, 30)),
    ],
)
def test_six_months_back_keep_the_day_or_take_the_months_last(today, since):
    assert rules.idle_since(today, 6) == since


def test_the_list_is_made_only_where_the_rule_is_on_and_only_of_the_silent(silent, world):
    with clock.travelling(clock.now() - timedelta(days=300)):
        elsewhere = a_member(world.tree["WEST-1"], "张西")
    new = a_member(world.street, "张新")
    assert silent.run() == {"closed": 0, "listed": 1}
    assert silent.run() == {"closed": 0, "listed": 0}, "safe to run twice"
    case = Exit.objects.get()
    assert case.membership == silent.membership
    assert {elsewhere.pk, new.pk}.isdisjoint(Exit.objects.values_list("membership", flat=True))
    assert not Message.objects.filter(user=silent.person.user_id, kind__startswith="joining.exit").exists()
    with pytest.raises(NotFound):
        actions.answer_exit(public_id=case.public_id, actor=silent.me)


def test_who_signed_in_lately_is_not_on_it(silent):
    member_client(silent.me)
    assert silent.run()["listed"] == 0


def test_one_tap_keeps_the_membership_and_asks_no_more_for_half_a_year(silent):
    key = silent.warned()
    assert Message.objects.filter(user=silent.person.user_id, kind="joining.exit_warned").exists()
    phone = member_client(silent.me)
    assert "您还在吗" in phone.get("/").text
    assert "我还在" in phone.get(f"/joining/exits/{key}/").text
    assert phone.post(f"/joining/exits/{key}/stay/").status_code == 302
    assert "您的会籍继续" in phone.get(f"/joining/exits/{key}/").text
    assert (Exit.objects.get().state, silent.stands().state) == ("stayed", "active")
    silent.later(170)
    silent.person.user.sessions.all().delete()
    assert silent.run()["listed"] == 0


def test_nobody_is_deemed_to_have_left_before_the_day_or_without_a_warning(silent):
    key = silent.listed()
    with pytest.raises(InvalidMove):
        actions.deem_exit(public_id=key, actor=silent.officer, **WHY)
    actions.warn_exit(public_id=key, actor=silent.officer)
    with pytest.raises(RuleBroken, match="ANSWER_TIME_RUNS"):
        actions.deem_exit(public_id=key, actor=silent.officer, **WHY)
    with pytest.raises(RuleBroken, match="WARNING_FIRST"):
        officers.end_membership(
            public_id=silent.membership.public_id, cause="deem_left", day=clock.today(), actor=silent.officer, **WHY
        )
    silent.later(60)
    with pytest.raises(RuleBroken, match="REASON_NEEDED"):
        actions.deem_exit(public_id=key, reason=" ", actor=silent.officer)
    assert silent.stands().state == "active"
    with pytest.raises(IntegrityError, match="joining_exit_never_without_a_warning"), transaction.atomic(), writing():
        Exit.objects.update(state="left", warned_at=None)


def test_a_sign_after_the_warning_stops_the_exit(silent):
    key = silent.warned()
    silent.later(60)
    member_client(silent.me)
    with pytest.raises(RuleBroken, match="ACTIVE_AGAIN"):
        actions.deem_exit(public_id=key, actor=silent.officer, **WHY)


def test_an_exit_takes_the_member_out_and_undoing_leaves_no_day_without_them(silent, world):
    key = silent.left()
    day = clock.today()
    assert (silent.stands().state, silent.stands().ended_by, stock_on(world.street, day)) == ("ended", "deem_left", 0)
    assert not Card.objects.live().filter(person=silent.person).exists()
    silent.later(30)
    actions.undo_exit(public_id=key, reason="本人住院，家属来说明", actor=silent.officer)
    back = silent.stands()
    assert (back.state, back.until, back.ended_by, back.number) == ("active", None, "", silent.membership.number)
    assert [stock_on(world.street, on) for on in (day - timedelta(1), day, clock.today())] == [1, 1, 1]
    assert back.stays.filter(until=None).count() == 1
    assert Card.objects.live().filter(person=silent.person).count() == 1
    told = list(Message.objects.filter(user=silent.person.user_id).order_by("id").values_list("kind", flat=True))
    assert [kind for kind in told if "exit" in kind] == [
        "joining.exit_warned", "joining.exit_left", "joining.exit_undone",
    ]  # fmt: skip
    assert check_books() == []


def test_it_is_undone_within_its_days_and_not_for_who_joined_again(silent, world):
    key = silent.left()
    a_member(world.tree["EAST-2"], person=silent.person)
    with pytest.raises(DomainError, match="ALREADY_MEMBER"):
        actions.undo_exit(public_id=key, reason="本人要求恢复", actor=silent.officer)
    silent.later(91)
    with pytest.raises(RuleBroken, match="UNDO_OVER"):
        actions.undo_exit(public_id=key, reason="本人要求恢复", actor=silent.officer)


def test_who_has_no_account_is_told_otherwise_first(silent, world):
    with clock.travelling(clock.now() - timedelta(days=300)):
        a_member(world.street, "张无号")
    silent.run()
    case = Exit.objects.get(person__user=None)
    with pytest.raises(RuleBroken, match="TOLD_HOW"):
        actions.warn_exit(public_id=case.public_id, actor=silent.officer)
    warned = actions.warn_exit(public_id=case.public_id, told_how="3月2日电话告知本人", actor=silent.officer)
    assert (warned.state, warned.told_how) == ("warned", "3月2日电话告知本人")


def test_only_officers_there_act_and_what_is_overtaken_is_closed(silent, world):
    key = silent.listed()
    with pytest.raises(NotFound):
        actions.warn_exit(public_id=key, actor=world.other_officer)
    with pytest.raises(NotAllowed):
        actions.warn_exit(public_id=key, actor=world.district)
    with pytest.raises(NotFound):
        actions.warn_exit(public_id=key, actor=world.agent)
    assert policies.visible_exits(silent.me).count() == 0
    officers.retain(
        public_id=silent.membership.public_id, day=clock.today(), reason="退休保留会籍", actor=silent.officer
    )
    assert silent.run()["closed"] == 1


def test_the_table_moves_as_drawn():
    moves = {(move.event, source): move.target for move in EXIT.moves for source in move.sources}
    assert moves == {
        ("warn_exit", "listed"): "warned",
        ("answer_exit", "warned"): "stayed",
        ("keep_exit", "listed"): "kept",
        ("keep_exit", "warned"): "kept",
        ("deem_exit", "warned"): "left",
        ("undo_exit", "left"): "undone",
        ("close_exit", "listed"): "closed",
        ("close_exit", "warned"): "closed",
    }


def test_officers_act_on_many_from_the_list_and_each_refusal_is_named(silent, world):
    with clock.travelling(clock.now() - timedelta(days=300)):
        a_member(world.street, "张无号")
    silent.run()
    desk = staff_client(silent.officer)
    page = desk.get("/console/joining/exits/").text
    assert Exit.objects.get(person=silent.person).number in page
    ids = list(Exit.objects.values_list("public_id", flat=True))
    sent = {"ids": ids, "event": "warn_exit", "said": "", "idempotency_key": "k" * 20}
    after = desk.post("/console/joining/exits/many/", sent, follow=True).text
    assert "办理了 1 件" in after
    assert "没有手机账号" in after
    assert sorted(Exit.objects.values_list("state", flat=True)) == ["listed", "warned"]
    kept = {"ids": ids, "event": "keep_exit", "said": "会费由单位代扣", "idempotency_key": "m" * 20}
    desk.post("/console/joining/exits/many/", kept)
    assert set(Exit.objects.values_list("state", flat=True)) == {ExitState.KEPT}
    assert desk.get("/console/joining/exits/?export=xlsx").status_code == 200
