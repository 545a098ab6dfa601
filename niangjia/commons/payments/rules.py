"""What is right about payees, sums, references, two pairs of eyes, and which answer of a bank holds. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from niangjia.commons.payments.states import Cause
from niangjia.kernel import ids, money
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _

PREFIX = "ZF"
"""References of payments begin with it (支付)."""

BATCH_PREFIX = "PC"
"""Numbers of batches begin with it (批次)."""

_CARD = re.compile(r"[0-9]{12,30}")
_FUND = re.compile(r"[a-z][a-z0-9_]{1,39}")
LONGEST_NAME, LONGEST_BANK, LONGEST_UNIT = 50, 60, 100


def account_number(value: object) -> str:
    """The digits of a bank account, spaces and hyphens left out. Raises RuleBroken ACCOUNT_NUMBER.

    A card of 16 or 19 digits must carry the check digit of ISO/IEC 7812; other accounts have none.
    """
    digits = re.sub(r"[\s-]", "", value) if isinstance(value, str) and len(value) <= 64 else ""
    if not _CARD.fullmatch(digits) or (len(digits) in (16, 19) and not _luhn(digits)):
        raise _broken("ACCOUNT_NUMBER", _("银行卡号不对，请照着卡面逐位核对后再填。"), "account_number")
    return digits


def bank_name(value: object) -> str:
    """The bank's name, 2 to 60 characters. Raises RuleBroken BANK_NAME."""
    tidy = " ".join(value.split()) if isinstance(value, str) else ""
    if not 2 <= len(tidy) <= LONGEST_BANK or any(character in tidy for character in "=@\"'<>"):
        raise _broken("BANK_NAME", _("请填写开户银行，例如“中国工商银行甲路支行”。"), "bank")
    return tidy


def unit_name(value: str) -> str:
    """The full name of a unit that is paid, 2 to 100 characters; unlike a person's it may hold brackets and digits.
    Raises RuleBroken PAYEE_UNIT."""
    tidy = " ".join(value.split())
    if not 2 <= len(tidy) <= LONGEST_UNIT or any(character in tidy for character in "=@\"'<>"):
        raise _broken("PAYEE_UNIT", _("请照营业执照或法人证书填写收款单位的全称，2 到 100 个字。"), "payee_name")
    return tidy


def sum_of(fen: int) -> int:
    """A sum that can be paid. Raises RuleBroken AMOUNT."""
    if isinstance(fen, bool) or not isinstance(fen, int) or not 1 <= fen <= money.LARGEST_FEN:
        raise _broken("AMOUNT", _("付款金额应大于零。"), "amount")
    return fen


def fund_code(value: str) -> str:
    """Raises RuleBroken FUND_CODE."""
    if not _FUND.fullmatch(value):
        raise _broken("FUND_CODE", _("资金来源的代码用小写字母、数字和下划线，以字母开头。"), "fund")
    return value


def reference(year: int, serial: int) -> str:
    """The reference of a payment in the bank's file, with its check digit."""
    return ids.readable_number(PREFIX, year, serial)


def books_key(year: int) -> str:
    """Under which key the vouchers of a year are sealed: the books' own, for a person's key goes after ten years and
    vouchers stay for thirty (会计档案管理办法，附表一)."""
    return f"payments-books-{year}"


def serial_of(text: str) -> int | None:
    """The serial in a reference, None when it is none of ours or a digit is wrong."""
    plain = text.strip().upper()
    return int(re.sub(r"[^0-9]", "", plain)[4:-1]) if ids.is_readable_number(plain, PREFIX) else None


def require_reference(text: str) -> str:
    """A reference as it is written on a payment. Raises RuleBroken PLACE_UNKNOWN."""
    plain = text.strip().upper()
    if serial_of(plain) is None:
        raise unknown_reference()
    return plain


def unknown_reference() -> RuleBroken:
    """The one refusal of a reference that is none, and of one out of sight."""
    return _broken("PLACE_UNKNOWN", _("没有找到这个参考号的付款，请核对。"), "reference")


@dataclass(frozen=True)
class Hand:
    """Who acts: the users in whose name (oneself, and whom one stands in for) and the index of one's ID number."""

    users: frozenset[int]
    identities: frozenset[str]


def require_two_people(preparer: Hand, releaser: Hand) -> None:
    """Who releases is another person than who prepared: not the same account, not an account of the same ID number,
    not somebody who stands in for the other. Raises RuleBroken SAME_HANDS, IDENTITY_UNKNOWN."""
    if not releaser.identities or not preparer.identities:
        raise RuleBroken("IDENTITY_UNKNOWN", _("经办人和复核人都要先登记身份证号，请联系安全管理员。"))
    if preparer.users & releaser.users or preparer.identities & releaser.identities:
        raise RuleBroken("SAME_HANDS", _("这一批是您经办的，须由另一位同事复核放行。"))


@dataclass(frozen=True, order=True)
class Answer:
    """One answer of the bank for one payment. The later one holds; of two of one moment the one with the greater
    serial number, then the failure: money is rather paid again by hand than thought to have arrived."""

    at: datetime
    serial: str
    failed: bool
    cause: str = ""


def holding(answers: Iterable[Answer]) -> Answer:
    """The answer that holds, whatever the order in which they came."""
    return max(answers)


def paid_twice(answers: Iterable[Answer]) -> list[Answer]:
    """The answers that pay what another transaction of the bank had paid before, nothing having come back between. The
    same serial number is the same transaction, told again."""
    told = sorted(answers)
    return [
        later
        for earlier, later in pairwise(told)
        if not earlier.failed and not later.failed and earlier.serial != later.serial
    ]


def shown_reference(text: str) -> str:
    """A reference as it is kept when it is none of ours: letters, digits and hyphens, at most 40."""
    return re.sub(r"[^0-9A-Za-z-]", "·", text.strip())[:40]


_CAUSES: tuple[tuple[Cause, tuple[str, ...]], ...] = (
    (Cause.NAME_DIFFERS, ("户名", "姓名", "name")),
    (Cause.CLOSED, ("销户", "注销", "冻结", "睡眠", "closed")),
    (Cause.RETURNED, ("退汇", "退回", "returned")),
    (Cause.WRONG_CARD, ("卡号", "账号", "帐号", "无此户", "card", "account")),
)


def cause_of(words: str) -> Cause:
    """The cause that a bank's words mean."""
    lowered = words.casefold()
    found = next((cause for cause, marks in _CAUSES if any(mark in lowered for mark in marks)), None)
    return found or Cause.OTHER


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _broken(code: str, sentence: Text, field: str) -> RuleBroken:
    return RuleBroken(code, sentence, fields={field: [sentence]})
