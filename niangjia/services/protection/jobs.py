"""What this room does by the clock: reminders, the end of what was never supplied, filing away."""

from __future__ import annotations

from datetime import timedelta

from niangjia.commons.desk import calendar
from niangjia.commons.desk.models import DeskItem, DeskItemQuerySet
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.jobs import every
from niangjia.services.protection import actions, parameters
from niangjia.services.protection.enrolment import jobs as jobs_of_lists  # noqa: F401 - they declare by import
from niangjia.services.protection.models import Claim
from niangjia.services.protection.purchases import jobs as jobs_of_purchases  # noqa: F401
from niangjia.services.protection.queries import CLAIM_TYPE
from niangjia.services.protection.states import ClaimState

REMIND_DAYS_BEFORE = 3


@every("protection.lapse", "30 1 * * *", label=_("终止逾期未补充的理赔"))
def lapse_unsupplied(job: object) -> dict[str, int]:
    """End every claim whose claimant let the day pass. Safe to run twice."""
    actor = Actor.system("protection.lapse")
    due = _waiting_on_claimants().filter(due_at__lt=clock.now()).values_list("subject_id", flat=True)
    lapsed = 0
    for public_id in Claim.objects.filter(pk__in=list(due)).values_list("public_id", flat=True):
        try:
            actions.lapse(public_id=public_id, actor=actor)
        except DomainError:
            continue  # the claimant supplied it, or withdrew, a moment ago
        lapsed += 1
    return {"lapsed": lapsed}


@every("protection.remind", "10 9 * * *", label=_("提醒补充理赔材料"))
def remind_claimants(job: object) -> dict[str, int]:
    """Remind once, three days before the last day."""
    soon = clock.now() + timedelta(days=REMIND_DAYS_BEFORE)
    items = list(_waiting_on_claimants().filter(due_at__lt=soon, due_at__gte=clock.now(), reminded_at=None)[:500])
    return {"reminded": actions.remind(items=items) if items else 0}


@every("protection.close", "40 1 * * *", label=_("理赔归档"))
def file_away(job: object) -> dict[str, int]:
    """File away what is answered and can no longer be appealed against. Safe to run twice."""
    actor, closed = Actor.system("protection.close"), 0
    answered = Claim.objects.filter(state__in=(ClaimState.PAID, ClaimState.REFUSED)).select_related("plan")
    for claim in answered.order_by("state_since")[:1000]:
        days = int(parameters.value("appeal_days", claim.plan.union_id, clock.day_of(claim.state_since)))
        if clock.now() <= calendar.due_moment(claim.state_since, days):
            continue
        try:
            actions.close_claim(public_id=claim.public_id, actor=actor)
        except DomainError:
            continue  # an appeal is open
        closed += 1
    return {"closed": closed}


def _waiting_on_claimants() -> DeskItemQuerySet:
    rows: DeskItemQuerySet = DeskItem.objects.open().filter(subject_type=CLAIM_TYPE, role="self")
    return rows
