"""Erasing a person (PIPL 47): the key goes, and with it everything sealed by it; figures and amounts stay."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.reasons import require_reason
from niangjia.platform.personal_data import events
from niangjia.platform.personal_data.models import DataKey


def erase(subject_key: str, *, actor: Actor, reason: str) -> None:
    """Erase the person for good, in the caller's transaction or its own; again changes nothing.

    Rooms empty what they hold in readable columns when they hear ``events.erasing``. Raises RuleBroken REASON_NEEDED,
    and whatever a room raises that still needs the person. The caller writes the audit entry.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        if is_erased(subject_key):
            return
        events.erasing.send(sender=DataKey, subject_key=subject_key, actor=actor, reason=reason)
        # A person without a key gets the mark as well, or a later write would make one.
        DataKey.objects.update_or_create(subject_key=subject_key, defaults={"wrapped": b"", "erased_at": clock.now()})


def is_erased(subject_key: str) -> bool:
    return DataKey.objects.filter(subject_key=subject_key, erased_at__isnull=False).exists()


def since(moment: datetime) -> QuerySet[DataKey]:
    """Erasures after ``moment``: they are repeated after an older backup is restored."""
    return DataKey.objects.filter(erased_at__gt=moment).order_by("erased_at")
