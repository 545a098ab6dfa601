"""What the pages of transfers read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, When

from niangjia.commons.desk import queries as desk
from niangjia.commons.desk.subjects import DeskLine
from niangjia.commons.people.models import Membership
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.models import Union
from niangjia.commons.unions.roles import Role
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.moves import Choice
from niangjia.platform.web.parts import Fact, TimelineEntry
from niangjia.services.joining.transfers import policies
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.states import TRANSFER, Asked, TransferEvent, TransferState

SUBJECT_TYPE = TRANSFER.name
MOST_FOUND, SHORTEST = 20, 2
OFFICE = (TransferEvent.ACCEPT, TransferEvent.RELEASE, TransferEvent.REFUSE)


def transfer_for(actor: Actor, public_id: str) -> Transfer:
    """One transfer that the actor may see. Raises NotFound."""
    found = policies.visible_transfers(actor).with_unions().filter(public_id=public_id).first()
    if found is None:
        raise policies.not_found()
    return found  # type: ignore[no-any-return]


def open_for_reading(actor: Actor, public_id: str) -> Transfer:
    """Like :func:`transfer_for`; an officer's opening is a look at the member."""
    transfer = transfer_for(actor, public_id)
    looks.record(actor, [transfer.subject_key], LookKind.OPENED)
    return transfer


def own_transfers(actor: Actor) -> list[Transfer]:
    """All of a member's own, the newest first."""
    if not actor.is_member:
        return []
    return list(policies.visible_transfers(actor).with_unions().order_by("-created_at", "-pk")[:50])


def own_membership(actor: Actor) -> Membership | None:
    """The member's current membership."""
    rows = Membership.objects.current().filter(person=actor.person_id or 0).select_related("union")
    return rows.first()


def receiving_unions(membership: Membership, text: str) -> list[tuple[str, str]]:
    """Unions that take members and whose name holds ``text``, those of the same district first: (code, name)."""
    wanted = " ".join(text.replace("\x00", "").split())[:50]
    if len(wanted) < SHORTEST:
        return []
    rows = Union.objects.accepting(clock.today()).exclude(pk=membership.union_id).filter(name__icontains=wanted)
    near = tree.within_same(membership.union_id, kinds=("district", "development_area", "city"))
    ordered = rows.annotate(far=Case(When(pk__in=near, then=0), default=1)).order_by("far", "name")
    return list(ordered.values_list("code", "name")[:MOST_FOUND])


def unions_for(actor: Actor) -> list[tuple[str, str]]:
    """Unions for which the actor may propose: (code, name)."""
    reach = scope.within(actor, Role.UNION_OFFICER, field="pk")
    rows = Union.objects.accepting(clock.today()).filter(reach).order_by("code")
    return list(rows.values_list("code", "name")[:2000])


def desk_lines(actor: Actor, ids: Sequence[int]) -> Mapping[int, DeskLine]:
    """How transfers read on a desk; the name is masked there."""
    rows = policies.visible_transfers(actor).filter(pk__in=ids).with_unions()
    return {row.pk: _line(row) for row in rows}


def _line(row: Transfer) -> DeskLine:
    title = str(_("{name} 会籍接转", name=masks.mask_name(row.person.name)))
    detail = f"{TRANSFER.state(row.state).label} · {row.old.short_name} → {row.new.short_name}"
    return DeskLine(row.number, title, detail, f"/console/joining/transfers/{row.public_id}/")


def facts(transfer: Transfer) -> list[Fact]:
    """What it is about."""
    return [
        Fact(_("从"), transfer.old.name),
        Fact(_("转到"), transfer.new.name),
        Fact(_("会员号"), transfer.membership.number),
        Fact(_("由谁提出"), transfer.asked_label),
    ]


@dataclass(frozen=True)
class Progress:
    """Where it stands: by when whoever must act acts; None when nobody must."""

    due_at: datetime | None
    timeline: list[TimelineEntry]


def progress(transfer: Transfer, *, for_member: bool) -> Progress:
    """What happened, oldest first, and what comes. The member reads unions, not the names of officers."""
    rows = AuditEntry.objects.filter(subject_type=SUBJECT_TYPE, subject_id=transfer.public_id).order_by("id")
    if transfer.asked in (Asked.MEMBER, Asked.FIT):  # who asks, or takes an offer, agrees by it
        rows = rows.exclude(action=f"{TRANSFER.name}.{TransferEvent.AGREE}")
    past = [_entry(row, for_member=for_member) for row in rows]
    item = desk.open_item(SUBJECT_TYPE, transfer.pk)
    due = item.due_at if item is not None else None
    if TRANSFER.is_final(transfer.state):
        return Progress(None, past)
    offered = transfer.state == TransferState.OFFERED
    title = _("等本人确认") if offered else _("{union}答复", union=transfer.responsible.name)
    day = clock.day_of(due) if due else None
    coming = TimelineEntry(title, day, detail=str(_("最晚这一天")) if day else "", future=True)
    return Progress(due, [*past, coming])


TONES = {"accept_transfer": "good", "refuse_transfer": "bad", "raise_transfer": "warn"}


def _entry(row: AuditEntry, *, for_member: bool) -> TimelineEntry:
    event = row.action.rsplit(".", 1)[1]
    label = next((move.label for move in TRANSFER.moves if move.event == event), TRANSFER.opening_label)
    who = "" if for_member else row.by_whom
    return TimelineEntry(label, row.at, who=who, detail=row.reason, tone=TONES.get(event, "info"))


def choices(actor: Actor, transfer: Transfer) -> list[Choice]:
    """The officers' moves from here."""
    decision = policies.may_decide(actor, transfer)
    moves = (TRANSFER.find(transfer.state, event) for event in OFFICE)
    return [Choice(move, None if decision else decision.refusal) for move in moves if move is not None]


def is_invited(transfer: Transfer) -> bool:
    """Whether the member is asked to come and has not answered."""
    return transfer.state == TransferState.OFFERED and transfer.asked != Asked.MEMBER
