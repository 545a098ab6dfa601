"""The endpoint of the rush: POST ``/api/v1/offers/campaigns/{id}/reservations``.

It finds its session itself, in the one statement that reads everything else, so that nothing is looked up twice; no
ORM, and an answer that needs no schema.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.decorators import decorate_view
from ninja.operation import Operation
from pydantic import BeforeValidator, Field

from niangjia.kernel import clock
from niangjia.kernel.errors import DomainError
from niangjia.kernel.ids import readable_number
from niangjia.platform.accounts import cookies, errors, middleware, tokens
from niangjia.platform.accounts.gates import checks_own_session
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.requests.addresses import client_address
from niangjia.services.offers import rules
from niangjia.services.offers.models import NUMBER_PREFIX, Reservation
from niangjia.services.offers.rush import flood, reserving
from niangjia.services.offers.rush.catalogue import Choice
from niangjia.services.offers.rush.patience import patiently
from niangjia.services.offers.rush.reserving import ByToken, Reserved
from niangjia.services.offers.states import RESERVATION

router = Router(tags=["offers"])

_ONE: dict[str, Any] = {"type": "integer", "const": 1}
_KEY: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": True,
    "schema": {"type": "string", "maxLength": 255},
}
"""Read by the view itself: a model for one header costs as much as reading the body."""


def _as_text(value: Any) -> Any:
    return str(value) if type(value) is int else value


class ReserveIn(Schema):
    """What one would like. A number is the name of no item and is not found, like any unknown one."""

    item: Annotated[str, BeforeValidator(_as_text)]
    site: str = Field(max_length=40)
    day: date
    quantity: Any = Field(None, description="Needed, and always 1.", json_schema_extra=_ONE)


class ReservedOut(Schema):
    """The receipt. ``number`` is for people; ``day`` is when it is to be collected at the site."""

    id: str
    number: str
    state: str
    state_label: str
    campaign: str
    item: str
    item_name: str
    site: str
    site_name: str
    day: date


def token_of(request: HttpRequest) -> str:
    """The token of the session that the request carries, unchecked. A write by cookie must come from our pages.

    Raises NotSignedIn, NotAllowed CSRF_FAILED.
    """
    bearer = middleware.bearer_token(request)
    if bearer is not None:
        return bearer or _nobody()
    token = cookies.token_of(request, SessionKind.MEMBER) or cookies.token_of(request, SessionKind.STAFF)
    if not tokens.is_well_formed(token):
        return _nobody()
    if (forged := middleware.forgery(request)) is not None:
        raise forged
    return token


def _nobody() -> str:
    raise errors.not_signed_in()


def _short_way(run: Callable[..., Any]) -> Callable[..., Any]:
    """Answers a request that is as it should be without ninja's way, which costs a sixth of the processor time of the
    whole reservation; what cannot be read goes that way and is refused there like everywhere."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]

    def answer(request: HttpRequest, campaign: str) -> Any:
        try:
            token = token_of(request)
            body = ReserveIn.model_validate(operation.api.parser.parse_body(request))
        except (DomainError, SuspiciousOperation, OSError, ValueError):
            return run(request, campaign=campaign)
        return _answer(request, campaign, token, body)

    return answer


@router.post(
    "/campaigns/{campaign}/reservations",
    auth=token_of,
    response={201: ReservedOut},
    summary="Reserve one piece; the same Idempotency-Key gets the same answer",
    openapi_extra={"parameters": [_KEY]},
)
@checks_own_session
@decorate_view(_short_way)
def reserve(request: HttpRequest, campaign: str, body: ReserveIn) -> HttpResponse:
    return _answer(request, campaign, request.auth, body)  # type: ignore[attr-defined]


def _answer(request: HttpRequest, campaign: str, token: str, body: ReserveIn) -> HttpResponse:
    flood.take(tokens.token_hash(token))
    rules.require_one(body.quantity)
    wanted = reserving.Request(
        ByToken(token),
        campaign,
        Choice(body.item, body.site, body.day),
        request.headers.get("Idempotency-Key", ""),
        trace=getattr(request, "trace", ""),
        address=client_address(request),
    )
    made = patiently(lambda: reserving.reserve(wanted))
    text = json.dumps(receipt(wanted, made), ensure_ascii=False)
    return HttpResponse(text.encode(), status=201, content_type="application/json")


def receipt(wanted: reserving.Request, made: Reserved) -> dict[str, str]:
    """What somebody is told who has reserved; a repetition tells what became of it."""
    number, state = _number_and_state(made)
    place = made.place
    return {
        "id": made.public_id,
        "number": number,
        "state": state,
        "state_label": str(RESERVATION.state(state).label),
        "campaign": wanted.campaign,
        "item": wanted.choice.item,
        "item_name": place.item_name,
        "site": place.site_key,
        "site_name": place.site_name,
        "day": place.day.isoformat(),
    }


def _number_and_state(made: Reserved) -> tuple[str, str]:
    if not made.repeated:
        return readable_number(NUMBER_PREFIX, clock.today().year, made.id), RESERVATION.initial
    row = Reservation.objects.get(pk=made.id)
    return row.number, row.state
