"""The pages of finance: funds, payments, batches with their moves, the failed ones, accounts to be looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from niangjia.commons.payments import (
    actions,
    bank_file,
    console_beside,
    console_forms,
    console_strays,
    lists,
    policies,
    queries,
    return_file,
    settling,
)
from niangjia.commons.payments.forms import FundForm, ReasonlessForm, ReturnForm, TakeInForm
from niangjia.commons.payments.models import Payment
from niangjia.commons.payments.states import BANK_ACCOUNT, BATCH, PAYMENT, BankAccountEvent, BatchEvent, PaymentEvent
from niangjia.commons.unions.models import Union
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data import masks
from niangjia.platform.sheets import download
from niangjia.platform.web import pages, saved
from niangjia.platform.web.parts import Fact, MoveButton

app_name = "payments_console"
saved.register(lists.PAYMENTS, "payments_console:payments")
saved.register(lists.BATCHES, "payments_console:batches")
form_page = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
@staff_required
def funds(request: HttpRequest) -> HttpResponse:
    """The funds with their balances and what waits for each."""
    actor = actor_of(request)
    policies.may_read(actor).require()
    context = {
        "funds": queries.funds(actor),
        "may_open": bool(queries.unions_of(actor)),
        "strays": queries.strays_waiting(actor),
    }
    return pages.render(request, "payments/console/funds.html", context)


@form_page
@staff_required
def open_fund(request: HttpRequest) -> HttpResponse:
    """Open a fund of one of one's unions."""
    actor = actor_of(request)
    policies.may_read(actor).require()
    form = FundForm(request.POST or None, unions=queries.unions_of(actor))

    def act() -> None:
        union = Union.objects.get(public_id=form.cleaned_data["union"])
        actions.open_fund(union_id=union.pk, fund=form.cleaned_data["fund"], actor=actor)

    if console_forms.submit(request, form, "payments.open_fund", act) is not None:
        return redirect("payments_console:funds")
    return console_forms.page(request, form, _("开立资金账户"))


@require_safe
@staff_required
def account(request: HttpRequest, public_id: str) -> HttpResponse:
    """One account with its transfers."""
    found = queries.account_for(actor_of(request), public_id)
    facts = [Fact(_("工会"), found.union.name), Fact(_("余额"), found.balance)]
    context = {
        "account": found,
        "facts": facts,
        "listing": lists.transfers(request, found),
        "crumbs": console_forms.crumbs(found.fund_label),
        "may_keep": bool(policies.may_keep_accounts(actor_of(request), found.union_id)),
    }
    return pages.render(request, "payments/console/account.html", context)


@form_page
@staff_required
def take_in(request: HttpRequest, public_id: str) -> HttpResponse:
    """Money that came into a fund."""
    actor = actor_of(request)
    found = queries.account_for(actor, public_id)
    policies.may_keep_accounts(actor, found.union_id).require()
    form = TakeInForm(request.POST or None)
    done = console_forms.submit(
        request, form, "payments.take_in",
        lambda: actions.take_in(public_id=public_id, actor=actor, **form.cleaned_data),
    )  # fmt: skip
    if done is not None:
        return redirect("payments_console:account", public_id)
    return console_forms.page(request, form, _("登记资金到账"))


@require_safe
@staff_required
def payments(request: HttpRequest) -> HttpResponseBase:
    """All payments in reach; exported with ``?export=xlsx``."""
    return _payments(request, failed=False)


@require_safe
@staff_required
def failed(request: HttpRequest) -> HttpResponseBase:
    """The queue of those that did not arrive, with the cause."""
    return _payments(request, failed=True)


def _payments(request: HttpRequest, *, failed: bool) -> HttpResponseBase:
    actor = actor_of(request)
    policies.may_read(actor).require()
    listing = lists.payments(request, failed=failed)
    if "export" in request.GET:
        return listing.export(str(_("付款")), lambda rows: lists.exported(actor, lists.PAYMENTS, rows))
    heading = _("未付成的付款") if failed else _("付款")
    context = {"listing": listing, "heading": heading, "crumbs": console_forms.crumbs(heading)}
    return pages.render(request, "payments/console/payments.html", context)


@never_cache
@require_safe
@staff_required
def payment(request: HttpRequest, public_id: str) -> HttpResponse:
    """One payment with what happened to it."""
    actor = actor_of(request)
    found = queries.payment_for(actor, public_id)
    decision = policies.may_prepare(actor, found.union_id)
    late_word = next(iter(settling.read([found])), None)
    events = [PaymentEvent.CORRECT, PaymentEvent.TAKE_OUT, PaymentEvent.CANCEL]
    events += [PaymentEvent.SETTLE] if late_word and late_word.can_settle else []
    buttons = [
        MoveButton(
            move.label,
            reverse("payments_console:payment_move", args=[public_id, move.event]),
            _why_not(found, move.event) if decision else decision.refusal,
            primary=move.event in (PaymentEvent.CORRECT, PaymentEvent.SETTLE),
            danger=move.event == PaymentEvent.CANCEL,
        )
        for move in (PAYMENT.find(found.state, event) for event in events)
        if move
    ]
    context = {
        "payment": found,
        "late": late_word,
        "answers": queries.answers_of(found),
        "next": lists.next_step(found),
        "facts": queries.payment_facts(found),
        "buttons": buttons,
        "timeline": queries.timeline(found.subject_type, found.public_id),
        "crumbs": console_forms.crumbs(found.number),
    }
    return pages.render(request, "payments/console/payment.html", context)


def _why_not(found: Payment, event: str) -> Text | None:
    return queries.why_not_correct(found) if event == PaymentEvent.CORRECT else None


_PAYMENT_MOVES: dict[str, Callable[..., Any]] = {
    PaymentEvent.CORRECT: actions.correct,
    PaymentEvent.TAKE_OUT: actions.take_out,
    PaymentEvent.CANCEL: actions.cancel,
    PaymentEvent.SETTLE: actions.settle,
}
_BATCH_MOVES: dict[str, Callable[..., Any]] = {
    BatchEvent.PREPARE: actions.prepare,
    BatchEvent.SEND_BACK: actions.send_back,
    BatchEvent.RELEASE: actions.release,
    BatchEvent.DISCARD: actions.discard,
    BatchEvent.CLOSE: actions.close,
}
_ACCOUNT_MOVES: dict[str, Callable[..., Any]] = {
    BankAccountEvent.CONFIRM_ACCOUNT: actions.confirm_account,
    BankAccountEvent.REFUSE_ACCOUNT: actions.refuse_account,
}


@form_page
@staff_required
def payment_move(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move of a payment."""
    found = queries.payment_for(actor_of(request), public_id)
    policies.may_prepare(actor_of(request), found.union_id).require()
    back = reverse("payments_console:payment", args=[public_id])
    return console_forms.move(request, found, PAYMENT, event, _PAYMENT_MOVES, back, facts=queries.payment_facts(found))


@require_safe
@staff_required
def batches(request: HttpRequest) -> HttpResponseBase:
    """The batches in reach."""
    policies.may_read(actor_of(request)).require()
    listing = lists.batches(request)
    if "export" in request.GET:
        return listing.export(str(_("付款批次")), lambda rows: None)
    context = {"listing": listing, "crumbs": console_forms.crumbs(_("付款批次"))}
    return pages.render(request, "payments/console/batches.html", context)


@form_page
@staff_required
def draw_up(request: HttpRequest, public_id: str) -> HttpResponse:
    """Put what waits on a fund in a batch."""
    actor = actor_of(request)
    found = queries.account_for(actor, public_id)
    policies.may_prepare(actor, found.union_id).require()
    form = ReasonlessForm(request.POST if request.method == "POST" else None)
    made = console_forms.submit(
        request, form, "payments.draw_up", lambda: actions.draw_up(account=public_id, actor=actor)
    )
    if made is not None:
        return redirect("payments_console:batch", made)
    lead = _("把这个账户等着付款的申请组成一批，最早的在前；提交复核前还可以移出。")
    return console_forms.page(request, form, _("组批"), lead=lead)


@require_safe
@staff_required
def batch(request: HttpRequest, public_id: str) -> HttpResponse:
    """One batch: facts, moves, payments, the bank's file."""
    actor = actor_of(request)
    found = queries.batch_for(actor, public_id)
    buttons = [
        MoveButton(
            choice.move.label,
            reverse("payments_console:batch_move", args=[public_id, choice.move.event]),
            choice.refusal,
            primary=choice.move.event in (BatchEvent.PREPARE, BatchEvent.RELEASE),
            danger=choice.move.event == BatchEvent.DISCARD,
        )
        for choice in queries.choices(actor, found)
    ]
    context = {
        "batch": found,
        "facts": queries.batch_facts(found),
        "buttons": buttons,
        "listing": lists.payments(request, found),
        "timeline": queries.timeline("payments.batch", found.public_id),
        "crumbs": console_forms.crumbs(found.number),
        "may_download": found.state in bank_file.DOWNLOADABLE and bool(queries.may_read_answers(actor, found)),
    }
    return pages.render(request, "payments/console/batch.html", context)


@form_page
@staff_required
def batch_move(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """One move of a batch: what follows from it, a reason where one is needed."""
    actor = actor_of(request)
    found = queries.batch_for(actor, public_id)
    releasing = event in (BatchEvent.RELEASE, BatchEvent.SEND_BACK)
    (policies.may_release if releasing else policies.may_prepare)(actor, found.union_id).require()
    back = reverse("payments_console:batch", args=[public_id])
    return console_forms.move(request, found, BATCH, event, _BATCH_MOVES, back, facts=queries.batch_facts(found))


@require_POST
@staff_required
def download_file(request: HttpRequest, public_id: str, form: str) -> HttpResponseBase:
    """The file for the bank; who takes it along is written down."""
    if form not in ("csv", "xlsx"):
        raise NotFound("NOT_FOUND", _("没有这样的文件。"))
    found = bank_file.handed_out(public_id=public_id, form=form, actor=actor_of(request))
    if form == "xlsx":
        return download.xlsx_response(bank_file.workbook_of(found), name=found.number)
    return download.csv_response(bank_file.sheet_of(found), name=found.number)


@form_page
@staff_required
def read_answers(request: HttpRequest, public_id: str) -> HttpResponse:
    """Read the bank's file."""
    actor = actor_of(request)
    found = queries.batch_for(actor, public_id)
    queries.may_read_answers(actor, found).require()
    form = ReturnForm(request.POST or None, request.FILES or None)
    read: list[actions.Outcome] = []

    def act() -> None:
        with return_file.on_disk(form.cleaned_data["file"]) as path:
            lines = return_file.lines_of(path, form.cleaned_data["file"].name)
            read.append(
                actions.answer(public_id=public_id, lines=lines, file_hash=return_file.hash_of(path), actor=actor)
            )

    if console_forms.submit(request, form, "payments.answer", act) is not None:
        for outcome in read:
            messages.success(request, str(_said(outcome)))
        return redirect("payments_console:batch", public_id)
    return console_forms.page(request, form, _("读入银行回盘"), upload=True)


def _said(outcome: actions.Outcome) -> Text:
    if outcome.strays:
        return _("到账 {paid} 笔，未付成 {failed} 笔；有 {n} 行对不上，已列入“对不上的回盘结果”，请逐行核对。",
                 paid=outcome.paid, failed=outcome.failed, n=outcome.strays)  # fmt: skip
    return _("到账 {paid} 笔，未付成 {failed} 笔，没有变化 {same} 笔。", paid=outcome.paid, failed=outcome.failed,
             same=outcome.unchanged)  # fmt: skip


@never_cache
@require_safe
@staff_required
def bank_account(request: HttpRequest, public_id: str) -> HttpResponse:
    """An account that somebody named, to be looked at."""
    actor = actor_of(request)
    found = queries.bank_account_for(actor, public_id)
    decision = policies.may_judge_account(actor, found)
    buttons = [
        MoveButton(
            move.label,
            reverse("payments_console:bank_account_move", args=[public_id, move.event]),
            None if decision else decision.refusal,
            primary=move.event == BankAccountEvent.CONFIRM_ACCOUNT,
        )
        for move in (BANK_ACCOUNT.find(found.state, event) for event in _ACCOUNT_MOVES)
        if move
    ]
    facts = [Fact(_("开户银行"), found.bank), Fact(_("账号"), found.number)]
    name = masks.mask_name(found.person.name)
    context = {
        "account": found,
        "name": name,
        "facts": facts,
        "buttons": buttons,
        "crumbs": console_forms.crumbs(found.number),
    }
    return pages.render(request, "payments/console/bank_account.html", context)


@form_page
@staff_required
def bank_account_move(request: HttpRequest, public_id: str, event: str) -> HttpResponse:
    """Confirm or refuse it."""
    found = queries.bank_account_for(actor_of(request), public_id)
    policies.may_judge_account(actor_of(request), found).require()
    back = reverse("payments_console:bank_account", args=[public_id])
    return console_forms.move(request, found, BANK_ACCOUNT, event, _ACCOUNT_MOVES, back)


urlpatterns = [
    path("", funds, name="funds"),
    path("open/", open_fund, name="open_fund"),
    path("accounts/<slug:public_id>/", account, name="account"),
    path("accounts/<slug:public_id>/take-in/", take_in, name="take_in"),
    path("accounts/<slug:public_id>/draw-up/", draw_up, name="draw_up"),
    path("payments/", payments, name="payments"),
    path("failed/", failed, name="failed"),
    *console_beside.urlpatterns,
    *console_strays.urlpatterns,
    path("payments/<slug:public_id>/", payment, name="payment"),
    path("payments/<slug:public_id>/<slug:event>/", payment_move, name="payment_move"),
    path("batches/", batches, name="batches"),
    path("batches/<slug:public_id>/", batch, name="batch"),
    path("batches/<slug:public_id>/file/<slug:form>/", download_file, name="download"),
    path("batches/<slug:public_id>/answers/", read_answers, name="read_answers"),
    path("batches/<slug:public_id>/<slug:event>/", batch_move, name="batch_move"),
    path("bank-accounts/<slug:public_id>/", bank_account, name="bank_account"),
    path("bank-accounts/<slug:public_id>/<slug:event>/", bank_account_move, name="bank_account_move"),
]
