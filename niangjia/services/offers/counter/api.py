"""``/api/v1/offers/counter/``: for scanners. Look, hand out, take back; a list to take along, and scans sent in later.

The nonce in a body does what an ``Idempotency-Key`` does elsewhere: sent again it is the same try.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import partial

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.services.offers import actions
from niangjia.services.offers.counter import offline
from niangjia.services.offers.counter.offline import Answer, OfflineScan
from niangjia.services.offers.counter.parts import answered
from niangjia.services.offers.models import Reservation

router = Router(tags=["counter"])
KEY, NONCE = 40, 64


class LookIn(Schema):
    """``text`` is what was scanned or typed: a card's code, a card number, a reservation's number."""

    site: str = Field(max_length=KEY)
    text: str = Field(max_length=4096)
    nonce: str = Field(max_length=NONCE, description="Made by the scanner for each try: 8 to 64 of A-Z a-z 0-9 _ -")


class FoundOut(Schema):
    """What is to be handed out after somebody has looked at who stands there. The name is masked."""

    id: str
    number: str
    name: str
    item: str
    campaign: str
    scanned: bool = Field(description="By a fresh code. If not, look at a paper with a picture.")


class CollectIn(Schema):
    """``reservation`` is the id that looking gave."""

    site: str = Field(max_length=KEY)
    reservation: str = Field(max_length=KEY)
    nonce: str = Field(max_length=NONCE)


class UndoIn(Schema):
    """Why it is taken back, 4 to 300 characters."""

    reservation: str = Field(max_length=KEY)
    reason: str = Field(max_length=1000)


class HandedOutOut(Schema):
    """A reservation after a scan."""

    id: str
    number: str
    state: str
    state_label: str
    item: str
    collected_at: datetime | None


class SiteIn(Schema):
    site: str = Field(max_length=KEY)


class ListedOut(Schema):
    """``card``: HMAC-SHA-256 of the sixteen digits under ``key``, its first 32 hexadecimal digits."""

    id: str
    number: str
    card: str
    name: str
    item: str


class ListOut(Schema):
    """What is to be handed out at one site on one day. Do not judge by it after ``good_until``; codes are verified by
    ``/api/v1/card/keys``. Keep ``stamp`` and send it in with the scans."""

    site: str
    site_name: str
    day: date
    as_of: datetime
    good_until: datetime
    key: str
    stamp: str
    items: list[ListedOut]


class ScanIn(Schema):
    """One piece that was handed out without network; ``at`` by the device's own clock, right or wrong."""

    reservation: str = Field(max_length=KEY)
    nonce: str = Field(max_length=200)
    at: datetime
    force: bool = Field(False, description="Although day, site or card speak against it; asks for a campaign's officer")


class ScansIn(Schema):
    """``device_now`` is the device's clock while it sends: its moments are set right by it."""

    site: str = Field(max_length=KEY)
    stamp: str = Field(max_length=500)
    device: str = Field(max_length=200)
    device_now: datetime
    scans: list[ScanIn]


class FirstOut(Schema):
    """The other hand-out of a conflict; ``device`` is empty when it was made with network."""

    at: datetime
    site: str
    by: str
    device: str


class AnswerOut(Schema):
    """``outcome``: ok, repeated, CONFLICT or refused. Only ok and repeated may leave the device's queue unseen."""

    nonce: str
    outcome: str
    code: str
    message: str
    flags: list[str]
    first: FirstOut | None


class ScansOut(Schema):
    """Answers in the order of the scans; ``whose`` list it was."""

    whose: str
    answers: list[AnswerOut]


@router.post("/look", response=FoundOut, summary="Who stands here, and what is theirs")
@staff_required
def look(request: HttpRequest, body: LookIn) -> FoundOut:
    found = answered(lambda: actions.look(site=body.site, text=body.text, nonce=body.nonce, actor=actor_of(request)))
    return FoundOut(
        id=found.public_id,
        number=found.number,
        name=found.name,
        item=found.item,
        campaign=found.campaign,
        scanned=found.scanned,
    )


@router.post("/collect", response=HandedOutOut, summary="Hand it out, once")
@staff_required
def collect(request: HttpRequest, body: CollectIn) -> HandedOutOut:
    tried = {"public_id": body.reservation, "site": body.site, "nonce": body.nonce}
    return _handed_out(answered(partial(actions.collect, **tried, actor=actor_of(request))))


@router.post("/undo", response=HandedOutOut, summary="Take a hand-out back, soon and by the same hand")
@staff_required
def undo(request: HttpRequest, body: UndoIn) -> HandedOutOut:
    said = {"public_id": body.reservation, "reason": body.reason}
    return _handed_out(answered(partial(actions.undo_collect, **said, actor=actor_of(request))))


@router.get("/list", response=ListOut, summary="What is to be handed out today, to take along")
@staff_required
def site_list(request: HttpRequest, response: HttpResponse, wanted: Query[SiteIn]) -> ListOut:
    response["Cache-Control"] = "private, no-store"
    found = offline.site_list(site=wanted.site, actor=actor_of(request))
    return ListOut(
        site=found.site.public_id,
        site_name=found.site.name,
        day=found.day,
        as_of=found.as_of,
        good_until=found.good_until,
        key=found.key,
        stamp=found.stamp,
        items=[
            ListedOut(id=row.public_id, number=row.number, card=row.card, name=row.name, item=row.item)
            for row in found.rows
        ],
    )


@router.post("/offline-scans", response=ScansOut, summary="Send in what was handed out without network")
@staff_required
def offline_scans(request: HttpRequest, body: ScansIn) -> ScansOut:
    scans = [OfflineScan(one.reservation, one.nonce, one.at, one.force) for one in body.scans]
    taken = answered(
        lambda: offline.upload(
            site=body.site,
            stamp=body.stamp,
            device=body.device,
            device_now=body.device_now,
            scans=scans,
            actor=actor_of(request),
        )
    )
    return ScansOut(whose=taken.whose, answers=[_answer(one) for one in taken.answers])


def _answer(one: Answer) -> AnswerOut:
    first = one.first
    return AnswerOut(
        nonce=one.nonce,
        outcome=one.outcome.value,
        code=one.code,
        message=str(one.message),
        flags=[flag.value for flag in one.flags],
        first=FirstOut(at=first.at, site=first.site, by=first.by, device=first.device) if first else None,
    )


def _handed_out(row: Reservation) -> HandedOutOut:
    return HandedOutOut(
        id=row.public_id,
        number=row.number,
        state=row.state,
        state_label=str(row.state_label),
        item=row.item.name,
        collected_at=row.collected_at,
    )
