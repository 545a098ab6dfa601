"""What somebody typed as a reason is sealed, goes with the person whom it concerns, and is read by few statements."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection, transaction

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.platform import rows
from niangjia.platform.audit import entries, sealer, triggers
from niangjia.platform.audit.models import AuditEntry, AuditSeal, trail_key
from niangjia.platform.personal_data import erasure, looks, rotation
from niangjia.platform.personal_data.cipher import Tampered
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.personal_data.models import DataKey, Look
from niangjia.platform.personal_data.sealing import seal_column

pytestmark = pytest.mark.django_db
ACTOR = Actor.system("test")
REASON = "本人刘建国当面核对"
PERSON = "p-liu"


def written(number=0, person=PERSON, reason=REASON):
    return entries.record(
        ACTOR, "sample.seen", subject_type="sample.thing", subject_id=f"thing-{number}", subject_key=person,
        reason=reason,
    )  # fmt: skip


def stored():
    """The column as the database has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM audit_auditentry ORDER BY id")
        return [bytes(value) for (value,) in cursor.fetchall()]


def read():
    return [entry.reason for entry in AuditEntry.objects.order_by("id")]


def test_a_reason_stands_nowhere_in_the_clear():
    written(), written(1, person=""), written(2, reason="")
    assert read() == [REASON, REASON, ""]
    assert not any(REASON.encode() in value for value in stored())
    assert stored()[2] == b""


def test_it_goes_with_the_person_and_the_chain_holds():
    mine = written()
    written(1, person="p-other"), written(2, person="")
    sealer.seal()
    erasure.erase(PERSON, actor=ACTOR, reason="本人要求清除")
    assert read() == ["", REASON, REASON]
    assert [entry.reason_is_gone for entry in AuditEntry.objects.order_by("id")] == [True, False, False]
    assert AuditEntry.objects.get(pk=mine.pk).action == "sample.seen"
    assert sealer.verify() == []


@pytest.mark.parametrize("many", [1, rows.WORTH_IT])
def test_why_somebody_was_erased_can_be_written_after_it(many):
    erasure.erase(PERSON, actor=ACTOR, reason="保存期满")
    about = {"subject_type": "sample.thing", "subject_key": PERSON, "reason": "保存期满"}
    told = [entries.build(ACTOR, "sample.erased", subject_id=str(number), **about) for number in range(many)]
    entries.record_many(told)
    assert read() == ["保存期满"] * many


def test_many_are_sealed_each_with_the_key_of_its_person():
    told = [
        {"subject_type": "sample.thing", "subject_id": str(number), "subject_key": f"p-{number % 3 or ''}".rstrip("-"),
         "node_id": None, "ground": "", "reason": REASON, "before": "", "after": "", "data": {}}
        for number in range(rows.WORTH_IT)
    ]  # fmt: skip
    with transaction.atomic():
        entries.record_plainly(ACTOR, "sample.seen", told)
    assert set(read()) == {REASON}
    erasure.erase("p-1", actor=ACTOR, reason="本人要求清除")
    gone = {entry.subject_id for entry in AuditEntry.objects.all() if not entry.reason}
    assert gone == {str(number) for number in range(rows.WORTH_IT) if number % 3 == 1}


def test_reading_more_costs_no_more_statements(django_assert_num_queries):
    for number in range(6):
        written(number, person=f"p-{number}")
    with django_assert_num_queries(2):
        assert read() == [REASON] * 6
    with django_assert_num_queries(2):
        assert [entry.reason for entry in AuditEntry.objects.order_by("id")[:2]] == [REASON] * 2


def test_a_reason_moved_to_another_subject_does_not_open():
    one, other = written(), written(1, reason="")
    sealer.seal()
    with triggers.lifted():
        moved = AuditEntry.objects.values_list("reason", flat=True).get(pk=one.pk)
        AuditEntry.objects.filter(pk=other.pk).update(reason=moved)
    with pytest.raises(Tampered):
        AuditEntry.objects.get(pk=other.pk)
    assert "changed" in {problem.kind for problem in sealer.verify()}


def test_new_master_keys_leave_what_is_chained_as_it_is(settings):
    written(), written(1, person="")
    sealer.seal()
    settings.OLD_MASTER_KEYS, settings.MASTER_KEY = (settings.MASTER_KEY,), "another key of the house, 32 or more"
    renewed = {step.name: step.renewed for step in rotation.rotate()}
    assert (renewed["personal_data.datakey.wrapped"], renewed["audit.auditentry.reason"]) == (2, 0)
    settings.OLD_MASTER_KEYS = ()
    assert (read(), sealer.verify()) == ([REASON, REASON], [])


def test_work_that_has_only_a_code_happened_by_itself():
    said = {
        Actor.system("people.dispute"): "系统自动",
        Actor.system("市总工会办公室"): "市总工会办公室",
        Actor.anonymous(): "",
    }
    for actor, shown in said.items():
        assert str(entries.build(actor, "sample.seen", subject_type="sample.thing", subject_id="1").by_whom) == shown


def test_a_member_stands_there_with_a_masked_name():
    member = Actor(ActorKind.MEMBER, name="买买提江·吐尔逊", user_id=7)
    entries.record(member, "sample.seen", subject_type="sample.thing", subject_id="1")
    assert AuditEntry.objects.get().actor_name == "买***"
    step = import_module("niangjia.platform.audit.migrations.0002_reasons_are_sealed")
    assert step.mask_names(AuditEntry.objects) == 0
    with triggers.lifted():
        AuditEntry.objects.update(actor_name=member.name)
        assert step.mask_names(AuditEntry.objects) == 1
    assert AuditEntry.objects.get().actor_name == "买***"


def test_what_stood_there_before_is_sealed_and_the_chain_begins_anew():
    step = import_module("niangjia.platform.audit.migrations.0002_reasons_are_sealed")
    entry = written(reason="")
    erasure.erase("p-gone", actor=ACTOR, reason="本人要求清除")
    sealer.seal()
    old = [("thing-0", PERSON, REASON), ("thing-1", "", "换届"), ("thing-2", "p-gone", "不再有")]
    field = AuditEntry._meta.get_field("reason")
    found = step.sealed_reasons(field, [(entry.at, *one) for one in old])
    opened = [field.open(one[0], value) if value else "" for one, value in zip(old, found, strict=True)]
    assert opened == [REASON, "换届", ""]
    assert DataKey.objects.filter(subject_key=trail_key(clock.now())).exists()
    with triggers.lifted():
        step.begin_anew(apps)
    assert not AuditSeal.objects.exists()
    assert sealer.seal() == 1


def test_what_stood_beside_a_look_before_is_sealed():
    looks.record(ACTOR, [PERSON, "p-gone", "p-silent"], LookKind.OPENED)
    erasure.erase("p-gone", actor=ACTOR, reason="本人要求清除")
    with triggers.lifted():  # any readable column stands for the one that was taken away
        Look.objects.update(trace="")
        Look.objects.exclude(subject_key="p-silent").update(trace=REASON)
        assert seal_column(Look, "trace", whose="subject_key", row="subject_key", into="reason") == 2
    assert {one.subject_key: one.reason for one in Look.objects.all()} == {PERSON: REASON, "p-gone": "", "p-silent": ""}
