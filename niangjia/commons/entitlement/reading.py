"""Reading conditions from JSON that anybody may have written. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from niangjia.commons.entitlement.predicates import (
    EARLIEST_DAY,
    LATEST_DAY,
    LONGEST_MEMBERSHIP_DAYS,
    MOST_CHOICES,
    OLDEST,
    YOUNGEST,
    Age,
    AtUnion,
    CardKind,
    Category,
    HasCard,
    Honoured,
    MemberBefore,
    MemberFor,
    NewForm,
    OfSex,
    Standing,
    StandingKind,
    Written,
)
from niangjia.commons.people.categories import WorkerCategory
from niangjia.commons.people.honours.kinds import HonourKind
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.identifiers import Sex
from niangjia.kernel.text import Text, _

E = TypeVar("E", bound=StrEnum)

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CODE = re.compile(r"[0-9A-Z](?:[0-9A-Z-]{0,31})")


class Mistake(Exception):
    """One thing that cannot be read. ``field`` is the input that it belongs beside."""

    def __init__(self, field: str, sentence: Text) -> None:
        super().__init__(field)
        self.field, self.sentence = field, sentence


class Mistakes:
    """All that is wrong with a rule, so that it can be mended in one go."""

    def __init__(self) -> None:
        self.fields: dict[str, list[Text]] = {}

    def add(self, field: str, sentence: Text) -> None:
        self.fields.setdefault(field, []).append(sentence)

    def raise_if_any(self) -> None:
        """Raises RuleBroken ENTITLEMENT_RULE."""
        if self.fields:
            first = next(iter(self.fields.values()))[0]
            raise RuleBroken("ENTITLEMENT_RULE", first, fields=self.fields)


def conditions(data: object, mistakes: Mistakes) -> tuple[Written, ...]:
    """The conditions of a list. What cannot be read goes to ``mistakes``."""
    if not isinstance(data, list):
        mistakes.add("rule", _("参加条件的写法不对：应当是一组条件。"))
        return ()
    if len(data) > len(_READERS):
        mistakes.add("rule", _("参加条件最多 {most} 项，每种条件一项。", most=len(_READERS)))
        return ()
    found: dict[str, Written] = {}
    for each in data:
        try:
            _take(each, found)
        except Mistake as mistake:
            mistakes.add(mistake.field, mistake.sentence)
    return tuple(found.values())


def _take(data: object, found: dict[str, Written]) -> None:
    condition = _condition(data)
    if condition.IS in found:
        raise Mistake(condition.IS, _("同一种条件只能写一项，请合并。"))
    found[condition.IS] = condition


def _condition(data: object) -> Written:
    kind = data.get("is") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(kind, str) or kind not in _READERS:
        raise Mistake("rule", _("有一项条件我们不认识，请重新选择。"))
    reader, needed, possible = _READERS[kind]
    keys = set(data) - {"is"}
    if not needed <= keys or not keys <= needed | possible:
        raise Mistake(kind, _("这项条件的内容不完整，或者多写了内容，请重新填写。"))
    return reader(data)


def is_one_of(value: object, enum: type[StrEnum]) -> bool:
    """Whether ``value``, whatever it is, is a text that names a member of ``enum``."""
    return isinstance(value, str) and value in {member.value for member in enum}


def _choices(data: Mapping[str, Any], enum: type[E]) -> tuple[E, ...]:
    field, chosen = data["is"], data["any_of"]
    if not isinstance(chosen, list) or not chosen:
        raise Mistake(field, _("请至少选择一项。"))
    if len(chosen) > MOST_CHOICES or not all(is_one_of(each, enum) for each in chosen):
        raise Mistake(field, _("有一个选项我们不认识，请重新选择。"))
    return tuple(enum(each) for each in dict.fromkeys(chosen))


def _category(data: Mapping[str, Any]) -> Category:
    return Category(_choices(data, WorkerCategory))


def _standing(data: Mapping[str, Any]) -> Standing:
    return Standing(_choices(data, StandingKind))


def _card(data: Mapping[str, Any]) -> HasCard:
    return HasCard(_choices(data, CardKind))


def _honour(data: Mapping[str, Any]) -> Honoured:
    return Honoured(_choices(data, HonourKind))


def _sex(data: Mapping[str, Any]) -> OfSex:
    chosen = _choices(data, Sex)
    if Sex.UNKNOWN in chosen:
        raise Mistake("sex", _("请选择男或女。"))
    return OfSex(chosen)


def _union(data: Mapping[str, Any]) -> AtUnion:
    codes = data["any_of"]
    if not isinstance(codes, list) or not codes:
        raise Mistake("union", _("请至少写一个工会代码。"))
    if len(codes) > MOST_CHOICES:
        raise Mistake("union", _("最多写 {most} 个工会，可以改写它们的上级工会。", most=MOST_CHOICES))
    if not all(isinstance(code, str) and _CODE.fullmatch(code) for code in codes):
        raise Mistake("union", _("工会代码由大写字母、数字和连字符组成，最多 32 位。"))
    return AtUnion(tuple(dict.fromkeys(codes)))


def _age(data: Mapping[str, Any]) -> Age:
    youngest = _whole(data["from"], YOUNGEST, OLDEST, "age_from", _AGE_RANGE)
    oldest = _whole(data["to"], YOUNGEST, OLDEST, "age_to", _AGE_RANGE)
    if youngest > oldest:
        raise Mistake("age_to", _("年龄上限不能小于下限。"))
    on = data.get("on")
    return Age(youngest, oldest, None if on is None else _day(on, "age_on"))


_AGE_RANGE = _("年龄请填 {least} 到 {most} 的整数。", least=YOUNGEST, most=OLDEST)


def _member_for(data: Mapping[str, Any]) -> MemberFor:
    sentence = _("入会天数请填 1 到 {most} 的整数。", most=LONGEST_MEMBERSHIP_DAYS)
    return MemberFor(_whole(data["days"], 1, LONGEST_MEMBERSHIP_DAYS, "member_for", sentence))


def _member_before(data: Mapping[str, Any]) -> MemberBefore:
    return MemberBefore(_day(data["day"], "member_before"))


def _whole(value: object, least: int, most: int, field: str, sentence: Text) -> int:
    """JSON's true is no number, though Python counts with it."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Mistake(field, sentence)
    return value


def _day(value: object, field: str) -> date:
    try:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            raise ValueError(value)
        found = date.fromisoformat(value)
    except ValueError:
        raise Mistake(field, _("请按 2026-01-09 这样填写日期。")) from None
    if not EARLIEST_DAY <= found <= LATEST_DAY:
        raise Mistake(field, _("日期请填 {first.year} 年到 {last.year} 年之间。", first=EARLIEST_DAY, last=LATEST_DAY))
    return found


_Reader = tuple[Callable[[Mapping[str, Any]], Written], frozenset[str], frozenset[str]]
_NOTHING: frozenset[str] = frozenset()
_ANY_OF = frozenset({"any_of"})

_READERS: Mapping[str, _Reader] = {
    Category.IS: (_category, _ANY_OF, _NOTHING),
    NewForm.IS: (lambda data: NewForm(), _NOTHING, _NOTHING),
    AtUnion.IS: (_union, _ANY_OF, _NOTHING),
    Standing.IS: (_standing, _ANY_OF, _NOTHING),
    Age.IS: (_age, frozenset({"from", "to"}), frozenset({"on"})),
    OfSex.IS: (_sex, _ANY_OF, _NOTHING),
    MemberFor.IS: (_member_for, frozenset({"days"}), _NOTHING),
    MemberBefore.IS: (_member_before, frozenset({"day"}), _NOTHING),
    HasCard.IS: (_card, _ANY_OF, _NOTHING),
    Honoured.IS: (_honour, _ANY_OF, _NOTHING),
}
"""How each condition is read, which keys it needs and which it may have besides."""
