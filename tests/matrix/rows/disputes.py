"""Disputes about a phone or ID number: the asker's and the holder's pages, the union's decision."""

from __future__ import annotations

from tests.matrix.actors import READING
from tests.matrix.table import MEMBER, SIGNED_IN, STAFF, Case, above, either, nobody, office, owner, readers

API = "/api/v1/disputes"
REASON = "矩阵里的理由"
LOOKED = frozenset({"personal_data_look"})
FEW = ("anonymous", "joined@EAST-1", "waiting@EAST-1", "officer")
PAPER = "nosuchpaper0000000000000"
keepers = above("union_officer")


def _reason(*_):
    return {"reason": REASON}


def _refuse(*_):
    return {"outcome": "refuse", "reason": REASON}


def _nonsense(*_):
    return {"outcome": "x", "reason": REASON}


def _act(thing, event, **more):
    return Case(STAFF, thing, sees=readers, may=keepers, args={"event": event}, **more)


ROWS = {
    "/mine/data/disputes/": {"GET": (Case(MEMBER),)},
    "/mine/data/disputes/new/phone/": {
        "GET": (
            Case(MEMBER),
            Case(MEMBER, "correction", sees=nobody, queries=(f"?correction={PAPER}", f"?ward={PAPER}"), only=FEW),
        ),
        "POST": (Case(MEMBER, done=(422,), body=lambda *_: {"phone": "abc"}, only=FEW),),
    },
    "/mine/data/disputes/new/phone/code/": {
        "GET": (Case(MEMBER, done=(302,), only=FEW),),
        "POST": (Case(MEMBER, done=(302,), body=lambda *_: {"code": "123456"}, only=FEW),),
    },
    "/mine/data/disputes/new/number/": {
        "GET": (Case(MEMBER),),
        "POST": (Case(MEMBER, done=(422,), body=lambda *_: {"value": "1101"}, only=FEW),),
    },
    "/mine/data/disputes/<slug:public_id>/": {
        "GET": (Case(MEMBER, "dispute", sees=owner), Case(MEMBER, "dispute_asked", sees=owner))
    },
    "/mine/data/disputes/<slug:public_id>/answer/": {
        "GET": (
            Case(MEMBER, "dispute_asked", sees=owner),
            Case(MEMBER, "dispute", sees=owner, may=nobody),
        ),
        "POST": (
            Case(
                MEMBER, "dispute_asked", sees=owner, acts=owner, done=(302,),
                body=lambda *_: {"answer": "released", "note": "换号了"},
            ),
            Case(MEMBER, "dispute_asked", sees=owner, done=(422,), body=lambda *_: {"answer": "king"}),
        ),
    },
    "/mine/data/disputes/<slug:public_id>/withdraw/": {
        "GET": (
            Case(MEMBER, "dispute", sees=owner),
            Case(MEMBER, "dispute_asked", sees=owner, may=nobody),
        ),
        "POST": (Case(MEMBER, "dispute", sees=owner, acts=owner, done=(302,)),),
    },
    "/mine/data/disputes/<slug:public_id>/papers/<slug:file_id>/": {
        "GET": (Case(MEMBER, "dispute", sees=owner, done=(404,), args={"file_id": PAPER}),)
    },
    API: {"GET": (Case(SIGNED_IN, may=lambda who, _thing: who.kind == "member" or who.holds(*READING)),)},
    f"{API}/code": {"POST": (Case(MEMBER, done=(422,), body=lambda *_: {"phone": "abc"}, only=FEW),)},
    f"{API}/phone": {"POST": (Case(MEMBER, done=(422,), body=lambda *_: {"phone": "abc"}, only=FEW),)},
    f"{API}/number": {"POST": (Case(MEMBER, done=(422,), only=FEW),)},
    f"{API}/<public_id>": {"GET": (Case(SIGNED_IN, "dispute", sees=either(owner, readers), logs=LOOKED),)},
    f"{API}/<public_id>/answer": {"POST": (Case(MEMBER, "dispute_asked", done=(422,), hidden=422),)},
    f"{API}/<public_id>/withdraw": {"POST": (Case(MEMBER, "dispute", sees=owner, acts=owner),)},
    f"{API}/<public_id>/decide": {
        "POST": (
            Case(STAFF, "dispute", sees=readers, may=keepers, acts=keepers, body=_refuse),
            Case(STAFF, "dispute", sees=readers, may=keepers, done=(422,), body=_nonsense),
        )
    },
    f"{API}/<public_id>/confirm": {
        "POST": (Case(STAFF, "dispute_review", sees=readers, may=keepers, acts=keepers),)
    },
    f"{API}/<public_id>/send-back": {
        "POST": (Case(STAFF, "dispute_review", sees=readers, may=keepers, acts=keepers, body=_reason),)
    },
    f"{API}/<public_id>/ask-again": {
        "POST": (Case(STAFF, "dispute", sees=readers, may=keepers, done=(422,)),)
    },
    "/console/disputes/": {
        "GET": (Case(STAFF, may=office(*READING), queries=("", "?kind=phone", "?state=refused")),)
    },
    "/console/disputes/<slug:public_id>/": {"GET": (Case(STAFF, "dispute", sees=readers, logs=LOOKED),)},
    "/console/disputes/<slug:public_id>/unmask/": {
        "POST": (
            Case(STAFF, "dispute", sees=readers, unmasks=True, body=_reason),
            Case(STAFF, "dispute", sees=readers, done=(422,), body=lambda *_: {"reason": ""}),
        )
    },
    "/console/disputes/<slug:public_id>/papers/<slug:file_id>/": {
        "GET": (Case(STAFF, "dispute", sees=readers, done=(404,), args={"file_id": PAPER}),)
    },
    "/console/disputes/<slug:public_id>/<slug:event>/": {
        "GET": (
            _act("dispute", "decide"),
            _act("dispute_review", "confirm"),
            Case(STAFF, "dispute", sees=readers, done=(404,), args={"event": "nosuchmove"}),
        ),
        "POST": (
            _act("dispute", "decide", acts=keepers, done=(302,), body=_refuse),
            _act("dispute", "decide", done=(422,), body=lambda *_: {"outcome": "king", "reason": REASON}),
            _act("dispute_review", "confirm", acts=keepers, done=(302,)),
            _act("dispute_review", "send_back", acts=keepers, done=(302,), body=_reason),
        ),
    },
}  # fmt: skip
