"""``/api/v1/guardianships``: to act for a child or ward: asked for, answered, taken back, ended."""

from __future__ import annotations

from datetime import date, datetime

from django.http import HttpRequest
from django.utils.translation import get_language
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from niangjia.commons.people import policies as people
from niangjia.commons.people.guardians import actions, consent, policies, queries
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.kernel.actor import Actor
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required, signed_in_required, staff_required
from niangjia.platform.personal_data import consents, masks
from niangjia.platform.requests import idempotency
from niangjia.platform.web.api_shapes import Key, ListIn, ReasonIn
from niangjia.platform.web.paging import cut

router = Router(tags=["guardianships"])


class TextOut(Schema):
    """What is agreed to for a ward of that age; its ``version`` goes back with the application."""

    stage: str
    label: str
    version: str
    body: str


class GuardianshipOut(Schema):
    """``ward_name`` is masked for staff; ``ward`` is the id of the ward's entry, empty before it is approved."""

    id: str
    number: str
    kind: str
    state: str
    state_label: str
    created_at: datetime
    ward: str
    ward_name: str
    since: date | None
    until: date | None
    reason: str


class GuardianshipsOut(Schema):
    """One page; ``next`` is the number of the page after it."""

    items: list[GuardianshipOut]
    next: int | None


@router.get("/texts", response=list[TextOut], summary="What a guardian agrees to, by the ward's age")
@member_required
def texts(request: HttpRequest) -> list[TextOut]:
    found = [(stage, consents.current(consent.CODES[stage], get_language() or "")) for stage in consent.Stage]
    return [
        TextOut(stage=stage.value, label=str(consent.STAGE_LABELS[stage]), version=text.version, body=text.body)
        for stage, text in found
    ]


@router.get("", response=GuardianshipsOut, summary="Mine, or those in my reach")
@signed_in_required
def listing(request: HttpRequest, listing: Query[ListIn]) -> GuardianshipsOut:
    actor = actor_of(request)
    if not actor.is_member:
        people.may_search(actor).require()
    rows = policies.visible_guardianships(actor).select_related("guardian", "ward").order_by("-created_at", "-pk")
    if listing.state:
        rows = rows.filter(state=listing.state)
    found, more = cut(rows, page=listing.page, size=listing.size)
    return GuardianshipsOut(items=[_out(actor, row) for row in found], next=more)


@router.post("", response={201: GuardianshipOut}, summary="Ask to be entered as a guardian, with a photo")
@member_required
def apply(
    request: HttpRequest,
    kind: Form[str],
    name: Form[str],
    id_number: Form[str],
    consent_version: Form[str],
    file: File[UploadedFile],
    note: Form[str] = "",
    idempotency_key: Key = "",
) -> Status[GuardianshipOut]:
    actor = actor_of(request)
    said = {"kind": kind, "name": name, "id_number": id_number, "note": note, "consent_version": consent_version}
    made = idempotency.once_made(
        key=idempotency_key, actor=actor, purpose="people.guardianship.api",
        body={**said, "file": idempotency.file_digest(file)},
        make=lambda: actions.apply(**said, papers=[file], actor=actor).public_id,
    )  # fmt: skip
    return Status(201, _out(actor, queries.guardianship_for(actor, made)))


@router.get("/{public_id}", response=GuardianshipOut, summary="One guardianship; an officer's reading is logged")
@signed_in_required
def detail(request: HttpRequest, public_id: str) -> GuardianshipOut:
    actor = actor_of(request)
    return _out(actor, queries.open_for_reading(actor, public_id))


@router.post("/{public_id}/withdraw", response=GuardianshipOut, summary="Take my application back")
@member_required
def withdraw(request: HttpRequest, public_id: str) -> GuardianshipOut:
    actor = actor_of(request)
    return _out(actor, actions.withdraw(public_id=public_id, actor=actor))


@router.post("/{public_id}/end", response=GuardianshipOut, summary="End it: the guardian, or an officer")
@signed_in_required
def end(request: HttpRequest, public_id: str, body: ReasonIn) -> GuardianshipOut:
    actor = actor_of(request)
    return _out(actor, actions.end(public_id=public_id, reason=body.reason, actor=actor))


@router.post("/{public_id}/approve", response=GuardianshipOut, summary="Compared and right: enter it")
@staff_required
def approve(request: HttpRequest, public_id: str) -> GuardianshipOut:
    actor = actor_of(request)
    return _out(actor, actions.approve(public_id=public_id, actor=actor))


@router.post("/{public_id}/refuse", response=GuardianshipOut, summary="Enter nothing, and say why")
@staff_required
def refuse(request: HttpRequest, public_id: str, body: ReasonIn) -> GuardianshipOut:
    actor = actor_of(request)
    return _out(actor, actions.refuse(public_id=public_id, reason=body.reason, actor=actor))


def _out(actor: Actor, row: Guardianship) -> GuardianshipOut:
    name = str(row.name) or (row.ward.name if row.ward is not None else "")
    return GuardianshipOut(
        id=row.public_id,
        number=row.number,
        kind=row.kind,
        state=row.state,
        state_label=str(row.MACHINE.state(row.state).label),
        created_at=row.created_at,
        ward=row.ward.public_id if row.ward is not None else "",
        ward_name=masks.mask_name(name) if actor.is_staff else name,
        since=row.since,
        until=row.until,
        reason=row.answer_reason,
    )
