"""What the days of a membership must be like, what a search term means, who is whose kin. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from niangjia.kernel import identifiers
from niangjia.kernel.errors import Conflict, Malformed, RuleBroken
from niangjia.kernel.ids import is_readable_number
from niangjia.kernel.text import Text, _

NUMBER_PREFIX = "HY"
"""Member numbers begin with it (会员)."""


# Days


@dataclass(frozen=True)
class Span:
    """Days from ``since`` until before ``until``; None means that it still lasts."""

    since: date
    until: date | None = None

    def overlaps(self, other: Span) -> bool:
        """Whether some day lies in both. A span without a day overlaps nothing."""
        first, end = max(self.since, other.since), min(self.until or date.max, other.until or date.max)
        return first < end


def require_day_of_admission(day: date, *, today: date, earlier: Sequence[Span]) -> None:
    """A membership begins today or earlier, on or after the day on which the last one ended.

    Raises RuleBroken DAY_IN_FUTURE and MEMBERSHIPS_OVERLAP, Conflict ALREADY_MEMBER when one still lasts.
    """
    require_not_in_future(day, today=today)
    if any(span.until is None for span in earlier):
        raise already_member()
    if any(span.until is not None and day < span.until for span in earlier):
        raise broken("MEMBERSHIPS_OVERLAP", _("这一天还属于以前的会籍，入会日期要在以前的会籍终止以后。"), "day")


def require_day_of_change(day: date, *, today: date, since: date) -> None:
    """A change counts from today or earlier, not before the membership came to its present union.

    Raises RuleBroken DAY_IN_FUTURE and DAY_TOO_EARLY.
    """
    require_not_in_future(day, today=today)
    if day < since:
        raise broken("DAY_TOO_EARLY", _("日期不能早于 {since:%Y-%m-%d}，那时会籍还不在这个工会。", since=since), "day")


def require_not_in_future(day: date, *, today: date) -> None:
    """Raises RuleBroken DAY_IN_FUTURE."""
    if day > today:
        raise broken("DAY_IN_FUTURE", _("日期不能晚于今天。"), "day")


def already_member() -> Conflict:
    """The answer to officers and rooms that already know the person; a stranger is answered by the room's own rule."""
    return Conflict("ALREADY_MEMBER", _("申请人已经是会员。请刷新页面后再看。"))


# Reasons

# Search

SHORTEST_TERM, LONGEST_TERM, TAIL = 2, 100, 4


class SearchBy(StrEnum):
    NAME = "name"
    NAME_AND_TAIL = "name_and_tail"
    PHONE = "phone"
    ID_NUMBER = "id_number"
    MEMBER_NUMBER = "member_number"


@dataclass(frozen=True)
class Term:
    """What somebody is looked for by. ``value`` is in the form of the column; ``tail`` the end of an ID number."""

    by: SearchBy
    value: str
    tail: str = ""


_SEPARATORS = re.compile(r"[\s\-]")
_NUMBER = re.compile(r"[0-9]+[Xx]?")
_PHONE = re.compile(r"(?:\+?86)?1[3-9][0-9]{9}")
_ID_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]|[A-Za-z]{3}[0-9]{12}")
_MEMBER_NUMBER = re.compile(rf"{NUMBER_PREFIX}[0-9-]+", re.IGNORECASE)
_NAME_AND_TAIL = re.compile(r"(?P<name>.*?[^0-9\s])\s*(?P<tail>[0-9]{3}[0-9Xx])")
_UNSTORABLE = frozenset({"\0"})


def search_term(text: object) -> Term:
    """What ``text`` looks for: a name, a whole phone, a whole ID number, a member number, a name with an ID tail.

    Parts of numbers find nobody, so that nobody can be found by trying. Every character stands for itself. Raises
    Malformed QUERY_UNREADABLE for NUL and lone surrogates, RuleBroken QUERY for less than two or more than a hundred
    characters, NEED_FULL_ID for part of a number, ID_INVALID, MEMBER_NUMBER_INVALID for a mistyped one.
    """
    term = _readable(text)
    bare = _SEPARATORS.sub("", term)
    if _MEMBER_NUMBER.fullmatch(term):
        return Term(SearchBy.MEMBER_NUMBER, _member_number(bare.upper()))
    if _ID_NUMBER.fullmatch(bare):
        return Term(SearchBy.ID_NUMBER, identifiers.resident_id(bare).number)
    if _PHONE.fullmatch(bare):
        return Term(SearchBy.PHONE, identifiers.mobile_phone(bare))
    if _NUMBER.fullmatch(bare):
        raise broken("NEED_FULL_ID", _("请输入完整的手机号、证件号或会员号；证件号后四位要和姓名一起输入。"), "q")
    found = _NAME_AND_TAIL.fullmatch(term)
    if found and len(name_key(found["name"])) >= SHORTEST_TERM:
        return Term(SearchBy.NAME_AND_TAIL, name_key(found["name"]), found["tail"].upper())
    if len(name_key(term)) < SHORTEST_TERM:
        raise _query()
    return Term(SearchBy.NAME, name_key(term))


def _readable(text: object) -> str:
    if not isinstance(text, str) or any(c in _UNSTORABLE or unicodedata.category(c) == "Cs" for c in text[:10_000]):
        raise Malformed("QUERY_UNREADABLE", _("查询内容有无法识别的字符，请重新输入。"))
    visible = "".join(c for c in text[:10_000] if unicodedata.category(c) not in {"Cf", "Cc"} or c.isspace())
    term = " ".join(unicodedata.normalize("NFKC", visible).split())
    if not SHORTEST_TERM <= len(term) <= LONGEST_TERM:
        raise _query()
    return term


def _query() -> RuleBroken:
    return broken("QUERY", _("请输入至少 2 个字，最多 100 个字。"), "q")


def _member_number(bare: str) -> str:
    """The number as it is kept, from any way of typing it."""
    number = f"{bare[:6]}-{bare[6:13]}-{bare[13:]}"
    if not is_readable_number(number, NUMBER_PREFIX):
        raise broken("MEMBER_NUMBER_INVALID", _("会员号有误，请照会员卡或手机上的会员号核对。"), "q")
    return number


_PLAIN = re.compile("[\u4e00-\u9fff]*")


def name_key(name: str) -> str:
    """The form in which names are compared: one width, no case, no dots, hyphens, apostrophes or blanks."""
    if _PLAIN.fullmatch(name):  # most of a list: nothing to fold, nothing to leave out
        return name
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if c not in "·•‧・'’-." and not c.isspace())


# Family


class Relation(StrEnum):
    """What the relative is to the person."""

    SPOUSE = "spouse"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    GRANDCHILD = "grandchild"
    OTHER = "other"


RELATION_LABELS: dict[Relation, Text] = {
    Relation.SPOUSE: _("配偶"),
    Relation.PARENT: _("父母"),
    Relation.CHILD: _("子女"),
    Relation.SIBLING: _("兄弟姐妹"),
    Relation.GRANDPARENT: _("祖父母、外祖父母"),
    Relation.GRANDCHILD: _("孙子女、外孙子女"),
    Relation.OTHER: _("其他亲属"),
}

GUARDED_UNDER = 14
"""For a child under this age a guardian must agree to any handling of its data (PIPL 31)."""


def needs_guardian(birth: date | None, day: date) -> bool:
    """Whether somebody is a child for whom a guardian agrees; who is born on an unknown day is not one."""
    return birth is not None and identifiers.age_on(birth, day) < GUARDED_UNDER


_INVERSE = {
    Relation.PARENT: Relation.CHILD,
    Relation.CHILD: Relation.PARENT,
    Relation.GRANDPARENT: Relation.GRANDCHILD,
    Relation.GRANDCHILD: Relation.GRANDPARENT,
}


def inverse(relation: Relation) -> Relation:
    """What the person is to the relative, when the relative is ``relation`` to the person."""
    return _INVERSE.get(relation, relation)


def broken(code: str, sentence: Text, field: str) -> RuleBroken:
    """A broken rule whose sentence belongs beside one field."""
    return RuleBroken(code, sentence, fields={field: [sentence]})
