"""What disputes do by the clock."""

from __future__ import annotations

from niangjia.commons.people.disputes import actions, due
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.states import DisputeState
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.jobs import JobHandle, every


@every("people.pass_on_disputes", "35 1 * * *", label=_("号码争议逾期转工会核实"))
def pass_on_unanswered(job: JobHandle) -> dict[str, int]:
    """Every dispute whose holder let the day pass goes to the union's officers. Safe to run twice."""
    actor, passed = Actor.system("people.pass_on_disputes"), 0
    for waiting in list(Dispute.objects.filter(state=DisputeState.ASKED)):
        if not due.is_over(waiting):
            continue
        try:
            actions.pass_on(public_id=waiting.public_id, actor=actor)
        except DomainError:
            continue  # it was answered, or withdrawn, a moment ago
        passed += 1
    return {"passed_on": passed}
