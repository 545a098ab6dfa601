"""The audit trail for the audit administrator: the list with its filters, and one entry with its seal."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from niangjia.commons.unions import oversight
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import ROLE_LABELS, Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.text import Listed, Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.audit import entries
from niangjia.platform.audit.models import AuditEntry, AuditSeal
from niangjia.platform.jobs import registry
from niangjia.platform.personal_data.masks import mask_in_text, mask_name
from niangjia.platform.web import dates, pages, saved
from niangjia.platform.web.fields import parse_day
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, Fact
from niangjia.shells.console import audit_words as words

LIST = "audit.entries"
saved.register(LIST, "console:audit")

KINDS: dict[str, Text] = {
    ActorKind.STAFF: _("工作人员"),
    ActorKind.MEMBER: _("会员本人"),
    ActorKind.SYSTEM: _("系统"),
    ActorKind.ANONYMOUS: _("未登录"),
}

GROUNDS: dict[str, Text] = {"system": _("系统自动"), "own": _("本人")}


def who(entry: AuditEntry) -> Text | str:
    """The name of who acted, found by the account where the entry has none; a member's is masked, work in the
    background is called by its name."""
    name: str = entry.actor_name or getattr(entry, "user_name", None) or ""
    if entry.actor_kind == ActorKind.SYSTEM:
        return registry.label_of(name) if registry.find(name) else entry.by_whom
    return mask_name(name) if entry.actor_kind == ActorKind.MEMBER else name


def kind_of(entry: AuditEntry) -> Text | str:
    """In what capacity somebody acted, with the code of work in the background."""
    said = KINDS.get(entry.actor_kind, entry.actor_kind)
    is_coded = entry.actor_kind == ActorKind.SYSTEM and who(entry) != entry.actor_name
    return f"{said} · {entry.actor_name}" if is_coded else said


def change(entry: AuditEntry) -> str:
    """From which state to which; nothing where no state changed."""
    before, after = (str(words.state(entry.subject_type, code)) for code in (entry.before, entry.after))
    return f"{before} → {after}" if before and after and before != after else after


def _since(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    start = _midnight(text)
    return rows if start is None else rows.filter(at__gte=start)


def _until(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    start = _midnight(text)
    return rows if start is None else rows.filter(at__lt=start + timedelta(days=1))


def _midnight(text: str) -> datetime | None:
    """The first moment of a typed day in Shanghai; None for what is no day of ours, which counts as
    not said."""
    with contextlib.suppress(ValidationError):
        day = parse_day(text)
        return datetime.combine(day, time(), clock.SHANGHAI) if 1970 <= day.year <= 9000 else None
    return None


def _by_name(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """By the beginning of a name; members are left out, so that a name cannot be guessed letter by letter."""
    return rows.filter(actor_name__startswith=text).exclude(actor_kind=ActorKind.MEMBER)


COLUMNS = [
    Column(
        "at", _("办理时间"), lambda e: e.at, kind="moment", url=lambda e: reverse("console:audit_entry", args=[e.pk])
    ),
    Column("who", _("操作人"), lambda e: who(e) or KINDS.get(e.actor_kind, e.actor_kind)),
    Column("act", _("动作"), lambda e: words.act(e.action), kind="code"),
    Column("subject", _("对象"), lambda e: words.subject(e.subject_type), kind="code"),
    Column("change", _("状态变化"), change),
    Column("union", _("工会"), lambda e: e.union_name or ""),
    Column("kind", _("操作人身份"), lambda e: KINDS.get(e.actor_kind, e.actor_kind), optional=True),
    Column("code", _("动作代码"), lambda e: e.action, kind="code", optional=True),
    Column("subject_id", _("对象编号"), lambda e: e.subject_id, kind="code", optional=True),
    Column("trace", _("追踪号"), lambda e: e.trace, kind="code", optional=True),
]
FILTERS = [
    Filter("from", _("从哪天"), _since, kind="date"),
    Filter("to", _("到哪天"), _until, kind="date"),
    Filter("who", _("操作人"), _by_name),
    Filter("kind", _("操作人身份"), lambda rows, kind: rows.filter(actor_kind=kind), list(KINDS.items())),
    Filter("act", _("动作代码"), lambda rows, code: rows.filter(action__startswith=code)),
    Filter("subject", _("对象编号"), lambda rows, key: rows.filter(subject_id=key)),
    Filter("trace", _("追踪号"), lambda rows, trace: rows.filter(trace=trace)),
]


def named(rows: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
    """With the name of the union and of whose account it was."""
    union = Union.objects.filter(pk=OuterRef("node_id")).values("name")[:1]
    user = get_user_model().objects.filter(pk=OuterRef("user_id")).values("display_name")[:1]
    return rows.annotate(union_name=Subquery(union), user_name=Subquery(user))


@require_safe
@staff_required
def listing(request: HttpRequest) -> HttpResponseBase:
    """The entries within the actor's reach, the newest first; exported with ``?export=xlsx``."""
    actor = actor_of(request)
    oversight.may_audit(actor).require()
    rows = named(oversight.visible_entries(actor))
    page = ListPage(request, rows, COLUMNS, FILTERS, order="-id", code=LIST)
    if "export" in request.GET:
        return page.export(f"{_('审计记录')}-{clock.today():%Y%m%d}", before=lambda found: _exported(actor, found))
    return pages.render(request, "console/audit.html", {"listing": page})


@never_cache
@require_safe
@staff_required
def entry(request: HttpRequest, number: str) -> HttpResponse:
    """One entry whole. Numbers of persons that slipped into a reason are masked."""
    actor = actor_of(request)
    found = oversight.entry_for(actor, number, named)
    context = {
        "entry": found,
        "title": f"{words.subject(found.subject_type)} · {words.act(found.action)}",
        "facts": _facts(found),
        "reason": _("这个人的信息已经清除，理由随之清除。") if found.reason_is_gone else mask_in_text(found.reason),
        "data": [Fact(key, mask_in_text(_plain(value))) for key, value in found.data.items()],
        "same_subject": _same(subject=found.subject_id),
        "same_trace": _same(trace=found.trace) if found.trace else "",
        "crumbs": [Crumb(_("审计记录"), reverse("console:audit")), Crumb(words.act(found.action))],
    }
    return pages.render(request, "console/audit_entry.html", context)


def _facts(found: AuditEntry) -> list[Fact]:
    return [
        Fact(_("办理时间"), f"{dates.day(found.at)} {found.at.astimezone(clock.SHANGHAI):%H:%M:%S}"),
        Fact(_("操作人"), who(found), note=kind_of(found)),
        Fact(_("凭什么职务"), _ground(found.ground)),
        Fact(_("动作"), words.act(found.action), note=found.action),
        Fact(_("对象"), words.subject(found.subject_type), note=found.subject_id),
        Fact(_("工会"), getattr(found, "union_name", None) or ""),
        Fact(_("状态变化"), change(found)),
        Fact(_("网络地址"), _masked_address(found.address)),
        Fact(_("追踪号"), found.trace),
        _sealed(found),
    ]


def _sealed(found: AuditEntry) -> Fact:
    """At which place of the chain, with its hash."""
    seal: AuditSeal | None = getattr(found, "seal", None)
    if seal is None:
        return Fact(_("封存"), _("几秒后封存"))
    return Fact(_("封存"), _("第 {n} 环", n=f"{seal.position:,}"), note=seal.hash)


def _ground(ground: str) -> Text | str:
    """The office in words, or why none was needed; what else a policy named stays as it is."""
    role, at, _rest = ground.partition("@")
    return ROLE_LABELS[Role(role)] if at and role in ROLE_LABELS else GROUNDS.get(ground, ground)


def _masked_address(address: str) -> str:
    """A network address with its last parts hidden: 10.20.*.*; it leads to a person's home."""
    mark = ":" if ":" in address else "."
    parts = address.split(mark)
    return mark.join([*parts[:2], *("*" for _part in parts[2:])]) if address else ""


def _plain(value: Any) -> str:
    return str(Listed(tuple(str(one) for one in value))) if isinstance(value, list) else str(value)


def _same(**asked: str) -> str:
    return f"{reverse('console:audit')}?{urlencode(asked)}"


def _exported(actor: Actor, found: Sequence[AuditEntry]) -> None:
    """That the trail was taken out is itself part of it."""
    entries.record(actor, "audit.entries.export", subject_type="audit.list", subject_id=LIST, data={"rows": len(found)})
