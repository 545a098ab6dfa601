"""What is done for purchases by the clock and when money arrived."""

from __future__ import annotations

from typing import Any

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform import jobs
from niangjia.services.protection.purchases import settling
from niangjia.services.protection.purchases.models import Purchase
from niangjia.services.protection.purchases.states import OWING, PurchaseState

_HOUSE = "团体购买"


@jobs.task("protection.purchase_begin", label=_("团体购买到账后参保"))
def begin(job: jobs.JobHandle) -> dict[str, Any]:
    """Enrol the people of one purchase as soon as it is paid."""
    return {"state": settling.start_purchase(public_id=job.payload["purchase"], actor=Actor.system(_HOUSE))}


@jobs.every("protection.purchase_start", "*/10 * * * *", label=_("团体购买按期参保"))
def start_waiting(job: object) -> dict[str, int]:
    """Enrol those whose purchase may begin and whose list had to be checked anew. Safe to run twice."""
    actor, started = Actor.system(_HOUSE), 0
    waiting = Purchase.objects.filter(state__in=(PurchaseState.ORDERED, *OWING, PurchaseState.PAID)).order_by("pk")
    for key in list(waiting.values_list("public_id", flat=True)):
        started += settling.start_purchase(public_id=key, actor=actor) == PurchaseState.IN_FORCE
    return {"started": started}


@jobs.every("protection.purchase_overdue", "20 8 * * *", label=_("登记逾期未付的团体购买"))
def fall_due(job: object) -> dict[str, int]:
    """What was not paid in time is overdue; its buyer is reminded, and again. Safe to run twice."""
    actor, due = Actor.system(_HOUSE), 0
    late = Purchase.objects.filter(state=PurchaseState.INVOICED, invoice__due_on__lt=clock.today())
    for key in list(late.values_list("public_id", flat=True)):
        try:
            settling.fall_due_purchase(public_id=key, actor=actor)
        except DomainError:
            continue  # it was paid a moment ago
        due += 1
    return {"overdue": due, "reminded": settling.remind_overdue(actor=actor)}
