"""Items open and close with the moves, and one clock runs over the states that share it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import isolate_apps

from niangjia.commons.desk import actions, calendar, queries, subjects
from niangjia.commons.desk.models import DeskItem, DueChange
from niangjia.commons.desk.subjects import DeskLine
from niangjia.commons.parameters import registry
from niangjia.commons.unions.actions import NewUnion, appoint, found_unions
from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.actor import Actor, ActorKind, Grant
from niangjia.kernel.errors import NotFound, RuleBroken
from niangjia.kernel.machine import Machine, Move, State, Wait
from niangjia.kernel.policy import allow
from niangjia.kernel.text import Text
from niangjia.platform.accounts.models import User
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.lifecycle.lifecycle import Effects
from niangjia.platform.lifecycle.models import Tracked

DAYS, MORE_DAYS = "desk_test.days", "desk_test.more_days"
LETTER = Machine(
    name="desk_test.letter",
    version=1,
    subject=Text("来信"),
    opening="arrive",
    opening_label=Text("收到"),
    initial="read",
    states=(
        State("read", Text("阅办"), Wait("union_officer", due=DAYS)),
        State("checked", Text("复核"), Wait("reviewer", due=DAYS)),
        State("asked", Text("等来信人"), Wait("self", due=MORE_DAYS, paused=True)),
        State("filed", Text("归档"), Wait("union_officer")),
        State("done", Text("办结")),
    ),
    moves=(
        Move("pass", ("read",), "checked", Text("送复核")),
        Move("send_on", ("read",), "read", Text("转办")),
        Move("ask", ("read",), "asked", Text("请补充")),
        Move("reply", ("asked",), "read", Text("补充")),
        Move("file", ("read",), "filed", Text("归档")),
        Move("finish", ("read", "checked", "filed"), "done", Text("办结")),
    ),
)


with isolate_apps("niangjia.platform.lifecycle"):

    class Letter(Tracked):
        """A model of this test alone: no app knows it, so nothing that asks for all models meets it."""

        MACHINE = LETTER
        node = models.BigIntegerField()

        class Meta:
            app_label = "lifecycle"

        @property
        def responsible_node_id(self):
            return self.node


@pytest.fixture(scope="module", autouse=True)
def letter_table(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.create_model(Letter)
    yield
    with django_db_blocker.unblock(), connection.schema_editor() as editor:
        editor.delete_model(Letter)


SYSTEM, YES = Actor.system("test"), allow("test")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world(db, clock):
    clock.set(date(2026, 3, 4))
    for code, days in ((DAYS, 10), (MORE_DAYS, 5)):
        registry.declare(registry.Parameter(code, Text("天数"), "working_days", days))
    subjects.register(
        subjects.Subject(
            "lifecycle.letter",
            Text("来信"),
            lambda actor, ids: {key: DeskLine(f"L{key}", "一封来信", "", f"/letters/{key}/") for key in ids},
        )
    )
    yield
    subjects._subjects.pop("lifecycle.letter")
    for code in (DAYS, MORE_DAYS):
        registry.forget(code)


@pytest.fixture
def unions(world):
    plans = [
        NewUnion("C", "示范市总工会", "city"),
        NewUnion("D", "甲区总工会", "district", parent="C"),
        NewUnion("S", "甲街道总工会", "street", parent="D"),
        NewUnion("T", "乙街道总工会", "street", parent="D"),
    ]
    return {union.code: union for union in found_unions(actor=SYSTEM, plans=plans)}


def letter(union) -> Letter:
    return lifecycle.open(Letter(node=union.pk), actor=SYSTEM, decision=YES)


def move(one, event, **options):
    return lifecycle.apply(one, event, actor=SYSTEM, decision=YES, **options)


def item_of(one) -> DeskItem:
    return DeskItem.objects.open().get(subject_id=one.pk)


def due_day(one):
    return kernel_clock.day_of(item_of(one).due_at)


def officer(unions, code="S", role="union_officer", user=None) -> Actor:
    from niangjia.commons.unions import tree

    user = user or User.objects.create(sign_in_name=f"{role}-{code}-{User.objects.count()}")
    grant = Grant(role, unions[code].pk, tree.path_of(unions[code].pk))
    return Actor(ActorKind.STAFF, name="工作人员", user_id=user.pk, grants=(grant,))


def test_an_object_that_waits_is_on_the_desk_with_a_due_moment(unions):
    one = letter(unions["S"])
    item = item_of(one)
    assert (item.union_id, item.role, item.state) == (unions["S"].pk, "union_officer", "read")
    assert due_day(one) == date(2026, 3, 18)


def test_a_final_state_leaves_nothing_open_and_says_how_it_ended(unions):
    one = move(letter(unions["S"]), "finish")
    item = DeskItem.objects.get(subject_id=one.pk)
    assert (item.outcome, item.closed_at) == ("finish", kernel_clock.now())


def test_sending_on_changes_the_union_but_gives_no_more_time(unions, clock):
    one = letter(unions["S"])
    clock.forward(days=5)
    one.node = unions["T"].pk
    move(one, "send_on", changes={"node": unions["T"].pk})
    assert (item_of(one).union_id, due_day(one)) == (unions["T"].pk, date(2026, 3, 18))


def test_a_second_review_shares_the_clock_of_the_first(unions, clock):
    one = letter(unions["S"])
    clock.forward(days=5)
    move(one, "pass")
    assert (item_of(one).role, due_day(one)) == ("reviewer", date(2026, 3, 18))


def test_asking_stops_the_clock_and_the_reply_starts_it_with_the_days_that_were_left(unions, clock):
    one = letter(unions["S"])
    clock.set(date(2026, 3, 11))
    move(one, "ask")
    paused = item_of(one)
    assert (paused.role, paused.union_id, paused.days_left) == ("self", None, 5)
    assert due_day(one) == date(2026, 3, 18)
    clock.set(date(2026, 3, 25))
    move(one, "reply")
    assert due_day(one) == date(2026, 4, 1)
    kinds = [change.kind for change in queries.due_history("lifecycle.letter", one.pk)]
    assert kinds == ["opened", "paused", "resumed"]


def test_an_overdue_clock_that_was_paused_comes_back_due_today(unions, clock):
    one = letter(unions["S"])
    clock.set(date(2026, 4, 1))
    move(one, "ask")
    assert item_of(one).days_left == 0
    move(one, "reply")
    assert due_day(one) == date(2026, 4, 1)


def test_a_state_without_a_deadline_comes_last_on_the_desk(unions):
    without = move(letter(unions["S"]), "file")
    dated = letter(unions["S"])
    rows = queries.my_desk(officer(unions))
    assert [row.item.subject_id for row in rows] == [dated.pk, without.pk]
    assert rows[1].urgency == queries.Urgency.LATER


def test_my_desk_is_what_is_addressed_to_exactly_my_union_and_role(unions):
    one = letter(unions["S"])
    assert [row.item.subject_id for row in queries.my_desk(officer(unions))] == [one.pk]
    assert queries.my_desk(officer(unions, "D")) == []
    assert queries.my_desk(officer(unions, "T")) == []
    assert queries.my_desk(officer(unions, role="reviewer")) == []


def test_counts_are_by_room_and_in_all(unions, django_assert_num_queries):
    letter(unions["S"])
    letter(unions["S"])
    me = officer(unions)
    with django_assert_num_queries(1):
        assert queries.counts(me) == {"desk": 2, "lifecycle": 2}
    assert queries.counts(officer(unions, "T")) == {"desk": 0}


def test_below_me_counts_what_is_open_and_overdue_further_down(unions, clock):
    letter(unions["S"])
    letter(unions["T"])
    clock.set(date(2026, 3, 30))
    letter(unions["T"])
    below = {line["union_name"]: (line["open"], line["overdue"]) for line in queries.below_me(officer(unions, "D"))}
    assert below == {"甲街道总工会": (1, 1), "乙街道总工会": (2, 1)}
    assert queries.sum_below(officer(unions, "D")) == {"open": 3, "overdue": 2}
    assert not queries.below_me(officer(unions, "S"))
    assert queries.sum_below(officer(unions, "S")) == {"open": 0, "overdue": 0}


@pytest.mark.parametrize(
    ("day", "urgency"),
    [
        (date(2026, 3, 19), "overdue"),
        (date(2026, 3, 18), "today"),
        (date(2026, 3, 16), "this_week"),
        (date(2026, 3, 13), "later"),
    ],
)
def test_a_row_stands_under_the_heading_of_its_day(unions, clock, day, urgency):
    letter(unions["S"])
    clock.set(day)
    assert [row.urgency for row in queries.my_desk(officer(unions))] == [urgency]


def test_a_taken_item_is_on_one_desk_only_until_it_is_put_back(unions):
    one = letter(unions["S"])
    mine, colleague = officer(unions), officer(unions)
    actions.take(item_public_id=item_of(one).public_id, actor=mine)
    assert len(queries.my_desk(mine)) == 1
    assert queries.my_desk(colleague) == []
    with pytest.raises(NotFound):
        actions.take(item_public_id=item_of(one).public_id, actor=colleague)
    actions.put_back(item_public_id=item_of(one).public_id, actor=mine)
    assert len(queries.my_desk(colleague)) == 1


def test_an_item_is_handed_only_to_a_colleague_of_the_same_office(unions):
    one, mine = letter(unions["S"]), officer(unions)
    stranger = User.objects.create(sign_in_name="stranger", display_name="外人")
    with pytest.raises(RuleBroken) as caught:
        actions.hand_over(item_public_id=item_of(one).public_id, to_user_id=stranger.pk, actor=mine)
    assert caught.value.code == "NOT_A_COLLEAGUE"
    appoint(actor=SYSTEM, user_id=stranger.pk, union_id=unions["S"].pk, role="union_officer")
    actions.hand_over(item_public_id=item_of(one).public_id, to_user_id=stranger.pk, actor=mine)
    assert item_of(one).holder_id == stranger.pk


def test_an_extension_needs_a_reason_a_measure_and_time_left(unions, clock):
    one, mine = letter(unions["S"]), officer(unions)
    key = item_of(one).public_id
    for days, reason in ((5, " "), (0, "等外调"), (31, "等外调")):
        with pytest.raises(RuleBroken):
            actions.extend(item_public_id=key, working_days=days, reason=reason, actor=mine)
    actions.extend(item_public_id=key, working_days=5, reason="等外调回函", actor=mine)
    assert due_day(one) == date(2026, 3, 25)
    assert DueChange.objects.get(kind="extended").reason == "等外调回函"
    clock.set(date(2026, 3, 26))
    with pytest.raises(RuleBroken) as caught:
        actions.extend(item_public_id=key, working_days=5, reason="还在等外调", actor=mine)
    assert caught.value.code == "EXTENSION_TOO_LATE"


def test_many_objects_cost_no_more_statements_than_a_few(unions, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        letters = lifecycle.open_many(
            [Letter(node=unions["S"].pk) for _number in range(200)], actor=SYSTEM, decision=YES
        )
    with django_assert_max_num_queries(12):
        lifecycle.apply_many(letters, "finish", actor=SYSTEM, decision=YES, effects_for=lambda one: Effects())
    assert not DeskItem.objects.open().exists()


def test_the_database_keeps_one_open_item_for_each_object(unions):
    item = item_of(letter(unions["S"]))
    item.pk, item.public_id = None, "another"
    with pytest.raises(IntegrityError), transaction.atomic():
        item.save(force_insert=True)


def test_a_local_holiday_moves_the_due_moment(unions):
    calendar.CalendarDay.objects.create(day=date(2026, 3, 5), is_working=False)
    assert due_day(letter(unions["S"])) == date(2026, 3, 19)


def test_the_desk_costs_the_same_for_ten_items_and_a_hundred(unions, django_assert_num_queries):
    me = officer(unions)
    for _number in range(10):
        letter(unions["S"])
    with django_assert_num_queries(1):
        assert len(queries.my_desk(me)) == 10
    lifecycle.open_many([Letter(node=unions["S"].pk) for _number in range(90)], actor=SYSTEM, decision=YES)
    with django_assert_num_queries(1):
        assert len(queries.my_desk(me)) == 100


def test_an_object_may_be_open_for_a_year_without_the_calendar_failing(unions, clock):
    one = letter(unions["S"])
    clock.forward(days=400)
    assert item_of(one).is_overdue
    assert timedelta(days=380) < kernel_clock.now() - item_of(one).due_at
