"""What the system has to tell a member of staff."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.accounts.redirects import local_path
from niangjia.platform.notices import actions, queries
from niangjia.platform.web import pages, paging


@require_safe
@staff_required
def notices(request: HttpRequest) -> HttpResponse:
    """My notices, newest first."""
    actor = actor_of(request)
    rows = queries.messages_of(actor.user_id or 0)
    page = paging.paginate(rows, number=request.GET.get("page", "1"), size=50)
    return pages.render(request, "console/notices.html", {"page": page})


@require_POST
@staff_required
def open_notice(request: HttpRequest) -> HttpResponse:
    """Note that I read a notice and go where it leads."""
    actor = actor_of(request)
    message = queries.message_for(actor.user_id or 0, request.POST.get("message", ""))
    actions.mark_read(message.user_id, [message.public_id])
    return HttpResponseRedirect(local_path(message.link, reverse("console:notices")))


@require_POST
@staff_required
def read_all(request: HttpRequest) -> HttpResponse:
    """Note that I read them all."""
    actor = actor_of(request)
    actions.mark_read(actor.user_id or 0)
    return HttpResponseRedirect(reverse("console:notices"))
