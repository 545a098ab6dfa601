"""我的：my cases, my notices, who looked at my data, where I am signed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import ROLE_LABELS, Role
from niangjia.kernel import clock
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts import cookies, sessions
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.redirects import local_path
from niangjia.platform.notices import actions as reading
from niangjia.platform.notices import queries as inbox
from niangjia.platform.personal_data import looks as personal_looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.personal_data.models import Look
from niangjia.platform.web import pages, paging
from niangjia.shells.portal import home, membership

FIELD_LABELS: dict[str, Text] = {
    "id_number": _("证件号码"),
    "phone": _("手机号"),
    "birth_date": _("出生日期"),
    "name": _("姓名"),
}


LOOK_ICONS = {
    LookKind.OPENED: "eye",
    LookKind.UNMASKED: "id",
    LookKind.SEARCH_HIT: "search",
    LookKind.EXPORTED: "file-download",
}


@dataclass(frozen=True)
class SeenLook:
    """One look as the member reads it."""

    look: Look
    office: str
    role: Text | str
    what: Text
    icon: str
    fields: Sequence[Text]


@require_safe
@member_required
def mine(request: HttpRequest) -> HttpResponse:
    """The overview."""
    actor = actor_of(request)
    context = {
        "membership": membership.of(actor),
        "open_cases": len(home.under_way(actor)),
        "open_now": home.open_now(actor),
        "now": clock.now(),
        "look_count": personal_looks.of(*membership.keys_of(actor)).count(),
        "received": membership.received_this_year(actor),
    }
    return pages.render(request, "portal/mine.html", context)


@require_safe
@member_required
def progress(request: HttpRequest) -> HttpResponse:
    """All of the member's cases."""
    actor = actor_of(request)
    context = {"needs": home.needs(actor), "progress": home.progress(actor)}
    return pages.render(request, "portal/progress.html", context)


@require_safe
@member_required
def looks(request: HttpRequest) -> HttpResponse:
    """Who looked at my data."""
    actor = actor_of(request)
    rows = personal_looks.of(*membership.keys_of(actor))
    page = paging.paginate(rows, number=request.GET.get("page", "1"), size=30)
    return pages.render(request, "portal/looks.html", {"page": page, "looks": _readable(page.rows)})


@require_safe
@member_required
def notices(request: HttpRequest) -> HttpResponse:
    """My notices, newest first."""
    actor = actor_of(request)
    rows = inbox.messages_of(actor.user_id or 0)
    page = paging.paginate(rows, number=request.GET.get("page", "1"), size=30)
    return pages.render(request, "portal/notices.html", {"page": page})


@require_POST
@member_required
def open_notice(request: HttpRequest) -> HttpResponse:
    """Note that I read a notice and go where it leads."""
    actor = actor_of(request)
    message = inbox.message_for(actor.user_id or 0, request.POST.get("message", ""))
    reading.mark_read(message.user_id, [message.public_id])
    return HttpResponseRedirect(local_path(message.link, reverse("portal:notices")))


@require_POST
@member_required
def read_notices(request: HttpRequest) -> HttpResponse:
    """Note that I read them all."""
    actor = actor_of(request)
    reading.mark_read(actor.user_id or 0)
    return HttpResponseRedirect(reverse("portal:notices"))


@require_safe
@member_required
def devices(request: HttpRequest) -> HttpResponse:
    """Where I am signed in."""
    session = request.niangjia_session  # type: ignore[attr-defined]
    return pages.render(request, "portal/devices.html", {"sessions": sessions.of_user(session.user), "here": session})


@require_POST
@member_required
def end_device(request: HttpRequest) -> HttpResponse:
    """Sign out one of my browsers, or all but this one."""
    session = request.niangjia_session  # type: ignore[attr-defined]
    chosen = request.POST.get("session", "")
    if chosen == session.public_id:
        response = HttpResponseRedirect("/")
        cookies.sign_out(request, response, SessionKind.MEMBER)
        return response
    if chosen == "others":
        sessions.end_all(session.user, reason="by_member", keep=session)
    else:
        sessions.end_one(session.user, chosen)
    messages.success(request, str(_("已经退出。那台设备要重新登录才能使用。")))
    return HttpResponseRedirect(reverse("portal:devices"))


def _readable(rows: Sequence[Look]) -> list[SeenLook]:
    unions = Union.objects.in_bulk({row.union_id for row in rows if row.union_id})
    return [
        SeenLook(
            row,
            unions[row.union_id].name if row.union_id in unions else "",
            role_label(row.role),
            LookKind(row.kind).label,
            LOOK_ICONS[LookKind(row.kind)],
            [FIELD_LABELS.get(name, Text(name)) for name in row.fields],
        )
        for row in rows
    ]


def role_label(role: str) -> Text | str:
    """The office of somebody who looked, empty for a role that no longer exists."""
    return ROLE_LABELS[Role(role)] if role in set(Role) else ""
