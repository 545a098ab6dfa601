"""What a card tells who scans it, and what may be written of the bank on its back. Pure."""

from __future__ import annotations

import re
from datetime import date

from niangjia.commons.people.cards.states import CardState
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.kernel.text import Text, _

BANK_CODE_LENGTH, CARD_TAIL_LENGTH = 12, 4
"""A bank is known by its 12-digit number of the payment system (大额支付行号); of its card only the tail is kept."""


REPLACEMENTS, REPLACEMENT_DAYS = 3, 30
"""A member replaces the card so often in so many days without coming to the desk."""


def require_in_force(state: str, since: date, *, valid_until: date | None, today: date) -> None:
    """``since`` is the day on which the card came into its state.

    Raises Conflict CARD_BLOCKED, CARD_REPLACED, CARD_CLOSED or CARD_SET_ASIDE with that day, CARD_RUN_OUT after its
    last day.
    """
    match CardState(state):
        case CardState.BLOCKED:
            raise _refused("CARD_BLOCKED", _("这张卡 {day:%Y-%m-%d} 已挂失，不能使用。", day=since))
        case CardState.REPLACED:
            sentence = _("这张卡 {day:%Y-%m-%d} 已换新卡，旧卡和旧截图都不能使用。请会员出示新卡。", day=since)
            raise _refused("CARD_REPLACED", sentence)
        case CardState.CLOSED:
            raise _refused("CARD_CLOSED", _("这张卡 {day:%Y-%m-%d} 已注销，持卡人不再是会员。", day=since))
        case CardState.SET_ASIDE:
            sentence = _("这张卡是重复登记的，{day:%Y-%m-%d} 已停用。请会员出示另一张卡。", day=since)
            raise _refused("CARD_SET_ASIDE", sentence)
    if valid_until is not None and today > valid_until:
        raise _refused("CARD_RUN_OUT", _("这张卡的有效期到 {day:%Y-%m-%d}，请到工会换新卡。", day=valid_until))


def require_not_too_often(replaced_lately: int) -> None:
    """``replaced_lately`` counts the replacements of the last REPLACEMENT_DAYS. Raises Conflict CARD_TOO_OFTEN."""
    if replaced_lately >= REPLACEMENTS:
        sentence = _(
            "{days} 天内已经换过 {times} 次卡，请带身份证到工会服务站办理。", days=REPLACEMENT_DAYS, times=REPLACEMENTS
        )
        raise Conflict("CARD_TOO_OFTEN", sentence)


def unknown() -> NotFound:
    """The one answer for every number that was never given."""
    return NotFound("CARD_UNKNOWN", _("没有这张卡。请核对卡号，或让会员打开“卡”页面。"))


def bank_code(value: str) -> str:
    """The 12 digits of a bank's number. Raises RuleBroken BANK_CODE."""
    digits = re.sub(r"\s", "", value)
    if not re.fullmatch(rf"[0-9]{{{BANK_CODE_LENGTH}}}", digits):
        raise _broken("BANK_CODE", _("请输入 12 位银行行号。"), "bank_code")
    return digits


def bank_card_tail(value: str) -> str:
    """The last four digits of the bank's card; a whole number is never taken. Raises RuleBroken BANK_CARD_TAIL."""
    digits = value.strip()
    if not re.fullmatch(rf"[0-9]{{{CARD_TAIL_LENGTH}}}", digits):
        raise _broken("BANK_CARD_TAIL", _("只填银行卡号的后 4 位，不要填完整卡号。"), "bank_card_tail")
    return digits


def require_day_of_co_branding(day: date, *, issued_on: date, today: date) -> None:
    """Raises RuleBroken DAY_IN_FUTURE and DAY_TOO_EARLY."""
    if day > today:
        raise _broken("DAY_IN_FUTURE", _("日期不能晚于今天。"), "co_branded_on")
    if day < issued_on:
        raise _broken("DAY_TOO_EARLY", _("日期不能早于发卡日期 {day:%Y-%m-%d}。", day=issued_on), "co_branded_on")


def _refused(code: str, sentence: Text) -> Conflict:
    return Conflict(code, sentence, fields={"card": [sentence]})


def _broken(code: str, sentence: Text, field: str) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field: [sentence]})
