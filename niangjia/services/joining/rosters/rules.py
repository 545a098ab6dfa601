"""When a roster may be applied. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import Text, _

FEWEST_FOR_A_SHARE = 10
"""Below so many rows a share says nothing: one double among three is no sign of a wrong file."""


def doubles(counts: Mapping[str, int]) -> int:
    """Rows that repeat another row, and rows that resemble somebody who is registered under another number."""
    return int(counts.get("doubles", 0)) + int(counts.get("duplicate", 0))


def obstacle(counts: Mapping[str, int], most: Decimal) -> RuleBroken | None:
    """Why the roster may not be applied, by its counts: nobody would join, or too many doubles."""
    rows, double = int(counts.get("rows", 0)), doubles(counts)
    if rows >= FEWEST_FOR_A_SHARE and Decimal(double) > most * rows:
        return RuleBroken("DUPLICATE_SHARE", too_many(double, rows, most))
    if not counts.get("new"):
        return RuleBroken("NOBODY_NEW", _("名单里没有可以登记的人。请改正有错误的行，再上传一次。"))
    return None


def too_many(double: int, rows: int, most: Decimal) -> Text:
    """The sentence that stops a roster of doubles."""
    return _(
        "{rows} 行里有 {double} 行重复或疑似重复，超过 {most}%，整份名单不能登记。请核对是不是传错了文件。",
        rows=rows,
        double=double,
        most=f"{most * 100:f}".rstrip("0").rstrip("."),
    )
