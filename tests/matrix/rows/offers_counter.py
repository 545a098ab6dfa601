"""The counter: whoever keeps a site of the union or of one below scans there, hands out, and closes the day."""

from __future__ import annotations

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.services.offers.models import Sheet
from tests.matrix.actors import A_KEY, READING
from tests.matrix.offers_world import HELD
from tests.matrix.offers_world import SITE as SITE_KEY
from tests.matrix.table import STAFF, Case, Planted, above, either, office
from tests.matrix.world import line_of

KEEPING = ("site_keeper", "union_officer")
keeps = above(*KEEPING)
any_keeper = office(*KEEPING)


def _keeps_the_site(who, _thing):
    """Keeps the one site that the API's bodies name, which is the district EAST's."""
    return who.kind == "staff" and who.reaches(tuple(line_of("EAST")), *KEEPING)


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


SCANS = frozenset({"offers_scan"})
"""Every try is kept, refused ones too."""
HELD_THERE = {"reservation": Planted("reservation", keeps, sees=above(*READING))}
API = "/api/v1/offers/counter"


def _api(**more):
    return Case(STAFF, sees=_keeps_the_site, **more)


def _with(**values):
    """A body for the site that everybody here speaks of, with a nonce of its own."""
    return lambda *_: {"site": SITE_KEY, "nonce": new_public_id(), **values}


def _scans(*_):
    now = clock.now().isoformat()
    return {"site": SITE_KEY, "stamp": "x", "device": "哨兵设备", "device_now": now, "scans": []}


ROWS = {
    f"{API}/look": {"POST": (_api(acts=_keeps_the_site, done=(422,), body=_with(text="x")),)},
    f"{API}/collect": {"POST": (_api(done=(404,), body=_with(reservation=A_KEY), ids=HELD_THERE, logs=SCANS),)},
    f"{API}/undo": {
        "POST": (
            Case(
                STAFF,
                done=(404,),
                body=lambda *_: {"reservation": A_KEY, "reason": "扫错了人"},
                ids=HELD_THERE,
            ),
        )
    },
    f"{API}/list": {"GET": (_api(queries=(f"?site={SITE_KEY}",)),)},
    f"{API}/offline-scans": {"POST": (_api(done=(422,), body=_scans),)},
    f"{SITE}/offline/": {"GET": (_at(),)},
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
