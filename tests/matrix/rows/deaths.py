"""Deaths that were recorded wrongly: the list, a proposal to undo one, the decision."""

from __future__ import annotations

from tests.matrix.actors import READING
from tests.matrix.table import STAFF, Case, above, nobody, office, readers

REASON = "本人到服务站，当面核对"
LOOKED = frozenset({"personal_data_look"})
keepers = above("union_officer")


def _reason(*_):
    return {"reason": REASON}


def _answer(event, **more):
    return Case(STAFF, "wrong_death", sees=readers, may=keepers, args={"event": event}, **more)


ROWS = {
    "/console/deaths/": {"GET": (Case(STAFF, may=office(*READING), queries=("", "?state=undone", "?export=xlsx")),)},
    "/console/deaths/new/<slug:public_id>/": {
        "GET": (Case(STAFF, "dead", sees=readers, may=keepers, logs=LOOKED),),
        "POST": (
            Case(STAFF, "dead", sees=readers, may=keepers, acts=keepers, done=(302,), body=_reason),
            Case(STAFF, "dead", sees=readers, may=keepers, done=(422,), body=lambda *_: {"reason": ""}, logs=LOOKED),
            Case(STAFF, "person", sees=readers, done=(422,), body=_reason),
        ),
    },
    "/console/deaths/<slug:public_id>/": {"GET": (Case(STAFF, "wrong_death", sees=readers, logs=LOOKED),)},
    "/console/deaths/<slug:public_id>/<slug:event>/": {
        "GET": (
            _answer("approve_alive"),
            _answer("refuse_alive"),
            Case(STAFF, "wrong_death", sees=readers, done=(404,), args={"event": "nosuchmove"}),
        ),
        "POST": (
            _answer("approve_alive", acts=keepers, done=(302,)),
            _answer("refuse_alive", acts=keepers, done=(302,), body=_reason),
            _answer("refuse_alive", done=(422,), body=lambda *_: {"reason": ""}),
            Case(STAFF, "wrong_death", sees=readers, acts=nobody, done=(404,), args={"event": "withdraw_alive"}),
        ),
    },
}
