"""Deemed exits and what a family reads after a death."""

from __future__ import annotations

from tests.matrix.actors import READING
from tests.matrix.table import MEMBER, STAFF, Case, Planted, above, nobody, office, owner
from tests.matrix.world import line_of

PORTAL, CONSOLE = "/joining/exits", "/console/joining/exits"
officers = office("union_officer")
readers = above("union_officer", "reviewer")
keepers = above("union_officer")


def _ids(world, who, _thing):
    own = [t.key for t in world.things["exit"] if t.exists and keepers(who, t)]
    return {"ids": own or [world.missing("exit").key], "event": "keep_exit", "said": "会费由单位代扣"}


def _reason(*_):
    return {"reason": "会费由单位代扣"}


def _act(event, *, acts=keepers, done=(302,), body=_reason):
    return Case(STAFF, "exit", sees=readers, may=keepers, acts=acts, done=done, body=body, args={"event": event})


def _ask(event):
    return Case(STAFF, "exit", sees=readers, may=keepers, args={"event": event})


def _works(who, _thing):
    return who.kind == "staff" and any(
        who.reaches(tuple(line_of(place)), "union_officer") for place in ("EAST-1", "WEST-1")
    )


ROWS = {
    "/joining/bereaved/": {"GET": (Case(MEMBER),)},
    f"{PORTAL}/<slug:public_id>/": {"GET": (Case(MEMBER, "exit", sees=owner),)},
    f"{PORTAL}/<slug:public_id>/stay/": {"POST": (Case(MEMBER, "exit", sees=owner, acts=owner, done=(302,)),)},
    f"{CONSOLE}/": {"GET": (Case(STAFF, may=office(*READING), queries=("", "?over=yes", "?export=xlsx")),)},
    f"{CONSOLE}/many/": {
        "POST": (
            Case(
                STAFF, may=officers, acts=_works, done=(302,), body=_ids, ids={"ids": Planted("exit", keepers, readers)}
            ),
        )
    },
    f"{CONSOLE}/<slug:public_id>/": {"GET": (Case(STAFF, "exit", sees=readers),)},
    f"{CONSOLE}/<slug:public_id>/<slug:event>/": {
        "GET": (_ask("keep_exit"), _ask("deem_exit")),
        "POST": (
            _act("keep_exit"),
            _act("deem_exit", acts=nobody, done=(422,)),
            Case(STAFF, "exit", sees=readers, done=(404,), args={"event": "answer_exit"}),
        ),
    },
}  # fmt: skip
