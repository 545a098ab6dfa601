"""The member's card: on the phone, on a person's page in the console, over the API."""

from __future__ import annotations

from niangjia.commons.people.cards.models import Card
from tests.matrix.actors import A_KEY
from tests.matrix.table import MEMBER, PUBLIC, STAFF, Case, above, nobody, readers

REASON = "矩阵里的理由"
keepers = above("union_officer")


def holders(who, _thing):
    """Members, who have a card; everybody else at a phone has none."""
    return who.kind == "member" and who.name.startswith("joined@")


def _card_of(user_id):
    return Card.objects.filter(person__user=user_id).values_list("public_id", flat=True).first() or A_KEY


def _own(field):
    return lambda _world, who, _thing: {field: _card_of(who.user_id)}


def _foreign(field):
    """A card that exists, of somebody else."""

    def body(world, who, _thing):
        other = "joined@WEST-1" if who.name != "joined@WEST-1" else "joined@EAST-1"
        return {field: _card_of(world.actors[other].user_id)}

    return body


def _missing(field):
    return lambda *_: {field: A_KEY}


def _of_person(_world, _who, thing):
    card = Card.objects.filter(person__public_id=thing.key).values_list("public_id", flat=True).first()
    return {
        "card": card or A_KEY,
        "reason": REASON,
        "bank_code": "102100000012",
        "bank_card_tail": "0421",
        "day": "2026-03-04",
    }


def _of_another(world, _who, thing):
    other = next(one for one in world.things["person"] if one.exists and one.key != thing.key)
    return _of_person(world, _who, other)


def _stops():
    """Asking once more, and stopping or replacing one's own card; nobody else's, and none that is not there."""
    return {
        "GET": (Case(MEMBER, sees=holders),),
        "POST": (
            Case(MEMBER, sees=holders, acts=holders, done=(302,), body=_own("card")),
            Case(MEMBER, sees=nobody, body=_foreign("card")),
            Case(MEMBER, sees=nobody, body=_missing("card")),
        ),
    }


def _at_the_desk(event, **more):
    return Case(STAFF, "person", sees=readers, may=keepers, refused=404, args={"event": event}, **more)


ROWS = {
    "/card/code/": {"GET": (Case(MEMBER, sees=holders),)},
    "/card/lost/": _stops(),
    "/card/replace/": _stops(),
    "/console/people/<slug:public_id>/card/<slug:event>/": {
        "GET": (
            _at_the_desk("report_lost"),
            _at_the_desk("record_bank"),
            Case(STAFF, "person", sees=readers, done=(404,), args={"event": "unblock"}),
            Case(STAFF, "person", sees=readers, done=(404,), args={"event": "nosuchact"}),
        ),
        "POST": (
            *(
                _at_the_desk(event, acts=keepers, done=(302,), body=_of_person)
                for event in ("report_lost", "replace", "record_bank")
            ),
            _at_the_desk("replace", done=(422,), body=_of_another),
            Case(STAFF, "person", sees=readers, done=(404,), body=_of_person, args={"event": "close"}),
        ),
    },
    "/api/v1/card": {"GET": (Case(MEMBER, sees=holders),)},
    "/api/v1/card/keys": {"GET": (Case(PUBLIC),)},
    "/api/v1/card/lost": {
        "POST": (
            Case(MEMBER, sees=holders, acts=holders, body=_own("id")),
            Case(MEMBER, sees=nobody, body=_foreign("id")),
            Case(MEMBER, sees=nobody, body=_missing("id")),
        )
    },
}
