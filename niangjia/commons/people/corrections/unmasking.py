"""Showing the old and the new value whole, so that they can be compared with the paper: with a reason, and noted."""

from __future__ import annotations

from django.db import transaction

from niangjia.commons.people.corrections import queries
from niangjia.commons.people.corrections.models import Correction
from niangjia.commons.people.unmasking import PER_HOUR
from niangjia.kernel.actor import Actor
from niangjia.kernel.reasons import require_reason
from niangjia.platform.audit import entries as audit
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.requests import limits


def unmask(correction: Correction, *, actor: Actor, reason: str) -> queries.SideBySide:
    """Both values whole, of a correction that the actor was shown. Raises RuleBroken REASON_NEEDED, TooMany.

    Not inside a transaction: the limit, which is that of unmasking a person, counts on its own.
    """
    said = require_reason(reason)
    limits.hit(f"people.unmask:{actor.user_id or actor.name}", limit=PER_HOUR, seconds=3600)
    with transaction.atomic():
        looks.record(actor, [correction.owner_key], LookKind.UNMASKED, said, [correction.kind])
        audit.record(
            actor,
            "people.correction.unmasked",
            subject_type=queries.SUBJECT_TYPE,
            subject_id=correction.public_id,
            subject_key=correction.owner_key,
            data={"field": correction.kind},
        )
    return queries.compared(correction, masked=False)
