"""Notices about a claim, to the account that filed it; a claim of the counter tells the insured person's account."""

from __future__ import annotations

from datetime import datetime

from niangjia.kernel import clock
from niangjia.kernel.money import yuan
from niangjia.platform.notices.kinds import Notice, NoticeKind
from niangjia.services.protection.claim_models import Claim


def notice(kind: NoticeKind, claim: Claim, *, due: datetime | None = None, fen: int = 0) -> list[Notice]:
    """The notice, or none when nobody with an account is concerned."""
    user_id = claim.person.user_id if claim.at_counter else claim.filed_by_id
    if user_id is None:
        return []
    values = {"number": claim.number, "due": f"{clock.day_of(due):%Y-%m-%d}" if due else "", "sum": yuan(fen)}
    wanted = {name: value for name, value in values.items() if name in kind.needs}
    return [Notice(kind, user_id, wanted, link=f"/protection/claims/{claim.public_id}/")]
