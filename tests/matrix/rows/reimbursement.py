"""Secondary reimbursement: a member's own, and what clerks and reviewers do with feeds, rounds, cases and the lost."""

from __future__ import annotations

from itertools import count

from django.core.files.uploadedfile import SimpleUploadedFile

from tests.matrix.table import MEMBER, STAFF, Case, above, nobody, office, owner

ROOT = "/console/reimbursement"
sees = above("agency_clerk", "reviewer")
clerk, reviewer = above("agency_clerk"), above("reviewer")
lists, brings = office("agency_clerk", "reviewer"), office("agency_clerk")
_serials = count()


def _upload(_world, _who, _thing):
    rows = f"姓名,证件号码,结算流水号,就诊类型,就诊日期,自付一\n哨兵,1,YB{next(_serials):06d},门诊,2026-01-05,5\n"
    file = SimpleUploadedFile("matrix.csv", rows.encode("utf-8-sig"))
    return {"union_code": "EAST", "programme": "general", "file": file}


def _reason(*_):
    return {"reason": "哨兵请再核对一遍"}


def _nonsense(*_):
    return {"id_number": "1"}


def _act(kind, event, may, *, done=(302,), acts=None, body=None):
    return Case(STAFF, kind, sees=sees, may=may, acts=acts or may, done=done, args={"event": event}, body=body)


def _ask(kind, event, may):
    return Case(STAFF, kind, sees=sees, may=may, args={"event": event})


ROWS = {
    "/reimbursement/": {"GET": (Case(MEMBER),)},
    "/reimbursement/<slug:public_id>/": {"GET": (Case(MEMBER, "reimbursement", sees=owner),)},
    f"{ROOT}/": {"GET": (Case(STAFF, may=lists, queries=("", "?state=ready")),)},
    f"{ROOT}/feeds/new/": {
        "GET": (Case(STAFF, may=brings),),
        "POST": (Case(STAFF, may=brings, acts=brings, done=(302,), body=_upload),),
    },
    f"{ROOT}/feeds/template/": {"GET": (Case(STAFF, may=brings),)},
    f"{ROOT}/feeds/<slug:public_id>/": {"GET": (Case(STAFF, "feed", sees=sees),)},
    f"{ROOT}/feeds/<slug:public_id>/returned/": {
        "GET": (Case(STAFF, "feed", sees=sees, may=clerk, queries=("", "?all=1")),)
    },
    f"{ROOT}/feeds/<slug:public_id>/<slug:event>/": {
        "GET": (_ask("feed", "apply_roster", clerk), _ask("feed", "discard_roster", clerk)),
        "POST": (
            _act("feed", "apply_roster", clerk),
            _act("feed", "recheck_roster", clerk),
            _act("feed", "discard_roster", clerk),
            Case(STAFF, "feed", sees=sees, done=(404,), args={"event": "present_roster"}),
        ),
    },
    f"{ROOT}/rounds/": {"GET": (Case(STAFF, may=lists),)},
    f"{ROOT}/rounds/<slug:public_id>/": {"GET": (Case(STAFF, "round", sees=sees),)},
    f"{ROOT}/rounds/<slug:public_id>/<slug:event>/": {
        "GET": (_ask("round", "approve_round", reviewer), _ask("round", "call_off_round", reviewer)),
        "POST": (
            _act("round", "approve_round", reviewer),
            _act("round", "call_off_round", reviewer, body=_reason),
        ),
    },
    f"{ROOT}/cases/<slug:public_id>/": {"GET": (Case(STAFF, "reimbursement", sees=sees),)},
    f"{ROOT}/cases/<slug:public_id>/clear/": {
        "POST": (Case(STAFF, "reimbursement", sees=sees, may=reviewer, acts=reviewer, done=(302,)),)
    },
    f"{ROOT}/cases/<slug:public_id>/<slug:event>/": {
        "GET": (_ask("reimbursement", "withhold", reviewer),),
        "POST": (
            _act("reimbursement", "withhold", reviewer, body=_reason),
            _act("reimbursement", "drop", reviewer, body=_reason),
            Case(STAFF, "reimbursement", sees=sees, done=(422,), args={"event": "take_up"}, body=_reason),
            Case(STAFF, "reimbursement", sees=sees, done=(404,), args={"event": "pay"}),
        ),
    },
    f"{ROOT}/withheld/": {"GET": (Case(STAFF, may=lists, queries=("", "?q=YB1", "?export=xlsx")),)},
    f"{ROOT}/lost/": {"GET": (Case(STAFF, may=lists),)},
    f"{ROOT}/lost/<slug:public_id>/": {
        "GET": (Case(STAFF, "lost", sees=sees),),
        "POST": (Case(STAFF, "lost", sees=sees, acts=nobody, done=(422,), refused=403, may=clerk, body=_nonsense),),
    },
    f"{ROOT}/lost/<slug:public_id>/<slug:event>/": {
        "GET": (_ask("lost", "give_up_on", clerk),),
        "POST": (_act("lost", "give_up_on", clerk, body=_reason),),
    },
}
