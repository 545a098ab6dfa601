"""``/api/v1/protection/counter/``: an agency takes a claim for somebody who came, also for the relative of somebody who
died. The actions and refusals are those of the console's counter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router, Status
from ninja.files import UploadedFile

from niangjia.kernel.actor import Actor
from niangjia.kernel.identifiers import person_name, resident_id
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data import consents
from niangjia.platform.requests import idempotency
from niangjia.platform.web.api_shapes import Key
from niangjia.services.protection import actions, api_drafts, consent, counter, queries
from niangjia.services.protection.api_shapes import (
    ClaimDetailOut,
    CounterBeginIn,
    CounterFillIn,
    PaperOut,
    SubmitIn,
)
from niangjia.services.protection.claim_models import Claim

router = Router(tags=["protection"])
PURPOSE = "protection.api.counter"
TEXTS = ("cover", "bank_account", "kinship", "claimant_name", "claimant_phone")


@router.post("/claims", response={201: ClaimDetailOut}, summary="Begin a claim for an insured person who came")
@staff_required
def begin(request: HttpRequest, body: CounterBeginIn, idempotency_key: Key = "") -> Status[ClaimDetailOut]:
    actor = actor_of(request)
    counter.may_open(actor).require()

    def act() -> str:
        number = resident_id(body.id_number).number
        found = counter.insured(actor, person_name(body.name), number, body.plan)
        return actions.begin(plan_id=found.plan_id, person_id=found.person_id, actor=actor).public_id

    given = _once(idempotency_key, actor, "begin", body.dict(), act)
    return Status(201, api_drafts.detail(actor, given))


@router.post("/claims/{public_id}/fill", response=ClaimDetailOut, summary="Keep what is filled in so far")
@staff_required
def fill(request: HttpRequest, public_id: str, body: CounterFillIn) -> ClaimDetailOut:
    actor = actor_of(request)
    _draft(actor, public_id)
    return api_drafts.fill(actor, public_id, body, TEXTS)


@router.post("/claims/{public_id}/papers", response={201: PaperOut}, summary="Bring one paper")
@staff_required
def attach(
    request: HttpRequest,
    public_id: str,
    paper: Form[str],
    file: File[UploadedFile],
    idempotency_key: Key = "",
) -> Status[PaperOut]:
    actor = actor_of(request)
    _draft(actor, public_id)
    purpose = f"{PURPOSE}.attach"
    made = api_drafts.attach(actor, public_id, paper=paper, file=file, key=idempotency_key, purpose=purpose)
    return Status(201, made)


@router.delete("/claims/{public_id}/papers/{file_id}", response={204: None}, summary="Take a paper away again")
@staff_required
def detach(request: HttpRequest, public_id: str, file_id: str) -> Status[None]:
    actor = actor_of(request)
    _draft(actor, public_id)
    actions.detach(public_id=public_id, file_id=file_id, actor=actor)
    return Status(204, None)


@router.post("/claims/{public_id}/submit", response=ClaimDetailOut, summary="Send it: the claimant has signed")
@staff_required
def submit(request: HttpRequest, public_id: str, body: SubmitIn, idempotency_key: Key = "") -> ClaimDetailOut:
    """``consent_version`` is of the text that the claimant read and signed at the counter."""
    actor = actor_of(request)
    found = queries.claim_for(actor, public_id)

    def act() -> str:
        counter.require_draft(actor, found)
        consents.give(consent.CODE, body.consent_version, subject_key=found.owner_key, actor=actor)
        return actions.submit(public_id=public_id, actor=actor, card_holder=body.card_holder).public_id

    _once(idempotency_key, actor, "submit", {"claim": public_id, **body.dict()}, act)
    return api_drafts.detail(actor, public_id)


def _draft(actor: Actor, public_id: str) -> Claim:
    claim = queries.claim_for(actor, public_id)
    counter.require_draft(actor, claim)
    return claim


def _once(key: str, actor: Actor, name: str, body: dict[str, Any], make: Callable[[], str]) -> str:
    return idempotency.once_made(key=key, actor=actor, purpose=f"{PURPOSE}.{name}", body=body, make=make)
