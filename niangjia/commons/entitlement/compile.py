"""A rule against the database. Each condition is one expression on Person, written once: a roster filters by it, an
explanation selects the very same as a column for one person.

A membership and a card count as they are now; the day says which tree, which age and which length of membership are
meant. Nothing is read while compiling, so that a compiled rule stays right when unions move.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat, Length, Substr

from niangjia.commons.entitlement import words
from niangjia.commons.entitlement.predicates import (
    Age,
    AtUnion,
    Category,
    HasCard,
    Honoured,
    Member,
    MemberBefore,
    MemberFor,
    Names,
    NewForm,
    OfSex,
    Predicate,
    Standing,
    StandingKind,
)
from niangjia.commons.entitlement.rules import Rule
from niangjia.commons.entitlement.words import Facts, Held
from niangjia.commons.people import policies
from niangjia.commons.people.cards.models import Card
from niangjia.commons.people.categories import NEW_FORM
from niangjia.commons.people.honours.models import Honour
from niangjia.commons.people.models import Membership, Person, PersonQuerySet
from niangjia.commons.people.states import CURRENT, MembershipState
from niangjia.commons.unions import tree
from niangjia.commons.unions.models import Union
from niangjia.kernel.errors import NotAllowed
from niangjia.kernel.text import Text

_STATES: Mapping[StandingKind, tuple[MembershipState, ...]] = {
    StandingKind.EMPLOYED: (MembershipState.ACTIVE, MembershipState.TRANSFERRING),
    StandingKind.RETAINED: (MembershipState.RETAINED,),
}


@dataclass(frozen=True)
class Compiled:
    """A condition with its expression: a boolean that a queryset of Person can filter by or select."""

    predicate: Predicate
    expression: Combinable


@dataclass(frozen=True)
class Line:
    """One condition for one person. ``refusal`` says to the person why it is not met and what they can do."""

    predicate: Predicate
    sentence: Text
    met: bool
    refusal: Text | None = None


@dataclass(frozen=True)
class Explanation:
    """What a rule says to one person, condition by condition."""

    lines: tuple[Line, ...]

    @property
    def entitled(self) -> bool:
        return all(line.met for line in self.lines)

    @property
    def first_unmet(self) -> Line | None:
        return next((line for line in self.lines if not line.met), None)

    def refusal(self) -> NotAllowed:
        """NOT_ELIGIBLE with the sentence of the first condition that is not met. ValueError when all are met."""
        unmet = self.first_unmet
        if unmet is None or unmet.refusal is None:
            raise ValueError("who is entitled is not refused")
        return NotAllowed("NOT_ELIGIBLE", unmet.refusal)

    def require(self) -> None:
        """Raises NotAllowed NOT_ELIGIBLE unless all conditions are met."""
        if not self.entitled:
            raise self.refusal()


def expressions(rule: Rule, day: date) -> tuple[Compiled, ...]:
    """The conditions of a rule for ``day`` in their order. Costs no query."""
    return tuple(
        Compiled(each, ExpressionWrapper(_condition(each, day), output_field=BooleanField()))
        for each in rule.predicates
    )


def entitled(rule: Rule, day: date) -> PersonQuerySet:
    """Everybody who meets all conditions on ``day``."""
    people: PersonQuerySet = Person.objects.all()
    for compiled in expressions(rule, day):
        people = people.filter(compiled.expression)
    return people


def is_entitled(rule: Rule, person_id: int, day: date) -> bool:
    """The short answer for one person."""
    return entitled(rule, day).filter(pk=person_id).exists()


def entitled_to(rules: Sequence[Rule], person_id: int, day: date) -> list[bool]:
    """The short answers of many rules for one person, in one statement."""
    columns = {
        f"met_{number}_{place}": compiled.expression
        for number, rule in enumerate(rules)
        for place, compiled in enumerate(expressions(rule, day))
    }
    found = Person.objects.filter(pk=person_id).annotate(**columns).values(*columns).first() if columns else None
    answers = found or {}
    return [
        all(answers.get(f"met_{number}_{place}") for place in range(len(rule.predicates)))
        for number, rule in enumerate(rules)
    ]


def select_sql(rule: Rule, day: date) -> tuple[str, tuple[Any, ...]]:
    """SQL that selects the ids of everybody entitled, as column ``id``, with its parameters for ``cursor.execute``.

    A hot path embeds it: ``EXISTS (SELECT 1 FROM (<sql>) q WHERE q.id = p.id)``. It stays right when unions move.
    """
    sql, parameters = entitled(rule, day).order_by().values("id").query.sql_with_params()
    return sql, tuple(parameters)


def explain(rule: Rule, person_id: int, day: date) -> Explanation:
    """Every condition for one person. One statement, another for the names of unions that the rule names, three for
    what a refusal tells. Raises NotFound PERSON_NOT_FOUND."""
    compiled = expressions(rule, day)
    columns = {f"met_{place}": each.expression for place, each in enumerate(compiled)}
    found = Person.objects.filter(pk=person_id).annotate(**columns).values(*columns).first()
    if found is None:
        raise policies.not_found()
    met = [bool(found[column]) for column in columns]
    names = union_names(rule.union_codes)
    facts = Facts() if all(met) else _facts(person_id)
    return Explanation(
        tuple(_line(each.predicate, is_met, names, facts, day) for each, is_met in zip(compiled, met, strict=True))
    )


def union_names(codes: Sequence[str]) -> Names:
    """The short names of unions by code; unknown codes are missing."""
    if not codes:
        return {}
    return dict(Union.objects.filter(code__in=codes).values_list("code", "short_name"))


def _line(predicate: Predicate, met: bool, names: Names, facts: Facts, day: date) -> Line:
    refusal = None if met else words.refusal(predicate, names, facts, day)
    return Line(predicate, words.demand(predicate, names), met, refusal)


def _facts(person_id: int) -> Facts:
    person = Person.objects.get(pk=person_id)
    newest = Membership.objects.filter(person=person_id).select_related("union").order_by("-since", "-pk").first()
    card = Card.objects.filter(person=person_id).order_by("-pk").values_list("state", flat=True).first()
    return Facts(
        category=person.category,
        sex=person.sex,
        birth_date=person.birth_date,
        is_gone=person.canonical_id is not None or person.erased_at is not None,
        membership=None if newest is None else _held(newest),
        card=card or "",
    )


def _held(membership: Membership) -> Held:
    return Held(membership.union.name, membership.since, None if membership.is_current else membership.until)


# The conditions


def _condition(predicate: Predicate, day: date) -> Q:
    match predicate:
        case Member():
            return Q(canonical=None, erased_at=None) & _membership(since__lte=day)
        case Category() | NewForm() | OfSex() | Age():
            return _of_person(predicate, day)
        case HasCard(states):
            return Q(Exists(Card.objects.filter(person=OuterRef("pk"), state__in=[state.value for state in states])))
        case Honoured(kinds):
            return _honoured([kind.value for kind in kinds], day)
        case _:
            return _of_membership(predicate, day)


def _honoured(kinds: Sequence[str], day: date) -> Q:
    """An honour held on the day, also one that stands under an entry merged into the person's."""
    held = Honour.objects.filter(Q(revoked_on=None) | Q(revoked_on__gt=day), kind__in=kinds, conferred_on__lte=day)
    return Q(Exists(held.filter(person=OuterRef("pk")))) | Q(Exists(held.filter(person__canonical=OuterRef("pk"))))


def _of_person(predicate: Category | NewForm | OfSex | Age, day: date) -> Q:
    match predicate:
        case Category(kinds):
            return Q(category__in=[kind.value for kind in kinds])
        case NewForm():
            return Q(category__in=sorted(kind.value for kind in NEW_FORM))
        case OfSex(sexes):
            return Q(sex__in=[sex.value for sex in sexes])
        case Age():
            return Q(birth_date__range=predicate.born(day))


def _of_membership(predicate: AtUnion | Standing | MemberFor | MemberBefore, day: date) -> Q:
    match predicate:
        case AtUnion(codes):
            return _membership(_below(codes, day))
        case Standing(kinds):
            return _membership(state__in=[state.value for kind in kinds for state in _STATES[kind]])
        case MemberFor():
            return _membership(since__lte=predicate.since(day))
        case MemberBefore(before):
            return _membership(since__lt=before)


def _membership(*conditions: Exists, **columns: Any) -> Q:
    """That the person's current membership is like this."""
    current = Membership.objects.filter(person=OuterRef("pk"), state__in=[state.value for state in CURRENT])
    return Q(Exists(current.filter(*conditions, **columns)))


def _below(codes: Sequence[str], day: date) -> Exists:
    """That the union of a membership is one of ``codes`` or stands below one on ``day``."""
    behind = Concat(Substr("path", 1, Length("path") - 1), Value("/"))
    tops = tree.spans(day).filter(union__code__in=codes, path__lte=OuterRef("path"))
    above = tops.annotate(behind=behind).filter(behind__gt=OuterRef("path"))
    return Exists(tree.spans(day).filter(Exists(above), union=OuterRef("union_id")))
