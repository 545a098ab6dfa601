"""A member's page: what was paid to them, and the account to which it goes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.payments import actions, hearing, queries
from niangjia.commons.payments.forms import AccountForm
from niangjia.commons.payments.states import PAYMENT, BankAccountState, PaymentState
from niangjia.kernel.errors import NotAllowed
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.web import moves, pages
from niangjia.platform.web.tones import Status, status_of

app_name = "payments"


@never_cache
@require_safe
@member_required
def mine(request: HttpRequest) -> HttpResponse:
    """One's own payments and account."""
    actor = actor_of(request)
    accounts = queries.own_accounts(actor)
    rows = queries.own_payments(actor)
    context = {
        "payments": [_line(row) for row in rows],
        "in_use": accounts.get(BankAccountState.IN_USE),
        "named": accounts.get(BankAccountState.NAMED),
        "urgent": any(row.state == PaymentState.FAILED or _waits(row) for row in rows),
        "is_known": actor.person_id is not None,
    }
    return pages.render(request, "payments/mine.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@member_required
def account(request: HttpRequest) -> HttpResponse:
    """Say where one's money goes; whom nobody knows yet is told how to become known."""
    actor = actor_of(request)
    if actor.person_id is None:
        if request.method == "POST":
            raise NotAllowed("NOT_YOURS", _("收款账户只能由本人登记。"))
        return pages.render(request, "payments/account.html", {"form": None})
    form = AccountForm(request.POST or None)
    if request.method == "POST" and (made := moves.make(form, lambda: _named(request, form))) is not None:
        used = queries.bank_account_for(actor, made).state == BankAccountState.IN_USE
        messages.success(
            request, str(_("已登记，以后付到这个账户。") if used else _("已收到，核对后开始使用，会通知您。"))
        )
        return redirect("payments:mine")
    return pages.render(request, "payments/account.html", {"form": form}, status=422 if form.errors else 200)


def _named(request: HttpRequest, form: AccountForm) -> str:
    """The account that was named, once for the key of the form."""
    actor, said = actor_of(request), form.cleaned_data
    return moves.once(
        request, "payments.account",
        lambda: actions.name_account(person_id=actor.person_id or 0, actor=actor, **said),
    )  # fmt: skip


def _waits(row: Any) -> bool:
    return row.state == PaymentState.REQUESTED and not row.has_account


_WORDS: dict[str, Text] = {
    PaymentState.REQUESTED: _("等待付款"),
    PaymentState.IN_BATCH: _("等待付款"),
    PaymentState.CORRECTED: _("已换账户，另行付款"),
}
"""What a member reads where the words of finance say nothing to them."""


def _status(row: Any) -> Status:
    if _waits(row):
        return Status(_("等您登记收款账户"), "warn")
    return replace(status_of(PAYMENT, row.state), label=_WORDS.get(row.state, row.state_label))


def _line(row: Any) -> dict[str, Any]:
    return {
        "number": row.number,
        "what": hearing.label_of(row.source_type),
        "fen": row.fen,
        "status": _status(row),
        "cause": row.cause_label if row.state == PaymentState.FAILED else "",
        "day": row.answered_on or row.created_at,
    }


urlpatterns = [path("", mine, name="mine"), path("account/", account, name="account")]
