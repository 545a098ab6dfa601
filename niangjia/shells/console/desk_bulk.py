"""Many items of my desk at once: what may be looked for, and taking them or handing them over together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.http import require_POST

from niangjia.commons.desk import actions, queries
from niangjia.commons.desk.actions import Done
from niangjia.commons.unions.models import Appointment
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.requests import idempotency
from niangjia.platform.web import saved
from niangjia.platform.web.addresses import safe_next

LIST_CODE = "console.desk"
saved.register(LIST_CODE, "console:desk")
TAKE, HAND_OVER = "take", "hand_over"


@dataclass(frozen=True)
class Chip:
    """One way to narrow the desk; ``url`` switches it on, or off when it is ``current``."""

    label: Text
    url: str
    current: bool
    count: int | None = None


def asked_of(request: HttpRequest) -> queries.Asked:
    """What the address looks for; what cannot be read counts as not said."""
    kind = request.GET.get("kind", "")[:64].replace("\x00", "")
    return queries.Asked(kind=kind, overdue=request.GET.get("overdue") == "1", own=request.GET.get("own") == "1")


def chips(request: HttpRequest, waiting: Mapping[str, queries.Waiting]) -> list[Chip]:
    """The kinds that wait, with counts, then what is overdue and what I hold."""
    asked = asked_of(request)
    kinds = [
        _chip(request, "kind", one.subject_type, one.label, asked.kind == one.subject_type, one.number)
        for one in waiting.values()
    ]
    return [
        *kinds,
        _chip(request, "overdue", "1", _("只看超期"), asked.overdue),
        _chip(request, "own", "1", _("只看我领取的"), asked.own),
    ]


def colleagues(actor: Actor) -> dict[int, str]:
    """Who holds one of my own offices beside me: user id to name."""
    found: dict[int, str] = {}
    for grant in actor.grants:
        rows = Appointment.objects.in_force(clock.today()).filter(union_id=grant.node_id, role=grant.role)
        for row in rows.exclude(user_id=actor.user_id or 0).select_related("user").order_by("user__display_name"):
            found[row.user_id] = row.user.display_name or str(row.user.sign_in_name)
    return found


@require_POST
@staff_required
def bulk(request: HttpRequest) -> HttpResponse:
    """Take the ticked items, or hand them to a colleague; each stands for itself, and why not is said once."""
    actor = actor_of(request)
    ids = sorted(set(request.POST.getlist("ids")))[:200]
    wanted = {"act": request.POST.get("act", ""), "to": request.POST.get("to_user_id", "")}
    result, _again = idempotency.once(
        key=request.POST.get("idempotency_key", ""),
        actor=actor,
        purpose="desk.bulk",
        body={"ids": ids, **wanted},
        act=lambda: _told(_done(actor, ids, **wanted)),
    )
    if result["moved"]:
        messages.success(request, str(_said(wanted["act"], result["moved"])))
    for line in result["refused"]:
        messages.warning(request, line)
    if not ids:
        messages.info(request, str(_("请先勾选要办理的事项。")))
    return HttpResponseRedirect(safe_next(request, reverse("console:desk")))


def _done(actor: Actor, ids: list[str], *, act: str, to: str) -> Done:
    if act == HAND_OVER:
        user = int(to) if to.isascii() and to.isdigit() and len(to) < 19 else 0
        return actions.hand_over_many(item_public_ids=ids, to_user_id=user, actor=actor)
    return actions.take_many(item_public_ids=ids, actor=actor)


def _told(done: Done) -> dict[str, Any]:
    return {"moved": done.moved, "refused": sorted({str(error.message) for error in done.refused})[:10]}


def _said(act: str, moved: int) -> Text:
    return _("已经把 {n} 件交给同事。", n=moved) if act == HAND_OVER else _("领取了 {n} 件，现在由您办理。", n=moved)


def _chip(request: HttpRequest, key: str, value: str, label: Text, current: bool, count: int | None = None) -> Chip:
    query: QueryDict = request.GET.copy()
    query.pop(key, None)
    if not current:
        query[key] = value
    return Chip(label, f"?{query.urlencode()}", current, count)
