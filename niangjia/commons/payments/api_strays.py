"""``/api/v1/payments/strays``: lines of the bank's files that nobody could place. Sums are fen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from niangjia.commons.payments import actions, placing, policies, queries
from niangjia.commons.payments.models import StrayLine
from niangjia.commons.payments.states import UNSETTLED
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.requests import idempotency
from niangjia.platform.web.api_shapes import Key, PageIn, ReasonIn
from niangjia.platform.web.paging import cut

router = Router(tags=["payments"])


class StraysIn(PageIn):
    """Without ``state`` those that still want somebody."""

    state: str = Field("", max_length=32)
    astray: str = Field("", max_length=16)


class PlaceIn(ReasonIn):
    reference: str = Field(max_length=40)


class StrayOut(Schema):
    """A line of the bank's file. ``astray`` says why it could not simply be counted; ``about`` is the payment of its
    reference, ``target`` the one to which it is to be placed."""

    id: str
    state: str
    state_label: str
    astray: str
    astray_label: str
    reference: str
    failed: bool
    cause: str
    fen: int | None
    serial: str
    at: datetime
    batch: str
    line: int
    about: str | None
    target: str | None
    what_to_do: str


class StraysOut(Schema):
    """A page of a list; ``next`` is the page after it or null."""

    items: list[StrayOut]
    next: int | None


@router.get("", response=StraysOut, summary="Lines of the bank's files that could not simply be counted")
@staff_required
def strays(request: HttpRequest, listing: Query[StraysIn]) -> StraysOut:
    actor = actor_of(request)
    policies.may_read(actor).require()
    rows = policies.visible_strays(actor).select_related("batch", "about", "target").order_by("-pk")
    states = [listing.state] if listing.state else [state.value for state in UNSETTLED]
    rows = rows.filter(state__in=states)
    rows = rows.filter(astray=listing.astray) if listing.astray else rows
    found, more = cut(rows, page=listing.page, size=listing.size)
    return StraysOut(items=[_stray(row) for row in found], next=more)


@router.get("/{public_id}", response=StrayOut, summary="One line; opening it is logged")
@staff_required
def stray(request: HttpRequest, public_id: str) -> StrayOut:
    return _stray(queries.opened_stray(actor_of(request), public_id))


@router.post("/{public_id}/propose-place", response=StrayOut, summary="Say of which payment it speaks")
@staff_required
def propose_place(request: HttpRequest, public_id: str, body: PlaceIn, idempotency_key: Key = "") -> StrayOut:
    """Nothing moves before somebody else has confirmed it."""
    return _moved(request, public_id, idempotency_key, "propose_place", actions.propose_place, **body.dict())


@router.post("/{public_id}/confirm-place", response=StrayOut, summary="Count it for the payment that was proposed")
@staff_required
def confirm_place(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> StrayOut:
    return _moved(request, public_id, idempotency_key, "confirm_place", actions.confirm_place)


@router.post("/{public_id}/decline-place", response=StrayOut, summary="Give it back to whoever prepares")
@staff_required
def decline_place(request: HttpRequest, public_id: str, body: ReasonIn, idempotency_key: Key = "") -> StrayOut:
    return _moved(request, public_id, idempotency_key, "decline_place", actions.decline_place, reason=body.reason)


@router.post("/{public_id}/set-aside", response=StrayOut, summary="Let nobody look at it any longer; no money moves")
@staff_required
def set_aside(request: HttpRequest, public_id: str, body: ReasonIn, idempotency_key: Key = "") -> StrayOut:
    return _moved(request, public_id, idempotency_key, "set_aside", actions.set_aside, reason=body.reason)


@router.post("/{public_id}/propose-aside", response=StrayOut, summary="Say that the bank is wrong; for a late word")
@staff_required
def propose_aside(request: HttpRequest, public_id: str, body: ReasonIn, idempotency_key: Key = "") -> StrayOut:
    """Nothing changes before somebody else agrees."""
    return _moved(request, public_id, idempotency_key, "propose_aside", actions.propose_aside, reason=body.reason)


@router.post("/{public_id}/confirm-aside", response=StrayOut, summary="Agree: what followed is paid as usual")
@staff_required
def confirm_aside(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> StrayOut:
    return _moved(request, public_id, idempotency_key, "confirm_aside", actions.confirm_aside)


@router.post("/{public_id}/decline-aside", response=StrayOut, summary="Not agree: it waits again")
@staff_required
def decline_aside(request: HttpRequest, public_id: str, body: ReasonIn, idempotency_key: Key = "") -> StrayOut:
    return _moved(request, public_id, idempotency_key, "decline_aside", actions.decline_aside, reason=body.reason)


@router.post("/{public_id}/take-up", response=StrayOut, summary="Look again at what was set aside")
@staff_required
def take_up(request: HttpRequest, public_id: str, body: ReasonIn, idempotency_key: Key = "") -> StrayOut:
    return _moved(request, public_id, idempotency_key, "take_up", actions.take_up, reason=body.reason)


def _moved(
    request: HttpRequest, public_id: str, key: str, name: str, act: Callable[..., Any], **given: str
) -> StrayOut:
    moved = idempotency.once_moved(
        key=key, actor=actor_of(request), purpose=f"payments.api.{name}", kind="stray", public_id=public_id,
        find=queries.stray_for, act=act, **given,
    )  # fmt: skip
    return _stray(moved)


def _stray(row: StrayLine) -> StrayOut:
    return StrayOut(
        id=row.public_id,
        state=row.state,
        state_label=str(row.MACHINE.state(row.state).label),
        astray=row.astray,
        astray_label=str(row.astray_label),
        reference=row.reference,
        failed=row.failed,
        cause=row.cause,
        fen=row.fen,
        serial=row.serial,
        at=row.at,
        batch=row.batch.public_id,
        line=row.line,
        about=row.about.public_id if row.about else None,
        target=row.target.public_id if row.target else None,
        what_to_do=str(placing.what_to_do(row)),
    )
