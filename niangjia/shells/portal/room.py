"""What the portal itself brings to home and progress: disputes about numbers, for both sides."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from niangjia.commons.people.disputes import queries as disputes
from niangjia.commons.people.disputes.models import Dispute
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.web.rooms import Need, Room


def needs(actor: Actor) -> Sequence[Need]:
    """What waits on the member: an answer about a number that stands with them."""
    return [_need(one) for one in disputes.asked_of(actor) if disputes.waits_on(actor, one)]


def progress(actor: Actor) -> Sequence[Need]:
    """The member's own disputes."""
    return [_case(one) for one in disputes.raised(actor)]


def subject_keys(actor: Actor) -> Sequence[str]:
    """The keys under which looks at disputes are written while a side is not a known person."""
    raised = [one.owner_key for one in disputes.raised(actor) if one.person_id is None]
    return [*raised, *(one.holder_key for one in disputes.asked_of(actor) if one.holder_id is None)]


def _need(one: Dispute) -> Need:
    title = _("请核实您登记的{kind}", kind=one.kind_label)
    return Need(title, _("有人提出它归自己使用，请您答复。"), _page(one), icon="message-circle")


def _case(one: Dispute) -> Need:
    title = _("{kind}申诉 {number}", kind=one.kind_label, number=one.number)
    return Need(title, disputes.status_label(one), _page(one), icon="id", finished=not one.is_open)


def _page(one: Dispute) -> str:
    return reverse("portal:dispute", args=[one.public_id])


ROOM = Room(code="portal", label=_("会员门户"), needs=needs, progress=progress, subject_keys=subject_keys, order=700)
