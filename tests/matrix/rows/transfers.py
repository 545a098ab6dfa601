"""Transfers of memberships: the member's pages, and the officers' on both sides."""

from __future__ import annotations

from tests.matrix.actors import READING, Who
from tests.matrix.table import MEMBER, STAFF, Case, decider, nobody, office, owner
from tests.matrix.transfers_world import ROUTES
from tests.matrix.world import Thing, line_of

PORTAL, CONSOLE = "/joining/transfers", "/console/joining/transfers"
officers = office("union_officer")


def both_sides(who: Who, thing: Thing | None) -> bool:
    """Reads at the old union, at the new one, or above either; the member has agreed."""
    if thing is None or not thing.exists or who.kind != "staff":
        return False
    return any(who.reaches(tuple(line_of(place)), *READING) for place in (thing.place, ROUTES[thing.place]))


def new_side(who: Who, thing: Thing | None) -> bool:
    """Reads at the new union or above it: before the member has agreed the old union sees nothing."""
    if thing is None or not thing.exists or who.kind != "staff":
        return False
    return who.reaches(tuple(line_of(ROUTES[thing.place])), *READING)


def _mine(kind, **more):
    return Case(MEMBER, kind, sees=owner, **more)


def _proposal(*_):
    return {"union_code": "EAST-1", "member_number": "HY2026-0000000-0", "name": "无此人"}


def _act(event, *, acts=nobody, done=(302,), body=None):
    return Case(STAFF, "transfer", sees=both_sides, may=decider, acts=acts, done=done, body=body, args={"event": event})


def _reason(*_):
    return {"reason": "会费还没有结清"}


ROWS = {
    f"{PORTAL}/": {"GET": (Case(MEMBER),)},
    f"{PORTAL}/ask/": {
        "GET": (Case(MEMBER, done=(200, 302), queries=("", "?q=WEST")),),
        "POST": (Case(MEMBER, done=(302, 422), body=lambda *_: {"q": "WEST", "union_code": "NOSUCH"}),),
    },
    f"{PORTAL}/<slug:public_id>/": {"GET": (_mine("transfer"), _mine("invitation"))},
    f"{PORTAL}/<slug:public_id>/<slug:event>/": {
        "GET": (
            _mine("transfer", args={"event": "withdraw_transfer"}),
            _mine("invitation", args={"event": "agree_transfer"}),
            _mine("transfer", args={"event": "accept_transfer"}, done=(404,)),
        ),
        "POST": (
            _mine("transfer", args={"event": "withdraw_transfer"}, acts=owner, done=(302,)),
            _mine("invitation", args={"event": "agree_transfer"}, acts=owner, done=(302,)),
            _mine("invitation", args={"event": "decline_transfer"}, acts=owner, done=(302,)),
        ),
    },
    f"{CONSOLE}/": {"GET": (Case(STAFF, may=office(*READING), queries=("", "?state=requested", "?export=xlsx")),)},
    f"{CONSOLE}/new/": {
        "GET": (Case(STAFF, may=officers),),
        "POST": (Case(STAFF, may=officers, done=(422,), body=_proposal),),
    },
    f"{CONSOLE}/<slug:public_id>/": {
        "GET": (Case(STAFF, "transfer", sees=both_sides), Case(STAFF, "invitation", sees=new_side))
    },
    f"{CONSOLE}/<slug:public_id>/<slug:event>/": {
        "GET": (_act("release_transfer", done=(200,)), _act("refuse_transfer", done=(200,))),
        "POST": (
            _act("release_transfer", acts=decider),
            _act("refuse_transfer", acts=decider, body=_reason),
            _act("accept_transfer", done=(409, 422)),
        ),
    },
}
