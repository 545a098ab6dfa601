"""What guardianships do by the clock."""

from __future__ import annotations

from niangjia.commons.people.guardians import actions
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.guardians.states import GuardianState
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform.jobs import JobHandle, every


@every("people.end_guardianships", "15 0 * * *", label=_("结束已成年的监护关系"))
def end_of_age(job: JobHandle) -> dict[str, int]:
    """Record the end of every guardianship whose ward came of age. Safe to run twice."""
    actor, ended = Actor.system("people.end_guardianships"), 0
    rows = Guardianship.objects.filter(state=GuardianState.IN_FORCE, until__lte=clock.today()).order_by("pk")
    for public_id in list(rows.values_list("public_id", flat=True)):
        try:
            actions.come_of_age(public_id=public_id, actor=actor)
        except DomainError:
            continue  # somebody ended it a moment ago
        ended += 1
    return {"ended": ended}
