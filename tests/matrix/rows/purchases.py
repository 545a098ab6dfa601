"""Group plans that are bought: the buyer's pages, the invoice, the money."""

from __future__ import annotations

from datetime import timedelta

from niangjia.kernel.clock import today
from niangjia.services.protection.purchases.testing import TAX_NUMBER
from niangjia.services.protection.testing import a_card
from tests.matrix.purchases_world import GROUP_PLAN, PLACES
from tests.matrix.table import STAFF, Case, above, either, office

LIST = "/console/protection/purchases"
BUYERS = ("union_officer", "employer_agent")
OFFICE = ("reviewer", "finance_preparer", "finance_releaser")
buys = above(*BUYERS)


def at_plan(*roles):
    """Holds one of the roles at the district whose plan it is, or at the city."""
    return lambda who, thing: (
        who.kind == "staff"
        and thing is not None
        and any(role in roles and place in (PLACES.get(thing.place), "CITY") for role, place in who.offices)
    )


sees = either(buys, at_plan(*OFFICE))
invoices, confirms = at_plan("finance_preparer"), at_plan("finance_releaser")
opens = office(*BUYERS)


def _new(_world, who, _thing):
    place = next((place for role, place in who.offices if role in BUYERS), "FIRM")
    return {
        "union_code": place, "plan_code": GROUP_PLAN, "from_day": f"{today() + timedelta(days=9):%Y-%m-%d}",
        "title": "第二试验有限公司", "tax_number": TAX_NUMBER, "headcount": "12",
    }  # fmt: skip


def _money(*_):
    return {"fen": "100.00", "bank_reference": "SLIP-0009", "received_on": f"{today():%Y-%m-%d}"}


def _account(*_):
    return {"refund_account": a_card(4)}


def _no_account(*_):
    return {"refund_account": "1"}


def _nowhere(*_):
    return {"purchase_number": "TB2020-0000001-1"}


def _why(*_):
    return {"reason": "这个项目取消了"}


def _fewer(*_):
    return {"headcount": "2", "reason": "有一人离职"}


def _case(kind, may, acts=None, **more):
    more = {"acts": acts} | more if acts else more
    return Case(STAFF, kind, sees=sees, may=may, **more)


ROWS = {
    f"{LIST}/": {"GET": (Case(STAFF, may=office(*BUYERS, *OFFICE), queries=("", "?state=drafted", "?export=xlsx")),)},
    f"{LIST}/new/": {
        "GET": (Case(STAFF, may=opens),),
        "POST": (Case(STAFF, may=opens, acts=opens, done=(302,), body=_new),),
    },
    f"{LIST}/template/": {"GET": (Case(STAFF, may=opens),)},
    f"{LIST}/credits/": {"GET": (Case(STAFF, may=office(*BUYERS, *OFFICE), queries=("", "?state=open")),)},
    f"{LIST}/credits/<slug:public_id>/<slug:event>/": {
        "GET": (
            _case("credit", sees, args={"event": "refund_credit"}),
            _case("credit", invoices, args={"event": "offset_credit"}),
        ),
        "POST": (
            _case("credit", sees, sees, done=(302,), args={"event": "refund_credit"}, body=_account),
            _case(
                "credit", sees, done=(422,), args={"event": "refund_credit"}, body=lambda *_: {"refund_account": "1"}
            ),
            _case("credit", invoices, done=(422,), args={"event": "offset_credit"}, body=_nowhere),
        ),
    },
    f"{LIST}/<slug:public_id>/": {
        "GET": tuple(_case(kind, sees) for kind in ("purchase", "purchase_ordered", "purchase_owing"))
    },
    f"{LIST}/<slug:public_id>/people/": {
        "GET": (_case("purchase", buys), _case("purchase_ordered", buys, done=(409,))),
        "POST": (
            _case("purchase", buys, above("union_officer"), done=(302, 422), body=lambda *_: {"way": "everybody"}),
        ),
    },
    f"{LIST}/<slug:public_id>/returned/": {
        "GET": (_case("purchase_ordered", buys), _case("purchase", buys, done=(404,)))
    },
    f"{LIST}/<slug:public_id>/receive/": {
        "GET": (_case("purchase_owing", invoices),),
        "POST": (_case("purchase_owing", invoices, invoices, done=(302,), body=_money),),
    },
    f"{LIST}/<slug:public_id>/headcount/": {
        "GET": (_case("purchase_owing", buys),),
        "POST": (_case("purchase_owing", buys, done=(422,), body=_fewer),),
    },
    f"{LIST}/<slug:public_id>/invoice.pdf": {
        "GET": (_case("purchase_owing", sees), _case("purchase", sees, done=(404,)))
    },
    f"{LIST}/<slug:public_id>/<slug:event>/": {
        "GET": (
            _case("purchase", buys, args={"event": "order_purchase"}),
            _case("purchase_ordered", invoices, args={"event": "invoice_purchase"}),
        ),
        "POST": (
            _case("purchase", buys, done=(409,), args={"event": "order_purchase"}),
            _case("purchase_ordered", invoices, invoices, done=(302,), args={"event": "invoice_purchase"}),
            _case("purchase", sees, sees, done=(302,), args={"event": "cancel_purchase"}, body=_why),
        ),
    },
    "/console/protection/receipts/<slug:public_id>/<slug:event>/": {
        "GET": (_case("receipt", confirms, args={"event": "confirm_receipt"}),),
        "POST": (
            _case("receipt", confirms, done=(422,), args={"event": "confirm_receipt"}),
            _case("receipt", confirms, confirms, done=(302,), args={"event": "reject_receipt"}, body=_why),
        ),
    },
}
