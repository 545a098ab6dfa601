"""Offers of a union that fits, many transfers at once, and asking those whom a roster names elsewhere."""

from __future__ import annotations

from tests.matrix.actors import READING, Who
from tests.matrix.rows.transfers import both_sides
from tests.matrix.table import MEMBER, STAFF, Case, Planted, above, nobody, office, owner
from tests.matrix.world import Thing

PORTAL, CONSOLE = "/joining/fits", "/console/joining"
officers = office("union_officer")
readers = above(*READING)
works = above("union_officer")


def _mine(event, **more):
    return Case(MEMBER, "fit", sees=owner, args={"event": event}, **more)


def _decides(who: Who, thing: Thing | None) -> bool:
    return thing is not None and thing.exists and who.reaches((thing.place,), "union_officer")


def _many(world, who, _thing):
    own = [t.key for t in world.things["transfer"] if _decides(who, t)]
    return {"ids": own or [world.missing("transfer").key], "event": "release_transfer"}


def _releases(who, _thing):
    return who.kind == "staff" and any(who.reaches((place,), "union_officer") for place in ("EAST-1", "WEST-1"))


ROWS = {
    f"{PORTAL}/<slug:public_id>/": {"GET": (Case(MEMBER, "fit", sees=owner),)},
    f"{PORTAL}/<slug:public_id>/<slug:event>/": {
        "POST": (
            _mine("accept_fit", acts=owner, done=(302,)),
            _mine("put_off_fit", acts=owner, done=(302,)),
            _mine("decline_fit", acts=owner, done=(302,)),
            _mine("ask_fit_again", done=(404,)),
        )
    },
    f"{CONSOLE}/fits/": {"GET": (Case(STAFF, may=office(*READING), queries=("", "?waiting=yes", "?export=xlsx")),)},
    f"{CONSOLE}/transfers/many/": {
        "POST": (
            Case(
                STAFF,
                may=officers,
                acts=_releases,
                done=(302,),
                body=_many,
                ids={"ids": Planted("transfer", _decides, both_sides)},
            ),
            Case(STAFF, may=officers, done=(404,), body=lambda *_: {"ids": [], "event": "refuse_transfer"}),
        )
    },
    f"{CONSOLE}/rosters/<slug:public_id>/transfers/": {
        "GET": (Case(STAFF, "elsewhere_roster", sees=readers, may=works),),
        "POST": (
            Case(STAFF, "elsewhere_roster", sees=readers, may=works, acts=works, done=(302,)),
            Case(STAFF, "roster", sees=readers, may=works, acts=nobody, done=(422,)),
        ),
    },
}
