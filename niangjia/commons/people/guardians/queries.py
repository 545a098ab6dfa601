"""What pages, desks and copies read of guardianships."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from niangjia.commons.people.guardians import policies
from niangjia.commons.people.guardians.models import Guardianship
from niangjia.commons.people.guardians.states import GUARDIANSHIP, GuardianEvent, GuardianState
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.files.models import File
from niangjia.platform.personal_data import data_keys, looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.moves import Choice
from niangjia.platform.web.parts import Fact, TimelineEntry

SUBJECT_TYPE = "people.guardianship"


def guardianship_for(actor: Actor, public_id: str) -> Guardianship:
    """One that the actor may see. Raises NotFound, the same for hidden and missing ones."""
    rows = policies.visible_guardianships(actor).select_related("guardian", "ward", "union")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found  # type: ignore[no-any-return]


def open_for_reading(actor: Actor, public_id: str) -> Guardianship:
    """Like :func:`guardianship_for`; an officer's opening is written down where guardian and ward can read it."""
    row = guardianship_for(actor, public_id)
    if actor.is_staff:
        looks.record(actor, keys(row), LookKind.OPENED)
    return row


def keys(row: Guardianship) -> list[str]:
    """Under which guardian and ward read who looked."""
    ward = row.ward.public_id if row.ward is not None else row.owner_key
    return [row.guardian.public_id, ward]


def own(actor: Actor) -> Sequence[Guardianship]:
    """What the member applied for, the newest first."""
    if not actor.is_member:
        return []
    return list(policies.visible_guardianships(actor).order_by("-created_at", "-pk")[:50])


def guardians_of(ward_id: int) -> Sequence[Guardianship]:
    """Who may act for a person today."""
    rows = Guardianship.objects.in_force().filter(ward=ward_id).select_related("guardian")
    return list(rows.order_by("since", "pk"))


def facts(row: Guardianship, *, masked: bool) -> list[Fact]:
    """Who, whose, until when; numbers with stars for staff."""
    with data_keys.held([row.owner_key, row.guardian.public_id]):
        number = str(row.id_number)
        return [
            Fact(_("监护人"), row.guardian.name),
            Fact(_("被监护人"), str(row.name) or (row.ward.name if row.ward is not None else "")),
            Fact(_("被监护人证件号码"), (masks.mask_id_number(number) if masked else number) or "—"),
            Fact(_("关系"), row.kind_label),
            *([Fact(_("从"), row.since)] if row.since else []),
            *([Fact(_("到"), row.until)] if row.until else []),
            *([Fact(_("说明"), str(row.note))] if row.note else []),
        ]


def paper_for(actor: Actor, public_id: str, file_id: str) -> File:
    """A paper of a guardianship that the actor may see; an officer's opening is a look. Raises NotFound."""
    row = guardianship_for(actor, public_id)
    paper = row.papers.filter(file__public_id=file_id).select_related("file").first()
    if paper is None:
        raise policies.not_found()
    if actor.is_staff:
        looks.record(actor, keys(row), LookKind.OPENED)
    return paper.file


OFFICERS_EVENTS = (GuardianEvent.APPROVE, GuardianEvent.REFUSE, GuardianEvent.END)


def choices(actor: Actor, row: Guardianship) -> list[Choice]:
    """The moves that are an officer's from here."""
    refusal = policies.may_decide(actor, row).refusal
    moves = [GUARDIANSHIP.find(row.state, event) for event in OFFICERS_EVENTS]
    return [Choice(move, refusal) for move in moves if move]


def may_withdraw(row: Guardianship) -> bool:
    """Whether the application may still be taken back."""
    return row.state == GuardianState.APPLIED


def may_end(row: Guardianship) -> bool:
    """Whether it is in force and may be ended."""
    return row.state == GuardianState.IN_FORCE


_DONE: Mapping[str, Text] = {
    GuardianEvent.APPLY: _("申请登记监护"),
    GuardianEvent.APPROVE: _("已登记"),
    GuardianEvent.REFUSE: _("没有登记"),
    GuardianEvent.WITHDRAW: _("撤回"),
    GuardianEvent.END: _("监护结束"),
    GuardianEvent.COME_OF_AGE: _("已成年，监护结束"),
}
_TONES = {"approve": "good", "refuse": "bad", "withdraw": "off", "end": "off", "come_of_age": "off"}


def timeline(row: Guardianship, *, for_member: bool) -> list[TimelineEntry]:
    """What happened, oldest first. The member reads no names of officers."""
    wanted = [f"{GUARDIANSHIP.name}.{event}" for event in _DONE]
    rows = AuditEntry.objects.filter(subject_type=SUBJECT_TYPE, subject_id=row.public_id, action__in=wanted)
    return [_entry(entry, for_member=for_member) for entry in rows.order_by("id")]


def _entry(entry: AuditEntry, *, for_member: bool) -> TimelineEntry:
    event = entry.action.rsplit(".", 1)[1]
    who = "" if for_member else entry.by_whom
    return TimelineEntry(_DONE[event], entry.at, who=who, detail=entry.reason, tone=_TONES.get(event, "info"))


def desk_numbers(actor: Actor, ids: Sequence[int]) -> Mapping[int, tuple[str, str, str, str]]:
    """How guardianships read on a desk: number, title with a masked name, detail, address."""
    rows = policies.visible_guardianships(actor).select_related("guardian").filter(pk__in=ids)
    return {
        row.pk: (
            row.number,
            str(_("{name} 申请登记监护", name=masks.mask_name(row.guardian.name))),
            str(GUARDIANSHIP.state(row.state).label),
            f"/console/guardians/{row.public_id}/",
        )
        for row in rows
    }
