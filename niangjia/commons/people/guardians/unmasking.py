"""Showing the ward's number whole, to be compared with the paper: with a reason, and noted."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from niangjia.commons.people.guardians import queries
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.unmasking import PER_HOUR
from niangjia.kernel.actor import Actor
from niangjia.kernel.reasons import require_reason
from niangjia.platform.audit import entries as audit
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.requests import limits
from niangjia.platform.web.parts import Fact


def unmask(row: Guardianship, *, actor: Actor, reason: str) -> Sequence[Fact]:
    """The facts whole, of a guardianship that the actor was shown. Raises RuleBroken REASON_NEEDED, TooMany.

    Not inside a transaction: the limit, which is that of unmasking a person, counts on its own.
    """
    said = require_reason(reason)
    limits.hit(f"people.unmask:{actor.user_id or actor.name}", limit=PER_HOUR, seconds=3600)
    with transaction.atomic():
        looks.record(actor, queries.keys(row), LookKind.UNMASKED, said, ["id_number"])
        audit.record(
            actor,
            "people.guardianship.unmasked",
            subject_type=queries.SUBJECT_TYPE,
            subject_id=row.public_id,
            subject_key=row.guardian.public_id,
            data={"field": "id_number"},
        )
    return queries.facts(row, masked=False)
