"""The officers' page of offers: how many were offered which union, and how they answered. No names: see policies."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from niangjia.kernel.text import _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.web import pages, saved
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Figure
from niangjia.services.joining.fits import policies, queries
from niangjia.services.joining.transfers.states import Asked, TransferState

LIST = "joining.fits"
saved.register(LIST, "joining_console:fits")


@require_safe
@staff_required
def fit_list(request: HttpRequest) -> HttpResponseBase:
    """The unions in reach with their numbers; exported with ``?export=xlsx``."""
    actor = actor_of(request)
    policies.may_count(actor).require()
    listing = ListPage(request, queries.counted(actor), _COLUMNS, _FILTERS, order="code", code=LIST)
    if "export" in request.GET:
        return listing.export(str(_("推荐工会")), before=_names_nobody)
    sums, unit = queries.sums(actor), _("人")
    context = {
        "listing": listing,
        "figures": [Figure(label, f"{sums[name]:,}", unit=unit) for name, label in _FIGURES.items()],
        "waiting": sums["waiting"],
        "waiting_url": _waiting_url(),
    }
    return pages.render(request, "joining/console/fits.html", context)


def _names_nobody(_rows: object) -> None:
    """An export of numbers is a look at nobody."""


def _waiting_url() -> str:
    """The transfers that came of a yes and wait to be accepted, where many are accepted at once."""
    asked = urlencode({"asked": Asked.FIT.value, "state": TransferState.RELEASED.value})
    return f"{reverse('joining_console:transfers')}?{asked}"


_FIGURES = {
    "offered": _("待会员选择"),
    "put_off": _("以后再说"),
    "declined": _("会员不转"),
    "accepted": _("会员同意"),
    "waiting": _("同意后待办"),
    "taken_in": _("已接收"),
}
_COLUMNS = (
    Column("name", _("推荐的工会"), lambda row: row.name, sort="name"),
    Column("offered", _("待会员选择"), lambda row: row.offered, "number", sort="offered"),
    Column("put_off", _("以后再说"), lambda row: row.put_off, "number", sort="put_off"),
    Column("declined", _("会员不转"), lambda row: row.declined, "number", sort="declined"),
    Column("unanswered", _("没有回应，不再询问"), lambda row: row.unanswered, "number", optional=True),
    Column("accepted", _("会员同意"), lambda row: row.accepted, "number", sort="accepted"),
    Column("waiting", _("同意后待办"), lambda row: row.waiting, "number", sort="waiting"),
    Column("taken_in", _("已接收"), lambda row: row.taken_in, "number", sort="taken_in"),
)
_FILTERS = (
    Filter("union", _("工会"), lambda rows, value: rows.filter(name__icontains=value)),
    Filter("waiting", _("同意后待办"), lambda rows, _value: rows.filter(waiting__gt=0), [("yes", _("有"))]),
)

urlpatterns = [path("fits/", fit_list, name="fits")]
