"""``/api/v1/card``: one's own card with a fresh code, reporting it lost, and what verifiers without network need."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from niangjia.commons.people.cards import actions, queries
from niangjia.commons.people.cards.models import Card
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required, public
from niangjia.platform.requests import idempotency
from niangjia.platform.web.api_shapes import Key

KEYS_FRESH_SECONDS = 60
"""A verifier asks again after a minute; caches between may answer so long."""

router = Router(tags=["card"])


class CodeOut(Schema):
    """The text of the QR code. Ask for the next one after ``renew_in`` seconds; a scanner takes this one for
    ``accepted_for`` seconds after ``issued_at``."""

    text: str
    issued_at: datetime
    renew_in: int
    accepted_for: int


class CardOut(Schema):
    """A card; ``code`` is null unless it is active."""

    id: str
    number: str
    state: str
    state_label: str
    since: datetime
    issued_on: date
    code: CodeOut | None


class KeysOut(Schema):
    """What a verifier keeps: Ed25519 public keys in base64url by key id, the numbers of revoked cards, as of when."""

    keys: dict[str, str]
    revoked: list[str]
    as_of: datetime


class LostIn(Schema):
    """``id`` of the card that was lost."""

    id: str = Field(max_length=24)


@router.get("", response=CardOut, summary="My card with a fresh code")
@member_required
def own(request: HttpRequest, response: HttpResponse) -> CardOut:
    response["Cache-Control"] = "no-store"
    return _out(queries.require_own(actor_of(request)))


@router.get("/keys", response=KeysOut, summary="Public keys and revoked cards, for verifying without network")
@public
def keys(request: HttpRequest) -> HttpResponse:
    body = json.dumps(queries.trust_list().as_json()).encode()
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    same = tag in request.headers.get("If-None-Match", "")
    answer = HttpResponse(status=304) if same else HttpResponse(body, content_type="application/json")
    answer["ETag"], answer["Cache-Control"] = tag, f"public, max-age={KEYS_FRESH_SECONDS}"
    return answer


@router.post("/lost", response=CardOut, summary="Report my card lost")
@member_required
def lost(request: HttpRequest, body: LostIn, idempotency_key: Key = "") -> CardOut:
    actor = actor_of(request)
    idempotency.once(
        key=idempotency_key,
        actor=actor,
        purpose="people.card.report_lost",
        body=body.dict(),
        act=lambda: {"id": actions.report_lost(public_id=body.id, actor=actor).public_id},
    )
    return _out(queries.require_own(actor))


def _out(card: Card) -> CardOut:
    return CardOut(
        id=card.public_id,
        number=card.number,
        state=card.state,
        state_label=str(card.state_label),
        since=card.state_since,
        issued_on=card.issued_on,
        code=_code(card) if card.is_active else None,
    )


def _code(card: Card) -> CodeOut:
    fresh = queries.fresh_code(card)
    return CodeOut(text=fresh.text, issued_at=fresh.issued_at, renew_in=fresh.renew_in, accepted_for=fresh.accepted_for)
