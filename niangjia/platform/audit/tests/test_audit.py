"""Entries are only ever added, and tampering shows."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from niangjia.kernel.actor import Actor
from niangjia.platform.audit import entries, sealer, triggers
from niangjia.platform.audit.models import AuditEntry, AuditSeal

pytestmark = pytest.mark.django_db


def written(count: int) -> list[AuditEntry]:
    actor = Actor.system("test", trace="t-1")
    return [
        entries.record(
            actor, "sample.seen", subject_type="sample.thing", subject_id=f"thing-{number}", data={"n": number}
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("write", ["UPDATE audit_auditentry SET trace = 'x'", "DELETE FROM audit_auditentry"])
def test_an_entry_can_be_neither_changed_nor_deleted(write):
    written(1)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(write)
    assert AuditEntry.objects.get().trace == "t-1"


def test_sealing_chains_every_entry_once():
    written(3)
    assert (sealer.seal(), sealer.seal()) == (3, 0)
    assert list(AuditSeal.objects.order_by("position").values_list("position", flat=True)) == [1, 2, 3]
    assert sealer.verify() == []


def test_an_entry_committed_late_is_sealed_after_newer_ones():
    late, newer = written(2)
    newer = AuditEntry.objects.get(pk=newer.pk)
    AuditSeal.objects.create(position=1, entry=newer, hash=sealer._link("0" * 64, newer))
    assert sealer.seal() == 1
    assert AuditSeal.objects.get(position=2).entry == late
    assert sealer.verify() == []


def sql(statement: str) -> None:
    with triggers.lifted(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [
        ("UPDATE audit_auditentry SET trace = 'x' WHERE subject_id = 'thing-2'", "changed"),
        ("DELETE FROM audit_auditseal WHERE position = 3", "missing"),
        (
            "UPDATE audit_auditseal SET hash = 'f' WHERE position = 2",
            "changed",
        ),
    ],
)
def test_tampering_is_found(tamper, kind):
    written(5)
    sealer.seal()
    sql(tamper)
    assert kind in {problem.kind for problem in sealer.verify()}


def test_a_cut_tail_is_found_only_against_a_head_kept_elsewhere():
    written(5)
    sealer.seal()
    head = sealer.head()
    sql("DELETE FROM audit_auditseal WHERE position > 3")
    sql("DELETE FROM audit_auditentry WHERE subject_id IN ('thing-3', 'thing-4')")
    assert sealer.verify() == []
    assert [problem.kind for problem in sealer.verify(head)] == ["cut_off"]


def test_triggers_are_back_after_being_lifted():
    before = triggers.protected_tables()
    with triggers.lifted():
        assert triggers.protected_tables() == {}
    assert triggers.protected_tables() == before
    assert "audit_auditentry" in before


def test_the_command_says_whether_the_chain_is_whole(capsys):
    written(2)
    call_command("verify_audit", "--seal")
    assert "whole: 2 entries" in capsys.readouterr().out
    sql("UPDATE audit_auditentry SET action = 'other'")
    with pytest.raises(CommandError):
        call_command("verify_audit")
    with pytest.raises(CommandError):
        call_command("verify_audit", "--head", "nonsense")
