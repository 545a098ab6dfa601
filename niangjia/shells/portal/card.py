"""卡：the member's card with its code, reporting it lost, a new one, and the cards before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.people.cards import actions, queries
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.cards.states import CARD, CardEvent
from niangjia.commons.people.models import Membership
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import InvalidMove
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.web import dates, pages
from niangjia.platform.web.forms import Form
from niangjia.platform.web.parts import Fact
from niangjia.shells.portal import home, membership

form_page = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Shown:
    """A code ready to be shown: the picture, and how many seconds until it is renewed and until it runs out."""

    picture: SafeString
    renew_in: int
    accepted_for: int


@never_cache
@require_safe
@member_required
def card(request: HttpRequest) -> HttpResponse:
    """The card with a fresh code; for a lost one what happens next; for who is no member yet, how to become one."""
    actor = actor_of(request)
    own, member = queries.own_card(actor), membership.of(actor)
    context = {
        "card": own,
        "membership": member,
        "code": _shown(own) if own and own.is_active else None,
        "facts": _facts(own, member) if own and member else [],
        "earlier": _earlier(actor, own),
        "under_way": home.under_way(actor) if own is None and member is None else [],
    }
    return pages.render(request, "portal/card.html", context)


@never_cache
@require_safe
@member_required
def code(request: HttpRequest) -> HttpResponse:
    """A fresh code of one's own card as JSON; asked for by the page every half a minute, kept by nobody."""
    own = queries.require_own(actor_of(request))
    fresh = queries.fresh_code(own)
    return JsonResponse(
        {
            "code": fresh.text,
            "picture": drawn(fresh.text),
            "renew_in": fresh.renew_in,
            "accepted_for": fresh.accepted_for,
        }
    )


class WhichForm(Form):
    """Which card is meant, so that a second tap does not stop the card that the first one brought."""

    card = forms.CharField(max_length=24, widget=forms.HiddenInput)


@form_page
@member_required
def lost(request: HttpRequest) -> HttpResponse:
    """Ask once more, then stop the card."""
    return _asked(
        request,
        CardEvent.REPORT_LOST,
        title=_("挂失会员卡？"),
        consequence=_("挂失后卡号和二维码马上停用，捡到的人不能再用。您可以马上换新卡，已经领取的福利不受影响。"),
        action=_("确认挂失"),
        done=_("已经挂失。现在可以换新卡。"),
    )


@form_page
@member_required
def replace(request: HttpRequest) -> HttpResponse:
    """Ask once more, then give a new card at once."""
    return _asked(
        request,
        CardEvent.REPLACE,
        title=_("换新卡？"),
        consequence=_("马上得到新卡号和新二维码，原来的卡永远停用，找到了也不能再用。已经领取的福利不会重新计算。"),
        action=_("换新卡"),
        done=_("新卡已经可以使用。实体卡请到所属工会领取。"),
    )


def drawn(text: str) -> SafeString:
    """The code as an SVG that fills its frame, with the quiet border that scanners need."""
    picture = segno.make(text, error="m", micro=False).svg_inline(omitsize=True, border=4, light="#fff", dark="#000")
    return mark_safe(picture)  # noqa: S308 - drawn by segno from our own text


def _shown(own: Card) -> Shown:
    fresh = queries.fresh_code(own)
    return Shown(drawn(fresh.text), fresh.renew_in, fresh.accepted_for)


def _facts(own: Card, member: Membership) -> list[Fact]:
    return [
        Fact(_("会员编号"), member.number),
        Fact(_("所属工会"), member.union.name),
        Fact(_("入会日期"), dates.day(member.since)),
        Fact(_("发卡日期"), dates.day(own.issued_on)),
        *([Fact(_("联名银行卡"), _("尾号 {tail}", tail=own.bank_card_tail))] if own.bank_card_tail else []),
    ]


def _earlier(actor: Actor, own: Card | None) -> Sequence[Card]:
    """The cards before the one that the page is about."""
    if own is None or actor.person_id is None:
        return []
    return [one for one in queries.history(actor, actor.person_id) if one.pk != own.pk]


def _asked(
    request: HttpRequest, event: CardEvent, *, title: Text, consequence: Text, action: Text, done: Text
) -> HttpResponse:
    back, own = reverse("portal:card"), queries.require_own(actor_of(request))
    if request.method == "POST":
        return _done(request, event, done)
    if CARD.find(own.state, event) is None:
        return HttpResponseRedirect(back)
    context: dict[str, Any] = {
        "base_template": "portal/card_task.html",
        "title": title,
        "consequence": consequence,
        "facts": [Fact(_("卡号"), own.grouped)],
        "form": WhichForm(initial={"card": own.public_id}),
        "action": action,
        "back_url": back,
        "danger": event == CardEvent.REPORT_LOST,
    }
    return pages.render(request, "web/confirm.html", context)


def _done(request: HttpRequest, event: CardEvent, done: Text) -> HttpResponse:
    """A second tap meets a card that is stopped already, which is what was wanted."""
    act = actions.report_lost if event == CardEvent.REPORT_LOST else actions.replace
    try:
        act(public_id=request.POST.get("card", ""), actor=actor_of(request))
    except InvalidMove:
        return HttpResponseRedirect(reverse("portal:card"))
    messages.success(request, str(done))
    return HttpResponseRedirect(reverse("portal:card"))
