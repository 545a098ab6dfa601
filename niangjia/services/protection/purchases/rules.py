"""What a purchase costs, how its sum is written, and until when it may be cancelled. Pure."""

from __future__ import annotations

from datetime import date

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.identifiers import uscc
from niangjia.kernel.money import yuan
from niangjia.kernel.text import Text, _

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")
LONGEST_TITLE, LONGEST_REFERENCE = 100, 40
MOST_PEOPLE = 500_000


def total(persons: int, price_fen: int) -> int:
    """Price per person times persons, in fen. Raises RuleBroken NOBODY_TO_ENROL, PLAN_NOT_SOLD."""
    if price_fen <= 0:
        raise RuleBroken("PLAN_NOT_SOLD", _("这个方案不收费，请直接办理参保名单。"))
    if persons <= 0:
        raise RuleBroken("NOBODY_TO_ENROL", _("名单里没有可以参保的人。请看每一行的原因，改正后再上传一次。"))
    return persons * price_fen


def with_fewer(fen: int, due: int, received: int) -> tuple[int, int]:
    """When ``due`` is what those cost who remain of an order of ``fen``: what is not asked for any more, and what of
    the ``received`` was paid for more than that."""
    over = max(0, received - due)
    return fen - due - over, over


def in_capitals(fen: int) -> str:
    """A sum as invoices write it in words (中国人民银行《支付结算办法》附一): 壹仟零贰拾元伍角整."""
    whole, rest = divmod(fen, 100)
    dimes, cents = divmod(rest, 10)
    words = f"{_whole(whole)}元" if whole else ""
    if not rest:
        return f"{words or '零元'}整"
    if dimes:
        return words + f"{_DIGITS[dimes]}角" + (f"{_DIGITS[cents]}分" if cents else "整")
    return words + ("零" if whole else "") + f"{_DIGITS[cents]}分"


def _whole(number: int) -> str:
    """Groups of four digits; one zero stands for any run of zeros between two that are none."""
    words, gap = "", False
    for place in range(len(str(number)) - 1, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + _PLACES[place % 4]
            gap = False
        else:
            gap = True
        if place % 4 == 0 and number // 10**place % 10_000:
            words += _GROUPS[place // 4]
    return words


def require_tax_number(value: str) -> str:
    """The buyer's social credit code, by which it is taxed. Raises RuleBroken USCC_INVALID."""
    try:
        return uscc(value)
    except RuleBroken as error:
        raise _at("tax_number", error.code, error.message) from error


def require_title(value: str) -> str:
    """The buyer's name on the invoice. Raises RuleBroken BUYER_TITLE."""
    tidy = " ".join(value.split())
    if not 2 <= len(tidy) <= LONGEST_TITLE or any(sign in tidy for sign in "=@\"'<>"):
        raise _at("title", "BUYER_TITLE", _("请照营业执照或法人证书填写购买单位的全称，2 到 100 个字。"))
    return tidy


def require_headcount(headcount: int) -> int:
    """The staff as a buyer states it. Raises RuleBroken HEADCOUNT."""
    if not 0 < headcount <= MOST_PEOPLE:
        raise _at("headcount", "HEADCOUNT", _("请填写在职职工人数，1 到 500,000。"))
    return headcount


def require_reference(value: str) -> str:
    """The bank's number of a sum that came in. Raises RuleBroken BANK_REFERENCE."""
    tidy = "".join(value.split()).upper()
    if not (tidy.isascii() and tidy.replace("-", "").isalnum() and 4 <= len(tidy) <= LONGEST_REFERENCE):
        raise _at("bank_reference", "BANK_REFERENCE", _("请照银行回单填写流水号：4 到 40 位字母、数字或连字符。"))
    return tidy


def require_part(fen: int, owed: int) -> int:
    """What came in is no more than what is owed. Raises RuleBroken RECEIPT_SUM."""
    if not 0 < fen <= owed:
        raise _at("fen", "RECEIPT_SUM", _("还欠 {owed}，登记的金额要大于零、不超过它。", owed=yuan(owed)))
    return fen


def require_before_start(from_day: date, today: date, *, started: bool) -> None:
    """Raises RuleBroken ALREADY_STARTED once somebody is protected."""
    if started and today >= from_day:
        raise RuleBroken("ALREADY_STARTED", _("{day} 已经起保，不能再取消；个别人离职请终止他的参保。", day=from_day))


def _at(field: str, code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field: [sentence]})
