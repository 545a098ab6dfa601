"""Choosing members for a purchase: searched by name, page by page; what was ticked on other pages is carried along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from niangjia.commons.people.models import Membership
from niangjia.commons.unions import tree
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.paging import Page, paginate
from niangjia.services.protection.purchases.models import Purchase

SHOWN = 100
MOST = 20_000
"""So many can be ticked; more come by a file or as all members."""


@dataclass(frozen=True)
class Choice:
    """A page of members, what is searched for, and the keys ticked so far."""

    page: Page
    wanted: str
    picked: frozenset[int]

    @property
    def members(self) -> list[tuple[str, str]]:
        return [
            (str(row.person_id), f"{row.person.name} {masks.mask_id_number(row.person.id_number)}")
            for row in self.page.rows
        ]

    @property
    def ticked(self) -> list[str]:
        """Of this page."""
        return [key for key, _name in self.members if int(key) in self.picked]

    @property
    def elsewhere(self) -> str:
        """Of other pages, as the form carries them."""
        here = {int(key) for key, _name in self.members}
        return ",".join(str(key) for key in sorted(self.picked - here))


def shown(actor: Actor, purchase: Purchase, *, wanted: str, page: str, picked: Iterable[int]) -> Choice:
    """A page of the members of the union and below; that these names were looked at is written down."""
    rows = _members(purchase).select_related("person").order_by("person__name_key", "person")
    words = " ".join(wanted.split())[:50]
    if words:
        rows = rows.filter(person__name__contains=words)
    found = paginate(rows, number=page, size=SHOWN)
    looks.record(actor, [row.person.public_id for row in found.rows], LookKind.SEARCH_HIT)
    return Choice(found, words, frozenset(picked))


def read(text: str, ticked: Iterable[str]) -> frozenset[int]:
    """The keys that a form carries and those ticked on its page. Raises RuleBroken PEOPLE_CHOSEN for nonsense."""
    parts = [part for part in text.split(",") if part] + list(ticked)
    if len(parts) > MOST or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        raise _refused()
    return frozenset(int(part) for part in parts)


def require_members(purchase: Purchase, picked: frozenset[int]) -> list[int]:
    """Everybody chosen is a member there. Raises RuleBroken PEOPLE_CHOSEN, the same for a stranger and for nobody."""
    ordered, known = sorted(picked), 0
    for start in range(0, len(ordered), 500):
        known += _members(purchase).filter(person__in=ordered[start : start + 500]).values("person").distinct().count()
    if not ordered or known != len(ordered):
        raise _refused() if ordered else _nobody()
    return ordered


def _members(purchase: Purchase) -> Any:
    return Membership.objects.current().filter(union__in=tree.below(purchase.union_id))


def _refused() -> RuleBroken:
    text = _("勾选的人里有人不是这个工会的会员，请重新勾选。")
    return RuleBroken("PEOPLE_CHOSEN", text, fields={"people": [text]})


def _nobody() -> RuleBroken:
    text = _("请至少勾选一名会员。")
    return RuleBroken("PEOPLE_CHOSEN", text, fields={"people": [text]})
