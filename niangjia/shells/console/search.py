"""Search over everything within my reach: people, and unions by name or code.

The text may be a whole phone or identity number, so the page's own form posts it: it then stands in no address.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from niangjia.commons.people import policies
from niangjia.commons.people import queries as people
from niangjia.commons.unions import queries as unions
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import RuleBroken
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.web import pages, paging
from niangjia.platform.web.rooms import rooms


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def search(request: HttpRequest) -> HttpResponse:
    """What was found; without a text, how to search."""
    actor = actor_of(request)
    asked = request.POST if request.method == "POST" else request.GET
    text = asked.get("q", "").strip()[:200]
    if address := _of_a_case(actor, text):
        return HttpResponseRedirect(address)
    context = {"search_text": text, "may_search": bool(policies.may_search(actor)), "found": None, "problem": None}
    if text:
        context["unions"] = unions.search(actor, text)
        if context["may_search"]:
            try:
                context["found"] = people.search(
                    actor, text, page=paging.clamp(asked.get("page", "1"), people.LAST_PAGE)
                )
            except RuleBroken as error:
                context["problem"] = error.message
    return pages.render(request, "console/search.html", context)


def _of_a_case(actor: Actor, number: str) -> str | None:
    """The address of the case that bears exactly this number, in whichever room it is."""
    found = (room.find(actor, number) for room in rooms() if room.find is not None)
    return next((address for address in found if address), None)
