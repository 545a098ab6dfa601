"""What pages and desks read of merges: both entries side by side, the plan, what may be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from niangjia.commons.people.merging import doubles, policies, values
from niangjia.commons.people.merging.models import Merge
from niangjia.commons.people.merging.plan import Line, Plan, plan_for
from niangjia.commons.people.merging.states import MERGE, Entry, MergeEvent, MergeState
from niangjia.commons.people.merging.ways import declared
from niangjia.commons.people.models import Membership, Person
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import data_keys, looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.moves import Choice
from niangjia.platform.web.parts import TimelineEntry

SUBJECT_TYPE = "people.merge"
NOBODY = "—"


def merge_for(actor: Actor, public_id: str) -> Merge:
    """One that the actor may see. Raises NotFound, the same for hidden and missing ones."""
    rows = policies.visible_merges(actor).filter(public_id=public_id).values("pk")
    found = Merge.objects.select_related("kept", "merged", "union", "proposed_by", "decided_by").filter(pk__in=rows)
    merge = found.first()
    if merge is None:
        raise policies.no_such_merge()
    return merge  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Compared:
    """One group of values of both entries, masked; ``chosen`` is the entry that it is taken from."""

    group: str
    label: Text
    kept: Sequence[str]
    merged: Sequence[str]
    chosen: str

    @property
    def same(self) -> bool:
        return list(self.kept) == list(self.merged)


@dataclass(frozen=True)
class Proposal:
    """Both entries as a page shows them, and what would be done."""

    kept_id: str
    merged_id: str
    kept_name: str
    merged_name: str
    compared: tuple[Compared, ...]
    plan: Plan


def proposal_for(actor: Actor, kept: str, merged: str, choices: Mapping[str, str] | None) -> Proposal:
    """What a merge of two entries in the actor's sight would do; both lookups are noted. Raises NotFound, NotAllowed,
    RuleBroken MERGE_CHOICE."""
    remains, goes = policies.entry_for(actor, kept), policies.entry_for(actor, merged)
    policies.may_propose(actor, remains, goes).require()
    looks.record(actor, [remains.public_id, goes.public_id], LookKind.OPENED)
    said = values.defaults(remains, goes) if choices is None else values.chosen(choices)
    return _proposal(remains, goes, said)


def open_for_reading(actor: Actor, public_id: str) -> tuple[Merge, Proposal]:
    """A merge with both entries as they are now; opening it is noted with both."""
    merge = merge_for(actor, public_id)
    looks.record(actor, [merge.kept.public_id, merge.merged.public_id], LookKind.OPENED)
    return merge, _proposal(merge.kept, merge.merged, merge.choices)


def went_over(merge: Merge) -> list[Line]:
    """What was moved by a merge that was applied."""
    rows: Mapping[str, Sequence[int]] = merge.moved.get("rows", {})
    return [Line(way.label, len(rows[way.column]), 0) for way in declared() if rows.get(way.column)]


def _proposal(kept: Person, merged: Person, choices: Mapping[str, str]) -> Proposal:
    plan = plan_for(kept, merged, choices)
    with data_keys.held([kept.public_id, merged.public_id]):
        pairs = zip(_told(kept, Entry.KEPT, kept, merged), _told(merged, Entry.MERGED, kept, merged), strict=True)
        rows = tuple(
            Compared(group, label, left, right, choices[group])
            for (group, label), (left, right) in zip(values.GROUP_LABELS.items(), pairs, strict=True)
        )
    return Proposal(kept.public_id, merged.public_id, kept.name, merged.name, rows, plan)


def _told(person: Person, entry: Entry, kept: Person, merged: Person) -> list[list[str]]:
    """The groups in the order of their labels."""
    account = [str(_("有登录账号") if person.user_id else _("没有登录账号"))]
    return [
        [person.name, masks.mask_id_number(person.id_number) or NOBODY],
        [masks.mask_phone(person.phone) or NOBODY, *account],
        [str(person.category_label)],
        _standing(person, entry, kept, merged),
    ]


def _standing(person: Person, entry: Entry, kept: Person, merged: Person) -> list[str]:
    membership = doubles.current_memberships(kept, merged).get(entry)
    card = doubles.live_cards(kept, merged).get(entry)
    if membership is None:
        last = Membership.objects.filter(person=person).order_by("-pk").first()
        return [str(last.state_label) if last else str(_("没有会籍"))]
    told = [f"{membership.union.name} · {membership.state_label}", membership.number]
    return [*told, str(_("卡尾号 {tail}", tail=card.tail))] if card else told


MAY = {
    MergeEvent.APPROVE: policies.may_decide,
    MergeEvent.REFUSE: policies.may_decide,
    MergeEvent.WITHDRAW: policies.may_withdraw,
    MergeEvent.UNDO: policies.may_keep,
}


def choices(actor: Actor, merge: Merge) -> list[Choice]:
    """The moves from here, as the actor may make them; taking back is offered only to who proposed."""
    found = []
    for event, may in MAY.items():
        move, decision = MERGE.find(merge.state, event), may(actor, merge)
        if move is not None and (decision or event != MergeEvent.WITHDRAW):
            found.append(Choice(move, _refusal(decision)))
    return found


def _refusal(decision: Decision) -> Text | None:
    return None if decision else decision.refusal


def desk_numbers(actor: Actor, ids: Sequence[int]) -> Mapping[int, tuple[str, str, str, str]]:
    """How merges read on a desk: number, title with a masked name, detail, address."""
    rows = Merge.objects.select_related("kept").filter(pk__in=policies.visible_merges(actor).filter(pk__in=ids))
    return {row.pk: _line(row) for row in rows}


def _line(row: Merge) -> tuple[str, str, str, str]:
    title = str(_("{name} 的两条登记合并", name=masks.mask_name(row.kept.name)))
    return row.number, title, str(MERGE.state(row.state).label), f"/console/merges/{row.public_id}/"


_TONES = {"approve": "good", "refuse": "bad", "undo": "warn", "withdraw": "off"}


def timeline(merge: Merge) -> list[TimelineEntry]:
    """What happened, oldest first."""
    labels = {MERGE.opening: MERGE.opening_label, **{move.event: move.label for move in MERGE.moves}}
    rows = AuditEntry.objects.filter(
        subject_type=SUBJECT_TYPE,
        subject_id=merge.public_id,
        action__in=[f"{MERGE.name}.{event}" for event in labels],
    )
    return [_entry(row, labels) for row in rows.order_by("id")]


def _entry(row: AuditEntry, labels: Mapping[str, Text]) -> TimelineEntry:
    event = row.action.rsplit(".", 1)[1]
    return TimelineEntry(labels[event], row.at, who=row.by_whom, detail=row.reason, tone=_TONES.get(event, "info"))


def is_open(merge: Merge) -> bool:
    """Whether a colleague still has to decide."""
    return merge.state == MergeState.PROPOSED
