"""Showing the numbers of both sides whole, so that they can be compared with the papers: with a reason, and noted."""

from __future__ import annotations

from django.db import transaction

from niangjia.commons.people.disputes import queries
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.unmasking import PER_HOUR
from niangjia.kernel.actor import Actor
from niangjia.kernel.reasons import require_reason
from niangjia.platform.audit import entries as audit
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.requests import limits

FIELDS = ("id_number", "phone")


def unmask(dispute: Dispute, *, actor: Actor, reason: str) -> tuple[queries.Side, queries.Side]:
    """Both sides whole, of a dispute that the actor was shown. Raises RuleBroken REASON_NEEDED, TooMany.

    Not inside a transaction: the limit, which is that of unmasking a person, counts on its own.
    """
    said = require_reason(reason)
    limits.hit(f"people.unmask:{actor.user_id or actor.name}", limit=PER_HOUR, seconds=3600)
    with transaction.atomic():
        for key in queries.keys(dispute):
            looks.record(actor, [key], LookKind.UNMASKED, said, list(FIELDS))
            audit.record(
                actor,
                "people.dispute.unmasked",
                subject_type=queries.SUBJECT_TYPE,
                subject_id=dispute.public_id,
                subject_key=key,
                data={"fields": list(FIELDS)},
            )
    return queries.sides(dispute, masked=False)
