"""Who is held for want of another union, and which one fits: by a thousand members at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from django.db.models import Exists, F, OuterRef

from niangjia.commons.people.corrections.models import Workplace
from niangjia.commons.people.models import Membership, MembershipQuerySet
from niangjia.commons.people.states import MembershipState
from niangjia.commons.unions.models import Employer, Union, UnionQuerySet
from niangjia.kernel import clock
from niangjia.platform.personal_data import data_keys
from niangjia.services.joining.fits import parameters, rules
from niangjia.services.joining.fits.models import Fit
from niangjia.services.joining.fits.rules import Facts, Found
from niangjia.services.joining.fits.states import FitState, Ground
from niangjia.services.joining.models import Application
from niangjia.services.joining.states import ApplicationState
from niangjia.services.joining.transfers.models import Transfer

AT_ONCE = 1000


def holders(day: date) -> UnionQuerySet:
    """Unions that hold members only for want of another, as far as they have any."""
    held = Membership.objects.filter(union=OuterRef("pk"), state=MembershipState.ACTIVE)
    return Union.objects.open_on(day).filter(Exists(held), kind__in=rules.HOLDING).order_by("pk")


def all_fits() -> Iterator[tuple[Membership, Found]]:
    """Each held member for whom a union fits that was not offered yet, with that union."""
    today = clock.today()
    for holder in holders(today).iterator():
        wanted = parameters.rules_of(holder.pk, today)
        if wanted:
            yield from _at(holder, wanted, today)


def _at(holder: Union, wanted: Sequence[str], today: date) -> Iterator[tuple[Membership, Found]]:
    codes = rules.named_codes(wanted)
    known = dict(Union.objects.accepting(today).filter(code__in=codes.values()).values_list("code", "pk"))
    by_category = {category: known[code] for category, code in codes.items() if code in known}
    rows = _free(holder).iterator(chunk_size=AT_ONCE)
    while some := list(islice(rows, AT_ONCE)):
        said = _Said.of(some, today)
        for membership in some:
            found = rules.fitting(wanted, said.facts(membership, by_category))
            if found is not None:
                yield membership, found


def misplaced() -> Iterator[Fit]:
    """Open offers of the union of an employer for whom the member does not work, as was corrected since."""
    today = clock.today()
    open_ones = Fit.objects.open().filter(ground=Ground.EMPLOYER, person__workplace__changed_at__gte=F("created_at"))
    rows = open_ones.select_related("membership__person").order_by("pk").iterator(chunk_size=AT_ONCE)
    while some := list(islice(rows, AT_ONCE)):
        said = _Said.of([fit.membership for fit in some], today)
        yield from (fit for fit in some if said.employers.get(fit.person_id) != fit.union_id)


def _free(holder: Union) -> MembershipQuerySet:
    """Members of whom nobody waits for an answer: none is being transferred, asked to, or offered a union."""
    rows: MembershipQuerySet = Membership.objects.filter(union=holder, state=MembershipState.ACTIVE)
    asked = Transfer.objects.open().filter(person=OuterRef("person"))
    offered = Fit.objects.open().filter(person=OuterRef("person"))
    return rows.filter(~Exists(asked), ~Exists(offered)).select_related("person", "union").order_by("pk")


@dataclass
class _Said:
    """What some members said about employer and place when they applied or had it corrected, and what they were asked
    before, by person or membership."""

    employers: dict[int, int] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)
    asked: dict[int, set[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, some: Sequence[Membership], today: date) -> _Said:
        said = cls()
        stated = _stated(some)
        open_unions = Union.objects.accepting(today)
        by_code, by_name = _unions_of_employers(stated, open_unions)
        taking = set(open_unions.filter(pk__in={one.street_id for one in stated}).values_list("pk", flat=True))
        for one in stated:  # the newest last
            union = by_code.get(one.employer_code) or by_name.get(one.employer_name)
            if union is not None:
                said.employers[one.person_id] = union
            elif one.is_corrected:
                said.employers.pop(one.person_id, None)
            if one.street_id in taking:
                said.places[one.person_id] = one.street_id
        for membership, union in _asked_before(some):
            said.asked.setdefault(membership, set()).add(union)
        return said

    def facts(self, membership: Membership, by_category: dict[str, int]) -> Facts:
        person = membership.person
        return Facts(
            category=person.category,
            held_at=membership.union_id,
            employer_union=self.employers.get(person.pk),
            place_union=self.places.get(person.pk),
            by_category=by_category,
            asked=self.asked.get(membership.pk, frozenset()),
        )


@dataclass(frozen=True)
class _Stated:
    """Where somebody works, as of a moment; a correction (``is_corrected``) says nothing of the street."""

    person_id: int
    at: datetime
    employer_name: str
    employer_code: str = ""
    street_id: int | None = None
    is_corrected: bool = False


def _stated(some: Sequence[Membership]) -> list[_Stated]:
    """What stands about the workplaces of these members: applications that were approved, and corrections, which take
    the place of what was stated before them. The newest last."""
    people = [membership.person_id for membership in some]
    rows = Application.objects.filter(person__in=people, state=ApplicationState.APPROVED).order_by("pk")
    columns = ("person_id", "created_at", "employer_name", "employer_code", "street_id")
    found = [_Stated(*row) for row in rows.values_list(*columns)]
    corrected = list(
        Workplace.objects.filter(person__in=people).only("person_id", "owner_key", "employer", "changed_at")
    )
    with data_keys.held([one.owner_key for one in corrected]):
        found += [_Stated(one.person_id, one.changed_at, str(one.employer), is_corrected=True) for one in corrected]
    return sorted(found, key=lambda one: one.at)


def _unions_of_employers(
    stated: Sequence[_Stated], open_unions: UnionQuerySet
) -> tuple[dict[str, int], dict[str, int]]:
    """The unions of the employers named, by social credit code and by name; of two firms of one name none counts."""
    taking = Employer.objects.filter(union__in=open_unions)
    codes = {one.employer_code for one in stated} - {""}
    names = {one.employer_name for one in stated} - {""}
    by_code = {str(uscc): union for uscc, union in taking.filter(uscc__in=codes).values_list("uscc", "union_id")}
    by_name: dict[str, set[int]] = {}
    for name, union in taking.filter(name__in=names).values_list("name", "union_id"):
        by_name.setdefault(name, set()).add(union)
    return by_code, {name: unions.pop() for name, unions in by_name.items() if len(unions) == 1}


def _asked_before(some: Sequence[Membership]) -> Iterator[tuple[int, int]]:
    """Unions that were offered and answered, and those to which a transfer came to nothing."""
    answered = Fit.objects.filter(membership__in=some).exclude(state=FitState.CLOSED)
    yield from answered.values_list("membership_id", "union_id")
    yield from Transfer.objects.filter(membership__in=some).values_list("membership_id", "new_id")
