"""Bulk joining: rosters of one's unions, and the pairs that may be one person."""

from __future__ import annotations

from tests.matrix.actors import READING
from tests.matrix.table import STAFF, Case, above, nobody

readers = above(*READING)
workers = above("union_officer")
ROSTER = "/console/joining/rosters/<slug:public_id>"


def _roster(**more):
    return Case(STAFF, "roster", sees=readers, **more)


def _pair(**more):
    """No pair stands in the world: one that is not there and one that is hidden answer alike."""
    return Case(STAFF, "likeness", sees=nobody, **more)


ROWS = {
    "/console/joining/rosters/": {"GET": (Case(STAFF, queries=("", "?state=ready")),)},
    "/console/joining/rosters/new/": {
        "GET": (Case(STAFF),),
        "POST": (Case(STAFF, done=(422,), body=lambda *_: {"union_code": "EAST-1", "on_transfer": "leave"}),),
    },
    "/console/joining/rosters/template/": {"GET": (Case(STAFF),)},
    f"{ROSTER}/": {"GET": (_roster(),)},
    f"{ROSTER}/returned/": {"GET": (_roster(may=workers, done=(200, 404, 409)),)},
    f"{ROSTER}/<slug:event>/": {
        "GET": (_roster(done=(404,), args={"event": "nosuchmove"}),),
        "POST": (
            _roster(may=workers, acts=workers, done=(302,), args={"event": "discard_roster"}),
            _roster(done=(404,), args={"event": "check_roster"}),
        ),
    },
    "/console/joining/likenesses/": {"GET": (Case(STAFF, queries=("", "?verdict=open")),)},
    "/console/joining/likenesses/<slug:public_id>/": {"GET": (_pair(),), "POST": (_pair(),)},
}
