"""The one view of the bare server, and its address."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.urls import path

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.ids import new_public_id
from niangjia.services.offers.rush import hot
from niangjia.shells.bench.bare import GROUND
from niangjia.shells.bench.seed_rush import Ground


@cache
def ground() -> Ground:
    """Members and campaigns, read once for each process."""
    return Ground.from_json(Path(os.environ[GROUND]).read_text())


def statement(rush: int, place: int, member: int, key: str) -> dict[str, Any]:
    """The values of the complete statement for one member and one place."""
    campaign, who = ground().rushes[rush], ground().members[member]
    where, now, public_id = campaign.places[place], clock.now(), new_public_id()
    actor = Actor(ActorKind.MEMBER, who.name, who.user, session_id=who.session, trace="0" * 16, address="127.0.0.1")
    return {
        **hot.values_of_actor(actor, now),
        "public_id": public_id,
        "campaign": campaign.campaign_id,
        "cell": where.cell,
        "item": where.item_id,
        "site": where.site_id,
        "day": clock.today(),
        "person": who.person,
        "user": who.user,
        "union": who.union,
        "category": "courier",
        "owner": f"user:{who.user}",
        "key": key,
        "body_hash": "0" * 64,
        "answer": hot.as_json({"id": public_id}),
        "subject_key": who.key,
        "node": campaign.union_id,
        "data": hot.as_json({"cell": where.cell}),
        "today": clock.day_of(now),
        "dimset": where.dimset,
        "message": new_public_id(),
        "values": hot.as_json({"item": "第1类", "site": "领取点01", "day": where.day}),
        "link": f"/offers/mine/{public_id}/",
    }


def reserve(request: HttpRequest, rush: int, place: int, member: int) -> HttpResponse:
    """Execute the statement: 201 with the id, 409 when the stock is gone or the member has one."""
    try:
        made = hot.write(statement(rush, place, member, request.headers["Idempotency-Key"]))
    except IntegrityError:
        made = None
    return _answer(b'{"code": "SOLD_OUT"}', 409) if made is None else _answer(b'{"id": %d}' % made, 201)


def _answer(body: bytes, status: int) -> HttpResponse:
    headers = {"Content-Length": str(len(body))}
    return HttpResponse(body, status=status, content_type="application/json", headers=headers)


urlpatterns = [path("<int:rush>/<int:place>/<int:member>/", reserve)]
