"""Offers in the console: campaigns, their drafts and moves, who has reserved, draws, appeals, suppliers."""

from __future__ import annotations

from datetime import timedelta

from niangjia.commons.people.cards.models import Card
from niangjia.kernel.clock import SHANGHAI, now, today
from niangjia.services.offers.models import Cell
from tests.matrix.actors import READING
from tests.matrix.offers_world import SITE
from tests.matrix.table import STAFF, Case, above, office

readers = above(*READING)
runs = above("union_officer")
manages = office("union_officer")
reads = office(*READING)
REASON = {"reason": "哨兵核实后办理"}
HERE = "/console/offers/<slug:public_id>"


def _read(kind="campaign", **more):
    return Case(STAFF, kind, sees=readers, **more)


def _run(kind="campaign", **more):
    return Case(STAFF, kind, sees=readers, may=runs, **more)


def _done(kind="campaign", **more):
    return _run(kind, acts=runs, done=(302,), **more)


def _reason(*_):
    return REASON


def _typed(ahead):
    return f"{(now() + ahead).astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"


def _plan(_world, who, _thing):
    place = next((place for role, place in who.offices if role == "union_officer"), "EAST")
    return {**_answers(), "union": place}


def _answers():
    return {
        "title": "哨兵新活动",
        "mode": "first_come",
        "stock_after": "close",
        "opens_at": _typed(timedelta(days=1)),
        "closes_at": _typed(timedelta(days=2)),
        "pickup_from": f"{today() + timedelta(days=3)}",
        "pickup_until": f"{today() + timedelta(days=4)}",
    }


def _revised(*_):
    return {**_answers(), "union": "EAST"}


def _items(*_):
    return {"rows": "1", "row-0-name": "哨兵品类", "row-0-code": "k01"}


def _stock(*_):
    return {"site": SITE, f"n-k01-{today():%Y%m%d}": "7"}


def _wave(*_):
    return {"opens_at": _typed(timedelta(hours=2)), "n_k01": "3"}


def _extra(world, _who, thing):
    cell = Cell.objects.filter(campaign__public_id=thing.key).order_by("pk").first() if thing else None
    card = Card.objects.get(person__user=world.actors["joined@FIRM"].user_id)
    return {**REASON, "person": card.number, "place": str(cell.pk) if cell else "0"}


def _supplier(_world, who, _thing):
    place = next((place for role, place in who.offices if role == "union_officer"), "EAST")
    return {"union": place, "name": "哨兵新供货单位", "kind": "firm"}


def _move(event, **more):
    return {"args": {"event": event}, **more}


ROWS = {
    "/console/offers/": {"GET": (Case(STAFF, may=reads, queries=("", "?state=open", "?q=哨兵", "?export=xlsx")),)},
    "/console/offers/new/": {
        "GET": (Case(STAFF, may=manages),),
        "POST": (
            Case(STAFF, may=manages, acts=manages, done=(302,), body=_plan),
            Case(STAFF, may=manages, done=(422,), body=lambda *_: {"title": "x"}),
        ),
    },
    "/console/offers/suppliers/": {"GET": (Case(STAFF, may=reads, queries=("", "?export=xlsx")),)},
    "/console/offers/suppliers/new/": {
        "GET": (Case(STAFF, may=manages),),
        "POST": (Case(STAFF, may=manages, acts=manages, done=(302,), body=_supplier),),
    },
    "/console/offers/suppliers/<slug:public_id>/": {
        "GET": (_run("supplier"),),
        "POST": (_done("supplier", body=lambda *_: {"union": "EAST", "name": "哨兵改名单位", "kind": "firm"}),),
    },
    "/console/offers/reservations/<slug:public_id>/": {"GET": (_read("reservation"), _read("no_show"))},
    "/console/offers/reservations/<slug:public_id>/revoke/": {
        "GET": (_run("reservation"), _run("no_show", done=(409,))),
        "POST": (
            _done("reservation", body=_reason),
            _run("reservation", done=(422,), body=lambda *_: {"reason": ""}),
            _run("no_show", done=(409,), body=_reason),
        ),
    },
    "/console/offers/appeals/<slug:public_id>/": {"GET": (_read("appeal"),)},
    "/console/offers/appeals/<slug:public_id>/<slug:event>/": {
        "GET": (_run("appeal", **_move("accept_appeal")), _read("appeal", done=(404,), **_move("appeal"))),
        "POST": (
            _done("appeal", **_move("accept_appeal")),
            _done("appeal", body=_reason, **_move("refuse_appeal")),
            _run("appeal", done=(422,), body=lambda *_: {"reason": ""}, **_move("refuse_appeal")),
        ),
    },
    f"{HERE}/": {"GET": (_read(), _read("draft"), _read("draw"))},
    f"{HERE}/plan/": {
        "GET": (_run("draft"), _run(done=(409,))),
        "POST": (_done("draft", body=_revised), _run(done=(409,), body=_revised)),
    },
    f"{HERE}/who/": {
        "GET": (_run("draft"),),
        "POST": (
            _done("draft", body=lambda *_: {"rule-new_form": "on"}),
            _run("draft", body=lambda *_: {"count": "1"}),
        ),
    },
    f"{HERE}/items/": {
        "GET": (_run("draft"),),
        "POST": (_done("draft", body=_items), _run("draft", done=(422,), body=lambda *_: {"rows": "0"})),
    },
    f"{HERE}/stock/": {"GET": (_run("draft"),), "POST": (_done("draft", body=_stock),)},
    f"{HERE}/stock.xlsx": {"GET": (_run("draft"),)},
    f"{HERE}/stock/upload/": {"POST": (_run("draft", done=(422,), body=lambda *_: {}),)},
    f"{HERE}/publish/": {"GET": (_run("draft"), _run(done=(409,))), "POST": (_done("draft"),)},
    f"{HERE}/copy/": {"POST": (_done(), _done("draft"))},
    f"{HERE}/waves/new/": {"GET": (_run(),), "POST": (_done(body=_wave),)},
    f"{HERE}/extra/": {
        "GET": (_run(),),
        "POST": (_done(body=_extra), _run(done=(422,), body=lambda *_: {"person": "1"})),
    },
    f"{HERE}/draw/": {"GET": (_read("draw"), _read("draft", done=(404,))), "POST": (_run("draw", done=(409,)),)},
    f"{HERE}/draw.json": {"GET": (_read("draw"),)},
    f"{HERE}/live/": {"GET": (_read(queries=("", "?wall=1")),)},
    f"{HERE}/figures/": {"GET": (_read(queries=("", "?export=xlsx")),)},
    f"{HERE}/reservations/": {"GET": (_read(queries=("", "?state=reserved&union=EAST", "?export=xlsx")),)},
    f"{HERE}/reservations/find/": {"POST": (_read(done=(302,), body=lambda *_: {"q": "YL2026-0000001-2"}),)},
    f"{HERE}/moves/<slug:event>/": {
        "GET": (_run(**_move("call_off")), _read(done=(404,), **_move("publish"))),
        "POST": (
            _done(body=_reason, **_move("call_off")),
            _done(**_move("open_doors")),
            _run(done=(409,), **_move("close_doors")),
        ),
    },
}
