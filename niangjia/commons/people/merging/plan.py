"""What a merge would do, before anybody does it: what goes over, what stays, what is set aside, what forbids it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from niangjia.commons.people.merging import doubles, values, ways
from niangjia.commons.people.merging.states import Entry
from niangjia.commons.people.merging.ways import Clash, Way
from niangjia.commons.people.models import Person
from niangjia.commons.people.states import MembershipState
from niangjia.kernel.text import Text, _


@dataclass(frozen=True)
class Line:
    """Of one kind of thing, how many go over and how many stay with the entry that goes away."""

    label: Text
    moving: int
    staying: int


@dataclass(frozen=True)
class Plan:
    """``moves`` names the rows that go over by column. ``doubles`` says what both have and what is done about it.

    ``refusals`` forbid the merge. Two plans with the same ``digest`` do the same.
    """

    lines: tuple[Line, ...]
    doubles: tuple[Text, ...]
    refusals: tuple[Text, ...]
    moves: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True)
class _Part:
    way: Way
    moving: tuple[int, ...]
    staying: tuple[int, ...]
    refusals: tuple[Text, ...]


def plan_for(kept: Person, merged: Person, choices: Mapping[str, str]) -> Plan:
    """The plan as things stand now."""
    parts = [_part(way, kept, merged) for way in ways.declared()]
    moves = {part.way.column: part.moving for part in parts if part.moving}
    both = _doubles(kept, merged, choices)
    told = [Line(part.way.label, len(part.moving), len(part.staying)) for part in parts if part.moving or part.staying]
    refusals = [*_of_the_whole(kept, merged, choices), *(one for part in parts for one in part.refusals)]
    basis = [kept.pk, merged.pk, sorted(choices.items()), sorted(moves.items()), [str(one) for one in both]]
    digest = hashlib.sha256(json.dumps(basis, ensure_ascii=False).encode()).hexdigest()
    return Plan(tuple(told), tuple(both), tuple(refusals), moves, digest)


def _part(way: Way, kept: Person, merged: Person) -> _Part:
    rows = tuple(way.rows(merged).order_by("pk").values_list("pk", flat=True))
    if way.stays:
        return _Part(way, (), (), tuple(_blocked(way, kept, merged)))
    found = ways.clashes(way, kept, merged) if rows else []
    staying = {pk for clash in found if clash.constraint not in way.refuses for pk in clash.ids}
    refusals = [*_refusals(way, found), *_blocked(way, kept, merged)]
    return _Part(way, tuple(pk for pk in rows if pk not in staying), tuple(sorted(staying)), tuple(refusals))


def _refusals(way: Way, found: list[Clash]) -> list[Text]:
    return [way.refuses[clash.constraint] for clash in found if clash.constraint in way.refuses]


def _blocked(way: Way, kept: Person, merged: Person) -> list[Text]:
    said = way.blocks(kept, merged) if way.blocks else None
    return [said] if said else []


def _of_the_whole(kept: Person, merged: Person, choices: Mapping[str, str]) -> list[Text]:
    found: list[Text] = []
    if ways.undeclared():
        found.append(_("有新的业务还没有说明怎样合并，暂时不能合并。请告诉系统管理员。"))
    if (said := values.account_refusal(kept, merged, choices)) is not None:
        found.append(said)
    memberships = doubles.current_memberships(kept, merged)
    if len(memberships) > 1 and memberships[_goes(choices)].state == MembershipState.TRANSFERRING:
        found.append(_("不保留的会籍正在接转，请先办完或取消接转，再合并。"))
    return found


def _doubles(kept: Person, merged: Person, choices: Mapping[str, str]) -> list[Text]:
    memberships, cards = doubles.current_memberships(kept, merged), doubles.live_cards(kept, merged)
    goes, said = _goes(choices), []
    if len(memberships) > 1:
        stays = Entry.KEPT if goes == Entry.MERGED else Entry.MERGED
        said.append(
            _(
                "两条登记都有会籍：保留“{stays}”的会籍 {number}，“{goes}”的会籍 {other} 作为重复会籍停用，会员数减一。",
                stays=memberships[stays].union.name,
                number=memberships[stays].number,
                goes=memberships[goes].union.name,
                other=memberships[goes].number,
            )
        )
    if len(cards) > 1:
        said.append(_("两条登记都有会员卡：停用尾号 {tail} 的卡，另一张照常使用。", tail=cards[goes].tail))
    if kept.user_id and merged.user_id:
        said.append(_("两条登记都有登录账号：保留的手机号照常登录，另一个账号停用。"))
    return said


def _goes(choices: Mapping[str, str]) -> Entry:
    """Whose membership and card are set aside where both have one."""
    return Entry.MERGED if choices["membership"] == Entry.KEPT else Entry.KEPT
