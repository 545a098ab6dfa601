"""A likeness with both its sides, as far as the officer sees them: who is registered, and whom a second entry or a row
of a roster names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from niangjia.commons.people.categories import CATEGORY_LABELS, WorkerCategory
from niangjia.commons.people.merge_models import Likeness, Verdict
from niangjia.commons.people.merging.found import other_of
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.policies import visible_people
from niangjia.kernel.actor import Actor
from niangjia.kernel.text import Text, _
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.services.joining.rosters import policies
from niangjia.services.joining.rosters.models import RosterRow
from niangjia.services.joining.rosters.queries import Opened

LABELS = (_("姓名"), _("证件号码"), _("手机号"), _("职业"), _("单位或工会"))
UNKNOWN = "—"


@dataclass(frozen=True)
class Side:
    """One of the two: its values by ``LABELS``, masked, where it can be opened, and what is to be said of it."""

    title: Text
    values: Sequence[str]
    url: str = ""
    note: Text | None = None


@dataclass(frozen=True)
class Pair:
    """Both sides; ``merge_url`` leads to the plan of a merge when two entries were judged to be the same."""

    registered: Side
    other: Side
    merge_url: str = ""

    @property
    def both(self) -> tuple[Side, Side]:
        return self.registered, self.other

    @property
    def lines(self) -> list[tuple[Text, str, str]]:
        return list(zip(LABELS, self.registered.values, self.other.values, strict=True))


def pair_of(actor: Actor, found: Likeness) -> Pair:
    """What the officer may see of both; opening it is noted with everybody who is registered."""
    first, second = _in_sight(actor, found.person), other_of(actor, found)
    looks.record(actor, [one.public_id for one in (found.person, second) if one is not None], LookKind.OPENED)
    registered = _entry(_("已登记的人"), first) if first is not None else _out_of_sight(found.person)
    other = _entry(_("另一条登记"), second) if second is not None else _row(actor, found)
    if first is None or second is None or found.verdict != Verdict.SAME:
        return Pair(registered, other)
    plan = reverse("console:merge_new", args=[first.public_id])
    return Pair(registered, other, f"{plan}?with={second.public_id}")


def _in_sight(actor: Actor, person: Person) -> Person | None:
    return visible_people(actor).filter(pk=person.pk, erased_at=None).first()


def _entry(title: Text, person: Person) -> Side:
    membership = Membership.objects.filter(person=person).select_related("union").order_by("-pk").first()
    stands = f"{membership.union.short_name} · {membership.state_label}" if membership else str(_("没有会籍"))
    values = (
        masks.mask_name(person.name),
        masks.mask_id_number(person.id_number) or UNKNOWN,
        masks.mask_phone(person.phone) or UNKNOWN,
        str(person.category_label),
        stands,
    )
    return Side(title, values, reverse("console:person", args=[person.public_id]))


def _out_of_sight(person: Person) -> Side:
    note = _("登记在您的范围以外，这里只写出打了星号的姓名。要核对请联系上级工会。")
    return Side(_("已登记的人"), (masks.mask_name(person.name), *[UNKNOWN] * (len(LABELS) - 1)), note=note)


def _row(actor: Actor, found: Likeness) -> Side:
    """The row of the roster that brought it, while the roster holds its rows."""
    rosters = policies.visible_rosters(actor).filter(number=found.source)
    rows = RosterRow.objects.filter(roster__in=rosters, id_index=found.other_index, person=found.person_id)
    row = rows.select_related("roster").first() if found.other_index and found.source else None
    said = Opened().of(row) if row is not None else None
    if row is None or said is None or not said.name:
        gone = _("名单里的这一行已经清除，重新上传名单后可以再看。")
        return Side(_("名单里的人"), [UNKNOWN] * len(LABELS), note=gone)
    values = (
        masks.mask_name(said.name),
        masks.mask_id_number(said.id_number) or UNKNOWN,
        masks.mask_phone(said.phone) or UNKNOWN,
        str(CATEGORY_LABELS.get(WorkerCategory(row.category or WorkerCategory.OTHER), "")),
        said.employer or UNKNOWN,
    )
    title = _("名单 {number} 第 {row} 行", number=row.roster.number, row=row.number)
    return Side(title, values, reverse("joining_console:roster", args=[row.roster.public_id]))
