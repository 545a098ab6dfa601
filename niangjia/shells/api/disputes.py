"""``/api/v1/disputes``: a phone or ID number that stands with somebody else: raised, answered, decided."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from niangjia.commons.people import policies as people
from niangjia.commons.people.disputes import actions, policies, queries, raising
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.states import DisputeKind
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts import bindings, codes
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required, signed_in_required, staff_required
from niangjia.platform.accounts.kinds import CodePurpose
from niangjia.platform.accounts.models import User
from niangjia.platform.requests import client_address, idempotency
from niangjia.platform.web.api_shapes import Key, ListIn, ReasonIn
from niangjia.platform.web.paging import cut

router = Router(tags=["disputes"])


class CodeWantedIn(Schema):
    """The phone that is mine."""

    phone: str = Field(max_length=40)


class CodeSentOut(Schema):
    """The ``ticket`` goes back with the code. Times in seconds."""

    ticket: str
    resend_after: int
    expires_in: int


class PhoneIn(Schema):
    """``code`` and ``ticket`` are not needed for the phone that one signs in by, ``name`` not of a known person.
    ``ward`` is the id of somebody in my care whose phone it is."""

    phone: str = Field(max_length=40)
    code: str = Field("", max_length=40)
    ticket: str = Field("", max_length=100)
    name: str = Field("", max_length=100)
    note: str = Field("", max_length=300)
    ward: str = Field("", max_length=24)


class DecisionIn(Schema):
    """``outcome``: move (a phone), correct (an ID number), join, refuse."""

    outcome: str = Field(max_length=12)
    reason: str = Field(max_length=300)
    right_number: str = Field("", max_length=40)


class DisputeOut(Schema):
    """``side``: asker, holder, or union. A side reads ``checking`` for every open state. ``value`` is masked."""

    id: str
    number: str
    side: str
    kind: str
    value: str
    state: str
    state_label: str
    created_at: datetime
    waits_on_you: bool
    answer: str
    reason: str


class DisputesOut(Schema):
    """One page; ``next`` is the number of the page after it."""

    items: list[DisputeOut]
    next: int | None


@router.get("", response=DisputesOut, summary="Mine, those I am asked about, or those in my reach")
@signed_in_required
def listing(request: HttpRequest, listing: Query[ListIn]) -> DisputesOut:
    actor = actor_of(request)
    if not actor.is_member:
        people.may_search(actor).require()
    rows = policies.visible_disputes(actor).order_by("-created_at", "-pk")
    if listing.state and actor.is_staff:
        rows = rows.filter(state=listing.state)
    found, more = cut(rows, page=listing.page, size=listing.size)
    return DisputesOut(items=[_out(actor, row) for row in found], next=more)


@router.post("/code", response=CodeSentOut, summary="Send a code to the phone that is mine")
@member_required
def code(request: HttpRequest, body: CodeWantedIn) -> CodeSentOut:
    ticket, address = bindings.new(), client_address(request)
    sent = codes.issue(phone=body.phone, purpose=CodePurpose.NEW_PHONE, binding=ticket, address=address)
    return CodeSentOut(ticket=ticket, resend_after=sent.resend_after, expires_in=sent.expires_in)


@router.post("/phone", response={201: DisputeOut}, summary="Say that a phone is mine or my ward's")
@member_required
def about_phone(request: HttpRequest, body: PhoneIn) -> Status[DisputeOut]:
    actor = actor_of(request)
    proven = body.phone == str(User.objects.get(pk=actor.user_id or 0).phone)
    if body.code:
        codes.verify(
            phone=body.phone, code=body.code, purpose=CodePurpose.NEW_PHONE, binding=body.ticket,
            address=client_address(request),
        )  # fmt: skip
        proven = True
    made = raising.raise_dispute(
        kind=DisputeKind.PHONE, value=body.phone, proven=proven, name=body.name, note=body.note, ward=body.ward,
        actor=actor,
    )  # fmt: skip
    return Status(201, _out(actor, made))


@router.post("/number", response={201: DisputeOut}, summary="Say that an ID number is mine or my ward's, with a photo")
@member_required
def about_number(
    request: HttpRequest,
    value: Form[str],
    file: File[UploadedFile],
    name: Form[str] = "",
    note: Form[str] = "",
    ward: Form[str] = "",
    idempotency_key: Key = "",
) -> Status[DisputeOut]:
    actor = actor_of(request)
    said = {"kind": DisputeKind.ID_NUMBER, "value": value, "name": name, "note": note, "ward": ward}
    made = idempotency.once_made(
        key=idempotency_key, actor=actor, purpose="people.dispute.api",
        body={**said, "file": idempotency.file_digest(file)},
        make=lambda: raising.raise_dispute(
            kind=DisputeKind.ID_NUMBER, value=value, name=name, note=note, ward=ward, papers=[file], actor=actor
        ).public_id,
    )  # fmt: skip
    return Status(201, _out(actor, queries.dispute_for(actor, made)))


@router.get("/{public_id}", response=DisputeOut, summary="One dispute; an officer's reading is logged")
@signed_in_required
def detail(request: HttpRequest, public_id: str) -> DisputeOut:
    actor = actor_of(request)
    return _out(actor, queries.open_for_reading(actor, public_id))


@router.post("/{public_id}/answer", response=DisputeOut, summary="What the holder says: released, same or mine")
@member_required
def answer(
    request: HttpRequest,
    public_id: str,
    answer: Form[str],
    note: Form[str] = "",
    right_number: Form[str] = "",
    file: File[UploadedFile | None] = None,
) -> DisputeOut:
    actor = actor_of(request)
    papers = [file] if file is not None else []
    made = actions.answer(
        public_id=public_id, answer=answer, note=note, right_number=right_number, papers=papers, actor=actor
    )
    return _out(actor, made)


@router.post("/{public_id}/withdraw", response=DisputeOut, summary="Take mine back")
@member_required
def withdraw(request: HttpRequest, public_id: str) -> DisputeOut:
    actor = actor_of(request)
    return _out(actor, actions.withdraw(public_id=public_id, actor=actor))


@router.post("/{public_id}/decide", response=DisputeOut, summary="Decide, or propose to a colleague")
@staff_required
def decide(request: HttpRequest, public_id: str, body: DecisionIn) -> DisputeOut:
    actor = actor_of(request)
    return _out(actor, actions.decide(public_id=public_id, actor=actor, **body.dict()))


@router.post("/{public_id}/confirm", response=DisputeOut, summary="Agree with what a colleague proposed")
@staff_required
def confirm(request: HttpRequest, public_id: str) -> DisputeOut:
    actor = actor_of(request)
    return _out(actor, actions.confirm(public_id=public_id, actor=actor))


@router.post("/{public_id}/send-back", response=DisputeOut, summary="Disagree with what was proposed")
@staff_required
def send_back(request: HttpRequest, public_id: str, body: ReasonIn) -> DisputeOut:
    actor = actor_of(request)
    return _out(actor, actions.send_back(public_id=public_id, reason=body.reason, actor=actor))


@router.post("/{public_id}/ask-again", response=DisputeOut, summary="Ask whoever holds the number now")
@staff_required
def ask_again(request: HttpRequest, public_id: str) -> DisputeOut:
    actor = actor_of(request)
    return _out(actor, actions.ask_again(public_id=public_id, actor=actor))


def _out(actor: Actor, row: Dispute) -> DisputeOut:
    """A side reads nothing of the other; the reason of a decision only the asker, when it was refused."""
    asks, union = queries.is_asker(actor, row), actor.is_staff
    hidden = row.is_open and not union
    refused = asks and queries.is_refused(row)
    return DisputeOut(
        id=row.public_id,
        number=row.number,
        side="union" if union else "asker" if asks else "holder",
        kind=row.kind,
        value=queries.masked_value(row),
        state="checking" if hidden else row.state,
        state_label=str(row.MACHINE.state(row.state).label if union else queries.status_label(row)),
        created_at=row.created_at,
        waits_on_you=queries.waits_on(actor, row),
        answer=row.answer if union or not asks else "",
        reason=row.answer_reason if union or refused else "",
    )
