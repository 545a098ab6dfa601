"""Offers: the member's pages and the same over the API. The endpoint of the rush answers for its own gate."""

from __future__ import annotations

from niangjia.kernel.clock import today
from tests.matrix.actors import A_KEY
from tests.matrix.offers_world import DRAW, FREE, FULL, SITE, WISHED, item
from tests.matrix.table import MEMBER, Case, Planted, nobody, owner


def joined(who, _thing):
    """Who is a member of a union, and not only signed in."""
    return who.kind == "member" and who.name.startswith("joined@")


def _place(campaign):
    return {"item": item(campaign), "site": SITE, "day": today().isoformat()}


def _at(campaign, **more):
    return {"public_id": campaign, **more}


def _wish(*_):
    return {"wish_1": f"{item(DRAW)}.{SITE}.{today().isoformat()}"}


def _mine(kind, **more):
    return Case(MEMBER, kind, sees=owner, **more)


def _posted(*_):
    return {"place": f"{SITE}.{today().isoformat()}"}


APPEAL = {"cause": "ill", "text": "那天发烧，走不动"}
NO_ITEM = Case(MEMBER, args=_at(A_KEY, item=A_KEY), done=(404,))
FOREIGN = {"item": Planted("gift", nobody), "site": Planted("site", nobody)}
ON_MINE = {"GET": (_mine("reservation"), _mine("no_show"))}

PORTAL = {
    "/offers/": {"GET": (Case(MEMBER),)},
    "/offers/mine/": {"GET": (Case(MEMBER),)},
    "/offers/mine/<slug:public_id>/": ON_MINE,
    "/offers/mine/<slug:public_id>/calendar.ics": ON_MINE,
    "/offers/mine/<slug:public_id>/cancel/": {
        "GET": (_mine("reservation"), _mine("no_show", done=(302,))),
        "POST": (_mine("reservation", acts=owner, done=(302,)), _mine("no_show", done=(409,))),
    },
    "/offers/mine/<slug:public_id>/appeal/": {
        "GET": (_mine("reservation", done=(302,)), _mine("no_show")),
        "POST": (
            _mine("reservation", done=(302,), body=lambda *_: APPEAL),
            _mine("no_show", acts=owner, done=(302,), body=lambda *_: APPEAL),
            _mine("no_show", done=(422,), body=lambda *_: {"cause": "nonsense"}),
        ),
    },
    "/offers/mine/waiting/<slug:public_id>/take/": {
        "GET": (_mine("waiting"),),
        "POST": (_mine("waiting", acts=owner, done=(302,)),),
    },
    "/offers/mine/waiting/<slug:public_id>/leave/": {
        "GET": (_mine("waiting"),),
        "POST": (_mine("waiting", acts=owner, done=(302,)),),
    },
    "/offers/<slug:public_id>/": {"GET": (Case(MEMBER, "campaign"),)},
    "/offers/<slug:public_id>/board/": {"GET": (Case(MEMBER, "campaign"),)},
    "/offers/<slug:public_id>/items/<slug:item>/": {
        "GET": (Case(MEMBER, args=_at(FREE, item=item(FREE))), NO_ITEM),
        "POST": (
            Case(MEMBER, may=joined, acts=joined, done=(302,), args=_at(FREE, item=item(FREE)), body=_posted),
            Case(
                MEMBER,
                done=(422,),
                args=_at(FREE, item=item(FREE)),
                body=lambda *_: {"place": "x.2026-03-04"},
                may=joined,
            ),
            NO_ITEM,
        ),
    },
    "/offers/<slug:public_id>/items/<slug:item>/queue/": {
        "POST": (
            Case(MEMBER, acts=joined, done=(302,), args=_at(FULL, item=item(FULL)), body=_posted),
            Case(MEMBER, done=(302,), args=_at(FREE, item=item(FREE)), body=_posted),
            NO_ITEM,
        )
    },
    "/offers/<slug:public_id>/wish/": {
        "GET": (Case(MEMBER, "draw"), Case(MEMBER, args=_at(FREE), done=(302,))),
        "POST": (Case(MEMBER, may=joined, acts=joined, done=(302,), args=_at(DRAW), body=_wish),),
    },
    "/offers/<slug:public_id>/wish/take-back/": {
        "GET": (Case(MEMBER, args=_at(WISHED), done=(200, 302)),),
        "POST": (
            Case(MEMBER, acts=joined, done=(302,), args=_at(WISHED)),
            Case(MEMBER, done=(302,), args=_at(DRAW)),
        ),
    },
    "/offers/<slug:public_id>/draw.json": {"GET": (Case(MEMBER, "draw"), Case(MEMBER, args=_at(FREE), done=(409,)))},
}
V1 = "/api/v1/offers"
API = {
    f"{V1}/campaigns": {"GET": (Case(MEMBER),)},
    f"{V1}/campaigns/<public_id>": {"GET": (Case(MEMBER, "campaign"),)},
    f"{V1}/campaigns/<campaign>/reservations": {
        "POST": (
            Case(
                MEMBER,
                may=joined,
                acts=joined,
                done=(201,),
                args={"campaign": FREE},
                body=lambda *_: {**_place(FREE), "quantity": 1},
                ids=FOREIGN,
            ),
        )
    },
    f"{V1}/reservations": {"GET": (Case(MEMBER, queries=("", "?page=2&size=1")),)},
    f"{V1}/reservations/<public_id>": ON_MINE,
    f"{V1}/reservations/<public_id>/cancel": {
        "POST": (_mine("reservation", acts=owner), _mine("no_show", done=(409,)))
    },
    f"{V1}/reservations/<public_id>/appeal": {
        "POST": (
            _mine("no_show", acts=owner, done=(201,), body=lambda *_: APPEAL),
            _mine("reservation", done=(409,), body=lambda *_: APPEAL),
        )
    },
    f"{V1}/waiting": {"GET": (Case(MEMBER),)},
    f"{V1}/campaigns/<public_id>/waiting": {
        "POST": (
            Case(
                MEMBER,
                may=joined,
                acts=joined,
                done=(201,),
                args=_at(FULL),
                body=lambda *_: _place(FULL),
                ids=FOREIGN,
            ),
        )
    },
    f"{V1}/waiting/<public_id>/take": {"POST": (_mine("waiting", acts=owner, done=(201,)),)},
    f"{V1}/waiting/<public_id>/leave": {"POST": (_mine("waiting", acts=owner),)},
    f"{V1}/wishes": {"GET": (Case(MEMBER),)},
    f"{V1}/campaigns/<public_id>/wishes": {
        "POST": (
            Case(
                MEMBER,
                may=joined,
                acts=joined,
                done=(201,),
                args=_at(DRAW),
                body=lambda *_: {"choices": [_place(DRAW)]},
            ),
        )
    },
    f"{V1}/wishes/<public_id>/take-back": {"POST": (_mine("wish", acts=owner),)},
    f"{V1}/campaigns/<public_id>/draw": {"GET": (Case(MEMBER, "draw"),)},
}
ROWS = {**PORTAL, **API}
