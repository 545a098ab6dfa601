"""What the pages of stalls read."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from niangjia.commons.ledger.models import LedgerRow
from niangjia.commons.unions import scope
from niangjia.commons.unions.models import Union
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.web.parts import Figure, TimelineEntry
from niangjia.services.joining import policies as applications
from niangjia.services.joining import queries as answering
from niangjia.services.joining.models import Application
from niangjia.services.joining.records import JOINED
from niangjia.services.joining.stalls import policies
from niangjia.services.joining.stalls.models import Stall
from niangjia.services.joining.stalls.states import STALL, StallEvent
from niangjia.services.joining.states import IN_REVIEW, ApplicationState

SUBJECT_TYPE = STALL.name
APPLICATIONS = "joining.application"
MOST_SHOWN = 200


def stall_for(actor: Actor, public_id: str) -> Stall:
    """One stall that the actor may see. Raises NotFound."""
    found = policies.visible_stalls(actor).with_unions().filter(public_id=public_id).first()
    if found is None:
        raise NotFound("NOT_FOUND", _("没有找到这场现场入会。"))
    return found  # type: ignore[no-any-return]


def unions_for(actor: Actor) -> list[tuple[str, str]]:
    """Unions for which the actor may hold a talk: (code, name)."""
    reach = scope.within(actor, *policies.STAFF, field="pk")
    rows = Union.objects.accepting(clock.today()).filter(reach).order_by("code")
    return list(rows.values_list("code", "name")[:2000])


def own_union(actor: Actor) -> str:
    """The code of the union at which the actor holds such an office itself; "" when it takes no members."""
    nodes = [grant.node_id for grant in actor.grants_of(*policies.STAFF)]
    rows = Union.objects.accepting(clock.today()).filter(pk__in=nodes).order_by("code")
    return rows.values_list("code", flat=True).first() or ""


def founded_unions(actor: Actor, stall: Stall) -> list[tuple[str, str]]:
    """Unions within the actor's reach that were founded since the talk and are no other talk's: (code, name)."""
    reach = scope.within(actor, *policies.STAFF, field="pk")
    rows = Union.objects.filter(reach, closed_on=None, founded_on__gte=stall.day)
    taken = Stall.objects.filter(founded__isnull=False).values("founded")
    return list(rows.exclude(pk__in=taken).order_by("-founded_on", "code").values_list("code", "name")[:500])


@dataclass(frozen=True)
class Arrival:
    """One application that came by the stall; ``refusal`` is why the viewer cannot approve it now."""

    application: Application
    refusal: Text | None

    @property
    def waits(self) -> bool:
        return self.application.state in IN_REVIEW


@dataclass(frozen=True)
class Arrivals:
    """Everybody who came: those the viewer may see by name, the newest first, and how many went to other unions.

    ``version`` changes with what is shown, so that a page that asks again and again is answered only by news.
    """

    shown: Sequence[Arrival]
    elsewhere: int
    total: int
    joined: int
    version: str

    @property
    def waiting(self) -> int:
        return sum(1 for one in self.shown if one.waits)

    @property
    def ready(self) -> int:
        """How many the viewer can approve now."""
        return len(self.ready_ids.split())

    @property
    def ready_ids(self) -> str:
        """Their public ids: who approves all approves whom they saw, not who comes a second later."""
        return " ".join(one.application.public_id for one in self.shown if one.waits and one.refusal is None)


def arrivals(actor: Actor, stall: Stall) -> Arrivals:
    """Who came to a stall, as far as the viewer may see it."""
    rows = list(
        applications.visible_applications(actor)
        .filter(stall=stall)
        .with_unions()
        .order_by("-created_at", "-pk")[:MOST_SHOWN]
    )
    rows.sort(key=lambda row: row.state not in IN_REVIEW)
    refusals = answering.approval_refusals(actor, [row for row in rows if row.state in IN_REVIEW])
    shown = [Arrival(row, refusals.get(row.pk)) for row in rows]
    here = Application.objects.filter(stall=stall)
    total, elsewhere = here.count(), here.exclude(responsible=stall.union_id).count()
    elsewhere -= sum(1 for row in rows if row.responsible_id != stall.union_id)
    joined = joined_by([stall])[stall.pk]
    seen = f"{total} {joined} {stall.state} {[(row.public_id, row.state, row.identity_check) for row in rows]}"
    version = hashlib.sha256(seen.encode()).hexdigest()[:16]
    return Arrivals(shown, elsewhere, total, joined, version)


def joined_by(stalls: Sequence[Stall]) -> Mapping[int, int]:
    """How many became members by each stall, from the ledger, in two statements."""
    by_application = dict(
        Application.objects.filter(stall__in=stalls, state=ApplicationState.APPROVED).values_list("pk", "stall_id")
    )
    rows = LedgerRow.objects.live().of_source(APPLICATIONS, list(by_application)).filter(measure=JOINED)
    counted = Counter(by_application[source] for source in rows.values_list("source_id", flat=True))
    return {stall.pk: counted[stall.pk] for stall in stalls}


def applied_by(stalls: Sequence[Stall]) -> Mapping[int, int]:
    """How many applied at each stall."""
    rows = Application.objects.filter(stall__in=stalls).values_list("stall_id").annotate(n=Count("pk"))
    found = dict(rows)
    return {stall.pk: found.get(stall.pk, 0) for stall in stalls}


def figures(stall: Stall, found: Arrivals) -> list[Figure]:
    """What came of the talk."""
    unit = _("人")
    came = [Figure(_("参加"), f"{stall.attended:,}", unit=unit)] if stall.attended is not None else []
    return [
        *came,
        Figure(_("提交申请"), f"{found.total:,}", unit=unit),
        Figure(_("已入会"), f"{found.joined:,}", unit=unit),
    ]


_DONE: Mapping[str, Text] = {
    StallEvent.OPEN: _("开始"),
    StallEvent.RENEW: _("换了一个码"),
    StallEvent.EXTEND: _("延长"),
    StallEvent.END: _("结束"),
    StallEvent.CALL_OFF: _("取消"),
    StallEvent.RECORD_FOUNDING: _("登记建会"),
}


def timeline(stall: Stall) -> list[TimelineEntry]:
    """What happened, oldest first."""
    rows = AuditEntry.objects.filter(subject_type=SUBJECT_TYPE, subject_id=stall.public_id).order_by("id")
    return [
        TimelineEntry(_DONE[event], row.at, who=row.by_whom, detail=_until(row) if event == StallEvent.EXTEND else "")
        for row in rows
        if (event := row.action.rsplit(".", 1)[1]) in _DONE
    ]


def _until(entry: AuditEntry) -> Text:
    until = datetime.fromisoformat(entry.data["to"]).astimezone(clock.SHANGHAI)
    return _("到 {time}", time=f"{until:%H:%M}")
