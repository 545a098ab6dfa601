"""Who watches over the house: the audit trail for the auditor, the work in the background for whoever runs the system.

The three administrators are apart (MLPS level 3): who runs the house does not read its audit trail, and who reads it
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet

from niangjia.commons.unions import scope
from niangjia.commons.unions.kinds import UnionKind
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.platform.audit import entries
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.jobs import queue, registry
from niangjia.platform.jobs.models import Job
from niangjia.platform.jobs.states import JobState

AUDITORS = (Role.AUDIT_ADMIN,)
OPERATORS = (Role.SYSTEM_ADMIN,)
_TOP = (UnionKind.NATIONAL, UnionKind.CITY)


def may_audit(actor: Actor) -> Decision:
    """Read the audit trail: the audit administrator."""
    return _by_office(actor, *AUDITORS)


def visible_entries(actor: Actor) -> QuerySet[AuditEntry]:
    """The entries that ``actor`` may read: those at the unions within reach; an auditor of the city also those of no
    union, such as sign-ins."""
    if actor.is_system or _at_the_top(actor, *AUDITORS):
        return AuditEntry.objects.all()
    if not actor.is_staff:
        return AuditEntry.objects.none()
    return AuditEntry.objects.filter(scope.within(actor, *AUDITORS, field="node_id"))


def entry_for(actor: Actor, number: str, read: Callable[[QuerySet[AuditEntry]], QuerySet[AuditEntry]]) -> AuditEntry:
    """One entry by its number, with what ``read`` adds to it. Raises NotFound, also for one out of the actor's
    sight."""
    entry = read(visible_entries(actor)).filter(pk=number).select_related("seal").first() if number.isdigit() else None
    if entry is None:
        raise NotFound("NOT_FOUND", _("没有找到这条审计记录。"))
    return entry


def may_operate(actor: Actor) -> Decision:
    """Look after the work in the background, which is of no union: the system administrator of the city."""
    here = _by_office(actor, *OPERATORS)
    if here and not actor.is_system and not _at_the_top(actor, *OPERATORS):
        return refuse("NO_OFFICE_HERE", _("后台任务由市总工会的系统管理员查看。"))
    return here


def visible_jobs(actor: Actor) -> QuerySet[Job]:
    """All jobs for whoever may operate, else none."""
    return Job.objects.all() if may_operate(actor) else Job.objects.none()


def job_for(actor: Actor, public_id: str) -> Job:
    """One job. Raises NotFound, also for who may not see any."""
    job = visible_jobs(actor).filter(public_id=public_id).select_related("created_by").first()
    if job is None:
        raise NotFound("NOT_FOUND", _("没有找到这项任务。"))
    return job


def may_retry(actor: Actor, job: Job) -> Decision:
    """Let a job be tried anew: one that failed for good and whose kind of work is still known."""
    here = may_operate(actor)
    if here and job.state != JobState.DEAD:
        return refuse("JOB_NOT_DEAD", _("只有未能完成的任务可以重试。"))
    if here and registry.find(job.kind) is None:
        return refuse("JOB_KIND_UNKNOWN", _("这个版本已经没有这种任务，重试也不会成功。"))
    return here


@transaction.atomic()
def retry_job(*, public_id: str, reason: str, actor: Actor) -> Job:
    """Let a dead job be tried anew; it takes up where it stopped. Raises NotFound, NotAllowed; Conflict when
    somebody was faster."""
    job = job_for(actor, public_id)
    decision = may_retry(actor, job).require()
    if not queue.revive([job.public_id]):
        raise Conflict("STALE", _("别人刚刚处理过这一件，请刷新页面后再看。"))
    entries.record(
        actor, "jobs.retry", subject_type="jobs.job", subject_id=job.public_id, ground=decision.ground, reason=reason,
        data={"kind": job.kind, "attempts": job.attempts},
    )  # fmt: skip
    return job


def _by_office(actor: Actor, *roles: str) -> Decision:
    if actor.is_system:
        return allow("system")
    held = scope.grants(actor, *roles) if actor.is_staff else ()
    return allow(ground_of(held[0])) if held else refuse("NO_OFFICE_HERE", _("您没有办理这件事的职务。"))


def _at_the_top(actor: Actor, *roles: str) -> bool:
    """Whether one of the offices is at the federation that runs this house."""
    held = [grant.node_id for grant in scope.grants(actor, *roles)] if actor.is_staff else []
    return bool(held) and Union.objects.filter(pk__in=held, kind__in=_TOP).exists()
