"""Saved filters: a list of the console under a name of one's own, and a link that can be sent.

A link carries what is looked for, never what is found: whoever opens it sees only what they may see themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db import transaction
from django.http import QueryDict
from django.urls import reverse

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotAllowed, NotFound, RuleBroken
from niangjia.kernel.text import Text, _
from niangjia.platform.web.models import SavedFilter

MOST, LONGEST_NAME, LONGEST_QUERY, LONGEST_VALUE = 20, 30, 1000, 100
NOT_KEPT = frozenset({"page", "size", "export", "csrfmiddlewaretoken"})

_lists: dict[str, str] = {}


def register(list_code: str, url_name: str) -> None:
    """Let the filters of a list be saved; ``url_name`` is where the list stands."""
    _lists[list_code] = url_name


@dataclass(frozen=True)
class Chip:
    """One saved filter as a page draws it; ``current`` while the list stands so."""

    public_id: str
    name: str
    url: str
    current: bool


def normal(query: str | QueryDict) -> str:
    """The parts of an address that say what is looked for, in one order and without empty ones."""
    read = query if isinstance(query, QueryDict) else QueryDict(query[: 10 * LONGEST_QUERY])
    parts = [
        (key[:LONGEST_VALUE], value.replace("\x00", "").strip()[:LONGEST_VALUE])
        for key, values in read.lists()
        if key not in NOT_KEPT
        for value in values
    ]
    return urlencode(sorted(part for part in parts if part[1]))


def chips(actor: Actor, list_code: str, query: str | QueryDict) -> list[Chip]:
    """The actor's own saved filters of a list, the oldest first; by one statement."""
    now, at = normal(query), _address(list_code)
    return [Chip(one.public_id, one.name, f"{at}?{one.query}", one.query == now) for one in _of(actor, list_code)]


def keep(*, actor: Actor, list_code: str, name: str, query: str) -> SavedFilter:
    """Save what a list looks for under ``name``; the same name again replaces it.

    Raises NotAllowed STAFF_ONLY, NotFound NO_SUCH_LIST, RuleBroken (FILTER_NAME, FILTER_EMPTY, FILTER_TOO_LONG,
    FILTERS_FULL).
    """
    user_id, _at = _user(actor), _address(list_code)
    called, wanted = _name(name), normal(query)
    if not wanted:
        raise RuleBroken("FILTER_EMPTY", _("还没有筛选条件，请先筛选再保存。"))
    if len(wanted) > LONGEST_QUERY:
        raise RuleBroken("FILTER_TOO_LONG", _("筛选条件太多，不能保存，请减少一些。"))
    with transaction.atomic():
        held = _of(actor, list_code)
        same = [one.pk for one in held if one.name == called]
        if len(held) - len(same) >= MOST:
            raise RuleBroken("FILTERS_FULL", _("这个列表最多保存 {most} 个筛选，请先删除不用的。", most=MOST))
        SavedFilter.objects.filter(pk__in=same).delete()
        return SavedFilter.objects.create(user_id=user_id, list_code=list_code, name=called, query=wanted)


def forget(*, actor: Actor, public_id: str) -> str:
    """Delete one's own saved filter and tell of which list it was. Raises NotFound, also for somebody else's."""
    found = SavedFilter.objects.filter(user_id=_user(actor), public_id=public_id).first()
    if found is None:
        raise NotFound("NOT_FOUND", _("没有找到这个筛选，可能已经删除。"))
    found.delete()
    return found.list_code


def address(list_code: str, query: str = "") -> str:
    """Where a list stands, looking for ``query``. Raises NotFound NO_SUCH_LIST."""
    wanted = normal(query)
    return f"{_address(list_code)}?{wanted}" if wanted else _address(list_code)


def _of(actor: Actor, list_code: str) -> list[SavedFilter]:
    return list(SavedFilter.objects.filter(user_id=_user(actor), list_code=list_code).order_by("pk"))


def _address(list_code: str) -> str:
    known: Mapping[str, str] = _lists
    if list_code not in known:
        raise NotFound("NO_SUCH_LIST", _("没有找到这个列表。"))
    return reverse(known[list_code])


def _name(text: str) -> str:
    name = " ".join("".join(letter for letter in text if letter.isprintable()).split())
    if not 1 <= len(name) <= LONGEST_NAME:
        sentence: Text = _("请给筛选起一个名字，最多 {longest} 个字。", longest=LONGEST_NAME)
        raise RuleBroken("FILTER_NAME", sentence, fields={"name": [sentence]})
    return name


def _user(actor: Actor) -> int:
    if not actor.is_staff or actor.user_id is None:
        raise NotAllowed("STAFF_ONLY", _("只有工作人员可以保存筛选。"))
    return actor.user_id
