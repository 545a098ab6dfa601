"""Reasons that somebody else will read: the applicant, the member, the auditor."""

from __future__ import annotations

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _

SHORTEST, LONGEST = 4, 300


def require_reason(reason: str, *, sentence: Text | None = None) -> str:
    """``reason`` with blanks tidied, 4 to 300 characters long. Raises RuleBroken REASON_NEEDED with ``sentence``."""
    tidy = " ".join(reason.split())
    if not SHORTEST <= len(tidy) <= LONGEST:
        said = sentence or _("请写明理由，4 到 300 个字，本人会看到。")
        raise RuleBroken("REASON_NEEDED", said, fields={"reason": [said]})
    return tidy
