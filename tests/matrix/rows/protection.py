"""Mutual-aid protection: the member's pages, the officers' pages of claims, plans and condolences, the counter."""

from __future__ import annotations

from datetime import timedelta

from niangjia.commons.people.models import Person
from niangjia.kernel.clock import today
from niangjia.services.protection import consent, testing
from tests.matrix.protection_world import A_PAPER, DRAFTS_PAPER, EAST_PLAN, PLACES
from tests.matrix.table import MEMBER, STAFF, Case, above, here, named, nobody, office, owner
from tests.matrix.world import line_of

CONSOLE = "/console/protection"
sees = above("union_officer", "agency_clerk", "reviewer")
reads_content = above("agency_clerk", "reviewer")
lists_all = office("union_officer", "agency_clerk", "reviewer")
plans = above("union_officer", "reviewer")
unit = here("union_officer")
SENT = ("claim_review", "claim_decide", "claim_asked", "claim_refused", "claim_appealed")


def decides(who, thing):
    """The reviewer of the district whose plan it is."""
    return who.kind == "staff" and ("reviewer", "EAST") in who.offices and thing is not None and thing.place == "EAST-1"


def enrolled(who, _thing):
    return who.name in ("joined@EAST-1", "joined@FIRM")


def _mine(kind, **more):
    return Case(MEMBER, kind, sees=owner, **more)


def _reason(*_):
    return {"reason": "请写明出事的路口"}


def _what(*_):
    return {"cover": "home_loss", "event_day": f"{today() - timedelta(days=21):%Y-%m-%d}"}


def _details(*_):
    return {"area": "13.5", "story": "在路口东侧"}


def _card(_world, who, _thing):
    holder = Person.objects.filter(user=who.user_id).values_list("name", flat=True).first() or "张三"
    agreed = {"consent": "on", "consent_version": consent.VERSION}
    return {**agreed, "bank_account": testing.a_card(3), "card_holder": holder}


def _answer(kind, event, *, acts=decides, body=None, done=(302,)):
    case = {"sees": sees, "may": acts, "args": {"event": event}}
    return Case(STAFF, kind, acts=acts, done=done, body=body, **case)


def _asks(kind, event, may=decides):
    return Case(STAFF, kind, sees=sees, may=may, args={"event": event})


def _appeal(*, event, **more):
    return Case(STAFF, "claim_appealed", sees=sees, may=decides, refused=404, args={"event": event}, **more)


def plans_there(who, thing):
    """Offices at the district whose plan it is, or above it."""
    return thing is not None and who.kind == "staff" and who.reaches(line_of(PLACES[thing.place]), *_PLANNERS)


def begins_there(who, _thing):
    """Offices at exactly the union of :func:`_plan`."""
    return who.kind == "staff" and who.reaches(("EAST",), *_PLANNERS)


_PLANNERS = ("union_officer", "reviewer")


def _cover(*_):
    body = {"name": "家财损失", "sum": "9000", "claim_days": "700", "formula": "area", "fen_per_square_metre": "150"}
    return {**body, "tiers-rows": "0", "papers-rows": "0", "grades-rows": "0"}


def _limits(*_):
    row = {"cover": "home_loss", "basis": "period", "scope": "person", "measure": "count", "amount": "2"}
    return {"limits-rows": "1", **{f"limits-0-{name}": value for name, value in row.items()}}


def _plan(*_):
    body = {"union": "EAST", "name": "家政工保障", "code": "homecare", "kind": "free", "fund": "city_union"}
    return {**body, "valid_from": "2031-01-01", "cap_fen": "50000"}


def _published(**more):
    """A version that was published refuses every form of a draft."""
    return Case(STAFF, "version", **{"may": plans_there, "done": (409,), **more})


def _version(**more):
    return Case(STAFF, "version_draft", sees=plans, **more)


PORTAL = {
    "/protection/": {"GET": (Case(MEMBER),)},
    "/protection/plans/<slug:code>/claim/": {
        "GET": (Case(MEMBER, may=enrolled, refused=404, args={"code": EAST_PLAN}),),
        "POST": (Case(MEMBER, may=enrolled, refused=404, done=(302,), args={"code": EAST_PLAN}),),
    },
    "/protection/versions/<slug:public_id>/": {
        "GET": (Case(MEMBER, "version"), Case(MEMBER, "version_draft", sees=nobody))
    },
    "/protection/versions/<slug:public_id>/leaflet.pdf": {
        "GET": (Case(MEMBER, "version"), Case(MEMBER, "version_draft", sees=nobody))
    },
    "/protection/claims/<slug:public_id>/": {
        "GET": (*(_mine(kind) for kind in SENT), _mine("claim_draft", done=(302,)))
    },
    "/protection/claims/<slug:public_id>/what/": {
        "GET": (_mine("claim_draft"), _mine("claim_review", done=(302,))),
        "POST": (
            _mine("claim_draft", acts=owner, done=(302,), body=_what),
            _mine("claim_review", done=(302,), body=_what),
            _mine("claim_draft", done=(422,), body=lambda *_: {"cover": "nonsense"}),
        ),
    },
    "/protection/claims/<slug:public_id>/details/": {
        "GET": (_mine("claim_draft"), _mine("claim_review", done=(302,))),
        "POST": (
            _mine("claim_draft", acts=owner, done=(302,), body=_details),
            _mine("claim_review", done=(302,), body=_details),
        ),
    },
    "/protection/claims/<slug:public_id>/pay/": {
        "GET": (_mine("claim_draft"), _mine("claim_review", done=(302,))),
        "POST": (
            _mine("claim_draft", acts=owner, done=(302,), body=_card),
            _mine("claim_review", done=(302,), body=_card),
            _mine("claim_draft", done=(422,), body=lambda *_: {"bank_account": "1", "status": "paid"}),
        ),
    },
    "/protection/claims/<slug:public_id>/supply/": {
        "GET": (_mine("claim_asked"), _mine("claim_review", done=(302,))),
        "POST": (
            _mine("claim_asked", acts=owner, done=(302,), body=lambda *_: {"note": "在路口东侧"}),
            _mine("claim_asked", done=(422,), body=lambda *_: {"note": ""}),
        ),
    },
    "/protection/claims/<slug:public_id>/withdraw/": {
        "GET": (_mine("claim_review"), _mine("claim_refused", done=(409,))),
        "POST": (
            _mine("claim_review", acts=owner, done=(302,)),
            _mine("claim_refused", done=(409,)),
        ),
    },
    "/protection/claims/<slug:public_id>/appeal/": {
        "GET": (_mine("claim_refused"),),
        "POST": (
            _mine("claim_refused", acts=owner, done=(302,), body=lambda *_: {"ground": "材料是清楚的"}),
            _mine("claim_appealed", done=(422,), body=lambda *_: {"ground": "材料是清楚的"}),
        ),
    },
    "/protection/claims/<slug:public_id>/papers/<slug:file_id>/": {
        "GET": (_mine("claim_review", args={"file_id": A_PAPER}),)
    },
    "/protection/claims/<slug:public_id>/papers/<slug:file_id>/remove/": {
        "POST": (
            _mine("claim_draft", acts=owner, done=(302,), args={"file_id": DRAFTS_PAPER}),
            _mine("claim_review", done=(409,), args={"file_id": A_PAPER}),
        )
    },
}
CLAIMS = {
    f"{CONSOLE}/": {"GET": (Case(STAFF, may=lists_all, queries=("", "?state=refused", "?mine=1", "?export=xlsx")),)},
    f"{CONSOLE}/claims/<slug:public_id>/": {
        "GET": (
            *(Case(STAFF, kind, sees=sees) for kind in (*SENT, "claim_unit")),
            Case(STAFF, "claim_draft", sees=nobody),
        )
    },
    f"{CONSOLE}/claims/<slug:public_id>/papers/<slug:file_id>/": {
        "GET": (Case(STAFF, "claim_review", sees=sees, may=reads_content, refused=404, args={"file_id": A_PAPER}),)
    },
    f"{CONSOLE}/claims/<slug:public_id>/recalculate/": {
        "POST": (
            Case(STAFF, "claim_decide", sees=sees, may=decides, acts=decides, done=(302,)),
            Case(STAFF, "claim_review", sees=sees, may=decides, done=(409,)),
        )
    },
    f"{CONSOLE}/claims/<slug:public_id>/correct/": {
        "GET": (Case(STAFF, "claim_review", sees=sees, may=decides),),
        "POST": (Case(STAFF, "claim_review", sees=sees, may=decides, acts=decides, done=(302,), body=_details),),
    },
    f"{CONSOLE}/claims/<slug:public_id>/appeal/<slug:event>/": {
        "GET": (
            _appeal(event="uphold"),
            Case(STAFF, "claim_appealed", sees=sees, done=(404,), args={"event": "nonsense"}),
        ),
        "POST": (
            _appeal(event="uphold", acts=decides, done=(302,), body=_reason),
            _appeal(event="reject", acts=decides, done=(302,), body=_reason),
        ),
    },
    f"{CONSOLE}/claims/<slug:public_id>/<slug:event>/": {
        "GET": (
            _asks("claim_review", "review"),
            _asks("claim_decide", "approve"),
            _asks("claim_unit", "confirm_unit", may=unit),
            Case(STAFF, "claim_review", sees=sees, done=(404,), args={"event": "pay"}),
        ),
        "POST": (
            _answer("claim_unit", "confirm_unit", acts=unit),
            _answer("claim_review", "review"),
            _answer("claim_review", "ask_more", body=_reason),
            _answer("claim_review", "refuse", body=_reason),
            _answer("claim_decide", "approve"),
            Case(STAFF, "claim_review", sees=sees, done=(404,), args={"event": "reopen"}),
        ),
    },
}
COUNTER = {
    f"{CONSOLE}/counter/": {
        "GET": (Case(STAFF, may=office("agency_clerk")),),
        "POST": (Case(STAFF, may=office("agency_clerk"), done=(422,)),),
    },
    **{
        f"{CONSOLE}/counter/<slug:public_id>/{page}/": {
            method: (Case(STAFF, "claim_counter", sees=named("clerk"), done=(200, 302, 422)),)
            for method in ("GET", "POST")
        }
        for page in ("what", "details", "pay")
    },
    f"{CONSOLE}/counter/<slug:public_id>/papers/<slug:file_id>/remove/": {
        "POST": (Case(STAFF, "claim_counter", sees=nobody, args={"file_id": A_PAPER}),)
    },
}
PLANS = {
    f"{CONSOLE}/versions/": {"GET": (Case(STAFF, may=lists_all, queries=("", "?state=draft", "?export=xlsx")),)},
    f"{CONSOLE}/versions/<slug:public_id>/": {"GET": (_version(), Case(STAFF, "version"))},
    f"{CONSOLE}/versions/<slug:public_id>/leaflet.pdf": {"GET": (_version(), Case(STAFF, "version"))},
    f"{CONSOLE}/versions/<slug:public_id>/draw-up/": {
        "GET": (_version(),),
        "POST": (_version(done=(422,), body=lambda *_: {"valid_from": "2031-01-01"}),),
    },
    f"{CONSOLE}/versions/<slug:public_id>/limits/": {
        "GET": (_version(), _published()),
        "POST": (_version(acts=plans, done=(302,), body=_limits), _published(body=_limits)),
    },
    f"{CONSOLE}/versions/<slug:public_id>/covers/new/": {
        "GET": (_version(), _published()),
        "POST": (_version(acts=plans, done=(302,), body=_cover), _version(done=(422,), body=lambda *_: {"name": ""})),
    },
    f"{CONSOLE}/versions/<slug:public_id>/covers/<slug:code>/": {
        "GET": (_version(args={"code": "home_loss"}), _version(args={"code": "nothing"}, done=(404,))),
        "POST": (
            _version(args={"code": "home_loss"}, acts=plans, done=(302,), body=_cover),
            _version(args={"code": "nothing"}, done=(404,), body=_cover),
            _published(args={"code": "home_loss"}, body=_cover),
        ),
    },
    f"{CONSOLE}/versions/<slug:public_id>/covers/<slug:code>/drop/": {
        "GET": (_version(args={"code": "home_loss"}),),
        "POST": (_version(args={"code": "home_loss"}, acts=plans, done=(302,)), _published(args={"code": "home_loss"})),
    },
    f"{CONSOLE}/versions/<slug:public_id>/covers/<slug:code>/up/": {
        "POST": (_version(args={"code": "home_loss"}, acts=plans, done=(302,)), _published(args={"code": "home_loss"})),
    },
    f"{CONSOLE}/plans/new/": {
        "GET": (Case(STAFF, may=office("union_officer", "reviewer")),),
        "POST": (
            Case(STAFF, may=office("union_officer", "reviewer"), done=(422,), body=lambda *_: {"name": ""}),
            Case(STAFF, may=office("union_officer", "reviewer"), acts=begins_there, done=(302, 422), body=_plan),
        ),
    },
    f"{CONSOLE}/versions/<slug:public_id>/dry-run/": {"GET": (_version(),)},
    f"{CONSOLE}/versions/<slug:public_id>/move/<slug:event>/": {
        "GET": (_version(args={"event": "publish"}), _version(args={"event": "supersede"}, done=(404,))),
        "POST": (
            _version(args={"event": "publish"}, acts=plans, done=(302,)),
            _version(args={"event": "close_version"}, done=(422,), body=_reason),
        ),
    },
}
proposes = office("union_officer", "reviewer")
CONDOLENCES = {
    f"{CONSOLE}/condolences/": {"GET": (Case(STAFF, may=lists_all, queries=("", "?state=paid", "?export=xlsx")),)},
    f"{CONSOLE}/condolences/new/": {
        "GET": (Case(STAFF, may=proposes),),
        "POST": (Case(STAFF, may=proposes, done=(422,)),),
    },
    f"{CONSOLE}/condolences/<slug:public_id>/": {"GET": (Case(STAFF, "condolence", sees=plans),)},
    f"{CONSOLE}/condolences/<slug:public_id>/<slug:event>/": {
        "GET": (Case(STAFF, "condolence", sees=plans, may=decides, args={"event": "grant"}),),
        "POST": (
            Case(STAFF, "condolence", sees=plans, may=decides, acts=decides, done=(302,), args={"event": "grant"}),
            Case(
                STAFF, "condolence", sees=plans, may=decides, acts=decides, done=(302,), args={"event": "decline"},
                body=_reason,
            ),
        ),
    },
}  # fmt: skip
ROWS = {**PORTAL, **CLAIMS, **COUNTER, **PLANS, **CONDOLENCES}
