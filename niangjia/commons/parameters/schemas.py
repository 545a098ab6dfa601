"""What values a parameter may take, and the sentence for each that it may not. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from niangjia.kernel.text import Text, _

Schema = Literal["int", "days", "working_days", "months", "fen", "rate", "bool", "text", "choice", "list"]

_UNBOUNDED = 2**53 - 1
_LONGEST_DAYS = 36_600
_LONGEST_MONTHS = 1200
_TEXT_LENGTH = 500
_LIST_LENGTH = 100


@dataclass(frozen=True)
class Limits:
    """The least and greatest value (of each item of a list: the allowed ones are ``choices``, or match ``pattern``)."""

    least: int | Decimal | None = None
    greatest: int | Decimal | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""


def problems(schema: Schema, limits: Limits, value: Any) -> list[Text]:
    """Why ``value`` does not fit; empty when it does."""
    return _CHECKS[schema](limits, value)


def _whole(least: int, greatest: int) -> Callable[[Limits, Any], list[Text]]:
    def check(limits: Limits, value: Any) -> list[Text]:
        if not isinstance(value, int) or isinstance(value, bool):
            return [_("请填写整数。")]
        low, high = max(least, _given(limits.least, least)), min(greatest, _given(limits.greatest, greatest))
        return [] if low <= value <= high else [_("应在 {least} 到 {greatest} 之间。", least=low, greatest=high)]

    return check


def _given(bound: int | Decimal | None, otherwise: int) -> int:
    return otherwise if bound is None else int(bound)


def _rate(limits: Limits, value: Any) -> list[Text]:
    """A share as decimal text, such as "0.05": a binary fraction would not be what was decided."""
    try:
        share = Decimal(value) if isinstance(value, str) else None
    except InvalidOperation:
        share = None
    if share is None or not share.is_finite():
        return [_("请用小数填写比例，例如 0.05。")]
    low = Decimal(0) if limits.least is None else Decimal(limits.least)
    high = Decimal(1) if limits.greatest is None else Decimal(limits.greatest)
    return [] if low <= share <= high else [_("应在 {least} 到 {greatest} 之间。", least=low, greatest=high)]


def _bool(_limits: Limits, value: Any) -> list[Text]:
    return [] if isinstance(value, bool) else [_("请选择“是”或“否”。")]


def _text(_limits: Limits, value: Any) -> list[Text]:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        return [_("请填写文字。")]
    return [] if len(value) <= _TEXT_LENGTH else [_("最多 {n} 个字。", n=_TEXT_LENGTH)]


def _choice(limits: Limits, value: Any) -> list[Text]:
    return [] if isinstance(value, str) and value in limits.choices else [_("请从列出的选项中选择。")]


def _list(limits: Limits, value: Any) -> list[Text]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
        return [_("请填写一个列表，每行一项。")]
    if len(value) > _LIST_LENGTH:
        return [_("最多 {n} 项。", n=_LIST_LENGTH)]
    if len(set(value)) < len(value):
        return [_("列表里有重复的项。")]
    strange = [item for item in value if limits.choices and item not in limits.choices]
    if strange:
        return [_("“{item}”不是可用的选项。", item=strange[0])]
    unreadable = [item for item in value if limits.pattern and not re.fullmatch(limits.pattern, item)]
    return [_("“{item}”的写法不对。", item=unreadable[0])] if unreadable else []


_CHECKS: Mapping[Schema, Callable[[Limits, Any], list[Text]]] = {
    "int": _whole(-_UNBOUNDED, _UNBOUNDED),
    "days": _whole(0, _LONGEST_DAYS),
    "working_days": _whole(0, _LONGEST_DAYS),
    "months": _whole(0, _LONGEST_MONTHS),
    "fen": _whole(0, _UNBOUNDED),
    "rate": _rate,
    "bool": _bool,
    "text": _text,
    "choice": _choice,
    "list": _list,
}
