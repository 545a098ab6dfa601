"""Merges of double entries: the list, the plan, the decision."""

from __future__ import annotations

from tests.matrix.actors import A_KEY, READING
from tests.matrix.table import STAFF, Case, Planted, above, nobody, office, readers

REASON = "矩阵里的理由"
LOOKED = frozenset({"personal_data_look"})
keepers = above("union_officer")


def _with_missing(*_):
    return {"with": A_KEY, "reason": REASON}


def _whole(world, _who, thing):
    """A proposal as the form sends it: the other entry, the reason, and which value stays of each."""
    other = world.doubles[thing.place][1] if thing is not None and thing.exists else A_KEY
    choices = {"identity": "kept", "phone": "merged", "category": "kept", "membership": "kept"}
    return {"with": other, "reason": REASON, **choices}


def _answer(event, **more):
    return Case(STAFF, "merge", sees=keepers, args={"event": event}, **more)


ROWS = {
    "/console/merges/": {"GET": (Case(STAFF, may=office("union_officer"), queries=("", "?state=applied")),)},
    "/console/merges/new/<slug:public_id>/": {
        "GET": (Case(STAFF, "person", sees=readers, may=keepers),),
        "POST": (
            Case(STAFF, "person", sees=readers, may=keepers, done=(422,), body=lambda *_: {"q": ""}),
            Case(STAFF, "double", sees=readers, may=keepers, acts=keepers, done=(302,), body=_whole),
            Case(
                STAFF,
                "person",
                sees=nobody,
                body=_with_missing,
                ids={"with": Planted("person", readers, office(*READING))},
            ),
        ),
    },
    "/console/merges/<slug:public_id>/": {"GET": (Case(STAFF, "merge", sees=keepers, logs=LOOKED),)},
    "/console/merges/<slug:public_id>/<slug:event>/": {
        "GET": (
            _answer("approve", logs=LOOKED),
            _answer("refuse"),
            _answer("nosuchmove", done=(404,)),
        ),
        "POST": (
            _answer("approve", done=(409,), body=lambda *_: {"digest": "stale"}),
            _answer("refuse", acts=keepers, done=(302,), body=lambda *_: {"reason": REASON}),
            _answer("refuse", done=(422,), body=lambda *_: {"reason": ""}),
        ),
    },
}
