"""What pages read: how many a rule reaches, and what somebody may have and has not had."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from niangjia.commons.entitlement.compile import entitled, entitled_to, union_names
from niangjia.commons.entitlement.models import Use
from niangjia.commons.entitlement.rules import Rule, in_words
from niangjia.commons.entitlement.uses import once_keys
from niangjia.commons.people import policies
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text

Offer = tuple[Rule, str, str]
"""A rule, the key under which its uses stand, and the period of the use (see :meth:`rules.Once.period_on`)."""


def roster_count(rule: Rule, day: date, actor: Actor) -> int:
    """How many of those whom the actor may see are entitled on ``day``. One statement."""
    return policies.visible_people(actor).filter(pk__in=entitled(rule, day).values("pk")).count()


def who_may(rule: Rule) -> list[Text]:
    """The sentences of a rule with the names of its unions, for everybody to read."""
    return in_words(rule, union_names(rule.union_codes))


def unused(person_id: int, offers: Sequence[Offer], day: date) -> list[Offer]:
    """Those of ``offers`` that the person may have on ``day`` and has not had. Three statements, however many."""
    open_to = entitled_to([rule for rule, _key, _period in offers], person_id, day)
    mine = [offer for offer, is_open in zip(offers, open_to, strict=True) if is_open]
    used = _used(person_id, mine)
    return [offer for offer in mine if (offer[1], offer[2]) not in used]


def _used(person_id: int, offers: Sequence[Offer]) -> set[tuple[str, str]]:
    """What was had, as (rule key, period); each rule asks for its own keys of who counts as one."""
    keys = once_keys([rule for rule, _key, _period in offers], person_id)
    wanted = {(key, period): set(keys[rule]) for rule, key, period in offers}
    named = {key for key, _period in wanted}
    known = (
        Use.objects.filter(rule_key__in=named, once_key__in=set().union(*wanted.values()))
        if wanted
        else Use.objects.none()
    )
    rows = known.values_list("rule_key", "period", "once_key")
    return {(key, period) for key, period, once in rows if once in wanted.get((key, period), ())}
