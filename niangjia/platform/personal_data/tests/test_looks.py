import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from niangjia.kernel.actor import Actor, ActorKind, Grant
from niangjia.kernel.errors import RuleBroken
from niangjia.platform.personal_data import erasure, looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.personal_data.models import Look

pytestmark = pytest.mark.django_db

OFFICER = Actor(
    ActorKind.STAFF,
    name="王干事",
    user_id=7,
    grants=(Grant("reviewer", 101, "1.10.101."), Grant("union_officer", 10, "1.10.")),
    chosen_node_id=10,
    trace="abc",
)

REASON = "王某的妻子来电核对"


def test_a_look_says_who_in_what_office_saw_whom_and_how(clock):
    looks.record(OFFICER, ["someone"], LookKind.OPENED)
    look = looks.of("someone").get()
    assert (look.at, look.actor_user_id, look.actor_name) == (clock.now, 7, "王干事")
    assert (look.role, look.union_id, look.kind, look.trace) == ("union_officer", 10, "opened", "abc")


def test_without_a_chosen_union_the_first_office_counts_and_the_system_has_none(system_actor):
    looks.record(Actor(ActorKind.STAFF, user_id=7, grants=OFFICER.grants), ["someone"], LookKind.OPENED)
    assert looks.of("someone").get().role == "reviewer"
    looks.record(system_actor, ["another"], LookKind.EXPORTED)
    assert (looks.of("another").get().role, looks.of("another").get().union_id) == ("", None)


def test_every_person_of_an_export_is_written_once_with_one_statement():
    keys = [f"person {number}" for number in range(300)]
    with CaptureQueriesContext(connection) as made:
        looks.record(OFFICER, [*keys, *keys, ""], LookKind.EXPORTED, fields=["phone"])
    assert len([query for query in made.captured_queries if "INSERT" in query["sql"]]) <= 4
    assert Look.objects.count() == 300
    assert Look.objects.values_list("fields", flat=True).first() == ["phone"]


def test_nobody_seen_is_nothing_written():
    looks.record(OFFICER, [], LookKind.SEARCH_HIT)
    assert not Look.objects.exists()


@pytest.mark.parametrize("reason", ["", "   ", "看看", "看" * 301])
def test_unmasking_needs_a_reason_that_the_person_will_read(reason):
    with pytest.raises(RuleBroken) as caught:
        looks.record(OFFICER, ["someone"], LookKind.UNMASKED, reason, ["id_number"])
    assert caught.value.code == "REASON_NEEDED"
    assert not Look.objects.exists()


def test_a_reason_is_kept_tidied():
    looks.record(OFFICER, ["someone"], LookKind.UNMASKED, "  核对   开户信息 ", ["id_number"])
    assert looks.of("someone").get().reason == "核对 开户信息"


def stored():
    """The column as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM personal_data_look ORDER BY id")
        return [bytes(value) for (value,) in cursor.fetchall()]


def test_a_reason_stands_nowhere_in_the_clear_and_goes_with_the_person(system_actor):
    looks.record(OFFICER, ["someone", "another"], LookKind.UNMASKED, REASON, ["phone"])
    looks.record(OFFICER, ["someone"], LookKind.OPENED)
    assert all(REASON.encode() not in value for value in stored())
    assert [bool(value) for value in stored()] == [True, True, False]
    assert [look.reason for look in looks.of("someone")] == ["", REASON]
    erasure.erase("someone", actor=system_actor, reason="本人要求清除")
    assert [(look.kind, look.reason) for look in looks.of("someone")] == [("opened", ""), ("unmasked", "")]
    assert looks.of("another").get().reason == REASON


def test_about_somebody_whose_key_is_gone_no_reason_is_kept(system_actor):
    erasure.erase("someone", actor=system_actor, reason="本人要求清除")
    looks.record(OFFICER, ["someone", "another"], LookKind.UNMASKED, REASON, ["phone"])
    assert (looks.of("someone").get().reason, looks.of("another").get().reason) == ("", REASON)


def test_reading_the_looks_of_a_leak_costs_no_more_statements_for_more_people(django_assert_num_queries):
    looks.record(OFFICER, [f"person {number}" for number in range(6)], LookKind.UNMASKED, REASON, ["phone"])
    with django_assert_num_queries(2):
        assert [look.reason for look in looks.by(7)] == [REASON] * 6


def test_looks_come_newest_first_with_those_at_merged_records(clock):
    looks.record(OFFICER, ["someone"], LookKind.SEARCH_HIT)
    clock.forward(minutes=1)
    looks.record(OFFICER, ["the same under an earlier key", "a stranger"], LookKind.OPENED)
    found = looks.of("someone", "the same under an earlier key")
    assert [look.kind for look in found] == ["opened", "search_hit"]


def test_after_a_leak_one_sees_whom_an_officer_looked_at():
    looks.record(OFFICER, ["someone", "a stranger"], LookKind.OPENED)
    looks.record(Actor(ActorKind.STAFF, user_id=8), ["another"], LookKind.OPENED)
    assert {look.subject_key for look in looks.by(7)} == {"someone", "a stranger"}


@pytest.mark.parametrize("change", [lambda: Look.objects.update(trace="x"), lambda: Look.objects.all().delete()])
def test_looks_are_never_changed_nor_deleted(change):
    looks.record(OFFICER, ["someone"], LookKind.OPENED)
    with pytest.raises(DatabaseError), transaction.atomic():
        change()
    assert looks.of("someone").get().trace == "abc"


def test_every_kind_has_a_word_for_the_member():
    assert all(str(kind.label) for kind in LookKind)
