"""Joining on the spot: the code on the applicant's phone, and the officers' pages of a stall."""

from __future__ import annotations

from tests.matrix.table import PUBLIC, STAFF, Case, Planted, above, anybody, either, here, nobody, office

STALLS = "/console/joining/stalls"
PLACES = ("EAST-1", "FIRM", "EAST-2", "WEST-1", "EAST")
readers = above("stall_officer", "union_officer", "reviewer")
runs = above("stall_officer", "union_officer")
reads = office("stall_officer", "union_officer", "reviewer")
holds = office("stall_officer", "union_officer")
answers = either(here("union_officer"), here("stall_officer"))
A_CODE = {"code": "K7M4P-0000"}


def _opening(_world, who, _thing):
    place = next((place for role, place in who.offices if role in ("stall_officer", "union_officer")), "EAST-1")
    union = "EAST-1" if place == "EAST" else place
    return {"talk": "workers", "union_code": union, "place": "哨兵路口", "hours": "2"}


def _came(world, _who, thing):
    return {"ids": [world.at("arrival", thing.place).key if thing.exists else world.missing("arrival").key]}


def _act(event, *, body=None, acts=runs, done=(302,)):
    case = {"sees": readers, "may": runs, "args": {"event": event}}
    return Case(STAFF, "stall", acts=acts, done=done, body=body, **case)


def _ask(event):
    return Case(STAFF, "stall", sees=readers, may=runs, args={"event": event})


def _unknown(event):
    return Case(STAFF, "stall", sees=readers, done=(404,), args={"event": event})


ROWS = {
    "/joining/s/": {
        "GET": (Case(PUBLIC),),
        "POST": (Case(PUBLIC, done=(422,), body=lambda *_: A_CODE),),
    },
    "/joining/s/<str:code>/": {"GET": (Case(PUBLIC, done=(404,), args=A_CODE),)},
    "/api/v1/joining/stalls/<code>": {"GET": (Case(PUBLIC, done=(404,), args=A_CODE),)},
    f"{STALLS}/": {"GET": (Case(STAFF, may=reads, queries=("", "?state=running", "?export=xlsx")),)},
    f"{STALLS}/new/": {
        "GET": (Case(STAFF, may=holds),),
        "POST": (Case(STAFF, may=holds, acts=holds, done=(302,), body=_opening),),
    },
    f"{STALLS}/<slug:public_id>/": {"GET": (Case(STAFF, "stall", sees=readers),)},
    f"{STALLS}/<slug:public_id>/code/": {"GET": (Case(STAFF, "stall", sees=readers, may=runs),)},
    f"{STALLS}/<slug:public_id>/approve/": {
        "POST": (
            Case(
                STAFF, "stall", sees=readers, acts=answers, done=(302,), body=_came,
                ids={"ids": Planted("arrival", answers, anybody)},
            ),
        )
    },
    f"{STALLS}/<slug:public_id>/<slug:event>/": {
        "GET": (_ask("end_stall"), _ask("extend_stall"), _ask("record_founding"), _unknown("open_stall")),
        "POST": (
            _act("end_stall", body=lambda *_: {"attended": "5"}),
            _act("renew_stall"),
            _act("extend_stall", body=lambda *_: {"hours": "1"}),
            _act("call_off_stall", acts=nobody, done=(422,)),
            _act("record_founding", acts=nobody, done=(422,), body=lambda *_: {"union_code": "NOSUCH"}),
            _unknown("open_stall"),
        ),
    },
}  # fmt: skip
