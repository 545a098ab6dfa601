"""Money is a whole number of fen. Only what people type and read is in yuan."""

from __future__ import annotations

import re
from collections.abc import Iterable

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _

LARGEST_FEN = 9_999_999_999_99
"""Ten thousand million yuan less one fen: more than any union handles at once."""

_NO_BREAK = "\N{NO-BREAK SPACE}"
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,9})(?:\.([0-9]{1,2}))?")


def yuan(fen: int) -> str:
    """For people: ``132350000`` gives ``¥ 1,323,500.00``; what is owed back carries its minus in front.

    A no-break space keeps mark and figure on one line however narrow the text is.
    """
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}¥{_NO_BREAK}{whole:,}.{rest:02d}"


def plain_yuan(fen: int) -> str:
    """For input fields and sheets: ``123456`` gives ``1234.56``, which :func:`parse_yuan` reads back."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{rest:02d}"


def parse_yuan(value: object, *, smallest: int = 1, largest: int = LARGEST_FEN) -> int:
    """Fen of an amount typed in yuan as ``1234``, ``1234.5`` or ``1234.56``; ``smallest`` and ``largest`` are fen.

    Signs, separators, currency marks, exponents, full-width digits and a third decimal are refused rather than
    guessed at. Raises RuleBroken AMOUNT for anything else or less than ``smallest``, OVER_LIMIT above ``largest``.
    """
    found = _AMOUNT.fullmatch(value.strip(" ")) if isinstance(value, str) and len(value) <= 32 else None
    if found is None:
        raise _broken("AMOUNT", _("金额格式如 1234.56，单位是元，不加逗号和符号。"))
    fen = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
    if fen < smallest:
        raise _broken("AMOUNT", _("金额至少是 {smallest}。", smallest=yuan(smallest)))
    if fen > largest:
        raise _broken("OVER_LIMIT", _("金额最多是 {largest}。", largest=yuan(largest)))
    return fen


def require_sum(parts: Iterable[int], total: int) -> None:
    """The ``parts`` must add up to ``total``, all in fen. Raises RuleBroken AMOUNT with both figures."""
    added = sum(parts)
    if added != total:
        sentence = _("各项相加是 {added}，与合计 {total} 不一致，请核对。", added=yuan(added), total=yuan(total))
        raise _broken("AMOUNT", sentence)


def _broken(code: str, sentence: Text) -> RuleBroken:
    return RuleBroken(code, sentence, fields={"amount": [sentence]})
