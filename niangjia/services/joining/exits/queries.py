"""What the pages of deemed exit read."""

from __future__ import annotations

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.machine import Move
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import looks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.moves import Choice
from niangjia.platform.web.parts import Fact, Figure, TimelineEntry
from niangjia.services.joining.exits import parameters, policies
from niangjia.services.joining.exits.models import Exit
from niangjia.services.joining.exits.states import EXIT, ExitEvent, ExitState

SUBJECT_TYPE = EXIT.name
OFFICE = (ExitEvent.WARN, ExitEvent.DEEM, ExitEvent.KEEP, ExitEvent.UNDO)


def exit_for(actor: Actor, public_id: str) -> Exit:
    """One case that the actor may see. Raises NotFound."""
    found = policies.visible_exits(actor).with_people().filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found  # type: ignore[no-any-return]


def open_for_reading(actor: Actor, public_id: str) -> Exit:
    """Like :func:`exit_for`; an officer's opening is a look at the member."""
    case = exit_for(actor, public_id)
    looks.record(actor, [case.subject_key], LookKind.OPENED)
    return case


def own_exits(actor: Actor) -> list[Exit]:
    """A member's own of which they were warned, the newest first."""
    if not actor.is_member:
        return []
    return list(policies.visible_exits(actor).with_people().order_by("-created_at", "-pk")[:20])


def figures(actor: Actor) -> list[Figure]:
    """How the cases stand."""
    rows, unit = policies.listed_exits(actor), _("人")
    asked = rows.filter(state=ExitState.WARNED, answer_by__gte=clock.now())
    return [
        Figure(_("待核对"), f"{rows.filter(state=ExitState.LISTED).count():,}", unit=unit),
        Figure(_("等本人回应"), f"{asked.count():,}", unit=unit),
        Figure(_("到期没有回应"), f"{rows.over().count():,}", unit=unit),
        Figure(_("本人还在"), f"{rows.filter(state=ExitState.STAYED).count():,}", unit=unit),
    ]


def facts(case: Exit) -> list[Fact]:
    """What it is about."""
    shown = [
        Fact(_("工会"), case.union.name),
        Fact(_("会员号"), case.membership.number),
        Fact(_("从哪天起没有活动"), f"{case.idle_since:%Y-%m-%d}"),
    ]
    if case.told_how:
        shown.append(Fact(_("怎么告知的"), case.told_how))
    if case.answer_by is not None:
        shown.append(Fact(_("回应期限"), f"{clock.day_of(case.answer_by):%Y-%m-%d}"))
    return shown


def undo_until(case: Exit) -> Text:
    """Until when an exit can be undone, in a sentence."""
    days = parameters.undo_days(case.union_id, clock.today())
    return _("办理后 {days} 天内可以撤销。", days=days)


def timeline(case: Exit, *, for_member: bool) -> list[TimelineEntry]:
    """What happened, oldest first. The member reads no names of officers, and nothing of before the warning."""
    rows = AuditEntry.objects.filter(subject_type=SUBJECT_TYPE, subject_id=case.public_id).order_by("id")
    entries = [_entry(row, for_member=for_member) for row in rows]
    return entries[1:] if for_member else entries


def _entry(row: AuditEntry, *, for_member: bool) -> TimelineEntry:
    event = row.action.rsplit(".", 1)[1]
    label = next((move.label for move in EXIT.moves if move.event == event), EXIT.opening_label)
    who = "" if for_member else row.by_whom
    return TimelineEntry(label, row.at, who=who, detail=row.reason)


def choices(actor: Actor, case: Exit) -> list[Choice]:
    """The officers' moves from here; a deemed exit is grey while the member may still answer."""
    decision = policies.may_decide(actor, case)
    early = _("回应期限还没有到，不能办理视为退会。")
    found = (EXIT.find(case.state, event) for event in OFFICE)
    return [
        Choice(move, decision.refusal if not decision else early if _too_early(case, move) else None)
        for move in found
        if move is not None
    ]


def _too_early(case: Exit, move: Move) -> bool:
    return move.event == ExitEvent.DEEM and not case.is_over


def is_open(case: Exit) -> bool:
    """Whether the member can still say that they are there."""
    return case.state == ExitState.WARNED
