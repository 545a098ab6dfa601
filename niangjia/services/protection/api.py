"""``/api/v1/protection/``: plans in words, my protection, claims from the first word to the answer, staff too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import File, Form, Query, Router, Status
from ninja.files import UploadedFile

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform import files
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required, staff_required
from niangjia.platform.personal_data import consents
from niangjia.platform.requests import idempotency
from niangjia.platform.web.api_shapes import Key, ListIn, PageIn, ReasonIn
from niangjia.platform.web.paging import cut
from niangjia.services.protection import (
    actions,
    api_condolences,
    api_counter,
    api_drafts,
    consent,
    leaflets,
    policies,
    queries,
)
from niangjia.services.protection import console_queries as staff
from niangjia.services.protection.api_shapes import (
    BeginIn,
    ClaimDetailOut,
    ClaimsOut,
    ConsentOut,
    EnrolmentOut,
    FillIn,
    GroundIn,
    LeafletOut,
    PaperOut,
    SubmitIn,
    SupplyIn,
    VersionsOut,
    claim_out,
    detail_out,
    enrolment_out,
    leaflet_out,
    version_out,
)
from niangjia.services.protection.enrolment import certificate, enrolled, enrolling
from niangjia.services.protection.states import ClaimState

router = Router(tags=["protection"])
router.add_router("/counter", api_counter.router)
router.add_router("/condolences", api_condolences.router)
PURPOSE = "protection.api"


# Plans, in words


@router.get("/versions", response=VersionsOut, summary="Plans by their terms, the newest first")
def versions(request: HttpRequest, listing: Query[PageIn]) -> VersionsOut:
    rows = policies.visible_versions(actor_of(request)).order_by("-valid_from", "-pk")
    found, more = cut(rows, page=listing.page, size=listing.size)
    return VersionsOut(items=[version_out(row) for row in found], next=more)


@router.get("/versions/{public_id}", response=LeafletOut, summary="The leaflet of a version")
def leaflet(request: HttpRequest, public_id: str) -> LeafletOut:
    found = queries.version_for(actor_of(request), public_id)
    return leaflet_out(found, leaflets.leaflet_of(found))


@router.get("/versions/{public_id}/leaflet.pdf", summary="The leaflet as a PDF")
def leaflet_pdf(request: HttpRequest, public_id: str) -> HttpResponse:
    return leaflets.response(queries.version_for(actor_of(request), public_id))


# My protection


@router.get("/enrolments", response=list[EnrolmentOut], summary="What I am protected by, current ones first")
@member_required
def enrolments(request: HttpRequest) -> list[EnrolmentOut]:
    rows = queries.own_enrolments(actor_of(request))
    return [enrolment_out(row, enrolled.verifying(request, row.enrolment)) for row in rows]


@router.post("/enrolments", response={201: EnrolmentOut}, summary="Enrol myself from today on, where the terms allow")
@member_required
def enrol(request: HttpRequest, body: BeginIn, idempotency_key: Key = "") -> Status[EnrolmentOut]:
    actor, today = actor_of(request), clock.today()
    version = enrolling.version_on(policies.plan_of(body.plan), today, fields="plan")
    enrolling.may_enrol_self(actor, actor.person_id, version).require()

    def act() -> str:
        return actions.enrol(
            plan_code=body.plan, person_id=actor.person_id or 0, from_day=today, source="member", actor=actor
        ).public_id

    given = _once(idempotency_key, actor, "enrol", body.dict(), act)
    own = next(one for one in queries.own_enrolments(actor) if one.enrolment.public_id == given)
    return Status(201, enrolment_out(own, enrolled.verifying(request, own.enrolment)))


@router.get("/enrolments/{public_id}/certificate.pdf", summary="The certificate of an enrolment as a PDF")
def certificate_pdf(request: HttpRequest, public_id: str) -> HttpResponse:
    found = enrolled.opened_by(actor_of(request), public_id)
    return certificate.response(found, enrolled.verifying(request, found))


# A claim: the claimant's part


@router.get("/consent", response=ConsentOut, summary="The consent text in force")
@member_required
def consent_in_force(request: HttpRequest) -> ConsentOut:
    text = consents.current(consent.CODE, get_language() or "")
    return ConsentOut(version=text.version, body=text.body)


@router.get("/claims", response=ClaimsOut, summary="My claims, or those in my reach, newest first")
def claims(request: HttpRequest, listing: Query[ListIn]) -> ClaimsOut:
    actor = actor_of(request)
    rows = policies.visible_claims(actor)
    if not actor.is_member:
        policies.may_list_claims(actor).require()
        rows = rows.exclude(state=ClaimState.DRAFT, at_counter=False)
    rows = rows.with_names().exclude(Q(state=ClaimState.WITHDRAWN) & Q(filed_at=None)).order_by("-created_at", "-pk")
    if listing.state:
        rows = rows.filter(state=listing.state)
    found, more = cut(rows, page=listing.page, size=listing.size)
    return ClaimsOut(items=[claim_out(row, masked=not actor.is_member) for row in found], next=more)


@router.post("/claims", response={201: ClaimDetailOut}, summary="Begin a claim, or go on with the one begun")
@member_required
def begin(request: HttpRequest, body: BeginIn, idempotency_key: Key = "") -> Status[ClaimDetailOut]:
    actor = actor_of(request)
    plan = queries.own_plan(actor, body.plan)
    given = _once(
        idempotency_key, actor, "begin", body.dict(), lambda: actions.begin(plan_id=plan.pk, actor=actor).public_id
    )
    return Status(201, api_drafts.detail(actor, given))


@router.get("/claims/{public_id}", response=ClaimDetailOut, summary="One claim: told, papers, sum, timeline")
def claim(request: HttpRequest, public_id: str) -> ClaimDetailOut:
    actor = actor_of(request)
    return detail_out(actor, queries.open_for_reading(actor, public_id))


@router.post("/claims/{public_id}/fill", response=ClaimDetailOut, summary="Keep what is filled in so far")
@member_required
def fill(request: HttpRequest, public_id: str, body: FillIn) -> ClaimDetailOut:
    return api_drafts.fill(actor_of(request), public_id, body, ("cover", "bank_account"))


@router.post("/claims/{public_id}/papers", response={201: PaperOut}, summary="Bring one paper")
@member_required
def attach(
    request: HttpRequest,
    public_id: str,
    paper: Form[str],
    file: File[UploadedFile],
    idempotency_key: Key = "",
) -> Status[PaperOut]:
    actor, purpose = actor_of(request), f"{PURPOSE}.attach"
    made = api_drafts.attach(actor, public_id, paper=paper, file=file, key=idempotency_key, purpose=purpose)
    return Status(201, made)


@router.get("/claims/{public_id}/papers/{file_id}", summary="A paper; an officer's reading is logged")
def paper_content(request: HttpRequest, public_id: str, file_id: str) -> HttpResponse:
    content = files.read(queries.paper_for(actor_of(request), public_id, file_id))
    return HttpResponse(content.data, headers=content.headers)


@router.delete("/claims/{public_id}/papers/{file_id}", response={204: None}, summary="Take a paper away again")
@member_required
def detach(request: HttpRequest, public_id: str, file_id: str) -> Status[None]:
    actions.detach(public_id=public_id, file_id=file_id, actor=actor_of(request))
    return Status(204, None)


@router.post("/claims/{public_id}/submit", response=ClaimDetailOut, summary="Send a claim")
@member_required
def submit(request: HttpRequest, public_id: str, body: SubmitIn, idempotency_key: Key = "") -> ClaimDetailOut:
    actor = actor_of(request)
    found = queries.claim_for(actor, public_id)

    def act() -> str:
        consents.give(consent.CODE, body.consent_version, subject_key=found.owner_key, actor=actor)
        return actions.submit(public_id=public_id, actor=actor, card_holder=body.card_holder).public_id

    _once(idempotency_key, actor, "submit", {"claim": public_id, **body.dict()}, act)
    return api_drafts.detail(actor, public_id)


@router.post("/claims/{public_id}/supply", response=ClaimDetailOut, summary="Give what was asked for")
@member_required
def supply(request: HttpRequest, public_id: str, body: SupplyIn) -> ClaimDetailOut:
    actor = actor_of(request)
    actions.supply(public_id=public_id, note=body.note, actor=actor)
    return api_drafts.detail(actor, public_id)


@router.post("/claims/{public_id}/withdraw", response=ClaimDetailOut, summary="Take a claim back")
@member_required
def withdraw(request: HttpRequest, public_id: str) -> ClaimDetailOut:
    actor = actor_of(request)
    actions.withdraw(public_id=public_id, actor=actor)
    return api_drafts.detail(actor, public_id)


@router.post("/claims/{public_id}/appeal", response={201: ClaimDetailOut}, summary="Ask once for another answer")
@member_required
def appeal(request: HttpRequest, public_id: str, body: GroundIn) -> Status[ClaimDetailOut]:
    actor = actor_of(request)
    actions.lodge(public_id=public_id, ground=body.ground, actor=actor)
    return Status(201, api_drafts.detail(actor, public_id))


# A claim: staff's part


@router.post("/claims/{public_id}/confirm-unit", response=ClaimDetailOut, summary="The unit confirms")
@staff_required
def confirm_unit(request: HttpRequest, public_id: str) -> ClaimDetailOut:
    return _moved(request, public_id, actions.confirm_unit)


@router.post("/claims/{public_id}/check", response=ClaimDetailOut, summary="The agency finds the papers whole")
@staff_required
def check(request: HttpRequest, public_id: str) -> ClaimDetailOut:
    return _moved(request, public_id, actions.check)


@router.post("/claims/{public_id}/review", response=ClaimDetailOut, summary="Take it up and calculate")
@staff_required
def review(request: HttpRequest, public_id: str) -> ClaimDetailOut:
    return _moved(request, public_id, actions.review)


@router.post("/claims/{public_id}/recalculate", response=ClaimDetailOut, summary="Calculate anew")
@staff_required
def recalculate(request: HttpRequest, public_id: str) -> ClaimDetailOut:
    return _moved(request, public_id, actions.recalculate)


@router.post("/claims/{public_id}/approve", response=ClaimDetailOut, summary="Grant what was calculated")
@staff_required
def approve(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> ClaimDetailOut:
    actor = actor_of(request)
    queries.claim_for(actor, public_id)

    def act() -> str:
        return actions.approve(public_id=public_id, actor=actor).public_id

    _once(idempotency_key, actor, "approve", {"claim": public_id}, act)
    return api_drafts.detail(actor, public_id)


@router.post("/claims/{public_id}/ask-more", response=ClaimDetailOut, summary="Ask for more; the clock pauses")
@staff_required
def ask_more(request: HttpRequest, public_id: str, body: ReasonIn) -> ClaimDetailOut:
    return _moved(request, public_id, actions.ask_more, reason=body.reason)


@router.post("/claims/{public_id}/refuse", response=ClaimDetailOut, summary="Refuse with a reason")
@staff_required
def refuse(request: HttpRequest, public_id: str, body: ReasonIn) -> ClaimDetailOut:
    return _moved(request, public_id, actions.refuse, reason=body.reason)


@router.post("/claims/{public_id}/appeal/uphold", response=ClaimDetailOut, summary="The appeal is right")
@staff_required
def uphold(request: HttpRequest, public_id: str, body: ReasonIn) -> ClaimDetailOut:
    return _answered(request, public_id, actions.uphold, body.reason)


@router.post("/claims/{public_id}/appeal/reject", response=ClaimDetailOut, summary="The answer stands")
@staff_required
def reject(request: HttpRequest, public_id: str, body: ReasonIn) -> ClaimDetailOut:
    return _answered(request, public_id, actions.reject, body.reason)


def _moved(request: HttpRequest, public_id: str, act: Callable[..., Any], **given: str) -> ClaimDetailOut:
    """One move by staff."""
    actor = actor_of(request)
    act(public_id=public_id, actor=actor, **given)
    return api_drafts.detail(actor, public_id)


def _answered(request: HttpRequest, public_id: str, act: Callable[..., Any], reason: str) -> ClaimDetailOut:
    actor = actor_of(request)
    found = staff.appeal_of(actor, queries.claim_for(actor, public_id))
    if found is None:
        raise policies.no_claim()
    act(public_id=found.public_id, reason=reason, actor=actor)
    return api_drafts.detail(actor, public_id)


def _once(key: str, actor: Actor, name: str, body: dict[str, Any], make: Callable[[], str]) -> str:
    return idempotency.once_made(key=key, actor=actor, purpose=f"{PURPOSE}.{name}", body=body, make=make)
