"""``/api/v1/joining/``: apply and follow as a member; answer as an officer."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import Query, Router, Schema, Status
from pydantic import Field

from niangjia.kernel.errors import Conflict
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required, public, staff_required
from niangjia.platform.personal_data import consents, masks
from niangjia.platform.requests import idempotency
from niangjia.platform.web.api_shapes import Key, ListIn, ReasonIn
from niangjia.services.joining import actions, consent, intake, policies, queries, rules
from niangjia.services.joining.models import Application
from niangjia.services.joining.stalls import serving, visit
from niangjia.services.joining.states import APPLICATION

router = Router(tags=["joining"])


class AnswersIn(Schema):
    """What an applicant fills in. ``street`` is the code of a street's or town's union."""

    name: str = Field(max_length=50)
    id_number: str = Field(max_length=30)
    category: str = Field(max_length=32)
    street: str = Field(max_length=40)
    employer_name: str = Field("", max_length=100)
    employer_code: str = Field("", max_length=30)
    consent_version: str = Field(max_length=20)
    stall: str = Field("", max_length=200, description="The token of the stall whose code was scanned.")

    def answers(self) -> intake.Answers:
        typed = self.dict(exclude={"note"})
        read = {"employer_code": rules.employer_code(self.employer_code), "stall": visit.unsealed(self.stall)}
        return intake.Answers(**typed | read)


class ApplicationOut(Schema):
    """An application as its applicant or an officer sees it; numbers are masked."""

    id: str
    number: str
    state: str
    state_label: str
    union: str
    name: str
    id_number: str
    phone: str
    category: str
    identity_check: bool
    received_at: datetime
    answer_by: datetime
    reason: str


class StallOut(Schema):
    """A stall whose code is good now. ``token`` goes along with the application, and in the header ``Niangjia-Stall``
    when a code by SMS is asked for."""

    token: str
    union: str
    place: str
    street: str
    closes_at: datetime


class StepOut(Schema):
    """One thing that happened or will happen."""

    title: str
    at: str
    detail: str
    future: bool


class ProgressOut(Schema):
    application: ApplicationOut
    timeline: list[StepOut]


class PageOut(Schema):
    """A page of a list; ``next`` is the page after it or null."""

    items: list[ApplicationOut]
    next: int | None


class ConsentOut(Schema):
    version: str
    body: str


class SendOnIn(ReasonIn):
    union_code: str = Field(max_length=40)


class SupplyIn(AnswersIn):
    note: str = Field("", max_length=300)
    consent_version: str = Field("", max_length=20)


class ManyIn(Schema):
    ids: list[str] = Field(min_length=1, max_length=200)


class RefusedOut(Schema):
    number: str
    code: str
    message: str


class ManyOut(Schema):
    approved: list[str]
    refused: list[RefusedOut]


@router.get("/consent", response=ConsentOut, summary="The consent text in force")
@member_required
def consent_in_force(request: HttpRequest) -> ConsentOut:
    text = consents.current(consent.CODE, get_language() or "")
    return ConsentOut(version=text.version, body=text.body)


@router.post("/applications", response={201: ApplicationOut}, summary="Apply to join")
@member_required
def submit(request: HttpRequest, body: AnswersIn, idempotency_key: Key = "") -> Status[ApplicationOut]:
    actor = actor_of(request)
    if actions.find_membership(name=body.name, id_number=body.id_number, actor=actor):
        raise Conflict("ALREADY_MEMBER", _("您已经是工会会员，会籍已经接到这个账号，不用申请。"))
    made = idempotency.once_made(
        key=idempotency_key,
        actor=actor,
        purpose="joining.submit",
        body=body.dict(),
        make=lambda: actions.submit(answers=body.answers(), actor=actor).public_id,
    )
    return Status(201, _out(queries.application_for(actor, made)))


@router.get("/stalls/{code}", response=StallOut, summary="The stall with this code")
@public
def stall(request: HttpRequest, code: str) -> StallOut:
    found = visit.by_code(request, code)
    street = serving.first_answers(found, intake.Answers()).get("street", "")
    return StallOut(
        token=visit.sealed(found), union=found.union.name, place=found.place, street=street, closes_at=found.closes_at
    )


@router.get("/applications", response=PageOut, summary="My applications, or those in my reach")
def applications(request: HttpRequest, listing: Query[ListIn]) -> PageOut:
    policies.may_list(actor_of(request)).require()
    rows = policies.visible_applications(actor_of(request)).with_unions().order_by("-created_at", "-pk")
    if listing.state:
        rows = rows.filter(state=listing.state)
    start = (listing.page - 1) * listing.size
    found = list(rows[start : start + listing.size + 1])
    more = listing.page + 1 if len(found) > listing.size else None
    return PageOut(items=[_out(row) for row in found[: listing.size]], next=more)


@router.get("/applications/{public_id}", response=ProgressOut, summary="One application with its timeline")
def application(request: HttpRequest, public_id: str) -> ProgressOut:
    found = queries.open_for_reading(actor_of(request), public_id)
    view = queries.progress(found)
    steps = [
        StepOut(title=str(e.title), at=e.at.isoformat() if e.at else "", detail=str(e.detail), future=e.future)
        for e in view.timeline
    ]
    return ProgressOut(application=_out(found, view.answer_by), timeline=steps)


@router.post("/applications/{public_id}/supply", response=ApplicationOut, summary="Give what was asked for")
@member_required
def supply(request: HttpRequest, public_id: str, body: SupplyIn) -> ApplicationOut:
    moved = actions.supply(public_id=public_id, answers=body.answers(), note=body.note, actor=actor_of(request))
    return _out(moved)


@router.post("/applications/{public_id}/withdraw", response=ApplicationOut, summary="Take an application back")
@member_required
def withdraw(request: HttpRequest, public_id: str) -> ApplicationOut:
    return _out(actions.withdraw(public_id=public_id, actor=actor_of(request)))


@router.post("/applications/{public_id}/approve", response=ApplicationOut, summary="Approve")
@staff_required
def approve(request: HttpRequest, public_id: str) -> ApplicationOut:
    return _out(actions.approve(public_id=public_id, actor=actor_of(request)))


@router.post("/applications/{public_id}/endorse", response=ApplicationOut, summary="Agree and pass up")
@staff_required
def endorse(request: HttpRequest, public_id: str) -> ApplicationOut:
    return _out(actions.endorse(public_id=public_id, actor=actor_of(request)))


@router.post("/applications/{public_id}/refuse", response=ApplicationOut, summary="Refuse with a reason")
@staff_required
def refuse(request: HttpRequest, public_id: str, body: ReasonIn) -> ApplicationOut:
    return _out(actions.refuse(public_id=public_id, reason=body.reason, actor=actor_of(request)))


@router.post("/applications/{public_id}/ask-more", response=ApplicationOut, summary="Ask for more; the clock pauses")
@staff_required
def ask_more(request: HttpRequest, public_id: str, body: ReasonIn) -> ApplicationOut:
    return _out(actions.ask_more(public_id=public_id, reason=body.reason, actor=actor_of(request)))


@router.post("/applications/{public_id}/send-on", response=ApplicationOut, summary="Send on to another union")
@staff_required
def send_on(request: HttpRequest, public_id: str, body: SendOnIn) -> ApplicationOut:
    moved = actions.send_on(
        public_id=public_id, union_code=body.union_code, reason=body.reason, actor=actor_of(request)
    )
    return _out(moved)


@router.post("/approve-many", response=ManyOut, summary="Approve many; each stands for itself")
@staff_required
def approve_many(request: HttpRequest, body: ManyIn) -> ManyOut:
    done = actions.approve_many(public_ids=body.ids, actor=actor_of(request))
    return ManyOut(
        approved=[moved.public_id for moved in done.moved],
        refused=[RefusedOut(number=r.number, code=r.error.code, message=str(r.error.message)) for r in done.refused],
    )


def _out(row: Application, answer_by: datetime | None = None) -> ApplicationOut:
    label: Text = APPLICATION.state(row.state).label
    return ApplicationOut(
        id=row.public_id,
        number=row.number,
        state=row.state,
        state_label=str(label),
        union=row.responsible.name,
        name=row.name,
        id_number=masks.mask_id_number(row.id_number),
        phone=masks.mask_phone(row.phone),
        category=row.category,
        identity_check=row.identity_check,
        received_at=row.created_at,
        answer_by=answer_by or row.promised_by,
        reason=row.answer_reason,
    )
