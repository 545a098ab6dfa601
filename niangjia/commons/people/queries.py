"""What pages read about people. Everything that shows staff a person leaves a look that the person can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from niangjia.commons.people import actions, policies, rules
from niangjia.commons.people.categories import NEW_FORM
from niangjia.commons.people.fields import begins
from niangjia.commons.people.models import (
    ID_NUMBER,
    PHONE,
    Kinship,
    Membership,
    MembershipQuerySet,
    Person,
    PersonQuerySet,
)
from niangjia.commons.people.rules import SearchBy, Term
from niangjia.commons.people.states import MEMBERSHIP
from niangjia.commons.unions import scope, tree
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text
from niangjia.platform.personal_data import data_keys, looks, masks
from niangjia.platform.personal_data.blind_index import blind_index
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.personal_data.models import Look
from niangjia.platform.requests import limits
from niangjia.platform.web.tones import Status, status_of

HITS_PER_PAGE, LAST_PAGE = 20, 5
"""A search shows at most a hundred persons: who needs more must say more."""

SEARCHES_PER_MINUTE = 200
MEMBERS_PER_PAGE, LARGEST_PAGE = 50, 100


# Finding one person


def find(actor: Actor, public_id: str) -> Person:
    """The person, or the one that a merged entry went to, when the actor may see them. Raises NotFound.

    Leaves no look: nothing of the person has been shown yet.
    """
    named = Person.objects.filter(public_id=public_id).values("pk", "canonical_id").first()
    if named is None:
        raise policies.not_found()
    person = policies.visible_people(actor).filter(pk=named["canonical_id"] or named["pk"]).first()
    if person is None:
        raise policies.not_found()
    return person


def of_user(user_id: int) -> tuple[int | None, str]:
    """The person behind an account, for the actor of a request: id and name, ``(None, "")`` when there is none."""
    found = Person.objects.filter(user_id=user_id, erased_at=None).values_list("pk", "name").first()
    return found or (None, "")


def subject_keys(person: Person) -> list[str]:
    """The person's public id and those of the entries merged into it."""
    return [person.public_id, *Person.objects.filter(canonical=person).values_list("public_id", flat=True)]


def looks_at(person: Person) -> QuerySet[Look]:
    """Who looked at the person's data, newest first."""
    return looks.of(*subject_keys(person))


def merge_map() -> QuerySet[Person, Any]:
    """Merged persons as ``id`` and ``canonical_id``, for whoever counts distinct persons."""
    return Person.objects.filter(canonical__isnull=False).values("id", "canonical_id")


# Search


@dataclass(frozen=True)
class MembershipLine:
    """A membership as a page shows it."""

    public_id: str
    number: str
    union: str
    state: str
    state_label: Text
    since: date
    until: date | None

    @property
    def status(self) -> Status:
        """The state with its colour and icon."""
        return status_of(MEMBERSHIP, self.state)


@dataclass(frozen=True)
class Hit:
    """A person who was found, numbers masked. ``membership`` is the newest that the viewer may see."""

    public_id: str
    name: str
    category_label: Text
    age: int | None
    id_number: str
    phone: str
    membership: MembershipLine | None


@dataclass(frozen=True)
class Found:
    """One page of hits. ``capped``: there are more than a search shows at all. No totals: they would tell of others."""

    hits: tuple[Hit, ...]
    page: int
    has_next: bool
    capped: bool


def search(actor: Actor, text: object, *, page: int = 1) -> Found:
    """The persons within the actor's reach whom ``text`` names, see :func:`rules.search_term`. Each hit is a look.

    A person out of reach and one who does not exist give the same answer by the same statement. Raises NotAllowed
    NO_SEARCH, TooMany, and what the term breaks. Not inside a transaction: the limit counts on its own.
    """
    policies.may_search(actor).require()
    limits.hit(f"people.search:{actor.user_id or actor.name}", limit=SEARCHES_PER_MINUTE, seconds=60)
    term = rules.search_term(text)
    page = min(max(page, 1), LAST_PAGE)
    start = (page - 1) * HITS_PER_PAGE
    rows = _matching(policies.visible_people(actor), term).order_by("name_key", "pk")
    people = list(rows[start : start + HITS_PER_PAGE + 1])
    shown, more = people[:HITS_PER_PAGE], len(people) > HITS_PER_PAGE
    hits = _hits(actor, shown)
    looks.record(actor, [person.public_id for person in shown], LookKind.SEARCH_HIT)
    return Found(hits, page, has_next=more and page < LAST_PAGE, capped=more and page == LAST_PAGE)


def _matching(people: PersonQuerySet, term: Term) -> PersonQuerySet:
    match term.by:
        case SearchBy.PHONE:
            return people.filter(phone_index=blind_index(PHONE, term.value))
        case SearchBy.ID_NUMBER:
            return people.filter(id_index=blind_index(ID_NUMBER, term.value))
        case SearchBy.MEMBER_NUMBER:
            return people.filter(pk__in=Membership.objects.filter(number=term.value).values("person"))
        case SearchBy.NAME_AND_TAIL:
            return people.filter(name_tail_index=actions.name_and_tail_index(term.value, term.tail))
    named = begins("name_key", term.value)
    typed_letters = term.value.isascii() and term.value.isalpha()
    return people.filter(named | begins("name_initials", term.value) if typed_letters else named)


def _hits(actor: Actor, people: Sequence[Person]) -> tuple[Hit, ...]:
    newest = _newest_memberships(actor, people)
    with data_keys.held([person.public_id for person in people]):
        return tuple(_hit(person, newest.get(person.pk)) for person in people)


def _hit(person: Person, membership: Membership | None) -> Hit:
    return Hit(
        public_id=person.public_id,
        name=person.name,
        category_label=person.category_label,
        age=person.age,
        id_number=masks.mask_id_number(person.id_number),
        phone=masks.mask_phone(person.phone),
        membership=line_of(membership) if membership else None,
    )


def _newest_memberships(actor: Actor, people: Sequence[Person]) -> Mapping[int, Membership]:
    rows = policies.visible_memberships(actor).filter(person__in=people).select_related("union").order_by("pk")
    return {membership.person_id: membership for membership in rows}


def line_of(membership: Membership) -> MembershipLine:
    """A membership as a page shows it; its union must be loaded."""
    return MembershipLine(
        public_id=membership.public_id,
        number=membership.number,
        union=membership.union.name,
        state=membership.state,
        state_label=MEMBERSHIP.state(membership.state).label,
        since=membership.since,
        until=membership.until,
    )


# Lists of members


@dataclass(frozen=True)
class MemberFilter:
    """What a list of members is narrowed to; empty means all. ``union_id`` takes the unions below with it."""

    union_id: int | None = None
    state: str = ""
    category: str = ""
    new_form: bool | None = None


@dataclass(frozen=True)
class MemberRow:
    """A member in a list: no number that leads to the person outside, hence no look."""

    public_id: str
    name: str
    category_label: Text
    membership: MembershipLine


@dataclass(frozen=True)
class Members:
    """One page of members."""

    rows: tuple[MemberRow, ...]
    page: int
    has_next: bool


def members(actor: Actor, wanted: MemberFilter, *, page: int = 1, size: int = MEMBERS_PER_PAGE) -> Members:
    """Current members within the actor's reach and the chosen union, the newest first.

    Raises NotAllowed NO_SEARCH, NotFound for a union that does not exist.
    """
    policies.may_search(actor).require()
    page, size = max(page, 1), min(max(size, 1), LARGEST_PAGE)
    start = (page - 1) * size
    rows = members_of(actor, wanted).select_related("person", "union").order_by("-since", "-pk")
    found = list(rows[start : start + size + 1])
    return Members(tuple(_row(membership) for membership in found[:size]), page, has_next=len(found) > size)


def members_of(actor: Actor, wanted: MemberFilter) -> MembershipQuerySet:
    """The same members as a queryset, for counts and exports."""
    rows = policies.visible_memberships(actor).current() & Membership.objects.filter(
        scope.shown(actor, *policies.READERS)
    )
    if wanted.union_id is not None:
        rows = rows.filter(union__in=tree.below(wanted.union_id))
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.category:
        rows = rows.filter(person__category=wanted.category)
    if wanted.new_form is not None:
        new_form = Q(person__category__in=[category.value for category in NEW_FORM])
        rows = rows.filter(new_form if wanted.new_form else ~new_form)
    return rows


def _row(membership: Membership) -> MemberRow:
    person = membership.person
    return MemberRow(person.public_id, person.name, person.category_label, line_of(membership))


def members_by_union(union_ids: Iterable[int] | None = None) -> dict[int, int]:
    """Current members by union, counted from the memberships themselves; the ledger's stock must say the same."""
    rows = Membership.objects.current()
    if union_ids is not None:
        rows = rows.filter(union__in=list(union_ids))
    return dict(rows.values_list("union").annotate(count=Count("pk")).order_by())


def are_kin(one_id: int, other_id: int) -> bool:
    """Whether two persons are recorded as kin."""
    return Kinship.objects.filter(person=one_id, relative=other_id).exists()
