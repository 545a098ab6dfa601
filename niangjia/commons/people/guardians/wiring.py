"""Ties guardianships to what they hear, tell and do by the clock."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models.signals import post_migrate

from niangjia.commons.people.guardians import consent
from niangjia.commons.people.guardians import jobs as jobs  # declares by import
from niangjia.commons.people.guardians import notices as notices  # declares by import
from niangjia.commons.people.guardians import parameters as parameters  # declares by import
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.guardians.states import GUARDIANSHIP, GuardianEvent, GuardianState
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import lifecycle
from niangjia.platform.personal_data import events as personal_data
from niangjia.platform.web import tones


def connect() -> None:
    """Called when Django starts."""
    post_migrate.connect(consent.publish, sender=apps.get_app_config("people"))
    tones.register(GUARDIANSHIP, {"in_force": "good"})
    personal_data.erasing.connect(end_of_erased, dispatch_uid="people.guardianship.end_of_erased")


def end_of_erased(*, subject_key: str, actor: Actor, **_arguments: Any) -> None:
    """A side is erased: what is asked for is withdrawn, what is in force ends."""
    system = Actor.system("people.erasure", trace=actor.trace)
    about = Guardianship.objects.filter(guardian__public_id=subject_key)
    about = about | Guardianship.objects.filter(ward__public_id=subject_key)
    for state, event in ((GuardianState.APPLIED, GuardianEvent.WITHDRAW), (GuardianState.IN_FORCE, GuardianEvent.END)):
        rows = list(Guardianship.objects.select_for_update(of=("self",)).filter(pk__in=about.values("pk"), state=state))
        changes = {"until": clock.today()} if event == GuardianEvent.END else {}
        for row in rows:
            lifecycle.apply(row, event, actor=system, decision=allow("erasure"), reason="信息清除", changes=changes)
