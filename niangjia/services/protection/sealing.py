"""Words of a claim that only those who handle it may read: kept sealed, never in the audit."""

from __future__ import annotations

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.reasons import require_reason
from niangjia.kernel.text import _
from niangjia.platform.notices.kinds import looks_personal
from niangjia.services.protection.claim_models import Claim, Said

SEALED_REASON = "理由已加密保存，只有经办人和申请人能看"
"""What the audit entry holds in place of a reason that may speak of illness."""


def require_words(reason: str) -> str:
    """A reason that may be shown to the claimant. Raises RuleBroken REASON_NEEDED, REASON_PERSONAL."""
    said = require_reason(reason)
    if looks_personal(said):
        sentence = _("理由里不要写证件号和手机号。")
        raise RuleBroken("REASON_PERSONAL", sentence, fields={"reason": [sentence]})
    return said


def say(claim: Claim, event: str, text: str) -> None:
    """Keep what was said with a move; nothing is kept of empty words."""
    if text:
        said = Said(claim=claim, owner_key=claim.owner_key, event=event)
        said.text = text
        said.save(force_insert=True)
