"""The audit trail for its administrator and the work in the background for the system's: who reads, what is masked,
and that a dead job is tried anew once."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import openpyxl
import pytest

from niangjia.commons.unions.testing import an_officer
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.platform.audit import entries, sealer
from niangjia.platform.audit.models import AuditEntry, AuditSeal
from niangjia.platform.jobs import queue, registry
from niangjia.platform.jobs.models import Job
from niangjia.platform.jobs.states import JobState
from niangjia.platform.personal_data import erasure
from niangjia.platform.testing.clients import staff_client
from niangjia.shells.console import audit_words

pytestmark = pytest.mark.django_db
CHECK = "joining.roster_check"
REASON = "当面核对，他的号码是 15400001234"
MEMBER = Actor(ActorKind.MEMBER, name="买买提江·吐尔逊", address="203.0.113.77", trace="t-member")


@pytest.fixture
def trail(unions):
    """An act at each of two districts, and a sign-in of no union."""
    staff = Actor(ActorKind.STAFF, name="周春梅", trace="t-staff")
    about = {"subject_type": "joining.application", "before": "open", "after": "approved", "reason": REASON}
    return [
        entries.record(
            staff, "joining.application.approve", subject_id="a1", node_id=unions["EAST-1"].pk,
            ground=f"union_officer@{unions['EAST-1'].pk}", data={"day": "2026-03-04", "said": "15400001234"}, **about,
        ),
        entries.record(MEMBER, "joining.application.submit", subject_id="a2", node_id=unions["WEST-1"].pk, **about),
        entries.record(MEMBER, "accounts.signed_in", subject_type="accounts.user", subject_id="9"),
    ]  # fmt: skip


def who(unions, role, place="CITY"):
    return staff_client(an_officer([(unions[place], role)], f"{role}-{place}"))


def read(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def test_the_auditor_of_the_city_reads_everything_and_one_of_a_district_what_is_there(unions, trail):
    city, east = who(unions, "audit_admin"), who(unions, "audit_admin", "EAST")
    whole, part = read(city, "/console/audit/"), read(east, "/console/audit/")
    for entry in trail:
        assert f"/console/audit/{entry.pk}/" in whole
    assert f"/console/audit/{trail[0].pk}/" in part
    assert f"/console/audit/{trail[1].pk}/" not in part
    assert f"/console/audit/{trail[2].pk}/" not in part
    read(east, f"/console/audit/{trail[0].pk}/")
    for hidden in (trail[1].pk, trail[2].pk, 10**6, 10**30, "abc"):
        read(east, f"/console/audit/{hidden}/", 404)


@pytest.mark.parametrize("role", ["union_officer", "reviewer", "system_admin", "security_admin", "employer_agent"])
def test_nobody_else_reads_the_trail(unions, trail, role):
    client = who(unions, role)
    read(client, "/console/audit/", 403)
    read(client, f"/console/audit/{trail[0].pk}/", 404)
    assert "/console/audit/" not in read(client, "/console/")


def test_an_entry_says_who_and_why_in_words_and_masks_what_is_personal(unions, trail):
    sealer.seal()
    page = read(who(unions, "audit_admin"), f"/console/audit/{trail[0].pk}/")
    assert "15400001234" not in page
    assert page.count("154******34") == 2
    assert "fact-change" not in page
    for words in (
        "周春梅",
        "工会干部",
        "EAST-1工会",
        "当面核对",
        "joining.application.approve",
        f"第 {AuditSeal.objects.get(entry=trail[0]).position} 环",
    ):
        assert words in page
    page = read(who(unions, "audit_admin", "WEST"), f"/console/audit/{trail[1].pk}/")
    assert "买买提江" not in page
    assert "203.0.113" not in page
    assert "203.0.*.*" in page


def test_work_in_the_background_is_called_by_its_name_and_a_reason_goes_with_its_person(unions, trail):
    about = {"subject_type": "joining.application", "subject_id": "a3", "subject_key": "p-3", "reason": REASON}
    code = entries.record(Actor.system("joining.lapse"), "joining.application.lapse", ground="system", **about)
    other = entries.record(Actor.system("people.dispute"), "joining.application.lapse", **about)
    auditor = who(unions, "audit_admin")
    page = read(auditor, f"/console/audit/{code.pk}/")
    for words in ("终止逾期未补充的入会申请", "系统 · joining.lapse", "系统自动", "当面核对"):
        assert words in page
    page = read(auditor, f"/console/audit/{other.pk}/")
    assert "系统自动" in page
    erasure.erase("p-3", actor=MEMBER, reason="本人要求清除")
    page = read(auditor, f"/console/audit/{code.pk}/")
    assert "当面核对" not in page
    assert "理由随之清除" in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("kind=member", [1, 2]),
        ("who=周春", [0]),
        ("who=买", []),
        ("act=joining.application.", [0, 1]),
        ("subject=a2", [1]),
        ("trace=t-staff", [0]),
        ("from=2020-01-01&to=2020年2月1日", []),
        ("from=2020-02-30", [0, 1, 2]),
        ("from=9999-12-31", [0, 1, 2]),
        ("from=2999-12-31", []),
        ("to=9999-12-31", [0, 1, 2]),
        ("to=0001-01-01", [0, 1, 2]),
        ("from=%00&act=%00", [0, 1, 2]),
    ],
)
def test_the_trail_is_filtered(unions, trail, asked, found):
    page = read(who(unions, "audit_admin"), f"/console/audit/?{asked}")
    assert [n for n, entry in enumerate(trail) if f"/console/audit/{entry.pk}/" in page] == found


def test_taking_the_trail_out_is_an_entry_of_it(unions, trail):
    client = who(unions, "audit_admin")
    answer = client.get("/console/audit/?export=xlsx&trace=t-member")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.getvalue())).active.values)
    assert [row[1] for row in rows[1:]] == ["买***", "买***"]
    last = AuditEntry.objects.order_by("id").last()
    assert (last.action, last.data) == ("audit.entries.export", {"rows": 2})


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("joining.application.approve", "通过"),
        ("joining.application.submit", "提交申请"),
        ("payments.list.export", "导出清单"),
        ("people.person.unmasked", "查看完整信息"),
        ("unions.union.merged", "合并"),
        ("a.third.party", "a.third.party"),
    ],
)
def test_an_act_is_called_by_its_name(code, said):
    assert str(audit_words.act(code)) == said


@pytest.fixture
def job(unions):
    """A job that failed for good half way."""
    made = queue.enqueue(CHECK, {"roster": "x"})
    Job.objects.filter(pk=made.pk).update(
        state=JobState.DEAD, ended_at=clock.now(), error="ValueError services/joining/rosters/jobs.py:7", attempts=5,
        progress_done=500, progress_total=2000,
    )  # fmt: skip
    made.refresh_from_db()
    return made


def test_the_system_administrator_sees_progress_and_fault_and_tries_anew(unions, job):
    client = who(unions, "system_admin")
    address = f"/console/jobs/{job.public_id}/"
    listed = read(client, "/console/jobs/?state=dead")
    assert address in listed
    assert "500 / 2,000 (25%)" in listed
    assert "ValueError services/joining/rosters/jobs.py:7" in read(client, address)
    assert client.post(f"{address}retry/", {"reason": "x"}).status_code == 422
    assert client.post(f"{address}retry/", {"reason": "磁盘已经清理"}).status_code == 302
    job.refresh_from_db()
    assert (job.state, job.attempts, job.progress_done) == (JobState.WAITING, 0, 500)
    entry = AuditEntry.objects.get(action="jobs.retry")
    assert (entry.subject_id, entry.reason) == (job.public_id, "磁盘已经清理")
    assert client.post(f"{address}retry/", {"reason": "磁盘已经清理"}).status_code == 403
    assert AuditEntry.objects.filter(action="jobs.retry").count() == 1


def test_work_is_called_by_its_name_beside_its_code_and_found_by_either(unions, job):
    client = who(unions, "system_admin")
    for asked in ("", "?kind=核对入会", "?kind=joining.roster"):
        listed = read(client, f"/console/jobs/{asked}")
        assert "核对入会名单" in listed
        assert CHECK in listed
    assert CHECK not in read(client, "/console/jobs/?kind=封存")
    page = read(client, f"/console/jobs/{job.public_id}/")
    assert "<h1>核对入会名单</h1>" in page
    assert CHECK in page


def test_every_kind_of_work_has_a_name_in_chinese():
    ours = [task for task in registry.every_task() if not task.kind.startswith("test.")]
    assert [task.kind for task in ours if not re.search(r"[\u4e00-\u9fff]", task.label.message)] == []
    assert len({task.label.message for task in ours}) == len(ours)


def test_a_kind_of_work_that_is_gone_is_not_tried_anew(unions, job):
    Job.objects.filter(pk=job.pk).update(kind="gone.kind")
    client = who(unions, "system_admin")
    assert "这个版本已经没有这种任务" in read(client, f"/console/jobs/{job.public_id}/")
    assert client.post(f"/console/jobs/{job.public_id}/retry/", {"reason": "再试一次"}).status_code == 403


@pytest.mark.parametrize(
    ("role", "place"), [("audit_admin", "CITY"), ("union_officer", "CITY"), ("system_admin", "EAST")]
)
def test_jobs_are_for_the_system_administrator_of_the_city_alone(unions, job, role, place):
    client = who(unions, role, place)
    read(client, "/console/jobs/", 403)
    read(client, f"/console/jobs/{job.public_id}/", 404)
    assert client.post(f"/console/jobs/{job.public_id}/retry/", {"reason": "再试一次"}).status_code == 404
    job.refresh_from_db()
    assert job.state == JobState.DEAD


def test_work_by_the_clock_can_be_left_out(unions, job):
    queue.enqueue("audit.seal", {}, due_at=clock.now() + timedelta(days=1))
    client = who(unions, "system_admin")
    assert "audit.seal" in read(client, "/console/jobs/")
    assert "audit.seal" not in read(client, "/console/jobs/?from=asked")
    assert CHECK not in read(client, "/console/jobs/?from=clock")
