"""Joining: the member's pages, the officers' pages, and the same over the API."""

from __future__ import annotations

from datetime import date

from niangjia.kernel.identifiers import invented_resident_id
from niangjia.services.joining import consent
from tests.matrix.actors import READING
from tests.matrix.table import (
    MEMBER,
    SIGNED_IN,
    STAFF,
    Case,
    Planted,
    decider,
    either,
    members,
    named,
    nobody,
    office,
    owner,
    readers,
)
from tests.matrix.world import NAMES

NUMBER = invented_resident_id(7998, date(1991, 2, 3), "female")
WHO = {"name": "柳矩阵", "id_number": NUMBER}
WORK = {"category": "courier", "employer_name": "", "employer_code": "", "street": "EAST-1"}
REASON = {"reason": "请写明工作的路口"}
LISTS = ("", "?tab=all", "?tab=all&export=xlsx", f"?tab=all&q={NAMES['WEST-1']}待哨兵")
newcomer = named("newcomer")
unsent = either(newcomer, lambda who, _thing: who.name.startswith("joined@"))


def _answers(*_):
    return {**WHO, **WORK, "consent_version": consent.VERSION}


def _supplement(*_):
    return {**WHO, **WORK, "note": "在路口东侧"}


def _sent_on(_world, _who, thing):
    return {**REASON, "union_code": "EAST-2" if thing.place == "WEST-1" else "WEST-1"}


def _to_nowhere(*_):
    return {**REASON, "union_code": "NOSUCH"}


def _reason(*_):
    return REASON


def _ids(world, who, _thing):
    own = [t.key for t in world.things["application"] if t.exists and decider(who, t)]
    return {"ids": own or [world.missing("application").key]}


def _works(who, _thing):
    places = ("EAST-1", "FIRM", "EAST-2", "WEST-1")
    return any(role == "union_officer" and place in places for role, place in who.offices)


def _mine(kind="application", **more):
    return Case(MEMBER, kind, sees=owner, **more)


def _answer(event, *, acts=decider, may=decider, body=None, done=(302,)):
    case = {"sees": readers, "args": {"event": event}}
    return Case(STAFF, "application", may=may, acts=acts, done=done, body=body, **case)


def _asks(event):
    return Case(STAFF, "application", sees=readers, args={"event": event})


def _act(acts=decider, body=None, done=(200,)):
    return {"POST": (Case(STAFF, "application", sees=readers, may=decider, acts=acts, body=body, done=done),)}


PORTAL = {
    "/joining/": {"GET": (Case(MEMBER, done=(200, 302)),)},
    "/joining/who/": {
        "GET": (Case(MEMBER, may=unsent, refused=302),),
        "POST": (Case(MEMBER, may=unsent, acts=unsent, done=(302,), refused=302, body=lambda *_: WHO),),
    },
    "/joining/work/": {
        "GET": (Case(MEMBER, done=(302,)),),
        "POST": (Case(MEMBER, done=(302,), body=lambda *_: WORK),),
    },
    "/joining/check/": {
        "GET": (Case(MEMBER, done=(302,)),),
        "POST": (Case(MEMBER, done=(302,), body=lambda *_: {"consent": "on", "consent_version": consent.VERSION}),),
    },
    "/joining/<slug:public_id>/": {"GET": (_mine(), _mine("asked"))},
    "/joining/<slug:public_id>/supply/": {
        "GET": (_mine(done=(302,)), _mine("asked")),
        "POST": (
            _mine(done=(302,), body=_supplement),
            _mine("asked", acts=owner, done=(302,), body=_supplement),
        ),
    },
    "/joining/<slug:public_id>/withdraw/": {"GET": (_mine(),), "POST": (_mine(acts=owner, done=(302,)),)},
}
CONSOLE = {
    "/console/joining/": {"GET": (Case(STAFF, may=office(*READING), queries=LISTS),)},
    "/console/joining/approve-many/": {
        "POST": (
            Case(STAFF, acts=_works, done=(302,), body=_ids, ids={"ids": Planted("application", decider, readers)}),
        )
    },
    "/console/joining/<slug:public_id>/": {
        "GET": (Case(STAFF, "application", sees=readers), Case(STAFF, "asked", sees=readers))
    },
    "/console/joining/<slug:public_id>/unmask/": {
        "POST": (
            Case(STAFF, "application", sees=readers, unmasks=True, body=_reason),
            Case(STAFF, "application", sees=readers, done=(422,), body=lambda *_: {"reason": ""}),
        )
    },
    "/console/joining/<slug:public_id>/<slug:event>/": {
        "GET": (
            *(_asks(event) for event in ("approve", "send_on")),
            Case(STAFF, "application", sees=readers, done=(404,), args={"event": "withdraw"}),
        ),
        "POST": (
            _answer("approve"),
            _answer("refuse", body=_reason),
            _answer("ask_more", body=_reason),
            _answer("send_on", body=_sent_on),
            Case(STAFF, "application", sees=readers, done=(404,), args={"event": "lapse"}),
        ),
    },
}
API = {
    "/api/v1/joining/consent": {"GET": (Case(MEMBER),)},
    "/api/v1/joining/applications": {
        "GET": (Case(SIGNED_IN, may=either(members, office(*READING)), queries=("", "?size=100", "?state=submitted")),),
        "POST": (Case(MEMBER, may=unsent, acts=unsent, refused=409, done=(201,), body=_answers),),
    },
    "/api/v1/joining/applications/<public_id>": {
        "GET": (
            Case(SIGNED_IN, "application", sees=either(owner, readers)),
            Case(SIGNED_IN, "asked", sees=either(owner, readers)),
        )
    },
    "/api/v1/joining/applications/<public_id>/supply": {
        "POST": (
            _mine("asked", acts=owner, body=_supplement),
            _mine(acts=nobody, done=(409,), body=_supplement),
        )
    },
    "/api/v1/joining/applications/<public_id>/withdraw": {"POST": (_mine(acts=owner),)},
    "/api/v1/joining/applications/<public_id>/approve": _act(),
    "/api/v1/joining/applications/<public_id>/endorse": _act(acts=nobody, done=(422,)),
    "/api/v1/joining/applications/<public_id>/refuse": _act(body=_reason),
    "/api/v1/joining/applications/<public_id>/ask-more": _act(body=_reason),
    "/api/v1/joining/applications/<public_id>/send-on": {
        "POST": (*_act(body=_sent_on)["POST"], *_act(acts=nobody, body=_to_nowhere, done=(422,))["POST"])
    },
    "/api/v1/joining/approve-many": {
        "POST": (Case(STAFF, acts=_works, body=_ids, ids={"ids": Planted("application", decider, readers)}),)
    },
}
ROWS = {**PORTAL, **CONSOLE, **API}
