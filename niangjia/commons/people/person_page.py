"""One person's page: facts, memberships, family, timeline, and the moves that are open to the viewer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from niangjia.commons.people import policies, queries, timeline
from niangjia.commons.people.cards import panel
from niangjia.commons.people.models import HEAD, HouseholdMember, Kinship, Membership, MembershipStay, Person
from niangjia.commons.people.own_data import closing
from niangjia.commons.people.rules import RELATION_LABELS, Relation
from niangjia.commons.people.states import ORIGIN_LABELS, MembershipEvent, Origin
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision
from niangjia.kernel.text import Text, _
from niangjia.platform.personal_data import data_keys, looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.web import dates
from niangjia.platform.web.parts import TimelineEntry

OFFERED = (
    MembershipEvent.RETAIN,
    MembershipEvent.TAKE_UP,
    MembershipEvent.LEAVE,
    MembershipEvent.EXPEL,
    MembershipEvent.RECORD_DEATH,
)
"""Moves that an officer makes on the page itself; a transfer is a case of its own, and so is being deemed to have left,
which needs a warning first."""


@dataclass(frozen=True)
class StayLine:
    """At which union the membership was."""

    union: str
    since: date
    until: date | None


@dataclass(frozen=True)
class MembershipFacts:
    """One membership with its stays, oldest first."""

    line: queries.MembershipLine
    origin_label: Text
    stays: tuple[StayLine, ...]


@dataclass(frozen=True)
class RelativeLine:
    """Somebody of the family. Who is out of the viewer's reach has a masked name and no ``public_id``."""

    name: str
    relation_label: Text
    public_id: str = ""


@dataclass(frozen=True)
class OfferedMove:
    """A move of the current membership; ``refusal`` says why the viewer may not make it."""

    event: str
    label: Text
    needs_reason: bool
    consequence: Text | None
    refusal: Text | None


@dataclass(frozen=True)
class PersonPage:
    """Ready values. Numbers are masked; the birth date is not here at all, because it completes the masked number."""

    public_id: str
    name: str
    sex_label: Text
    age: int | None
    category: str
    category_label: Text
    is_new_form: bool
    id_kind_label: Text | None
    id_number: str
    phone: str
    account: Text
    is_own: bool
    is_erased: bool
    unmaskable: tuple[str, ...]
    memberships: tuple[MembershipFacts, ...]
    household: tuple[RelativeLine, ...]
    kin: tuple[RelativeLine, ...]
    card: panel.CardPanel | None
    timeline: tuple[TimelineEntry, ...]
    moves: tuple[OfferedMove, ...]

    @property
    def current(self) -> MembershipFacts | None:
        """The membership that has not ended."""
        return next((membership for membership in self.memberships if membership.line.until is None), None)


def person_for(actor: Actor, public_id: str) -> PersonPage:
    """The page of a person whom the actor may see; opening it is a look. Raises NotFound."""
    person = queries.find(actor, public_id)
    keys = queries.subject_keys(person)
    own = actor.is_member
    if not own:
        looks.record(actor, [person.public_id], LookKind.OPENED)
    memberships = _memberships(actor, person)
    near = _Family(actor, person)
    current, keep = _present(actor, memberships)
    with data_keys.held([person.public_id]):
        id_number, phone = masks.mask_id_number(person.id_number), masks.mask_phone(person.phone)
    return PersonPage(
        public_id=person.public_id,
        name=person.name,
        sex_label=person.sex_label,
        age=person.age,
        category=person.category,
        category_label=person.category_label,
        is_new_form=person.is_new_form,
        id_kind_label=person.id_kind_label,
        id_number=id_number,
        phone=phone,
        account=_account(person),
        is_own=own,
        is_erased=person.erased_at is not None,
        unmaskable=tuple(field for field in policies.UNMASKABLE if getattr(person, field)),
        memberships=_facts(memberships),
        household=near.household(),
        kin=near.kin(),
        card=panel.of(person.pk, keep) if memberships else None,
        timeline=tuple(timeline.of(actor, person, keys)),
        moves=_moves(current, keep),
    )


def _account(person: Person) -> Text:
    """Whether somebody can be reached through the portal, and for how long."""
    if person.user_id is None:
        return _("没有，或已经注销")
    asked = closing.open_of(person.user_id)
    if asked is not None:
        return _("本人申请注销，{day} 以后注销", day=dates.day(clock.day_of(asked.due_at)))
    return _("有")


@dataclass(frozen=True)
class MovePage:
    """One move that the viewer may make now, of whose membership."""

    public_id: str
    name: str
    membership_id: str
    move: OfferedMove


def move_for(actor: Actor, public_id: str, event: str) -> MovePage:
    """The page that asks once more before a move; showing it is a look.

    Raises NotFound for a person out of sight and for a move that is not open to the viewer: then nothing of the person
    was shown, and no look is written that would tell the person otherwise.
    """
    person = queries.find(actor, public_id)
    current, keep = _present(actor, _memberships(actor, person))
    open_ones = (move for move in _moves(current, keep) if move.refusal is None)
    offered = next((move for move in open_ones if move.event == event), None)
    if current is None or offered is None:
        raise NotFound("NOT_FOUND", _("现在不能这样操作。请回到这个人的页面看看。"))
    looks.record(actor, [person.public_id], LookKind.OPENED)
    return MovePage(person.public_id, person.name, current.public_id, offered)


@dataclass(frozen=True)
class CardPage:
    """One act on a card that the viewer may do now, and whose card it is."""

    public_id: str
    name: str
    card: panel.CardLine
    act: panel.OfferedAct


def card_for(actor: Actor, public_id: str, event: str) -> CardPage:
    """Like :func:`move_for` for an act on the person's card. Raises NotFound."""
    person = queries.find(actor, public_id)
    memberships = _memberships(actor, person)
    shown = panel.of(person.pk, _present(actor, memberships)[1]) if memberships else None
    open_ones = (act for act in (shown.acts if shown else ()) if act.refusal is None)
    offered = next((act for act in open_ones if act.event == event), None)
    if shown is None or offered is None:
        raise NotFound("NOT_FOUND", _("现在不能这样操作。请回到这个人的页面看看。"))
    looks.record(actor, [person.public_id], LookKind.OPENED)
    return CardPage(person.public_id, person.name, shown.card, offered)


def _memberships(actor: Actor, person: Person) -> list[Membership]:
    """All of them to whoever reaches one of them; none to whom only a room shows the person."""
    rows = list(Membership.objects.filter(person=person).select_related("union", "person").order_by("pk"))
    if actor.is_system or actor.is_member:
        return rows
    return rows if policies.visible_memberships(actor).filter(person=person).exists() else []


def _present(actor: Actor, memberships: Sequence[Membership]) -> tuple[Membership | None, Decision | None]:
    """The membership that has not ended, and whether a member of staff may change it."""
    current = next((membership for membership in memberships if membership.is_current), None)
    return current, policies.may_keep(actor, current) if current and actor.is_staff else None


def _facts(memberships: Sequence[Membership]) -> tuple[MembershipFacts, ...]:
    stays: dict[int, list[StayLine]] = {membership.pk: [] for membership in memberships}
    rows = MembershipStay.objects.filter(membership__in=memberships).select_related("union").order_by("pk")
    for stay in rows:
        stays[stay.membership_id].append(StayLine(stay.union.name, stay.since, stay.until))
    return tuple(
        MembershipFacts(queries.line_of(one), ORIGIN_LABELS[Origin(one.origin)], tuple(stays[one.pk]))
        for one in memberships
    )


def _moves(current: Membership | None, keep: Decision | None) -> tuple[OfferedMove, ...]:
    if current is None or keep is None:
        return ()
    moves = (move for move in current.MACHINE.moves_from(current.state) if move.event in OFFERED)
    return tuple(
        OfferedMove(move.event, move.label, move.needs_reason, move.consequence, _refusal(keep)) for move in moves
    )


def _refusal(decision: Decision) -> Text | None:
    return None if decision else decision.refusal


class _Family:
    """The people near a person, as far as the viewer may know them."""

    def __init__(self, actor: Actor, person: Person) -> None:
        self.person = person
        self.kin_rows = list(Kinship.objects.filter(person=person).select_related("relative").order_by("pk"))
        self.home_rows = list(_under_the_same_roof(person))
        near = {row.relative_id for row in self.kin_rows} | {row.person_id for row in self.home_rows}
        self.seen = set(policies.visible_people(actor).filter(pk__in=near).values_list("pk", flat=True))

    def kin(self) -> tuple[RelativeLine, ...]:
        return tuple(self._line(row.relative, row.relation_label) for row in self.kin_rows)

    def household(self) -> tuple[RelativeLine, ...]:
        return tuple(self._line(row.person, _role_label(row.role)) for row in self.home_rows)

    def _line(self, near: Person, label: Text) -> RelativeLine:
        if near.pk in self.seen:
            return RelativeLine(near.name, label, near.public_id)
        return RelativeLine(masks.mask_name(near.name), label)


def _under_the_same_roof(person: Person) -> Sequence[HouseholdMember]:
    homes = HouseholdMember.objects.filter(person=person, until=None).values("household")
    rows = HouseholdMember.objects.filter(household__in=homes, until=None).exclude(person=person)
    return list(rows.select_related("person").order_by("pk"))


def _role_label(role: str) -> Text:
    return _("户主") if role == HEAD else RELATION_LABELS[Relation(role)]
