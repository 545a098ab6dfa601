"""What merges hear: a person is erased."""

from __future__ import annotations

from typing import Any

from niangjia.commons.people.merging import actions
from niangjia.commons.people.merging.models import Merge
from niangjia.commons.people.merging.states import MergeState
from niangjia.commons.people.models import Person
from niangjia.kernel.actor import Actor
from niangjia.platform.personal_data import erasure


def erase_merged(*, subject_key: str, actor: Actor, **_arguments: Any) -> None:
    """Erase the entries that went into this one with it, and take back what is proposed about it."""
    system = Actor.system("people.erasure", trace=actor.trace)
    waiting = Merge.objects.filter(state=MergeState.PROPOSED)
    about = waiting.filter(kept__public_id=subject_key) | waiting.filter(merged__public_id=subject_key)
    for public_id in list(about.values_list("public_id", flat=True)):
        actions.withdraw(public_id=public_id, actor=system)
    merged = Person.objects.filter(canonical__public_id=subject_key, erased_at=None)
    for public_id in list(merged.values_list("public_id", flat=True)):
        erasure.erase(public_id, actor=actor, reason="merged into an erased entry")
