"""The console's own pages: desk, people, unions, search, notices, and the way in."""

from __future__ import annotations

from tests.matrix.actors import A_KEY, READING
from tests.matrix.table import PENDING, PUBLIC, STAFF, Case, Planted, above, anybody, decider, nobody, office, readers
from tests.matrix.world import NAMES

FEW = ("anonymous", "waiting@EAST-1", "officer", "pending")
LOOKED = frozenset({"personal_data_look"})
REASON = "矩阵里的理由"
SEARCHES = tuple(f"{NAMES[place]}入哨兵" for place in ("EAST-1", "WEST-1"))

keepers = above("union_officer")
any_reader = office(*READING)
office_holders = above()


def _works(who, _thing):
    """Has open items at the own office: applications, claims and lists, cases of reimbursement, payments to prepare."""
    places = ("EAST-1", "FIRM", "EAST-2", "WEST-1", "EAST")
    working = ("union_officer", "reviewer", "finance_preparer")
    return any(role in working and place in places for role, place in who.offices)


def _colleague(who, thing):
    return thing.place == "EAST-1" and who.name in ("officer", "deputy")


def _own_office(who, thing):
    return any(place == thing.place for _role, place in who.offices)


def _to_colleague(world, who, _thing):
    name = "officer" if who.name == "deputy" else "deputy"
    return {"to_user_id": world.actors[name].user_id}


def _own_union(world, who, _thing):
    place = who.offices[0][1] if who.offices else ""
    keys = [thing.key for thing in world.things["node"] if thing.place == place]
    return {"node": keys[0] if keys else "987654321"}


def _of_office(who, _thing):
    return who.kind == "staff" and who.holds() and not who.holds("employer_agent")


def _honour(*_):
    return {"kind": "model_worker", "level": "city", "conferred_on": "2026-01-09", "reason": REASON}


def _page(**more):
    return {"GET": (Case(STAFF, **more),)}


def _item(acts=nobody, **more):
    return Case(STAFF, "item", sees=decider, acts=acts, **more)


def _filter(code, query):
    return lambda *_: {"list": code, "query": query, "name": "甲"}


def _no_such_filter(*_):
    return {"filter": A_KEY}


def _at_a_node(who, _thing):
    return any(
        role == "union_officer" and place in ("EAST-1", "FIRM", "EAST-2", "WEST-1") for role, place in who.offices
    )


def _own_items(world, who, _thing):
    own = [thing.key for thing in world.things["item"] if thing.exists and decider(who, thing)]
    return {"act": "take", "ids": own or [world.missing("item").key]}


ROWS = {
    "/console/filters/": {
        "POST": (
            Case(STAFF, acts=anybody, done=(302,), body=_filter("people.members", "q=x")),
            Case(STAFF, done=(302,), body=_filter("people.members", "")),
            Case(STAFF, done=(404,), body=_filter("nothing", "q=x")),
        )
    },
    "/console/filters/delete/": {"POST": (Case(STAFF, done=(404,), body=_no_such_filter),)},
    "/console/": _page(),
    "/console/desk/below/": _page(),
    "/console/desk/done/": _page(),
    "/console/desk/bulk/": {
        "POST": (
            Case(STAFF, acts=_at_a_node, done=(302,), body=_own_items, ids={"ids": Planted("item", decider)}),
            Case(STAFF, done=(302,), body=lambda *_: {"act": "hand_over", "to_user_id": "x"}),
        )
    },
    "/console/desk/next/": {"POST": (Case(STAFF, acts=_works, done=(302,)),)},
    "/console/desk/<slug:public_id>/": {"GET": (_item(),)},
    "/console/desk/<slug:public_id>/take/": {"POST": (_item(acts=decider, done=(302,)),)},
    "/console/desk/<slug:public_id>/put-back/": {"POST": (_item(done=(302,)),)},
    "/console/desk/<slug:public_id>/hand-over/": {
        "POST": (
            _item(
                acts=_colleague, done=(302, 422), body=_to_colleague, ids={"to_user_id": Planted("user", _own_office)}
            ),
        )
    },
    "/console/desk/<slug:public_id>/extend/": {
        "POST": (_item(acts=decider, done=(302,), body=lambda *_: {"working_days": "2", "reason": REASON}),)
    },
    "/console/search/": {
        "GET": (Case(STAFF, queries=("", *(f"?q={name}" for name in SEARCHES), "?q=EAST")),),
        "POST": (Case(STAFF, body=lambda *_: {"q": SEARCHES[0]}),),
    },
    "/console/people/": _page(
        may=any_reader, queries=("", "?export=xlsx", "?sort=name", f"?name={SEARCHES[0]}", "?size=100&sort=-number")
    ),
    "/console/people/<slug:public_id>/": {"GET": (Case(STAFF, "person", sees=readers),)},
    "/console/people/<slug:public_id>/unmask/": {
        "POST": (
            Case(STAFF, "person", sees=readers, unmasks=True, body=lambda *_: {"field": "id_number", "reason": REASON}),
            Case(STAFF, "person", sees=readers, done=(422,), body=lambda *_: {"field": "id_number", "reason": ""}),
            Case(STAFF, "person", sees=readers, done=(422,), body=lambda *_: {"field": "name", "reason": REASON}),
        )
    },
    "/console/people/<slug:public_id>/membership/<slug:event>/": {
        "GET": (
            Case(STAFF, "person", sees=readers, may=keepers, refused=404, logs=LOOKED, args={"event": "retain"}),
            Case(STAFF, "person", sees=readers, done=(404,), logs=LOOKED, args={"event": "nosuchmove"}),
        ),
        "POST": (
            Case(
                STAFF,
                "person",
                sees=readers,
                may=keepers,
                acts=keepers,
                done=(302,),
                refused=404,
                logs=LOOKED,
                args={"event": "retain"},
                body=lambda *_: {"day": "2026-03-04", "reason": REASON},
            ),
        ),
    },
    "/console/people/<slug:public_id>/honours/": {
        "GET": (Case(STAFF, "person", sees=readers, logs=LOOKED),),
        "POST": (
            Case(STAFF, "person", sees=readers, may=keepers, acts=keepers, done=(302,), logs=LOOKED, body=_honour),
        ),
    },
    "/console/people/<slug:public_id>/honours/revoke/": {
        "GET": (Case(STAFF, "person", sees=readers, may=keepers, logs=LOOKED),),
        "POST": (
            # No honour is held in this world: who may revoke hears that nothing was found.
            Case(
                STAFF,
                "person",
                sees=readers,
                may=keepers,
                done=(422,),
                logs=LOOKED,
                body=lambda *_: {"honour": A_KEY, "reason": REASON},
            ),
        ),
    },
    "/console/unions/": _page(queries=("", "?q=EAST", "?sort=name")),
    "/console/unions/<slug:public_id>/": {"GET": (Case(STAFF, "union", sees=office_holders),)},
    "/console/union/": {
        "POST": (
            Case(
                STAFF,
                may=_of_office,
                acts=_of_office,
                done=(302,),
                refused=404,
                body=_own_union,
                ids={"node": Planted("node", office_holders)},
            ),
        )
    },
    "/console/notices/": _page(),
    "/console/notices/open/": {
        "POST": (
            Case(STAFF, sees=nobody, body=lambda *_: {"message": A_KEY}, ids={"message": Planted("notice", nobody)}),
        )
    },
    "/console/notices/read/": {"POST": (Case(STAFF, done=(302,)),)},
    "/console/sign-in/": {
        "GET": (Case(PUBLIC, done=(200, 302)),),
        "POST": (
            Case(PUBLIC, done=(422, 302), body=lambda *_: {"name": "officer", "password": "wrong wrong"}, only=FEW),
        ),
    },
    "/console/second-factor/": {
        "GET": (Case(PENDING, done=(302,)),),
        "POST": (Case(PENDING, done=(302,), body=lambda *_: {"totp": "123456"}, only=FEW),),
    },
    "/console/second-factor/set-up/": {
        "GET": (Case(PENDING, done=(200, 302)),),
        "POST": (Case(PENDING, done=(422, 302), body=lambda *_: {"totp": "123456"}, only=FEW),),
    },
    "/console/sign-out/": {"POST": (Case(PUBLIC, acts=lambda who, _t: who.kind in ("staff", "pending"), done=(302,)),)},
}
