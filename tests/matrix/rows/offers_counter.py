"""The counter: whoever keeps a site of the union or of one below scans there, hands out, and closes the day."""

from __future__ import annotations

from niangjia.kernel.ids import new_public_id
from niangjia.services.offers.models import Sheet
from tests.matrix.actors import READING
from tests.matrix.offers_world import HELD
from tests.matrix.table import STAFF, Case, above, either, office

KEEPING = ("site_keeper", "union_officer")
keeps = above(*KEEPING)
any_keeper = office(*KEEPING)
sees_sheets = either(keeps, above(*READING))
SITE = "/console/offers/counter/<slug:site>"
SHEET = "/console/offers/counter/sheets/<slug:public_id>"


def _at(**more):
    return Case(STAFF, "kept_site", sees=keeps, **more)


def _sheet(**more):
    return Case(STAFF, "sheet", sees=sees_sheets, **more)


def _nothing(*_):
    return {"text": "", "nonce": new_public_id()}


def _nobodys(*_):
    return {"public_id": "nosuchreservation0000000", "nonce": new_public_id(), "reason": "扫错了，没有拿走"}


def _counts(_world, _who, thing):
    sheet = Sheet.objects.filter(public_id=thing.key if thing else "").first()
    lines = sheet.lines.values_list("item", flat=True) if sheet else []
    return {"note": "哨兵清点", **{f"{name}-{item}": "7" for name in ("delivered", "left") for item in lines}}


ROWS = {
    "/console/offers/counter/": {"GET": (Case(STAFF, may=any_keeper, done=(200, 302)),)},
    f"{SITE}/": {"GET": (_at(),), "POST": (_at(acts=keeps, done=(422,), body=_nothing),)},
    f"{SITE}/collect/": {"POST": (_at(acts=keeps, done=(404,), body=_nobodys),)},
    f"{SITE}/undo/": {"POST": (_at(done=(404,), body=_nobodys),)},
    f"{SITE}/days/": {"GET": (_at(),)},
    f"{SITE}/days/<slug:campaign>/<slug:day>/": {
        "POST": (_at(done=(302, 422), args={"campaign": HELD, "day": "2026-01-01"}),)
    },
    f"{SHEET}/": {"GET": (_sheet(),), "POST": (_sheet(may=keeps, acts=keeps, done=(302,), body=_counts),)},
    f"{SHEET}/<slug:event>/": {
        "POST": (
            _sheet(may=keeps, acts=keeps, done=(302,), args={"event": "sign"}),
            _sheet(done=(404,), args={"event": "nosuch"}),
        )
    },
}
