"""``/api/v1/payments/``: a member's own payments and account; funds, payments and batches of finance. Sums are fen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from niangjia.commons.payments import (
    actions,
    bank_file,
    hearing,
    late,
    policies,
    queries,
    return_file,
    settling,
)
from niangjia.commons.payments.models import BankAccount, Batch, Payment
from niangjia.commons.payments.states import PaymentState
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotAllowed
from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required, staff_required
from niangjia.platform.requests import idempotency
from niangjia.platform.sheets import download
from niangjia.platform.web.api_shapes import Key, PageIn, ReasonIn
from niangjia.platform.web.paging import cut

router = Router(tags=["payments"])
router.add_router("/strays", "niangjia.commons.payments.api_strays.router")


class PaymentsIn(PageIn):
    state: str = Field("", max_length=32)
    cause: str = Field("", max_length=16)


class ListIn(PageIn):
    state: str = Field("", max_length=32)


class PaymentOut(Schema):
    """One payment. ``cause`` says why it failed; without ``has_account`` it waits until its person names one."""

    id: str
    number: str
    state: str
    state_label: str
    purpose: str
    fen: int
    fund: str
    has_account: bool
    cause: str
    cause_label: str
    attempt: int
    batch: str | None
    asked_at: datetime
    answered_on: date | None


class PaymentsOut(Schema):
    """A page of a list; ``next`` is the page after it or null."""

    items: list[PaymentOut]
    next: int | None


class LateOut(Schema):
    """A late word of the bank: it paid ``payment`` after that was given up. ``following`` is what was to be paid
    instead and goes to no bank meanwhile; with ``can_settle`` the late word can be followed."""

    payment: PaymentOut
    paid_at: datetime
    following: PaymentOut | None
    what_to_do: str
    can_settle: bool


class LateListOut(Schema):
    """A page of a list; ``next`` is the page after it or null."""

    items: list[LateOut]
    next: int | None


class FundOut(Schema):
    """A fund: what is in it, with the bank, paid out, and what waits for it."""

    id: str
    fund: str
    union: str
    balance_fen: int
    with_bank_fen: int
    paid_out_fen: int
    waiting: int
    waiting_fen: int


class BatchOut(Schema):
    """A batch for the bank; ``file_hash`` is the SHA-256 of its CSV once it is prepared."""

    id: str
    number: str
    state: str
    state_label: str
    union: str
    fund: str
    rows: int
    fen: int
    file_hash: str
    released_at: datetime | None


class BatchesOut(Schema):
    """A page of a list; ``next`` is the page after it or null."""

    items: list[BatchOut]
    next: int | None


class AnswersOut(Schema):
    """What reading the bank's file did. ``contrary`` are payments that the bank says it paid after they were settled
    in another way, ``strays`` the lines (those among them) that wait for somebody: look at each."""

    paid: int
    failed: int
    unchanged: int
    contrary: list[str]
    read_before: bool
    strays: int


class AccountOut(Schema):
    """Where a member's money goes; of the number only the last digits are shown."""

    id: str
    state: str
    state_label: str
    bank: str
    tail: str


class AccountIn(Schema):
    bank: str = Field(max_length=60)
    account_number: str = Field(max_length=40)


# A member's own


@router.get("/mine", response=list[PaymentOut], summary="What was paid to me, newest first")
@member_required
def mine(request: HttpRequest) -> list[PaymentOut]:
    return [_payment(row) for row in queries.own_payments(actor_of(request))]


@router.get("/account", response=list[AccountOut], summary="Where my money goes: in use, and being looked at")
@member_required
def accounts(request: HttpRequest) -> list[AccountOut]:
    return [_account(row) for row in queries.own_accounts(actor_of(request)).values()]


@router.post("/account", response={201: AccountOut}, summary="Say where my money goes; what failed is paid again")
@member_required
def name_account(request: HttpRequest, body: AccountIn, idempotency_key: Key = "") -> Status[AccountOut]:
    actor = actor_of(request)
    person_id = actor.person_id
    if person_id is None:
        raise NotAllowed("NOT_YOURS", _("收款账户只能由本人登记。"))

    def act() -> str:
        return actions.name_account(person_id=person_id, actor=actor, **body.dict()).public_id

    given = _once(idempotency_key, actor, "account", body.dict(), act)
    return Status(201, _account(queries.bank_account_for(actor, given)))


# Finance: funds and payments


@router.get("/funds", response=list[FundOut], summary="The funds in my reach")
@staff_required
def funds(request: HttpRequest) -> list[FundOut]:
    actor = actor_of(request)
    policies.may_read(actor).require()
    return [_fund(line) for line in queries.funds(actor)]


@router.get("/payments", response=PaymentsOut, summary="Payments in my reach, newest first")
@staff_required
def payments(request: HttpRequest, listing: Query[PaymentsIn]) -> PaymentsOut:
    actor = actor_of(request)
    policies.may_read(actor).require()
    wanted = {name: value for name in ("state", "cause") if (value := getattr(listing, name))}
    rows = policies.visible_payments(actor).filter(**wanted).select_related("account", "batch").order_by("-pk")
    found, more = cut(rows, page=listing.page, size=listing.size)
    return PaymentsOut(items=[_payment(row) for row in found], next=more)


@router.get("/payments/{public_id}", response=PaymentOut, summary="One payment; opening it is logged")
@staff_required
def payment(request: HttpRequest, public_id: str) -> PaymentOut:
    return _payment(queries.payment_for(actor_of(request), public_id))


@router.post("/payments/{public_id}/correct", response=PaymentOut, summary="Pay a failed one to the new account")
@staff_required
def correct(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> PaymentOut:
    """Gives the payment that follows."""
    actor = actor_of(request)
    queries.payment_for(actor, public_id)
    given = _once(
        idempotency_key, actor, "correct", {"payment": public_id},
        lambda: actions.correct(public_id=public_id, actor=actor).public_id,
    )  # fmt: skip
    return _payment(queries.payment_for(actor, given))


@router.post("/payments/{public_id}/take-out", response=PaymentOut, summary="Take it out of a batch being drawn up")
@staff_required
def take_out(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> PaymentOut:
    return _payment_moved(request, public_id, idempotency_key, "take_out", actions.take_out)


@router.post("/payments/{public_id}/cancel", response=PaymentOut, summary="Not pay it after all")
@staff_required
def cancel(request: HttpRequest, public_id: str, body: ReasonIn, idempotency_key: Key = "") -> PaymentOut:
    return _payment_moved(request, public_id, idempotency_key, "cancel", actions.cancel, reason=body.reason)


@router.get("/late", response=LateListOut, summary="What the bank paid after it had been given up here")
@staff_required
def late_ones(request: HttpRequest, listing: Query[PageIn]) -> LateListOut:
    actor = actor_of(request)
    policies.may_read(actor).require()
    rows = late.waiting(actor).select_related("account", "batch").order_by("-pk")
    found, more = cut(rows, page=listing.page, size=listing.size)
    return LateListOut(items=[_late(one) for one in settling.read(found)], next=more)


@router.post("/payments/{public_id}/settle", response=PaymentOut, summary="Follow the bank's late word: it has arrived")
@staff_required
def settle(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> PaymentOut:
    return _payment_moved(request, public_id, idempotency_key, "settle", actions.settle)


# Finance: batches


@router.get("/batches", response=BatchesOut, summary="Batches in my reach, newest first")
@staff_required
def batches(request: HttpRequest, listing: Query[ListIn]) -> BatchesOut:
    actor = actor_of(request)
    policies.may_read(actor).require()
    rows = policies.visible_batches(actor).select_related("account", "union").order_by("-pk")
    rows = rows.filter(state=listing.state) if listing.state else rows
    found, more = cut(rows, page=listing.page, size=listing.size)
    return BatchesOut(items=[_batch(row) for row in found], next=more)


@router.post("/funds/{public_id}/draw-up", response={201: BatchOut}, summary="Put what waits in a batch")
@staff_required
def draw_up(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> Status[BatchOut]:
    actor = actor_of(request)
    queries.account_for(actor, public_id)
    given = _once(
        idempotency_key, actor, "draw_up", {"fund": public_id},
        lambda: actions.draw_up(account=public_id, actor=actor).public_id,
    )  # fmt: skip
    return Status(201, _batch(queries.batch_for(actor, given)))


@router.get("/batches/{public_id}", response=BatchOut, summary="One batch")
@staff_required
def batch(request: HttpRequest, public_id: str) -> BatchOut:
    return _batch(queries.batch_for(actor_of(request), public_id))


@router.get("/batches/{public_id}/payments", response=PaymentsOut, summary="The payments of a batch")
@staff_required
def batch_payments(request: HttpRequest, public_id: str, listing: Query[PageIn]) -> PaymentsOut:
    actor = actor_of(request)
    found_batch = queries.batch_for(actor, public_id)
    rows = policies.visible_payments(actor).filter(batch=found_batch).select_related("account", "batch").order_by("pk")
    found, more = cut(rows, page=listing.page, size=listing.size)
    return PaymentsOut(items=[_payment(row) for row in found], next=more)


@router.post("/batches/{public_id}/prepare", response=BatchOut, summary="Fix list and sum, hand it to somebody else")
@staff_required
def prepare(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> BatchOut:
    return _moved(request, public_id, idempotency_key, "prepare", actions.prepare)


@router.post("/batches/{public_id}/release", response=BatchOut, summary="Let the money go to the bank")
@staff_required
def release(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> BatchOut:
    return _moved(request, public_id, idempotency_key, "release", actions.release)


@router.post("/batches/{public_id}/send-back", response=BatchOut, summary="Give it back to the preparer")
@staff_required
def send_back(request: HttpRequest, public_id: str, body: ReasonIn, idempotency_key: Key = "") -> BatchOut:
    return _moved(request, public_id, idempotency_key, "send_back", actions.send_back, reason=body.reason)


@router.post("/batches/{public_id}/discard", response=BatchOut, summary="Give it up; its payments wait again")
@staff_required
def discard(request: HttpRequest, public_id: str, body: ReasonIn, idempotency_key: Key = "") -> BatchOut:
    return _moved(request, public_id, idempotency_key, "discard", actions.discard, reason=body.reason)


@router.post("/batches/{public_id}/file", response={200: None}, summary="The CSV for the bank; taking it is logged")
@staff_required
def file_for_bank(request: HttpRequest, public_id: str) -> HttpResponseBase:
    found = bank_file.handed_out(public_id=public_id, form="csv", actor=actor_of(request))
    return download.csv_response(bank_file.sheet_of(found), name=found.number)


@router.post("/batches/{public_id}/answers", response=AnswersOut, summary="Read the bank's file")
@staff_required
def read_answers(
    request: HttpRequest, public_id: str, file: File[UploadedFile], idempotency_key: Key = ""
) -> AnswersOut:
    actor = actor_of(request)
    found = queries.batch_for(actor, public_id)
    queries.may_read_answers(actor, found).require()
    with return_file.on_disk(file) as path:
        digest = return_file.hash_of(path)

        def act() -> dict[str, Any]:
            lines = return_file.lines_of(path, file.name or "")
            outcome = actions.answer(public_id=public_id, lines=lines, file_hash=digest, actor=actor)
            return {**vars(outcome), "contrary": list(outcome.contrary)}

        body = {"batch": public_id, "file": digest}
        answer, _again = idempotency.once(
            key=idempotency_key, actor=actor, purpose="payments.api.answers", body=body, act=act
        )
    return AnswersOut(**answer)


def _moved(
    request: HttpRequest, public_id: str, key: str, name: str, act: Callable[..., Any], **given: str
) -> BatchOut:
    moved = idempotency.once_moved(
        key=key, actor=actor_of(request), purpose=f"payments.api.{name}", kind="batch", public_id=public_id,
        find=queries.batch_for, act=act, **given,
    )  # fmt: skip
    return _batch(moved)


def _payment_moved(
    request: HttpRequest, public_id: str, key: str, name: str, act: Callable[..., Any], **given: str
) -> PaymentOut:
    moved = idempotency.once_moved(
        key=key, actor=actor_of(request), purpose=f"payments.api.{name}", kind="payment", public_id=public_id,
        find=queries.payment_for, act=act, **given,
    )  # fmt: skip
    return _payment(moved)


def _once(key: str, actor: Actor, name: str, body: dict[str, Any], make: Callable[[], str]) -> str:
    return idempotency.once_made(key=key, actor=actor, purpose=f"payments.api.{name}", body=body, make=make)


def _payment(row: Payment) -> PaymentOut:
    failed = row.state == PaymentState.FAILED
    return PaymentOut(
        id=row.public_id,
        number=row.number,
        state=row.state,
        state_label=str(row.state_label),
        purpose=str(hearing.label_of(row.source_type)),
        fen=row.fen,
        fund=row.account.fund,
        has_account=row.has_account,
        cause=row.cause if failed else "",
        cause_label=str(row.cause_label or "") if failed else "",
        attempt=row.attempt,
        batch=row.batch.public_id if row.batch else None,
        asked_at=row.created_at,
        answered_on=row.answered_on,
    )


def _late(one: settling.Late) -> LateOut:
    return LateOut(
        payment=_payment(one.payment),
        paid_at=one.paid_at,
        following=_payment(one.following) if one.following else None,
        what_to_do=str(one.what_to_do),
        can_settle=one.can_settle,
    )


def _fund(line: queries.FundLine) -> FundOut:
    return FundOut(
        id=line.account.public_id,
        fund=line.account.fund,
        union=line.account.union.name,
        balance_fen=line.balance,
        with_bank_fen=line.with_bank,
        paid_out_fen=line.paid_out,
        waiting=line.waiting_rows,
        waiting_fen=line.waiting_fen,
    )


def _batch(row: Batch) -> BatchOut:
    return BatchOut(
        id=row.public_id,
        number=row.number,
        state=row.state,
        state_label=str(row.MACHINE.state(row.state).label),
        union=row.union.name,
        fund=row.account.fund,
        rows=row.rows,
        fen=row.fen,
        file_hash=row.file_hash,
        released_at=row.released_at,
    )


def _account(row: BankAccount) -> AccountOut:
    label = str(row.MACHINE.state(row.state).label)
    return AccountOut(id=row.public_id, state=row.state, state_label=label, bank=row.bank, tail=row.tail)
