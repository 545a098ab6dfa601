"""我的信息: what the member sees and does with their own data, and how officers answer corrections."""

from __future__ import annotations

from tests.matrix.actors import A_KEY, READING
from tests.matrix.table import MEMBER, STAFF, Case, above, members, nobody, office, owner, readers

REASON = "矩阵里的理由"
LOOKED = frozenset({"personal_data_look"})
FEW = ("anonymous", "joined@EAST-1", "waiting@EAST-1", "officer")
keepers = above("union_officer")
any_reader = office(*READING)


def known(who, _thing):
    """Who has joined is a known person; everybody else at a phone has nothing to correct."""
    return who.kind == "member" and who.name.startswith("joined@")


def _name(_world, _who, _thing):
    return {"wished": "欧阳", "note": "", "idempotency_key": "matrix-correct-1"}


def _reason(*_):
    return {"reason": REASON}


def _kind(kind, **more):
    return Case(MEMBER, sees=known, args={"kind": kind}, **more)


def _asked(event, **more):
    return Case(STAFF, "correction", sees=readers, may=keepers, args={"event": event}, **more)


ROWS = {
    "/mine/data/": {"GET": (Case(MEMBER),)},
    "/mine/data/child/<slug:public_id>/": {
        "GET": (Case(MEMBER, "person", sees=nobody), Case(MEMBER, "ward", sees=owner, logs=LOOKED))
    },
    "/mine/data/correct/": {
        "GET": (Case(MEMBER, sees=known), Case(MEMBER, sees=nobody, queries=(f"?child={A_KEY}",), only=FEW))
    },
    "/mine/data/correct/<slug:kind>/": {
        "GET": (
            *(_kind(kind, only=FEW) for kind in ("name", "id_number", "phone", "category")),
            _kind("shoe_size", done=(404,), only=FEW),
        ),
        "POST": (
            _kind("name", done=(422,), body=_name, only=FEW),
            _kind("phone", done=(422,), body=lambda *_: {"phone": "abc"}, only=FEW),
        ),
    },
    "/mine/data/correct/phone/code/": {
        "GET": (Case(MEMBER, done=(302,), only=FEW),),
        "POST": (Case(MEMBER, done=(302,), body=lambda *_: {"code": "123456"}, only=FEW),),
    },
    "/mine/data/corrections/<slug:public_id>/": {"GET": (Case(MEMBER, "correction", sees=owner),)},
    "/mine/data/corrections/<slug:public_id>/supply/": {
        "GET": (
            Case(MEMBER, "supplement", sees=owner),
            Case(MEMBER, "correction", sees=owner, done=(302,)),
        ),
        "POST": (
            Case(MEMBER, "supplement", sees=owner, acts=owner, done=(302,), body=lambda *_: {"note": "补充一句"}),
            Case(MEMBER, "supplement", sees=owner, done=(422,), body=lambda *_: {"note": ""}),
        ),
    },
    "/mine/data/corrections/<slug:public_id>/withdraw/": {
        "GET": (Case(MEMBER, "correction", sees=owner),),
        "POST": (Case(MEMBER, "correction", sees=owner, acts=owner, done=(302,)),),
    },
    "/mine/data/corrections/<slug:public_id>/papers/<slug:file_id>/": {
        "GET": (Case(MEMBER, "correction", sees=owner, done=(404,), args={"file_id": "nosuchpaper0000000000000"}),)
    },
    "/mine/data/consents/": {"GET": (Case(MEMBER),)},
    "/mine/data/consents/<slug:public_id>/withdraw/": {
        "GET": (
            Case(MEMBER, "consent", sees=owner, done=(302,)),
            Case(MEMBER, "child_consent", sees=owner),
        ),
        "POST": (
            Case(MEMBER, "consent", sees=owner, done=(422,)),
            Case(MEMBER, "child_consent", sees=owner, acts=owner, done=(302,)),
        ),
    },
    "/mine/data/copies/": {
        "GET": (Case(MEMBER),),
        "POST": (
            Case(MEMBER, acts=members, done=(302,), only=FEW),
            Case(MEMBER, sees=nobody, body=lambda *_: {"child": A_KEY}, only=FEW),
        ),
    },
    "/mine/data/copies/<slug:public_id>/": {"GET": (Case(MEMBER, done=(302,), args={"public_id": A_KEY}, only=FEW),)},
    "/mine/data/close/": {
        "GET": (Case(MEMBER),),
        "POST": (Case(MEMBER, done=(302,)),),
    },
    "/mine/prove/": {
        "GET": (Case(MEMBER),),
        "POST": (Case(MEMBER, done=(422,), body=lambda *_: {"code": "12"}, only=FEW),),
    },
    "/console/people/<slug:public_id>/correct/": {
        "GET": (Case(STAFF, "person", sees=readers, may=keepers),),
        "POST": (
            Case(STAFF, "person", sees=readers, may=keepers, done=(422,), body=lambda *_: {"kind": "name"}),
            Case(
                STAFF,
                "person",
                sees=readers,
                may=keepers,
                done=(422,),
                body=lambda *_: {"kind": "name", "wished": "章改名", "note": REASON},
            ),
        ),
    },
    "/console/corrections/": {"GET": (Case(STAFF, may=any_reader, queries=("", "?kind=name", "?state=applied")),)},
    "/console/corrections/<slug:public_id>/": {"GET": (Case(STAFF, "correction", sees=readers),)},
    "/console/corrections/<slug:public_id>/unmask/": {
        "POST": (
            Case(STAFF, "correction", sees=readers, unmasks=True, body=_reason),
            Case(STAFF, "correction", sees=readers, done=(422,), body=lambda *_: {"reason": ""}),
        )
    },
    "/console/corrections/<slug:public_id>/papers/<slug:file_id>/": {
        "GET": (Case(STAFF, "correction", sees=readers, done=(404,), args={"file_id": "nosuchpaper0000000000000"}),)
    },
    "/console/corrections/<slug:public_id>/<slug:event>/": {
        "GET": (
            _asked("apply"),
            _asked("refuse"),
            Case(STAFF, "correction", sees=readers, done=(404,), args={"event": "nosuchmove"}),
        ),
        "POST": (
            _asked("apply", acts=keepers, done=(302,)),
            _asked("refuse", acts=keepers, done=(302,), body=_reason),
            _asked("ask_more", acts=keepers, done=(302,), body=_reason),
            _asked("refuse", done=(422,), body=lambda *_: {"reason": ""}),
        ),
    },
}
