"""``/api/v1/reimbursement/``: what came back to me; feeds, rounds, cases and settlements of nobody. Sums are fen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from niangjia.kernel.actor import Actor
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.requests import idempotency
from niangjia.platform.web.api_shapes import Key, ListIn, ReasonIn
from niangjia.platform.web.paging import cut
from niangjia.services.reimbursement import actions, policies, queries
from niangjia.services.reimbursement.models import Case, Feed, Lost, Round
from niangjia.services.reimbursement.states import Outcome

router = Router(tags=["reimbursement"])


class CaseOut(Schema):
    """One settlement and what is given back of it; ``name`` is masked and empty for the member's own."""

    id: str
    transaction: str
    programme: str
    kind: str
    from_day: date
    to_day: date
    self_paid_fen: int
    fen: int
    state: str
    state_label: str
    name: str
    sampled: str


class CasesOut(Schema):
    """A page of a list; ``next`` is the page after it or null."""

    items: list[CaseOut]
    next: int | None


class CaseDetailOut(Schema):
    """A case with how its sum came about, in sentences."""

    case: CaseOut
    steps: list[str]
    reductions: list[str]


class FeedOut(Schema):
    """A file of settlements; the counts are rows by what became, or would become, of them."""

    id: str
    number: str
    programme: str
    union: str
    state: str
    state_label: str
    rows: int
    due: int
    nothing: int
    known: int
    unmatched: int
    error: int
    round: str | None
    at: datetime


class FeedsOut(Schema):
    """A page of a list; ``next`` is the page after it or null."""

    items: list[FeedOut]
    next: int | None


class RoundOut(Schema):
    """Cases that are agreed to together; ``unseen`` sampled ones still wait for a look."""

    id: str
    programme: str
    union: str
    state: str
    state_label: str
    feed: str | None
    due: int
    fen: int
    persons: int
    sampled: int
    unseen: int


class RoundsOut(Schema):
    """A page of a list; ``next`` is the page after it or null."""

    items: list[RoundOut]
    next: int | None


class LostOut(Schema):
    """A settlement that matched nobody, with the cause."""

    id: str
    transaction: str
    programme: str
    cause: str
    cause_label: str
    state: str
    from_day: date
    self_paid_fen: int


class LostListOut(Schema):
    """A page of a list; ``next`` is the page after it or null."""

    items: list[LostOut]
    next: int | None


class MatchIn(Schema):
    id_number: str = Field(max_length=30)


# Cases: the member's own, or those in an office's reach


@router.get("/cases", response=CasesOut, summary="What came back to me, or cases in my reach, newest first")
def cases(request: HttpRequest, listing: Query[ListIn]) -> CasesOut:
    actor = actor_of(request)
    if not actor.is_member:
        policies.may_list(actor).require()
    return _cases(actor, queries.own_cases(actor), listing)


@router.get("/cases/{public_id}", response=CaseDetailOut, summary="One case, and how its sum came about")
def case(request: HttpRequest, public_id: str) -> CaseDetailOut:
    actor = actor_of(request)
    found = queries.case_for(actor, public_id)
    if actor.is_staff:
        looks.record(actor, [found.owner_key], LookKind.OPENED)
    return _detail(actor, found)


@router.post("/cases/{public_id}/clear", response=CaseDetailOut, summary="A sampled case is right")
@staff_required
def clear(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> CaseDetailOut:
    return _judged(request, public_id, idempotency_key, "clear", actions.clear)


@router.post("/cases/{public_id}/withhold", response=CaseDetailOut, summary="Hold a case back from its round")
@staff_required
def withhold(request: HttpRequest, public_id: str, body: ReasonIn, idempotency_key: Key = "") -> CaseDetailOut:
    return _judged(request, public_id, idempotency_key, "withhold", actions.withhold, reason=body.reason)


@router.post("/cases/{public_id}/drop", response=CaseDetailOut, summary="Do not pay a case at all")
@staff_required
def drop(request: HttpRequest, public_id: str, body: ReasonIn, idempotency_key: Key = "") -> CaseDetailOut:
    return _judged(request, public_id, idempotency_key, "drop", actions.drop, reason=body.reason)


# Feeds


@router.get("/feeds", response=FeedsOut, summary="Feeds in my reach, newest first")
@staff_required
def feeds(request: HttpRequest, listing: Query[ListIn]) -> FeedsOut:
    actor = actor_of(request)
    policies.may_list(actor).require()
    rows = policies.visible_feeds(actor).with_unions().order_by("-created_at", "-pk")
    rows = rows.filter(state=listing.state) if listing.state else rows
    found, more = cut(rows, page=listing.page, size=listing.size)
    return FeedsOut(items=[_feed(row) for row in found], next=more)


@router.post("/feeds", response={201: FeedOut}, summary="Bring in settlements; matching and trying out begin at once")
@staff_required
def upload(
    request: HttpRequest,
    union_code: Form[str],
    programme: Form[str],
    file: File[UploadedFile],
    idempotency_key: Key = "",
) -> Status[FeedOut]:
    actor = actor_of(request)
    policies.may_upload(actor).require()
    said = {"union_code": union_code, "programme": programme}
    body = {**said, "file": idempotency.file_digest(file)}
    made = idempotency.once_made(
        key=idempotency_key, actor=actor, purpose="reimbursement.api.upload", body=body,
        make=lambda: actions.upload_roster(upload=file, actor=actor, **said).public_id,
    )  # fmt: skip
    return Status(201, _feed(_feed_for(actor, made)))


@router.get("/feeds/{public_id}", response=FeedOut, summary="One feed with its dry run")
@staff_required
def feed(request: HttpRequest, public_id: str) -> FeedOut:
    return _feed(_feed_for(actor_of(request), public_id))


@router.post("/feeds/{public_id}/apply", response=FeedOut, summary="Make a round of it, as in the dry run")
@staff_required
def apply_feed(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> FeedOut:
    return _feed_moved(request, public_id, idempotency_key, "apply", actions.apply_roster)


@router.post("/feeds/{public_id}/recheck", response=FeedOut, summary="Match and try out anew")
@staff_required
def recheck_feed(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> FeedOut:
    return _feed_moved(request, public_id, idempotency_key, "recheck", actions.recheck_roster)


@router.post("/feeds/{public_id}/discard", response=FeedOut, summary="Give a feed up")
@staff_required
def discard_feed(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> FeedOut:
    return _feed_moved(request, public_id, idempotency_key, "discard", actions.discard_roster)


# Rounds


@router.get("/rounds", response=RoundsOut, summary="Rounds in my reach, newest first")
@staff_required
def rounds(request: HttpRequest, listing: Query[ListIn]) -> RoundsOut:
    actor = actor_of(request)
    policies.may_list(actor).require()
    rows = policies.visible_rounds(actor).order_by("-created_at", "-pk")
    rows = rows.filter(state=listing.state) if listing.state else rows
    found, more = cut(rows, page=listing.page, size=listing.size)
    return RoundsOut(items=[_round(row) for row in found], next=more)


@router.get("/rounds/{public_id}", response=RoundOut, summary="One round in numbers")
@staff_required
def round_(request: HttpRequest, public_id: str) -> RoundOut:
    return _round(queries.round_for(actor_of(request), public_id))


@router.get("/rounds/{public_id}/cases", response=CasesOut, summary="The cases of a round")
@staff_required
def round_cases(request: HttpRequest, public_id: str, listing: Query[ListIn]) -> CasesOut:
    actor = actor_of(request)
    found = queries.round_for(actor, public_id)
    return _cases(actor, queries.own_cases(actor).filter(round=found), listing)


@router.post("/rounds/{public_id}/approve", response=RoundOut, summary="Agree; every case asks for its payment")
@staff_required
def approve(request: HttpRequest, public_id: str, idempotency_key: Key = "") -> RoundOut:
    return _round(
        _moved(request, "round", queries.round_for, public_id, idempotency_key, "approve", actions.approve_round)
    )


@router.post("/rounds/{public_id}/call-off", response=RoundOut, summary="Pay none of it")
@staff_required
def call_off(request: HttpRequest, public_id: str, body: ReasonIn, idempotency_key: Key = "") -> RoundOut:
    moved = _moved(
        request, "round", queries.round_for, public_id, idempotency_key, "call_off", actions.call_off_round,
        reason=body.reason,
    )  # fmt: skip
    return _round(moved)


# What matched nobody


@router.get("/lost", response=LostListOut, summary="Settlements that matched nobody")
@staff_required
def lost(request: HttpRequest, listing: Query[ListIn]) -> LostListOut:
    actor = actor_of(request)
    policies.may_list(actor).require()
    rows = policies.visible_lost(actor).order_by("-pk")
    rows = rows.filter(state=listing.state) if listing.state else rows
    found, more = cut(rows, page=listing.page, size=listing.size)
    return LostListOut(items=[_lost(row) for row in found], next=more)


@router.post("/lost/{public_id}/match", response={201: CaseDetailOut}, summary="Say whose it is by the ID number")
@staff_required
def match(request: HttpRequest, public_id: str, body: MatchIn, idempotency_key: Key = "") -> Status[CaseDetailOut]:
    actor = actor_of(request)
    queries.lost_for(actor, public_id)
    made = idempotency.once_made(
        key=idempotency_key, actor=actor, purpose="reimbursement.api.match",
        body={"lost": public_id, "id_number": body.id_number},
        make=lambda: actions.match(public_id=public_id, id_number=body.id_number, actor=actor).public_id,
    )  # fmt: skip
    return Status(201, _detail(actor, Case.objects.select_related("person", "round").get(public_id=made)))


@router.post("/lost/{public_id}/give-up", response=LostOut, summary="Look no further")
@staff_required
def give_up(request: HttpRequest, public_id: str, body: ReasonIn, idempotency_key: Key = "") -> LostOut:
    moved = _moved(
        request, "lost", queries.lost_for, public_id, idempotency_key, "give_up", actions.give_up_on,
        reason=body.reason,
    )  # fmt: skip
    return _lost(moved)


def _judged(
    request: HttpRequest, public_id: str, key: str, name: str, act: Callable[..., Any], **given: str
) -> CaseDetailOut:
    return _detail(actor_of(request), _moved(request, "case", queries.case_for, public_id, key, name, act, **given))


def _feed_moved(request: HttpRequest, public_id: str, key: str, name: str, act: Callable[..., Any]) -> FeedOut:
    return _feed(_moved(request, "feed", _feed_for, public_id, key, name, act))


def _moved(
    request: HttpRequest, kind: str, find: Callable[[Actor, str], Any], public_id: str, key: str, name: str,
    act: Callable[..., Any], **given: str,
) -> Any:  # fmt: skip
    """One move of a thing of this room, done once for its key: the thing after it."""
    return idempotency.once_moved(
        key=key, actor=actor_of(request), purpose=f"reimbursement.api.{name}", kind=kind, public_id=public_id,
        find=find, act=act, **given,
    )  # fmt: skip


def _feed_for(actor: Actor, public_id: str) -> Feed:
    found = policies.visible_feeds(actor).with_unions().filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found  # type: ignore[no-any-return]


def _cases(actor: Actor, rows: Any, listing: ListIn) -> CasesOut:
    rows = rows.filter(state=listing.state) if listing.state else rows
    found, more = cut(rows.select_related("person", "round"), page=listing.page, size=listing.size)
    return CasesOut(items=[_case(actor, row) for row in found], next=more)


def _case(actor: Actor, row: Case) -> CaseOut:
    return CaseOut(
        id=row.public_id,
        transaction=row.transaction,
        programme=row.programme,
        kind=row.kind,
        from_day=row.from_day,
        to_day=row.to_day,
        self_paid_fen=row.self_paid_fen,
        fen=row.fen,
        state=row.state,
        state_label=str(row.state_label),
        name="" if actor.is_member else masks.mask_name(row.person.name),
        sampled="" if actor.is_member else row.sampled,
    )


def _detail(actor: Actor, row: Case) -> CaseDetailOut:
    found = queries.sum_of(row)
    return CaseDetailOut(
        case=_case(actor, row),
        steps=[str(step) for step in found.steps],
        reductions=[str(step) for step in found.reductions],
    )


def _feed(row: Feed) -> FeedOut:
    made = Round.objects.filter(feed=row).values_list("public_id", flat=True).first()
    return FeedOut(
        id=row.public_id,
        number=row.number,
        programme=row.programme,
        union=row.union.name,
        state=row.state,
        state_label=str(row.MACHINE.state(row.state).label),
        rows=row.rows_total,
        round=made,
        at=row.created_at,
        **{outcome.value: row.count_of(outcome) for outcome in Outcome},
    )


def _round(row: Round) -> RoundOut:
    found = queries.totals(row)
    return RoundOut(
        id=row.public_id,
        programme=row.programme,
        union=row.union.name,
        state=row.state,
        state_label=str(row.MACHINE.state(row.state).label),
        feed=row.feed.public_id if row.feed else None,
        due=found.due,
        fen=found.fen,
        persons=found.persons,
        sampled=found.sampled,
        unseen=found.unseen,
    )


def _lost(row: Lost) -> LostOut:
    return LostOut(
        id=row.public_id,
        transaction=row.transaction,
        programme=row.programme,
        cause=row.cause,
        cause_label=str(row.cause_label),
        state=row.state,
        from_day=row.from_day,
        self_paid_fen=row.self_paid_fen,
    )
