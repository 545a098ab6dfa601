"""What pages and desks read of the undoing of deaths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from niangjia.commons.people.models import Membership
from niangjia.commons.people.wrong_deaths import policies
from niangjia.commons.people.wrong_deaths.actions import death_of
from niangjia.commons.people.wrong_deaths.models import WrongDeath
from niangjia.commons.people.wrong_deaths.states import WRONG_DEATH, WrongDeathEvent, WrongDeathState
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import Text, _
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web.moves import Choice
from niangjia.platform.web.parts import Fact, TimelineEntry

SUBJECT_TYPE = "people.wrongdeath"


def case_for(actor: Actor, public_id: str) -> WrongDeath:
    """One that the actor may see. Raises NotFound."""
    rows = policies.visible_cases(actor).select_related("person", "union", "membership", "proposed_by", "decided_by")
    found = rows.filter(public_id=public_id).first()
    if found is None:
        raise policies.no_such_case()
    return found  # type: ignore[no-any-return]


def open_for_reading(actor: Actor, public_id: str) -> WrongDeath:
    """Like :func:`case_for`; opening it is a look at the person."""
    case = case_for(actor, public_id)
    looks.record(actor, [case.subject_key], LookKind.OPENED)
    return case


def facts(membership: Membership) -> list[Fact]:
    """Whose death was recorded, when and where."""
    return [
        Fact(_("工会"), membership.union.name),
        Fact(_("会员号"), membership.number),
        Fact(_("登记的去世日期"), f"{membership.until:%Y-%m-%d}" if membership.until else "—"),
    ]


@dataclass(frozen=True)
class Offer:
    """What the page of a person offers: to propose, or to look at what is proposed; ``refusal`` says why not."""

    case_id: str
    refusal: Text | None


def offer_for(actor: Actor, person: str) -> Offer | None:
    """What may be done about the death of a person; None when none was recorded."""
    try:
        membership = death_of(person, actor)
    except DomainError:
        return None
    waiting = WrongDeath.objects.filter(person=membership.person_id, state=WrongDeathState.PROPOSED)
    decision = policies.may_propose(actor, membership)
    return Offer(waiting.values_list("public_id", flat=True).first() or "", None if decision else decision.refusal)


MAY = {
    WrongDeathEvent.APPROVE: policies.may_decide,
    WrongDeathEvent.REFUSE: policies.may_decide,
    WrongDeathEvent.WITHDRAW: policies.may_withdraw,
}


def choices(actor: Actor, case: WrongDeath) -> list[Choice]:
    """The moves from here, as the actor may make them; taking back is offered only to who proposed."""
    found = []
    for event, may in MAY.items():
        move, decision = WRONG_DEATH.find(case.state, event), may(actor, case)
        if move is not None and (decision or event != WrongDeathEvent.WITHDRAW):
            found.append(Choice(move, None if decision else decision.refusal))
    return found


def desk_numbers(actor: Actor, ids: Sequence[int]) -> Mapping[int, tuple[str, str, str, str]]:
    """How cases read on a desk: number, title with a masked name, detail, address."""
    rows = policies.visible_cases(actor).filter(pk__in=ids).select_related("person")
    return {row.pk: _line(row) for row in rows}


def _line(row: WrongDeath) -> tuple[str, str, str, str]:
    title = str(_("{name} 撤销去世登记", name=masks.mask_name(row.person.name)))
    return row.number, title, str(WRONG_DEATH.state(row.state).label), f"/console/deaths/{row.public_id}/"


_TONES = {WrongDeathEvent.APPROVE: "good", WrongDeathEvent.REFUSE: "bad", WrongDeathEvent.WITHDRAW: "off"}


def timeline(case: WrongDeath) -> list[TimelineEntry]:
    """What happened, oldest first."""
    rows = AuditEntry.objects.filter(subject_type=SUBJECT_TYPE, subject_id=case.public_id).order_by("id")
    return [_entry(row) for row in rows]


def _entry(row: AuditEntry) -> TimelineEntry:
    labels = {WRONG_DEATH.opening: WRONG_DEATH.opening_label, **{one.event: one.label for one in WRONG_DEATH.moves}}
    event = row.action.rsplit(".", 1)[1]
    tone = _TONES.get(WrongDeathEvent(event), "info")
    return TimelineEntry(labels[event], row.at, who=row.by_whom, detail=row.reason, tone=tone)
