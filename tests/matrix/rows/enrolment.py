"""Enrolment in mutual-aid protection: lists, their moves, who is enrolled, the counter, certificates."""

from __future__ import annotations

from niangjia.kernel.clock import today
from tests.matrix.protection_world import EAST_PLAN
from tests.matrix.table import MEMBER, PUBLIC, STAFF, Case, above, nobody, office, owner

CONSOLE = "/console/protection"
LISTS, ENROLMENTS = f"{CONSOLE}/rosters", f"{CONSOLE}/enrolments"
OFFICES = ("union_officer", "agency_clerk", "reviewer")
sees = above(*OFFICES)
brings = office(*OFFICES)
changes = above("union_officer", "agency_clerk")


def decides(who, thing):
    """An office at the district whose plan it is, or above it."""
    districts = {"EAST-1": ("EAST", "CITY"), "FIRM": ("EAST", "CITY"), "WEST-1": ("WEST", "CITY")}
    return thing is not None and any(
        role in OFFICES and place in districts.get(thing.place, ()) for role, place in who.offices
    )


def _day():
    return f"{today():%Y-%m-%d}"


def _bring(_world, who, _thing):
    place = next((place for role, place in who.offices if role in OFFICES), "EAST-1")
    return {"origin": "entitlement", "union_code": place, "plan_code": EAST_PLAN, "from_day": _day()}


def _somebody(*_):
    return {"name": "哨兵", "id_number": "1", "plan_code": EAST_PLAN, "from_day": _day()}


def _act(event, done=(302,), may=sees, acts=nobody):
    return Case(STAFF, "list", sees=sees, may=may, acts=acts, done=done, args={"event": event})


def _end(*_):
    return {"day": today().isoformat(), "reason": "哨兵已经离职"}


ROWS = {
    f"{LISTS}/": {"GET": (Case(STAFF, may=brings, queries=("", "?state=ready")),)},
    f"{LISTS}/new/": {
        "GET": (Case(STAFF, may=brings),),
        "POST": (Case(STAFF, may=brings, acts=brings, done=(302,), body=_bring),),
    },
    f"{LISTS}/template/": {"GET": (Case(STAFF, may=brings),)},
    f"{LISTS}/<slug:public_id>/": {"GET": (Case(STAFF, "list", sees=sees),)},
    f"{LISTS}/<slug:public_id>/returned/": {"GET": (Case(STAFF, "list", sees=sees, queries=("", "?all=1")),)},
    f"{LISTS}/<slug:public_id>/<slug:event>/": {
        "GET": (
            _act("confirm_roster", done=(200,)),
            _act("discard_roster", done=(200,)),
            _act("forward_roster", done=(409,)),
            _act("finish_roster", done=(404,)),
        ),
        "POST": (
            _act("confirm_roster", acts=sees),
            _act("recheck_roster", acts=sees),
            _act("discard_roster", acts=sees),
            _act("forward_roster", done=(409,)),
            _act("apply_roster", done=(422,), may=decides),
            _act("present_roster", done=(404,)),
        ),
    },
    f"{ENROLMENTS}/": {"GET": (Case(STAFF, may=brings, queries=("", "?ends=soon", "?export=xlsx")),)},
    f"{ENROLMENTS}/new/": {
        "GET": (Case(STAFF, may=brings),),
        "POST": (Case(STAFF, may=brings, done=(422,), body=_somebody),),
    },
    f"{ENROLMENTS}/<slug:public_id>/": {"GET": (Case(STAFF, "enrolment", sees=sees),)},
    f"{ENROLMENTS}/<slug:public_id>/certificate.pdf": {"GET": (Case(STAFF, "enrolment", sees=sees),)},
    f"{ENROLMENTS}/<slug:public_id>/end/": {
        "GET": (Case(STAFF, "enrolment", sees=sees, may=changes),),
        "POST": (
            Case(STAFF, "enrolment", sees=sees, may=changes, acts=changes, done=(302,), body=_end),
            Case(STAFF, "enrolment", sees=sees, may=changes, done=(422,), body=lambda *_: {"reason": "哨兵录错了人"}),
        ),
    },
    f"{ENROLMENTS}/<slug:public_id>/cancel/": {
        "GET": (Case(STAFF, "enrolment", sees=sees, may=changes),),
        "POST": (
            Case(STAFF, "enrolment", sees=sees, may=changes, done=(422,), body=lambda *_: {"reason": "哨兵录错了人"}),
        ),
    },
    "/protection/enrolments/<slug:public_id>/certificate.pdf": {"GET": (Case(MEMBER, "enrolment", sees=owner),)},
    "/protection/certificates/<slug:public_id>/": {"GET": (Case(PUBLIC, "enrolment"),)},
    "/protection/plans/<slug:code>/enrol/": {
        "GET": (Case(MEMBER, may=nobody, args={"code": EAST_PLAN}),),
        "POST": (Case(MEMBER, may=nobody, args={"code": EAST_PLAN}),),
    },
}
