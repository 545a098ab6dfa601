"""The pages of lines in the bank's files that nobody could place: the queue, one line, its moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.payments import actions, console_forms, lists, placing, policies, queries, settling
from niangjia.commons.payments.forms import PlaceForm
from niangjia.commons.payments.models import Payment, StrayLine
from niangjia.commons.payments.states import STRAY, UNSETTLED, Astray, StrayEvent, StrayState
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data import masks
from niangjia.platform.web import moves, pages, saved
from niangjia.platform.web.parts import Crumb, MoveButton

saved.register(lists.STRAYS, "payments_console:strays")
_NAME = _("对不上的回盘结果")
_ACTS: dict[str, Callable[..., Any]] = {
    StrayEvent.PROPOSE_PLACE: actions.propose_place,
    StrayEvent.CONFIRM_PLACE: actions.confirm_place,
    StrayEvent.DECLINE_PLACE: actions.decline_place,
    StrayEvent.SET_ASIDE: actions.set_aside,
    StrayEvent.PROPOSE_ASIDE: actions.propose_aside,
    StrayEvent.CONFIRM_ASIDE: actions.confirm_aside,
    StrayEvent.DECLINE_ASIDE: actions.decline_aside,
    StrayEvent.TAKE_UP: actions.take_up,
}


@require_safe
@staff_required
def strays(request: HttpRequest) -> HttpResponseBase:
    """The queue; exported with ``?export=xlsx``."""
    actor = actor_of(request)
    policies.may_read(actor).require()
    listing = lists.strays(request)
    if "export" in request.GET:
        return listing.export(str(_NAME), lambda rows: lists.exported(actor, lists.STRAYS, [row.about for row in rows]))
    context = {"listing": listing, "waiting": queries.strays_waiting(actor), "crumbs": console_forms.crumbs(_NAME)}
    return pages.render(request, "payments/console/strays.html", context)


@never_cache
@require_safe
@staff_required
def stray(request: HttpRequest, public_id: str) -> HttpResponse:
    """One line: what the bank says, why it waits, what to do."""
    actor = actor_of(request)
    line = queries.opened_stray(actor, public_id)
    open_still = line.state in {state.value for state in UNSETTLED}
    late = next(iter(settling.read([line.about])), None) if line.about and open_still else None
    waits = placing.waits_for_another(line)
    context = {
        "line": line,
        "waits": waits,
        "todo": (late.what_to_do if late and not waits else placing.what_to_do(line)) if open_still else None,
        "following": settling.following(line.about) if line.about and line.astray == Astray.PAID_LATE else None,
        "facts": queries.stray_facts(line),
        "payments": _payments(line),
        "buttons": _buttons(actor, line, None if waits else late),
        "candidates": _candidates(actor, line),
        "timeline": queries.timeline(line.subject_type, line.public_id),
        "crumbs": console_forms.crumbs(_above(), line.reference),
    }
    return pages.render(request, "payments/console/stray.html", context)


def _candidates(actor: Actor, line: StrayLine) -> list[tuple[Payment, str]]:
    """What it may speak of, while nobody has said anything."""
    if line.state != StrayState.WAITING or line.astray == Astray.PAID_LATE:
        return []
    return [(one, _masked(one)) for one in placing.candidates(actor, line)]


def _payments(line: StrayLine) -> list[tuple[Text, Payment, str]]:
    named = ((_("参考号说的付款"), line.about), (_("提出对到的付款"), line.target))
    return [(heading, one, _masked(one)) for heading, one in named if one is not None]


def _masked(payment: Payment) -> str:
    return masks.mask_name(payment.person.name) if payment.person else ""


def _buttons(actor: Actor, line: StrayLine, late: settling.Late | None) -> list[MoveButton]:
    buttons = moves.buttons(
        queries.stray_choices(actor, line),
        lambda event: reverse("payments_console:stray_move", args=[line.public_id, event]),
        primary=(StrayEvent.PROPOSE_PLACE, StrayEvent.CONFIRM_PLACE, StrayEvent.CONFIRM_ASIDE),
        danger=(),
    )
    if late and late.can_settle:
        to = reverse("payments_console:payment_move", args=[late.payment.public_id, "settle"])
        decision = policies.may_prepare(actor, late.payment.union_id)
        why_not = None if decision else decision.refusal
        buttons.insert(0, MoveButton(_("按银行迟到的结果记为到账"), to, why_not, primary=True))
    return buttons


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def stray_move(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move of a line."""
    actor = actor_of(request)
    line = queries.stray_for(actor, public_id)
    may = policies.may_release if event in queries.CONFIRMERS else policies.may_prepare
    may(actor, line.union_id).require()
    return console_forms.move(
        request, line, STRAY, event, _ACTS, reverse("payments_console:stray", args=[public_id]),
        facts=queries.stray_facts(line), above=[_above()],
        form_class=PlaceForm if event == StrayEvent.PROPOSE_PLACE else None,
    )  # fmt: skip


def _above() -> Crumb:
    return Crumb(_NAME, reverse("payments_console:strays"))


urlpatterns = [
    path("strays/", strays, name="strays"),
    path("strays/<slug:public_id>/", stray, name="stray"),
    path("strays/<slug:public_id>/<slug:event>/", stray_move, name="stray_move"),
]
