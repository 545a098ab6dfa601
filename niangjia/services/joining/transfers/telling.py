"""What a person's page tells of their transfers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from niangjia.commons.people import timeline
from niangjia.commons.people.models import Person
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.web.parts import TimelineEntry
from niangjia.services.joining.transfers import policies
from niangjia.services.joining.transfers.models import Transfer
from niangjia.services.joining.transfers.queries import SUBJECT_TYPE, TONES
from niangjia.services.joining.transfers.states import TRANSFER, TransferEvent

BY_THE_MEMBERSHIP = (TransferEvent.AGREE, TransferEvent.ACCEPT)
"""These move the membership in the same transaction, and its own entries tell of them."""


def register() -> None:
    """Called when the room is ready."""
    timeline.register("joining", told)


def told(actor: Actor, person: Person) -> Iterable[TimelineEntry]:
    """What was asked, answered and left unanswered in the transfers that the viewer may see; the member reads no names
    of officers."""
    seen = policies.visible_transfers(actor).filter(person=person).with_unions()
    by_key = {transfer.public_id: transfer for transfer in seen.order_by("-pk")[:50]}
    if not by_key:
        return []
    labels = {TRANSFER.opening: TRANSFER.opening_label, **{move.event: move.label for move in TRANSFER.moves}}
    shown = [f"{TRANSFER.name}.{event}" for event in labels if event not in BY_THE_MEMBERSHIP]
    rows = AuditEntry.objects.filter(subject_type=SUBJECT_TYPE, subject_id__in=by_key, action__in=shown)
    return [_entry(row, by_key[row.subject_id], labels, named=actor.is_staff) for row in rows.order_by("id")]


def _entry(row: AuditEntry, transfer: Transfer, labels: Mapping[str, Text], *, named: bool) -> TimelineEntry:
    event = row.action.rsplit(".", 1)[1]
    where = f"{transfer.old.short_name} → {transfer.new.short_name}"
    detail = f"{where}：{row.reason}" if row.reason else where
    by_member = row.actor_kind == "member"
    who = _("本人") if by_member else row.by_whom if named else ""
    return TimelineEntry(labels[event], row.at, who=who, detail=detail, tone=TONES.get(event, "info"))
