"""What a transfer must be like. Pure."""

from __future__ import annotations

from datetime import datetime

from niangjia.kernel.errors import Conflict, Gone, RuleBroken
from niangjia.kernel.text import Text, _


def require_two_unions(old_id: int, new_id: int) -> None:
    """Raises RuleBroken SAME_UNION."""
    if old_id == new_id:
        raise broken("SAME_UNION", _("会籍现在就在这个工会。"))


def require_in_time(due_at: datetime | None, now: datetime) -> None:
    """An offer is taken until its moment. Raises Gone TRANSFER_OFFER_OVER."""
    if due_at is not None and now > due_at:
        raise Gone("TRANSFER_OFFER_OVER", _("确认期限已过。要转会籍，请自己申请接转。"))


def open_already() -> Conflict:
    """One transfer at a time."""
    return Conflict("TRANSFER_OPEN", _("这位会员已经有一件会籍接转在办，请等它办完。"))


def unknown_member() -> RuleBroken:
    """One answer for a number that does not exist, a name that does not fit, and a membership that has ended."""
    text = _("会员号和姓名对不上在籍会员，请向本人核对后再填。")
    return RuleBroken("MEMBER_UNKNOWN", text, fields={"member_number": [text]})


def broken(code: str, text: Text) -> RuleBroken:
    """A broken rule that belongs beside the choice of the union."""
    return RuleBroken(code, text, fields={"union_code": [text]})
