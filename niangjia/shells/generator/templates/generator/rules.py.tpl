"""What a request must say, and what an answer must say."""

from __future__ import annotations

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import _

LONGEST = 500


def require_wish(text: str) -> str:
    """What the member asks for, in 4 to 500 characters. Raises RuleBroken @CODE@_WISH."""
    wish = " ".join(text.split())
    if not 4 <= len(wish) <= LONGEST:
        sentence = _("请写明需要什么帮助，4 到 500 个字。")
        raise RuleBroken("@CODE@_WISH", sentence, fields={"wish": [sentence]})
    return wish


def require_reason(text: str) -> str:
    """A reason that the member will read, in 4 to 300 characters. Raises RuleBroken @CODE@_REASON."""
    reason = " ".join(text.split())
    if not 4 <= len(reason) <= 300:
        sentence = _("请写明理由，4 到 300 个字，申请人会看到。")
        raise RuleBroken("@CODE@_REASON", sentence, fields={"reason": [sentence]})
    return reason
