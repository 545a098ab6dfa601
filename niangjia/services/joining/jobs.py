"""What this room does by the clock: reminders before a supplement is due, and the end of what was never supplied."""

from __future__ import annotations

from datetime import timedelta

from niangjia.commons.desk.models import DeskItem, DeskItemQuerySet
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.jobs import every
from niangjia.services.joining import actions
from niangjia.services.joining.exits import jobs as jobs_of_exits  # noqa: F401 - they declare by import
from niangjia.services.joining.fits import jobs as jobs_of_fits  # noqa: F401 - they declare by import
from niangjia.services.joining.models import Application
from niangjia.services.joining.queries import SUBJECT_TYPE
from niangjia.services.joining.rosters import jobs as jobs_of_rosters  # noqa: F401 - they declare by import
from niangjia.services.joining.stalls.actions import end_overdue
from niangjia.services.joining.transfers import jobs as jobs_of_transfers  # noqa: F401 - they declare by import


@every("joining.lapse", "20 1 * * *", label=_("终止逾期未补充的入会申请"))
def lapse_unsupplied(job: object) -> dict[str, int]:
    """End every application whose applicant let the day pass. Safe to run twice."""
    actor = Actor.system("joining.lapse")
    due = _waiting_on_applicants().filter(due_at__lt=clock.now()).values_list("subject_id", flat=True)
    lapsed = 0
    for public_id in Application.objects.filter(pk__in=list(due)).values_list("public_id", flat=True):
        try:
            actions.lapse(public_id=public_id, actor=actor)
        except DomainError:
            continue  # the applicant supplied it, or withdrew, a moment ago
        lapsed += 1
    return {"lapsed": lapsed}


@every("joining.remind", "0 9 * * *", label=_("提醒补充入会材料"))
def remind_applicants(job: object) -> dict[str, int]:
    """Remind once, three days before the last day."""
    soon = clock.now() + timedelta(days=3)
    due = _waiting_on_applicants().filter(due_at__gte=clock.now(), due_at__lt=soon, reminded_at=None)
    return {"reminded": actions.remind(items=list(due))}


@every("joining.end_stalls", "*/10 * * * *", label=_("结束到时间的入会摊位"))
def end_stalls(job: object) -> dict[str, int]:
    """Record the end of stalls whose time is up; the clock has closed them already. Safe to run twice."""
    return {"ended": end_overdue(actor=Actor.system("joining.end_stalls"))}


def _waiting_on_applicants() -> DeskItemQuerySet:
    return DeskItem.objects.open().filter(subject_type=SUBJECT_TYPE, role="self")
