"""Bulk joining in the console: rosters, their moves, the rows given back, and who looks like whom."""

from __future__ import annotations

from itertools import count

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.matrix.actors import READING
from tests.matrix.table import STAFF, Case, above, office

ROSTERS, ALIKE = "/console/joining/rosters", "/console/joining/likenesses"
readers = above(*READING)
works = above("union_officer")
reads = office(*READING)
brings = office("union_officer")
_serials = count()
_PLACES = {"EAST": "EAST-1"}


def _upload(_world, who, _thing):
    place = next((place for role, place in who.offices if role == "union_officer"), "EAST-1")
    rows = f"姓名,身份证号\n哨兵{next(_serials)},1\n"
    file = SimpleUploadedFile("matrix.csv", rows.encode("utf-8-sig"))
    return {"union_code": _PLACES.get(place, place), "on_transfer": "leave", "file": file}


def _verdict(*_):
    return {"verdict": "different", "reason": "哨兵当面核对过"}


def _act(event, done=(302,), acts=works):
    return Case(STAFF, "roster", sees=readers, may=works, acts=acts, done=done, args={"event": event})


def _ask(event, done=(200,)):
    return Case(STAFF, "roster", sees=readers, may=works, done=done, args={"event": event})


def nobody(*_):
    return False


ROWS = {
    f"{ROSTERS}/": {"GET": (Case(STAFF, may=reads, queries=("", "?state=ready")),)},
    f"{ROSTERS}/new/": {
        "GET": (Case(STAFF, may=brings),),
        "POST": (Case(STAFF, may=brings, acts=brings, done=(302,), body=_upload),),
    },
    f"{ROSTERS}/template/": {"GET": (Case(STAFF, may=brings),)},
    f"{ROSTERS}/<slug:public_id>/": {"GET": (Case(STAFF, "roster", sees=readers),)},
    f"{ROSTERS}/<slug:public_id>/returned/": {
        "GET": (Case(STAFF, "roster", sees=readers, may=works, queries=("", "?all=1")),)
    },
    f"{ROSTERS}/<slug:public_id>/<slug:event>/": {
        "GET": (
            _ask("apply_roster"),
            _ask("discard_roster"),
            Case(STAFF, "roster", sees=readers, done=(404,), args={"event": "finish_roster"}),
        ),
        "POST": (
            _act("apply_roster"),
            _act("recheck_roster"),
            _act("discard_roster"),
            _act("confirm_roster", done=(422,), acts=nobody),
            Case(STAFF, "roster", sees=readers, done=(404,), args={"event": "present_roster"}),
        ),
    },
    f"{ALIKE}/": {"GET": (Case(STAFF, may=brings, queries=("", "?verdict=open")),)},
    f"{ALIKE}/<slug:public_id>/": {
        "GET": (Case(STAFF, "likeness", sees=works),),
        "POST": (Case(STAFF, "likeness", sees=works, acts=works, done=(302,), body=_verdict),),
    },
}
