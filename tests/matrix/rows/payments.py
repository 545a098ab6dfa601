"""Where money is: finance's pages, a member's payments and account."""

from __future__ import annotations

from niangjia.commons.payments import testing
from niangjia.commons.people.testing import an_id_number
from tests.matrix.table import MEMBER, STAFF, Case, above, nobody, office

PAYMENTS = "/console/payments"
finance = above("finance_preparer", "finance_releaser")
preparer, releaser = above("finance_preparer"), above("finance_releaser")
in_finance = office("finance_preparer", "finance_releaser")


def joined(who, _thing):
    return who.kind == "member" and who.name.startswith("joined@")


def _reason(*_):
    return {"reason": "名单有误，请核对"}


def _placed(*_):
    return {"reference": "ZF2020-0000001-1", "reason": "银行电话核对过"}


def _card(*_):
    return {"bank": "乙银行", "account_number": testing.a_card(909)}


def _bank(*_):
    return {"bank": "乙银行", "account_number": "1"}


def _moved(kind, event, may, *, acts=None, sees=finance, done=(302,), body=None):
    return Case(STAFF, kind, sees=sees, may=may, acts=acts or may, args={"event": event}, done=done, body=body)


PORTAL = {
    "/payments/": {"GET": (Case(MEMBER),)},
    "/payments/account/": {
        "GET": (Case(MEMBER),),
        "POST": (
            Case(MEMBER, may=joined, acts=joined, done=(302,), body=_card),
            Case(MEMBER, may=joined, done=(422,), body=_bank),
        ),
    },
}
FINANCE = {
    f"{PAYMENTS}/": {"GET": (Case(STAFF, may=in_finance),)},
    f"{PAYMENTS}/open/": {
        "GET": (Case(STAFF, may=in_finance),),
        "POST": (Case(STAFF, may=in_finance, done=(422,), body=lambda *_: {"union": "nonsense", "fund": "x"}),),
    },
    f"{PAYMENTS}/accounts/<slug:public_id>/": {"GET": (Case(STAFF, "fund", sees=finance),)},
    f"{PAYMENTS}/accounts/<slug:public_id>/take-in/": {
        "GET": (Case(STAFF, "fund", sees=finance, may=releaser),),
        "POST": (
            Case(
                STAFF,
                "fund",
                sees=finance,
                may=releaser,
                acts=releaser,
                done=(302,),
                body=lambda *_: {"fen": "12.50", "reason": "上级拨入"},
            ),
            Case(STAFF, "fund", sees=finance, may=releaser, done=(422,), body=lambda *_: {"fen": "-1", "reason": "x"}),
        ),
    },
    f"{PAYMENTS}/accounts/<slug:public_id>/draw-up/": {
        "GET": (Case(STAFF, "fund", sees=finance, may=preparer),),
        "POST": (Case(STAFF, "fund", sees=finance, may=preparer, acts=preparer, done=(302,)),),
    },
    f"{PAYMENTS}/payments/": {"GET": (Case(STAFF, may=in_finance, queries=("", "?state=paid")),)},
    f"{PAYMENTS}/failed/": {"GET": (Case(STAFF, may=in_finance),)},
    f"{PAYMENTS}/strays/": {"GET": (Case(STAFF, may=in_finance, queries=("", "?state=set_aside&astray=unknown")),)},
    f"{PAYMENTS}/strays/<slug:public_id>/": {
        "GET": tuple(Case(STAFF, kind, sees=finance) for kind in ("stray", "stray_proposed", "stray_doubted"))
    },
    f"{PAYMENTS}/strays/<slug:public_id>/<slug:event>/": {
        "GET": (
            _moved("stray", "propose_place", preparer, acts=nobody, done=(200,)),
            _moved("stray_proposed", "confirm_place", releaser, acts=nobody, done=(200,)),
        ),
        "POST": (
            _moved("stray", "set_aside", preparer, body=_reason),
            _moved("stray", "propose_place", preparer, acts=nobody, done=(422,), body=_placed),
            _moved("stray_aside", "take_up", preparer, body=_reason),
            _moved("stray_proposed", "decline_place", releaser, body=_reason),
            _moved("stray", "propose_aside", preparer, body=_reason),
            _moved("stray_doubted", "decline_aside", releaser, body=_reason),
            # Nobody here has said who they are, which confirming demands.
            _moved("stray_proposed", "confirm_place", releaser, acts=nobody, done=(422,)),
            _moved("stray_doubted", "confirm_aside", releaser, acts=nobody, done=(422,)),
        ),
    },
    f"{PAYMENTS}/identities/": {"GET": (Case(STAFF, may=office("security_admin")),)},
    f"{PAYMENTS}/identities/<slug:public_id>/": {
        "GET": (Case(STAFF, "finance_office", sees=above("security_admin")),),
        "POST": (
            Case(
                STAFF,
                "finance_office",
                sees=above("security_admin"),
                acts=above("security_admin"),
                done=(302,),
                body=lambda *_: {"id_number": an_id_number(4_321)},
            ),
            Case(
                STAFF, "finance_office", sees=above("security_admin"), done=(422,), body=lambda *_: {"id_number": "1"}
            ),
        ),
    },
    f"{PAYMENTS}/payments/<slug:public_id>/": {
        "GET": tuple(Case(STAFF, kind, sees=finance) for kind in ("payment", "payment_waiting", "payment_late"))
    },
    f"{PAYMENTS}/payments/<slug:public_id>/<slug:event>/": {
        "GET": (_moved("payment", "take_out", preparer, acts=nobody, done=(200,)),),
        "POST": (
            _moved("payment", "take_out", preparer),
            _moved("payment_waiting", "cancel", preparer, body=_reason),
            _moved("payment_late", "settle", preparer),
        ),
    },
    f"{PAYMENTS}/batches/": {"GET": (Case(STAFF, may=in_finance),)},
    f"{PAYMENTS}/batches/<slug:public_id>/": {
        "GET": tuple(Case(STAFF, kind, sees=finance) for kind in ("batch", "batch_prepared", "batch_released"))
    },
    f"{PAYMENTS}/batches/<slug:public_id>/file/<slug:form>/": {
        "POST": (
            Case(STAFF, "batch_released", sees=finance, may=preparer, args={"form": "csv"}),
            Case(STAFF, "batch", sees=finance, may=preparer, done=(409,), args={"form": "xlsx"}),
        )
    },
    f"{PAYMENTS}/batches/<slug:public_id>/answers/": {
        "GET": (Case(STAFF, "batch_released", sees=finance, may=preparer),),
        "POST": (Case(STAFF, "batch_released", sees=finance, may=preparer, done=(422,)),),
    },
    f"{PAYMENTS}/batches/<slug:public_id>/<slug:event>/": {
        "GET": (_moved("batch", "prepare", preparer, acts=nobody, done=(200,)),),
        "POST": (
            _moved("batch", "prepare", preparer),
            _moved("batch_prepared", "send_back", releaser, body=_reason),
            # Nobody here has said who they are, which releasing demands.
            _moved("batch_prepared", "release", releaser, acts=nobody, done=(422,)),
        ),
    },
    f"{PAYMENTS}/bank-accounts/<slug:public_id>/": {"GET": (Case(STAFF, "bank_account", sees=finance),)},
    f"{PAYMENTS}/bank-accounts/<slug:public_id>/<slug:event>/": {
        "GET": (_moved("bank_account", "confirm_account", preparer, acts=nobody, done=(200,)),),
        "POST": (
            _moved("bank_account", "confirm_account", preparer),
            _moved("bank_account", "refuse_account", preparer, body=_reason),
        ),
    },
}
ROWS = {**PORTAL, **FINANCE}
