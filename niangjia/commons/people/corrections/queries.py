"""What pages and desks read of corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from niangjia.commons.people.corrections import policies, rules
from niangjia.commons.people.corrections.models import Correction
from niangjia.commons.people.corrections.states import CORRECTION, CorrectionEvent
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.files.models import File
from niangjia.platform.personal_data import data_keys, looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.moves import Choice
from niangjia.platform.web.parts import TimelineEntry

SUBJECT_TYPE = "people.correction"
OFFICERS_EVENTS = (CorrectionEvent.APPLY, CorrectionEvent.ASK_MORE, CorrectionEvent.REFUSE)


def correction_for(actor: Actor, public_id: str) -> Correction:
    """One that the actor may see. Raises NotFound, the same for hidden and missing ones."""
    rows = policies.visible_corrections(actor).select_related("person", "union")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found  # type: ignore[no-any-return]


def open_for_reading(actor: Actor, public_id: str) -> Correction:
    """Like :func:`correction_for`; an officer's opening is written down where the person can read it."""
    correction = correction_for(actor, public_id)
    if actor.is_staff:
        looks.record(actor, [correction.owner_key], LookKind.OPENED)
    return correction


def own(actor: Actor) -> Sequence[Correction]:
    """What the member has asked for, the newest first."""
    if not actor.is_member:
        return []
    rows = policies.visible_corrections(actor).select_related("union", "person")
    return list(rows.order_by("-created_at", "-pk")[:50])


def paper_for(actor: Actor, public_id: str, file_id: str) -> File:
    """A paper of a correction that the actor may see; an officer's opening is a look. Raises NotFound."""
    correction = correction_for(actor, public_id)
    paper = correction.papers.filter(file__public_id=file_id).select_related("file").first()
    if paper is None:
        raise policies.not_found()
    if actor.is_staff:
        looks.record(actor, [correction.owner_key], LookKind.OPENED)
    return paper.file


@dataclass(frozen=True)
class SideBySide:
    """The value that stood and the one asked for, as the viewer may see them."""

    before: str
    wished: str


def compared(correction: Correction, *, masked: bool) -> SideBySide:
    """Old and new; numbers are masked for staff."""
    with data_keys.held([correction.owner_key]):
        before, wished = str(correction.before), str(correction.wished)
    shown = rules.masked if masked else rules.spoken
    return SideBySide(shown(correction.kind, before), shown(correction.kind, wished))


def choices(actor: Actor, correction: Correction) -> list[Choice]:
    """The moves that are an officer's from here."""
    decision = policies.may_decide(actor, correction)
    offered = [one for one in OFFICERS_EVENTS if not (correction.by_officer and one == CorrectionEvent.ASK_MORE)]
    moves = [CORRECTION.find(correction.state, event) for event in offered]
    found = [Choice(move, None if decision else decision.refusal) for move in moves if move]
    back = CORRECTION.find(correction.state, CorrectionEvent.WITHDRAW)
    if correction.by_officer and back is not None and policies.may_act_for_self(actor, correction):
        found.append(Choice(back, None))
    return found


def may_withdraw(correction: Correction) -> bool:
    """Whether it is still open."""
    return CORRECTION.find(correction.state, CorrectionEvent.WITHDRAW) is not None


def desk_numbers(actor: Actor, ids: Sequence[int]) -> Mapping[int, tuple[str, str, str, str]]:
    """How corrections read on a desk: number, title with a masked name, detail, address."""
    rows = policies.visible_corrections(actor).select_related("person").filter(pk__in=ids)
    return {row.pk: _line(row) for row in rows}


_DONE: Mapping[str, Text] = {
    CorrectionEvent.REQUEST: _("申请更正"),
    CorrectionEvent.ASK_MORE: _("请本人补充"),
    CorrectionEvent.SUPPLY: _("本人补充"),
    CorrectionEvent.APPLY: _("已更正"),
    CorrectionEvent.REFUSE: _("未更正"),
    CorrectionEvent.WITHDRAW: _("撤回"),
    CorrectionEvent.LAPSE: _("逾期未补充，已终止"),
}
_TONES = {"apply": "good", "refuse": "bad", "ask_more": "warn", "withdraw": "off", "lapse": "off"}


def timeline(correction: Correction, *, for_member: bool) -> list[TimelineEntry]:
    """What happened, oldest first. The member reads no names of officers."""
    rows = AuditEntry.objects.filter(
        subject_type=SUBJECT_TYPE,
        subject_id=correction.public_id,
        action__in=[f"{CORRECTION.name}.{event}" for event in _DONE],
    ).order_by("id")
    return [_entry(row, for_member=for_member) for row in rows]


def _entry(row: AuditEntry, *, for_member: bool) -> TimelineEntry:
    event = row.action.rsplit(".", 1)[1]
    who = "" if for_member else row.by_whom
    return TimelineEntry(_DONE[event], row.at, who=who, detail=row.reason, tone=_TONES.get(event, "info"))


def _line(row: Correction) -> tuple[str, str, str, str]:
    values = {"name": masks.mask_name(row.person.name), "kind": row.kind_label}
    title = _("同事提出更正 {name} 的{kind}", **values) if row.by_officer else _("{name} 申请更正{kind}", **values)
    return row.number, str(title), str(CORRECTION.state(row.state).label), f"/console/corrections/{row.public_id}/"
