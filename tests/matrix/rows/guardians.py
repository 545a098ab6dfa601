"""Guardianships: the guardian's pages, the union's answers."""

from __future__ import annotations

from tests.matrix.actors import READING
from tests.matrix.table import MEMBER, SIGNED_IN, STAFF, Case, above, either, office, owner, readers

API = "/api/v1/guardianships"
REASON = "矩阵里的理由"
LOOKED = frozenset({"personal_data_look"})
PAPER = "nosuchpaper0000000000000"
FEW = ("anonymous", "joined@EAST-1", "waiting@EAST-1", "officer")
keepers = above("union_officer")


def known(who, _thing):
    """Who has joined is a known person."""
    return who.kind == "member" and not who.name.startswith(("waiting@", "asked@", "newcomer"))


def _reason(*_):
    return {"reason": REASON}


def _answer(thing, event, **more):
    return Case(STAFF, thing, sees=readers, may=keepers, args={"event": event}, **more)


ROWS = {
    "/mine/data/guardians/": {"GET": (Case(MEMBER),)},
    "/mine/data/guardians/new/": {
        "GET": (Case(MEMBER, may=known, only=FEW),),
        "POST": (Case(MEMBER, may=known, done=(422,), body=lambda *_: {"name": "", "kind": "king"}, only=FEW),),
    },
    "/mine/data/guardians/<slug:public_id>/": {
        "GET": (Case(MEMBER, "guardianship", sees=owner), Case(MEMBER, "guarded", sees=owner))
    },
    "/mine/data/guardians/<slug:public_id>/withdraw/": {
        "GET": (Case(MEMBER, "guardianship", sees=owner),),
        "POST": (Case(MEMBER, "guardianship", sees=owner, acts=owner, done=(302,)),),
    },
    "/mine/data/guardians/<slug:public_id>/end/": {
        "GET": (Case(MEMBER, "guarded", sees=owner), Case(MEMBER, "guardianship", sees=owner, done=(302,))),
        "POST": (
            Case(MEMBER, "guarded", sees=owner, acts=owner, done=(302,), body=_reason),
            Case(MEMBER, "guarded", sees=owner, done=(422,), body=lambda *_: {"reason": ""}),
        ),
    },
    "/mine/data/guardians/<slug:public_id>/papers/<slug:file_id>/": {
        "GET": (Case(MEMBER, "guardianship", sees=owner, done=(404,), args={"file_id": PAPER}),)
    },
    API: {
        "GET": (
            Case(MEMBER, only=("anonymous", "joined@EAST-1")),
            Case(STAFF, may=office(*READING), only=("officer",)),
        ),
        "POST": (Case(MEMBER, done=(422,), body=lambda *_: {"name": ""}, only=FEW),),
    },
    f"{API}/texts": {"GET": (Case(MEMBER, only=FEW),)},
    f"{API}/<public_id>": {"GET": (Case(SIGNED_IN, "guardianship", sees=either(owner, readers), logs=LOOKED),)},
    f"{API}/<public_id>/withdraw": {"POST": (Case(MEMBER, "guardianship", sees=owner, acts=owner),)},
    f"{API}/<public_id>/end": {
        "POST": (
            Case(
                SIGNED_IN,
                "guarded",
                sees=either(owner, readers),
                may=either(owner, keepers),
                acts=either(owner, keepers),
                body=_reason,
            ),
        )
    },
    f"{API}/<public_id>/approve": {"POST": (Case(STAFF, "guardianship", sees=readers, may=keepers, acts=keepers),)},
    f"{API}/<public_id>/refuse": {
        "POST": (Case(STAFF, "guardianship", sees=readers, may=keepers, acts=keepers, body=_reason),)
    },
    "/console/guardians/": {
        "GET": (Case(STAFF, may=office(*READING), queries=("", "?kind=parent", "?state=in_force")),)
    },
    "/console/guardians/<slug:public_id>/": {"GET": (Case(STAFF, "guardianship", sees=readers, logs=LOOKED),)},
    "/console/guardians/<slug:public_id>/unmask/": {
        "POST": (
            Case(STAFF, "guardianship", sees=readers, unmasks=True, body=_reason),
            Case(STAFF, "guardianship", sees=readers, done=(422,), body=lambda *_: {"reason": ""}),
        )
    },
    "/console/guardians/<slug:public_id>/papers/<slug:file_id>/": {
        "GET": (Case(STAFF, "guardianship", sees=readers, done=(404,), args={"file_id": PAPER}),)
    },
    "/console/guardians/<slug:public_id>/<slug:event>/": {
        "GET": (
            _answer("guardianship", "approve"),
            _answer("guarded", "end"),
            Case(STAFF, "guardianship", sees=readers, done=(404,), args={"event": "nosuchmove"}),
        ),
        "POST": (
            _answer("guardianship", "approve", acts=keepers, done=(302,)),
            _answer("guardianship", "refuse", acts=keepers, done=(302,), body=_reason),
            _answer("guarded", "end", acts=keepers, done=(302,), body=_reason),
            _answer("guarded", "end", done=(422,), body=lambda *_: {"reason": ""}),
        ),
    },
}
