"""What has been kept long enough goes by its table's rule, once, in batches; everything else stays."""

from __future__ import annotations

import inspect
import sys
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction

from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.people import actions as people
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import SYSTEM, a_member
from niangjia.commons.unions import testing as unions
from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.errors import Conflict
from niangjia.kernel.policy import allow
from niangjia.platform import jobs
from niangjia.platform.accounts import sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.jobs.worker import drain
from niangjia.platform.notices.models import Message, Outgoing
from niangjia.platform.personal_data import events, portability, register, retention
from niangjia.platform.testing.kept import kept
from niangjia.services.joining import actions, testing
from niangjia.services.joining.models import Application

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def tree(db, clock):
    return kept(unions.small_tree)


def a_former_member(tree, name="张三"):
    member = a_member(tree["EAST-1"], name)
    with transaction.atomic():
        people.end_membership(
            member, cause="leave", actor=SYSTEM, decision=allow("system"), day=kernel_clock.today(), reason="本人要求"
        )
    return member.person


def run():
    return {step.rule: step.gone for step in retention.steps(actor=SYSTEM)}


def test_every_table_about_people_with_a_set_time_has_a_rule():
    assert retention.uncovered() == []


NOT_TOLD = {
    "a code, a counter or an answer that is useless after use": {
        "accounts.Code", "requests.Answer", "requests.Counter", "notices.Outgoing", "payments.Identity",
    },
    "who of the staff did what, without anybody's data": {
        "audit.AuditEntry", "desk.DeskItem", "desk.DueChange", "unions.Appointment", "offers.Scan", "offers.Sheet",
        "web.SavedFilter",
    },
    "a row of a file on its way to what is told": {
        "joining.Draft", "joining.RosterRow", "protection.RosterRow", "reimbursement.FeedRow", "reimbursement.Lost",
    },
    "told with what it belongs to": {
        "people.Household", "people.CorrectionPaper", "people.DisputePaper", "people.GuardianPaper",
        "protection.AccumulatorEntry", "protection.Appeal",
        "protection.Calculation", "protection.ClaimBill", "protection.ClaimPaper", "protection.Holder",
        "protection.Said",
    },
    "how this is done, seen on pages of their own": {
        "people.Closing", "people.DataCopy", "people.Likeness", "personal_data.DataKey",
    },
}  # fmt: skip


def test_every_table_about_people_is_told_to_them_or_says_why_not():
    collectors = {collect.__module__ for collect in portability._collectors.values()}
    source = "".join(inspect.getsource(sys.modules[name]) for name in collectors)
    known = register.entries()
    about = {
        label.rpartition(".")[0]
        for label, _field in register.labels()
        if (entry := register.entry_for(label, known)) is not None and entry.kind.about_a_person
    }
    untold = {model for model in about if f'"{model}.' not in source}
    assert untold == set().union(*NOT_TOLD.values())


def test_what_rooms_keep_about_people_has_months_or_a_shorter_life():
    known = register.entries()
    shorter = {
        "提交或放弃时删除",
        "账号注销时清除",
        "办理完成或作废后 30 天（参数 protection.roster_kept_days）",
        "处理完成后 30 天",
    }
    lasting = {"offers.Sheet"}  # who signed for the goods of a day: an account, not a file about somebody
    rooms = ("offers.", "joining.", "protection.", "reimbursement.", "payments.", "entitlement.")
    without = {
        label.rpartition(".")[0]
        for label, _field in register.labels()
        if label.startswith(rooms)
        and (entry := register.entry_for(label, known)) is not None
        and entry.kind.about_a_person
        and entry.months is None
        and entry.retention.zh not in shorter
    }
    assert without == lasting


def test_a_former_member_goes_ten_years_after_the_end_and_not_a_day_earlier(tree, clock):
    person = a_former_member(tree)
    clock.set(date(2036, 3, 4))
    assert run() == {}
    clock.set(date(2036, 3, 6))
    assert run() == {"people.person": 1}
    person.refresh_from_db()
    assert (person.name, person.id_number, person.erased_at is not None) == ("", "", True)
    assert run() == {}


def test_who_is_a_member_again_stays(tree, clock):
    person = a_former_member(tree)
    clock.set(date(2030, 1, 1))
    a_member(tree["EAST-1"], person=person)
    clock.set(date(2040, 1, 1))
    assert run() == {}


def test_the_ledger_tells_the_same_before_and_after(tree, clock):
    a_former_member(tree)
    clock.set(date(2037, 1, 1))
    rows = sorted(LedgerRow.objects.values_list("measure", "union_id", "qty", "day", "dimset_id", "person_id"))
    assert rows
    run()
    assert sorted(LedgerRow.objects.values_list("measure", "union_id", "qty", "day", "dimset_id", "person_id")) == rows


def test_whom_a_room_still_needs_stays_and_holds_up_nobody(tree, clock):
    held, free = a_former_member(tree, "张三"), a_former_member(tree, "李四")
    clock.set(date(2037, 1, 1))

    def hold(subject_key, **_signal):
        if subject_key == held.public_id:
            raise Conflict("CASE_OPEN", "open")

    events.erasing.connect(hold)
    try:
        assert run() == {"people.person": 1}
    finally:
        events.erasing.disconnect(hold)
    held.refresh_from_db()
    free.refresh_from_db()
    assert (held.erased_at is None, free.erased_at is not None) == (True, True)


def test_a_refused_application_is_emptied_after_three_years(tree, clock):
    row, _actor = testing.application(71, tree["EAST-1"])
    officer = unions.an_officer([(tree["EAST-1"], "union_officer")])
    actions.refuse(public_id=row.public_id, reason="不在本街道工作", actor=officer)
    clock.set(date(2029, 3, 3))
    assert "joining.application" not in run()
    clock.set(date(2029, 3, 6))
    assert run()["joining.application"] == 1
    row = Application.objects.get(pk=row.pk)
    assert (row.name, row.id_number, row.phone, row.state) == ("", "", "", "refused")
    assert not Message.objects.exists()
    assert not Outgoing.objects.filter(ended_at__isnull=False).exists()


def test_an_open_and_an_approved_application_stay(tree, clock):
    testing.application(72, tree["EAST-1"])
    approved, _actor = testing.application(73, tree["EAST-1"])
    officer = unions.an_officer([(tree["EAST-1"], "union_officer")])
    actions.approve(public_id=approved.public_id, actor=officer)
    clock.set(date(2033, 1, 1))
    assert "joining.application" not in run()


def test_sessions_go_six_months_after_their_end(tree, clock):
    session = sessions.start(user=User.objects.create(), kind=SessionKind.MEMBER).session
    sessions.end(session)
    clock.forward(days=170)
    assert "accounts.session" not in run()
    clock.forward(days=20)
    assert run()["accounts.session"] == 1
    assert not Session.objects.exists()


def test_the_dry_run_prints_what_would_go_and_changes_nothing(tree, clock):
    person = a_former_member(tree)
    clock.set(date(2037, 1, 1))
    said = StringIO()
    call_command("retention", "--dry-run", stdout=said)
    assert "people.person: 1 (membership, before 2027-01-01)" in said.getvalue()
    person.refresh_from_db()
    assert person.name == "张三"


def test_the_job_is_taken_up_at_its_last_batch(tree, clock, monkeypatch):
    """A run that dies after one batch has kept it; the next goes on behind it."""
    for name in ("张一", "张二", "张三"):
        a_former_member(tree, name)
    clock.set(date(2037, 1, 1))
    monkeypatch.setattr(retention, "BATCH", 1)
    seen = []
    with pytest.raises(KeyboardInterrupt):
        for step in retention.steps(actor=SYSTEM):
            seen.append(step)
            raise KeyboardInterrupt
    assert Person.objects.filter(erased_at=None).count() == 2
    job = jobs.enqueue("people.retention", {})
    type(job).objects.filter(pk=job.pk).update(cursor={"rule": seen[0].rule, "after": seen[0].after})
    drain()
    job.refresh_from_db()
    assert job.result == {"people.person": 2}
    assert not Person.objects.filter(erased_at=None).exists()
