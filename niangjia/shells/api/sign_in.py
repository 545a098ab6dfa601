"""Signing in for apps: members by phone and code, staff by password and second factor. Tokens instead of cookies."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from niangjia.commons.people.disputes import recycled
from niangjia.platform.accounts import api_sign_in
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import held_member_allowed, pending_staff_allowed, public, signed_in_required
from niangjia.platform.accounts.middleware import bearer_token
from niangjia.platform.requests import client_address
from niangjia.platform.web.rooms import visit_of

router = Router(tags=["sign-in"])


class CodeWanted(Schema):
    """``ticket`` is the one of the earlier answer when the same app asks again."""

    phone: str = Field(max_length=40, examples=["15400000001"])
    ticket: str = Field("", max_length=100)
    purpose: Literal["sign_in"] = "sign_in"


class CodeSent(Schema):
    """The same answer for known and unknown phones. Times in seconds."""

    ticket: str
    resend_after: int
    expires_in: int


class CodeTyped(Schema):
    """What the member typed, with the ticket of the app that asked for the code."""

    phone: str = Field(max_length=40)
    code: str = Field(max_length=40)
    ticket: str = Field(max_length=100)


class OwnerSaid(Schema):
    """The last four places of the ID number on record, or the name where no number is known."""

    said: str = Field(max_length=60)


class NotMine(Schema):
    """Who the new holder of the phone is, and a word about it."""

    name: str = Field(max_length=100)
    note: str = Field("", max_length=300)


class PasswordTyped(Schema):
    """Name and password of staff."""

    name: str = Field(max_length=100)
    password: str = Field(max_length=8192)


class TotpTyped(Schema):
    """The six digits of the authenticator."""

    code: str = Field(max_length=40)


class SignedIn(Schema):
    """``next_step`` is ``second_factor``, ``enrolment``, ``owner`` or ``none``; a token of an earlier step opens no
    other."""

    token: str
    kind: str
    expires_at: datetime
    next_step: str


class Me(Schema):
    """Who is signed in."""

    kind: str
    name: str
    roles: list[str]


@router.post("/code", response=CodeSent, summary="Send a code to a phone")
@public
def send_code(request: HttpRequest, wanted: CodeWanted) -> api_sign_in.CodeTicket:
    visit = visit_of(request)
    return api_sign_in.request_code(
        phone=wanted.phone,
        ticket=wanted.ticket,
        purpose=wanted.purpose,
        address=client_address(request),
        quota=visit.quota if visit else None,
    )


@router.post("/member", response=SignedIn, summary="Sign a member in by code")
@public
def sign_member_in(request: HttpRequest, typed: CodeTyped) -> api_sign_in.Token:
    return api_sign_in.confirm_code(
        phone=typed.phone,
        code=typed.code,
        ticket=typed.ticket,
        address=client_address(request),
        agent=request.headers.get("User-Agent", ""),
    )


@router.post("/member/owner", response=SignedIn, summary="Open a held account by what its owner knows")
@held_member_allowed
def say_owner(request: HttpRequest, said: OwnerSaid) -> api_sign_in.Token:
    session = request.niangjia_session  # type: ignore[attr-defined]
    return api_sign_in.say_owner(session=session, said=said.said)


@router.post("/member/not-mine", response=SignedIn, summary="The account is not mine: the phone leaves it")
@held_member_allowed
def not_mine(request: HttpRequest, said: NotMine) -> api_sign_in.Token:
    session = request.niangjia_session  # type: ignore[attr-defined]
    actor = recycled.whoever_typed(session, trace=getattr(request, "trace", ""))
    agent = request.headers.get("User-Agent", "")
    _made, begun = recycled.disown(name=said.name, note=said.note, actor=actor, agent=agent)
    return api_sign_in.token_of(begun)


@router.post("/staff", response=SignedIn, summary="Staff, first step: name and password")
@public
def sign_staff_in(request: HttpRequest, typed: PasswordTyped) -> api_sign_in.Token:
    return api_sign_in.check_password(
        name=typed.name,
        password=typed.password,
        address=client_address(request),
        agent=request.headers.get("User-Agent", ""),
    )


@router.post("/staff/second-factor", response=SignedIn, summary="Staff, second step: the authenticator")
@pending_staff_allowed
def prove_second_factor(request: HttpRequest, typed: TotpTyped) -> api_sign_in.Token:
    return api_sign_in.check_totp(token=bearer_token(request) or "", code=typed.code)


@router.get("/me", response=Me, summary="Who is signed in")
@signed_in_required
def me(request: HttpRequest) -> Me:
    actor = actor_of(request)
    return Me(kind=actor.kind.value, name=actor.name, roles=sorted({grant.role for grant in actor.grants}))


@router.delete("", response={204: None}, summary="Sign out")
@public
def sign_out(request: HttpRequest) -> Status[None]:
    api_sign_in.sign_out(token=bearer_token(request) or "")
    return Status(204, None)
