"""What corrections do by the clock."""

from __future__ import annotations

from niangjia.commons.people.corrections import actions, due
from niangjia.commons.people.corrections.models import Correction
from niangjia.commons.people.corrections.states import CorrectionState
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.jobs import JobHandle, every


@every("people.lapse_corrections", "25 1 * * *", label=_("终止逾期未补充的更正"))
def lapse_unsupplied(job: JobHandle) -> dict[str, int]:
    """End every correction whose asker let the day pass. Safe to run twice."""
    actor, lapsed = Actor.system("people.lapse_corrections"), 0
    for waiting in list(Correction.objects.filter(state=CorrectionState.SUPPLEMENT)):
        if not due.is_over(waiting):
            continue
        try:
            actions.lapse(public_id=waiting.public_id, actor=actor)
        except DomainError:
            continue  # it was supplied, or withdrawn, a moment ago
        lapsed += 1
    return {"lapsed": lapsed}
