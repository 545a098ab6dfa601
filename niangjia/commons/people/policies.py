"""Who may see a person and who may change a membership: each question beside its queryset twin.

An employer's agent is in no list below: to such an office every person is "not found". Staff powers never come from
being a person oneself, and a member sees only oneself.
"""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any

from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet

from niangjia.commons.people import reach
from niangjia.commons.people.models import (
    Household,
    HouseholdMember,
    Kinship,
    Membership,
    MembershipQuerySet,
    Person,
    PersonQuerySet,
)
from niangjia.commons.unions import scope, tree
from niangjia.commons.unions.policies import ground_of
from niangjia.commons.unions.roles import Role
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.policy import Decision, allow, refuse
from niangjia.kernel.text import _
from niangjia.platform.prepared import Parameter, Prepared

READERS = (Role.UNION_OFFICER, Role.REVIEWER)
"""Offices that see the members of their union and of those below."""

KEEPERS = (Role.UNION_OFFICER,)
"""Offices that change a membership."""

UNMASKABLE = ("id_number", "phone", "birth_date")


def not_found() -> NotFound:
    """The one answer for a person who does not exist and for one out of the actor's sight."""
    return NotFound("PERSON_NOT_FOUND", _("没有找到这个人。"))


def visible_people(actor: Actor) -> PersonQuerySet:
    """The persons whom ``actor`` may see, merged entries left out. Costs no query of its own."""
    people = Person.objects.canonical()
    if actor.is_system:
        return people
    if actor.is_member:
        return people.filter(pk=actor.person_id) if actor.person_id else people.none()
    offices = _in_offices(actor)
    return people.filter(offices) if actor.is_staff and offices is not None else people.none()


def may_see(actor: Actor, person: Person) -> Decision:
    """The twin of :func:`visible_people` for one person."""
    if visible_people(actor).filter(pk=person.pk).exists():
        return allow(_ground(actor, Membership.objects.filter(person=person)))
    return refuse("PERSON_NOT_FOUND", not_found().message)


def visible_memberships(actor: Actor) -> MembershipQuerySet:
    """The memberships that ``actor`` may see: one's own, or those that stand within one's offices."""
    if actor.is_system:
        return Membership.objects.all()
    if actor.is_member:
        return Membership.objects.filter(person=actor.person_id) if actor.person_id else Membership.objects.none()
    if actor.is_staff and actor.grants_of(*READERS):
        return Membership.objects.filter(scope.within(actor, *READERS))
    return Membership.objects.none()


def may_see_membership(actor: Actor, membership: Membership) -> Decision:
    """The twin of :func:`visible_memberships`."""
    if visible_memberships(actor).filter(pk=membership.pk).exists():
        return allow(_ground(actor, Membership.objects.filter(pk=membership.pk)))
    return refuse("PERSON_NOT_FOUND", not_found().message)


def may_keep(actor: Actor, membership: Membership) -> Decision:
    """Retain, take up, end a membership: an officer of its union or of one above, never one's own or a relative's."""
    here = may_keep_at(actor, membership.union_id)
    if here and not actor.is_system and is_own_or_kin(actor, membership.person_id):
        return refuse("OWN_CASE", _("不能办理自己或亲属的会籍，请交给同事。"))
    return here


def may_keep_at(actor: Actor, union_id: int) -> Decision:
    """Change memberships at a union: an officer of it or of one above."""
    if actor.is_system:
        return allow("system")
    grant = scope.reaching(actor, tree.path_of(union_id), *KEEPERS) if actor.is_staff else None
    if grant is None:
        return refuse("NO_OFFICE_HERE", _("您在这个工会没有办理这件事的职务。"))
    return allow(ground_of(grant))


def may_search(actor: Actor) -> Decision:
    """Search for persons and list members: officers and reviewers."""
    if actor.is_system:
        return allow("system")
    held = actor.grants_of(*READERS) if actor.is_staff else ()
    if not held:
        return refuse("NO_SEARCH", _("您的职务不能查询人员。"))
    return allow(ground_of(held[0]))


def may_unmask(actor: Actor, person: Person, field: str) -> Decision:
    """See one masked value whole: a reader who sees the person; the person oneself without being noted."""
    if field not in UNMASKABLE:
        return refuse("NOT_UNMASKABLE", _("这一项不能查看。"))
    return may_see(actor, person)


_OF_USER = Prepared(lambda: Person.objects.filter(user_id=Parameter("user", BigIntegerField())).values_list("pk")[:1])


def is_own_or_kin(actor: Actor, person_id: int) -> bool:
    """Whether the person behind ``actor`` is that person, or kin to them, or of the same household."""
    if actor.user_id is None:
        return False
    if not _OF_USER.ask(user=actor.user_id):  # most officers are no member here, and this is asked at each step
        return False
    own = Person.objects.filter(user=actor.user_id)
    near = Person.objects.filter(pk=person_id).filter(
        Q(pk__in=own.values("pk"))
        | Q(pk__in=Kinship.objects.filter(person__in=own.values("pk")).values("relative"))
        | Q(pk__in=_under_one_roof(own))
    )
    return near.exists()


def visible_households(actor: Actor) -> QuerySet[Household]:
    """The households of which ``actor`` may see a current member."""
    seen = HouseholdMember.objects.filter(until=None, person__in=visible_people(actor).values("pk"))
    return Household.objects.filter(pk__in=seen.values("household"))


def may_see_household(actor: Actor, household: Household) -> Decision:
    """The twin of :func:`visible_households`."""
    if visible_households(actor).filter(pk=household.pk).exists():
        places = HouseholdMember.objects.filter(household=household, until=None)
        return allow(_ground(actor, Membership.objects.filter(person__in=places.values("person"))))
    return refuse("HOUSEHOLD_NOT_FOUND", _("没有找到这个家庭。"))


def _in_offices(actor: Actor) -> Q | None:
    """Members in reach; former members whose last membership was in reach, while they are a member nowhere else."""
    conditions = reach.of(actor)
    if actor.grants_of(*READERS):
        here = Membership.objects.filter(scope.within(actor, *READERS))
        elsewhere = Membership.objects.current().filter(person=OuterRef("pk"))
        conditions.append(Q(pk__in=here.current().values("person")))
        conditions.append(Q(~Exists(elsewhere), pk__in=_last_ones(here).values("person")))
    return reduce(or_, conditions) if conditions else None


def _last_ones(memberships: MembershipQuerySet) -> MembershipQuerySet:
    later = Membership.objects.ended().filter(person=OuterRef("person"), pk__gt=OuterRef("pk"))
    return memberships.ended().filter(~Exists(later))


def _under_one_roof(own: PersonQuerySet) -> QuerySet[HouseholdMember, Any]:
    homes = HouseholdMember.objects.filter(person__in=own.values("pk"), until=None)
    together = HouseholdMember.objects.filter(household__in=homes.values("household"), until=None)
    return together.values("person")


def _ground(actor: Actor, memberships: MembershipQuerySet) -> str:
    """The office that reaches the newest of ``memberships``; ``room`` when only a room shows the person."""
    if actor.is_system or actor.is_member:
        return "system" if actor.is_system else "own"
    union_id = memberships.order_by("-pk").values_list("union_id", flat=True).first()
    grant = scope.reaching(actor, tree.path_of(union_id), *READERS) if union_id else None
    return ground_of(grant) if grant else "room"
