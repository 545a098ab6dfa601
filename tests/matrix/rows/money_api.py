"""The API where money is: protection, payments, secondary reimbursement."""

from __future__ import annotations

from niangjia.commons.people.testing import an_id_number
from niangjia.services.protection.testing import a_card
from tests.matrix.protection_world import A_PAPER, DRAFTS_PAPER, EAST_PLAN
from tests.matrix.rows import payments as finance
from tests.matrix.rows import protection as claims
from tests.matrix.rows import reimbursement as back
from tests.matrix.table import MEMBER, SIGNED_IN, STAFF, Case, above, either, named, nobody, office, owner

PROTECTION, PAYMENTS, BACK = "/api/v1/protection", "/api/v1/payments", "/api/v1/reimbursement"
sees_claim = either(owner, claims.sees)
sees_enrolment = either(owner, above("union_officer", "agency_clerk", "reviewer"))
sees_case = either(owner, back.sees)


def _members_or(sight):
    return lambda who, thing: who.kind == "member" or sight(who, thing)


def _mine(kind, **more):
    return Case(MEMBER, kind, sees=owner, **more)


def _staffs(kind, may=claims.decides, **more):
    return Case(STAFF, kind, sees=claims.sees, may=may, **{"acts": may, **more})


def _reason(*_):
    return {"reason": "请写明出事的路口"}


by_clerk = named("clerk")


def _clerks(**more):
    return Case(STAFF, "claim_counter", sees=by_clerk, **more)


def _condoles(**more):
    return Case(STAFF, "condolence", sees=claims.plans, may=claims.decides, acts=claims.decides, **more)


def _stranger(*_):
    return {"plan": EAST_PLAN, "name": "查无此", "id_number": an_id_number(4_321)}


def _proposal(*_):
    return {**_stranger(), "occasion": "illness", "fen": 50_000, "bank_account": a_card(3)}


def _upload(gate, kind):
    """A body without a file: nobody gets further than the form."""
    return Case(gate, kind, done=(422,), hidden=422, refused=422)


def _fill(*_):
    return {"told": {"story": "在路口东侧", "area_tenths": 135}}


PROTECTION_ROWS = {
    f"{PROTECTION}/versions": {"GET": (Case(SIGNED_IN),)},
    f"{PROTECTION}/versions/<public_id>": {
        "GET": (Case(SIGNED_IN, "version"), Case(SIGNED_IN, "version_draft", sees=claims.plans))
    },
    f"{PROTECTION}/versions/<public_id>/leaflet.pdf": {"GET": (Case(SIGNED_IN, "version"),)},
    f"{PROTECTION}/enrolments": {
        "GET": (Case(MEMBER),),
        "POST": (
            Case(MEMBER, may=nobody, body=lambda *_: {"plan": EAST_PLAN}),
            Case(MEMBER, hidden=422, done=(422,), body=lambda *_: {"plan": EAST_PLAN, "person_id": 1}),
        ),
    },
    f"{PROTECTION}/enrolments/<public_id>/certificate.pdf": {
        "GET": (Case(SIGNED_IN, "enrolment", sees=sees_enrolment),)
    },
    f"{PROTECTION}/counter/claims": {
        "POST": (Case(STAFF, may=office("agency_clerk"), done=(422,), body=_stranger),),
    },
    f"{PROTECTION}/counter/claims/<public_id>/fill": {"POST": (_clerks(acts=by_clerk, body=_fill),)},
    f"{PROTECTION}/counter/claims/<public_id>/papers": {"POST": (_upload(STAFF, "claim_counter"),)},
    f"{PROTECTION}/counter/claims/<public_id>/papers/<file_id>": {
        "DELETE": (Case(STAFF, "claim_counter", sees=nobody, args={"file_id": A_PAPER}),)
    },
    f"{PROTECTION}/counter/claims/<public_id>/submit": {
        "POST": (_clerks(done=(422,), body=lambda *_: {"consent_version": "2026-1", "card_holder": "张三"}),)
    },
    f"{PROTECTION}/condolences": {
        "GET": (Case(STAFF, may=claims.lists_all, queries=("", "?state=proposed")),),
        "POST": (Case(STAFF, may=claims.proposes, done=(422,), body=_proposal),),
    },
    f"{PROTECTION}/condolences/<public_id>": {"GET": (Case(STAFF, "condolence", sees=claims.plans),)},
    f"{PROTECTION}/condolences/<public_id>/grant": {"POST": (_condoles(),)},
    f"{PROTECTION}/condolences/<public_id>/decline": {"POST": (_condoles(body=_reason),)},
    f"{PROTECTION}/consent": {"GET": (Case(MEMBER),)},
    f"{PROTECTION}/claims": {
        "GET": (Case(SIGNED_IN, may=_members_or(claims.lists_all), queries=("", "?state=refused&size=1")),),
        "POST": (
            Case(MEMBER, may=claims.enrolled, refused=404, done=(201,), body=lambda *_: {"plan": EAST_PLAN}),
            Case(MEMBER, hidden=422, done=(422,), body=lambda *_: {"plan": EAST_PLAN, "state": "paid"}),
        ),
    },
    f"{PROTECTION}/claims/<public_id>": {
        "GET": (
            *(Case(SIGNED_IN, kind, sees=sees_claim) for kind in (*claims.SENT, "claim_unit")),
            Case(SIGNED_IN, "claim_draft", sees=owner),
        )
    },
    f"{PROTECTION}/claims/<public_id>/fill": {
        "POST": (_mine("claim_draft", acts=owner, body=_fill), _mine("claim_review", done=(409,), body=_fill))
    },
    f"{PROTECTION}/claims/<public_id>/papers": {"POST": (_upload(MEMBER, "claim_draft"),)},
    f"{PROTECTION}/claims/<public_id>/papers/<file_id>": {
        "GET": (
            Case(
                SIGNED_IN,
                "claim_review",
                sees=sees_claim,
                may=either(owner, claims.reads_content),
                refused=404,
                args={"file_id": A_PAPER},
            ),
        ),
        "DELETE": (_mine("claim_draft", acts=owner, done=(204,), args={"file_id": DRAFTS_PAPER}),),
    },
    f"{PROTECTION}/claims/<public_id>/submit": {
        "POST": (_mine("claim_review", done=(409,), body=lambda *_: {"consent_version": "2026-1"}),)
    },
    f"{PROTECTION}/claims/<public_id>/supply": {
        "POST": (
            _mine("claim_asked", acts=owner, body=lambda *_: {"note": "在路口东侧"}),
            _mine("claim_asked", done=(422,), body=lambda *_: {"note": ""}),
        )
    },
    f"{PROTECTION}/claims/<public_id>/withdraw": {
        "POST": (_mine("claim_review", acts=owner), _mine("claim_refused", done=(409,)))
    },
    f"{PROTECTION}/claims/<public_id>/appeal": {
        "POST": (
            _mine("claim_refused", acts=owner, done=(201,), body=lambda *_: {"ground": "材料是清楚的"}),
            _mine("claim_appealed", done=(409,), body=lambda *_: {"ground": "材料是清楚的"}),
        )
    },
    f"{PROTECTION}/claims/<public_id>/confirm-unit": {"POST": (_staffs("claim_unit", claims.unit),)},
    f"{PROTECTION}/claims/<public_id>/check": {"POST": (_staffs("claim_review", done=(409,), acts=nobody),)},
    f"{PROTECTION}/claims/<public_id>/review": {"POST": (_staffs("claim_review"),)},
    f"{PROTECTION}/claims/<public_id>/recalculate": {"POST": (_staffs("claim_decide"),)},
    f"{PROTECTION}/claims/<public_id>/approve": {"POST": (_staffs("claim_decide"),)},
    f"{PROTECTION}/claims/<public_id>/ask-more": {"POST": (_staffs("claim_review", body=_reason),)},
    f"{PROTECTION}/claims/<public_id>/refuse": {"POST": (_staffs("claim_review", body=_reason),)},
    f"{PROTECTION}/claims/<public_id>/appeal/uphold": {"POST": (_staffs("claim_appealed", refused=404, body=_reason),)},
    f"{PROTECTION}/claims/<public_id>/appeal/reject": {"POST": (_staffs("claim_appealed", refused=404, body=_reason),)},
}


def _money(kind, may, **more):
    return Case(STAFF, kind, sees=finance.finance, may=may, **{"acts": may, **more})


def _sees_money(kind):
    return Case(STAFF, kind, sees=finance.finance)


PAYMENT_ROWS = {
    f"{PAYMENTS}/mine": {"GET": (Case(MEMBER),)},
    f"{PAYMENTS}/account": {
        "GET": (Case(MEMBER),),
        "POST": (
            Case(MEMBER, may=finance.joined, acts=finance.joined, done=(201,), body=finance._card),
            Case(MEMBER, may=finance.joined, done=(422,), body=finance._bank),
        ),
    },
    f"{PAYMENTS}/funds": {"GET": (Case(STAFF, may=finance.in_finance),)},
    f"{PAYMENTS}/payments": {"GET": (Case(STAFF, may=finance.in_finance, queries=("", "?state=failed&cause=closed")),)},
    f"{PAYMENTS}/payments/<public_id>": {"GET": (_sees_money("payment"), _sees_money("payment_waiting"))},
    f"{PAYMENTS}/payments/<public_id>/correct": {
        "POST": (_money("payment", finance.preparer, acts=nobody, done=(409,)),)
    },
    f"{PAYMENTS}/payments/<public_id>/take-out": {"POST": (_money("payment", finance.preparer),)},
    f"{PAYMENTS}/payments/<public_id>/cancel": {"POST": (_money("payment_waiting", finance.preparer, body=_reason),)},
    f"{PAYMENTS}/late": {"GET": (Case(STAFF, may=finance.in_finance),)},
    f"{PAYMENTS}/strays": {
        "GET": (Case(STAFF, may=finance.in_finance, queries=("", "?state=set_aside&astray=unknown")),)
    },
    f"{PAYMENTS}/strays/<public_id>": {"GET": (_sees_money("stray"), _sees_money("stray_proposed"))},
    f"{PAYMENTS}/strays/<public_id>/propose-place": {
        "POST": (_money("stray", finance.preparer, acts=nobody, done=(422,), body=finance._placed),)
    },
    f"{PAYMENTS}/strays/<public_id>/confirm-place": {
        "POST": (_money("stray_proposed", finance.releaser, acts=nobody, done=(422,)),)
    },
    f"{PAYMENTS}/strays/<public_id>/decline-place": {
        "POST": (_money("stray_proposed", finance.releaser, body=_reason),)
    },
    f"{PAYMENTS}/strays/<public_id>/set-aside": {"POST": (_money("stray", finance.preparer, body=_reason),)},
    f"{PAYMENTS}/strays/<public_id>/propose-aside": {"POST": (_money("stray", finance.preparer, body=_reason),)},
    f"{PAYMENTS}/strays/<public_id>/confirm-aside": {
        "POST": (_money("stray_doubted", finance.releaser, acts=nobody, done=(422,)),)
    },
    f"{PAYMENTS}/strays/<public_id>/decline-aside": {
        "POST": (_money("stray_doubted", finance.releaser, body=_reason),)
    },
    f"{PAYMENTS}/strays/<public_id>/take-up": {"POST": (_money("stray_aside", finance.preparer, body=_reason),)},
    f"{PAYMENTS}/payments/<public_id>/settle": {
        "POST": (
            _money("payment_late", finance.preparer),
            _money("payment_waiting", finance.preparer, acts=nobody, done=(409,)),
        )
    },
    f"{PAYMENTS}/batches": {"GET": (Case(STAFF, may=finance.in_finance, queries=("", "?state=released")),)},
    f"{PAYMENTS}/funds/<public_id>/draw-up": {"POST": (_money("fund", finance.preparer, done=(201,)),)},
    f"{PAYMENTS}/batches/<public_id>": {"GET": (_sees_money("batch"),)},
    f"{PAYMENTS}/batches/<public_id>/payments": {"GET": (_sees_money("batch"),)},
    f"{PAYMENTS}/batches/<public_id>/prepare": {"POST": (_money("batch", finance.preparer),)},
    f"{PAYMENTS}/batches/<public_id>/release": {
        "POST": (_money("batch_prepared", finance.releaser, acts=nobody, done=(422,)),)
    },
    f"{PAYMENTS}/batches/<public_id>/send-back": {"POST": (_money("batch_prepared", finance.releaser, body=_reason),)},
    f"{PAYMENTS}/batches/<public_id>/discard": {"POST": (_money("batch", finance.preparer, body=_reason),)},
    f"{PAYMENTS}/batches/<public_id>/file": {
        "POST": (
            _money("batch_released", finance.preparer, acts=nobody),
            _money("batch", finance.preparer, acts=nobody, done=(409,)),
        )
    },
    f"{PAYMENTS}/batches/<public_id>/answers": {"POST": (_upload(STAFF, "batch_released"),)},
}


def _back(kind, may, **more):
    return Case(STAFF, kind, sees=back.sees, may=may, **{"acts": may, **more})


def _sees_back(kind):
    return Case(STAFF, kind, sees=back.sees)


BACK_ROWS = {
    f"{BACK}/cases": {"GET": (Case(SIGNED_IN, may=_members_or(back.lists), queries=("", "?state=paid")),)},
    f"{BACK}/cases/<public_id>": {"GET": (Case(SIGNED_IN, "reimbursement", sees=sees_case),)},
    f"{BACK}/cases/<public_id>/clear": {"POST": (_back("reimbursement", back.reviewer),)},
    f"{BACK}/cases/<public_id>/withhold": {"POST": (_back("reimbursement", back.reviewer, body=_reason),)},
    f"{BACK}/cases/<public_id>/drop": {"POST": (_back("reimbursement", back.reviewer, body=_reason),)},
    f"{BACK}/feeds": {
        "GET": (Case(STAFF, may=back.lists, queries=("", "?state=ready")),),
        "POST": (Case(STAFF, done=(422,)),),
    },
    f"{BACK}/feeds/<public_id>": {"GET": (_sees_back("feed"),)},
    f"{BACK}/feeds/<public_id>/apply": {"POST": (_back("feed", back.clerk),)},
    f"{BACK}/feeds/<public_id>/recheck": {"POST": (_back("feed", back.clerk),)},
    f"{BACK}/feeds/<public_id>/discard": {"POST": (_back("feed", back.clerk),)},
    f"{BACK}/rounds": {"GET": (Case(STAFF, may=back.lists, queries=("", "?state=reviewing")),)},
    f"{BACK}/rounds/<public_id>": {"GET": (_sees_back("round"),)},
    f"{BACK}/rounds/<public_id>/cases": {"GET": (_sees_back("round"),)},
    f"{BACK}/rounds/<public_id>/approve": {"POST": (_back("round", back.reviewer),)},
    f"{BACK}/rounds/<public_id>/call-off": {"POST": (_back("round", back.reviewer, body=_reason),)},
    f"{BACK}/lost": {"GET": (Case(STAFF, may=back.lists),)},
    f"{BACK}/lost/<public_id>/match": {
        "POST": (_back("lost", back.clerk, acts=nobody, done=(422,), body=lambda *_: {"id_number": "1"}),)
    },
    f"{BACK}/lost/<public_id>/give-up": {"POST": (_back("lost", back.clerk, body=_reason),)},
}
ROWS = {**PROTECTION_ROWS, **PAYMENT_ROWS, **BACK_ROWS}
