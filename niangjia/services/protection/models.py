"""Plans, their versions with the rows of their terms, and who is enrolled."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.services.protection.catalogue import (
    Basis,
    EnrolmentSource,
    Formula,
    Measure,
    PlanKind,
    Scope,
    TierPays,
)
from niangjia.services.protection.states import ENROLMENT, JUDGING_VERSIONS, PLAN_VERSION, EnrolmentState


def _one_of(field: str, kinds: Any, name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{field}__in": [kind.value for kind in kinds]}), name=name)


class Plan(models.Model):
    """A product of protection. ``union`` decides on its claims and owns it; ``programme`` is its code in the ledger,
    such as ``protection.free.six``; ``fund`` names where its money comes from."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=60)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8)
    programme = models.CharField(max_length=64)
    fund = models.CharField(max_length=40, default="mutual_aid")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints: ClassVar = [_one_of("kind", PlanKind, "protection_plan_kind_known")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_free(self) -> bool:
        return self.kind == PlanKind.FREE


class PlanVersionQuerySet(TrackedQuerySet):
    def judging(self) -> PlanVersionQuerySet:
        """Those whose terms stand: published once."""
        return self.filter(state__in=[state.value for state in JUDGING_VERSIONS])

    def on(self, day: Any) -> PlanVersionQuerySet:
        """Those in force on ``day``."""
        return self.judging().filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)


class PlanVersion(Tracked):
    """The terms of a plan from ``valid_from`` to ``valid_to`` (both included; None: until a next version).

    ``draft`` holds the terms as a document while they are drawn up; publishing writes them into the rows below, which
    are never changed. ``cap_fen`` is the most one person gets from all covers in one period; ``months`` the length
    of one enrolment. ``share_percent`` of the staff must join, and everybody in units under ``everyone_under``.
    """

    MACHINE: ClassVar[Machine] = PLAN_VERSION

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    months = models.PositiveSmallIntegerField(default=12)
    age_from = models.PositiveSmallIntegerField(default=16)
    age_to = models.PositiveSmallIntegerField(default=60)
    categories = models.JSONField(default=list)
    sex = models.CharField(max_length=6, blank=True)
    price_fen = models.PositiveBigIntegerField(default=0)
    share_percent = models.PositiveSmallIntegerField(default=0)
    everyone_under = models.PositiveSmallIntegerField(default=0)
    cap_fen = models.PositiveBigIntegerField()
    self_enrolment = models.BooleanField(default=False)
    four_eyes = models.BooleanField(default=True)
    exclusions = models.TextField(blank=True, max_length=2000)
    draft = models.JSONField(default=dict)
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    drawn_up_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[Any] = PlanVersionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(PLAN_VERSION, "protection_version_state_known"),
            models.UniqueConstraint(fields=["plan", "number"], name="protection_version_number_once"),
            models.UniqueConstraint(
                fields=["plan", "valid_from"],
                condition=Q(state__in=[state.value for state in JUDGING_VERSIONS]),
                name="protection_version_one_from_each_day",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="protection_version_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(age_to__gte=F("age_from")), name="protection_version_ages_in_order"),
            models.CheckConstraint(condition=Q(share_percent__lte=100), name="protection_version_share_at_most_all"),
            models.CheckConstraint(condition=Q(cap_fen__gt=0), name="protection_version_cap_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.plan.name} {self.number}"

    @property
    def responsible_node_id(self) -> int:
        return self.plan.union_id

    @property
    def state_label(self) -> Text:
        return PLAN_VERSION.state(self.state).label


class Cover(models.Model):
    """One peril of a version. ``sum_fen`` is what it is worth at most; ``data`` holds the numbers of ``formula``.

    ``claim_days``: by how many days after the event one must claim. ``child_to``: the event happens to a child of the
    person enrolled, at most that old on its day; None: to the person. ``papers`` of a death are brought by somebody
    else.
    """

    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="covers")
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=60)
    summary = models.CharField(max_length=300, blank=True)
    sum_fen = models.PositiveBigIntegerField()
    formula = models.CharField(max_length=10)
    data = models.JSONField(default=dict)
    sex = models.CharField(max_length=6, blank=True)
    claim_days = models.PositiveSmallIntegerField(default=730)
    child_to = models.PositiveSmallIntegerField(null=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "code"], name="protection_cover_once_in_a_version"),
            _one_of("formula", Formula, "protection_cover_formula_known"),
        ]

    def __str__(self) -> str:
        return self.name


class WaitingTier(models.Model):
    """What is paid when the event falls on day ``from_day`` to ``to_day`` of the cover (the first day is 0; None: no
    end)."""

    cover = models.ForeignKey(Cover, on_delete=models.PROTECT, related_name="tiers", db_index=False)
    from_day = models.PositiveSmallIntegerField()
    to_day = models.PositiveSmallIntegerField(null=True)
    pays = models.CharField(max_length=12)
    fen = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ("from_day",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cover", "from_day"], name="protection_tier_once_from_each_day"),
            _one_of("pays", TierPays, "protection_tier_pays_known"),
            models.CheckConstraint(
                condition=Q(to_day=None) | Q(to_day__gte=F("from_day")), name="protection_tier_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cover_id}: {self.from_day}"


class CoverPaper(models.Model):
    """A paper that a claim of the cover brings; without ``needed`` it may be left out."""

    cover = models.ForeignKey(Cover, on_delete=models.PROTECT, related_name="papers", db_index=False)
    paper = models.CharField(max_length=20)
    needed = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cover", "paper"], name="protection_paper_once_for_a_cover")
        ]

    def __str__(self) -> str:
        return self.paper


class Limit(models.Model):
    """At most ``amount`` of ``measure`` for each ``basis`` and ``scope``, used in the order of ``position``.

    An empty ``cover_code`` adds up all covers.
    """

    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="limits", db_index=False)
    position = models.PositiveSmallIntegerField()
    cover_code = models.CharField(max_length=30, blank=True)
    basis = models.CharField(max_length=8)
    scope = models.CharField(max_length=10)
    measure = models.CharField(max_length=8)
    amount = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("position",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "position"], name="protection_limit_order_clear"),
            _one_of("basis", Basis, "protection_limit_basis_known"),
            _one_of("scope", Scope, "protection_limit_scope_known"),
            _one_of("measure", Measure, "protection_limit_measure_known"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.position}"


class EnrolmentQuerySet(TrackedQuerySet):
    def in_force(self) -> EnrolmentQuerySet:
        """Those neither ended nor cancelled."""
        return self.filter(state=EnrolmentState.IN_FORCE.value)

    def standing(self) -> EnrolmentQuerySet:
        """Those that were not cancelled. The index by person holds exactly these: ask for them where one person is
        looked up among hundreds of thousands."""
        return self.exclude(state=EnrolmentState.CANCELLED.value)

    def covering(self, day: Any) -> EnrolmentQuerySet:
        """Those that protect on ``day``; an ended one protects until its last day."""
        return self.standing().filter(from_day__lte=day, to_day__gte=day)


class Enrolment(Tracked):
    """One person in one plan from ``from_day`` to ``to_day``, both included.

    ``version`` is the one under which they were enrolled; an event is judged by the version of its own day. ``union``
    is where the person stood. ``renewed``: they were in this plan until the day before. ``protected_since`` is the
    first day without a gap, from which waiting tiers count. ``batch`` names the file or rule that brought many.
    """

    MACHINE: ClassVar[Machine] = ENROLMENT

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", db_index=False)
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    from_day = models.DateField()
    to_day = models.DateField()
    protected_since = models.DateField()
    renewed = models.BooleanField(default=False)
    source = models.CharField(max_length=12)
    batch = models.CharField(max_length=24, null=True)  # noqa: DJ001 - none is not the same as an empty name

    objects: ClassVar[Any] = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(ENROLMENT, "protection_enrolment_state_known"),
            models.UniqueConstraint(
                fields=["person", "plan", "from_day"],
                condition=~Q(state=EnrolmentState.CANCELLED.value),
                name="protection_enrolment_once_from_each_day",
            ),
            models.CheckConstraint(
                condition=Q(to_day__gte=F("from_day")), name="protection_enrolment_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(protected_since__lte=F("from_day")), name="protection_enrolment_protected_before_it_starts"
            ),
            _one_of("source", EnrolmentSource, "protection_enrolment_source_known"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["union", "plan", "to_day"], name="protection_enrolled_by_union"),
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def subject_key(self) -> str:
        return self.person.public_id


from niangjia.services.protection.claim_models import AccumulatorEntry as AccumulatorEntry  # noqa: E402 - for Django
from niangjia.services.protection.claim_models import Appeal as Appeal  # noqa: E402
from niangjia.services.protection.claim_models import Calculation as Calculation  # noqa: E402
from niangjia.services.protection.claim_models import Claim as Claim  # noqa: E402
from niangjia.services.protection.claim_models import ClaimBill as ClaimBill  # noqa: E402
from niangjia.services.protection.claim_models import ClaimPaper as ClaimPaper  # noqa: E402
from niangjia.services.protection.claim_models import Condolence as Condolence  # noqa: E402
from niangjia.services.protection.claim_models import Holder as Holder  # noqa: E402
from niangjia.services.protection.claim_models import Said as Said  # noqa: E402
from niangjia.services.protection.claim_models import SampleSeed as SampleSeed  # noqa: E402
from niangjia.services.protection.claim_models import Serial as Serial  # noqa: E402
from niangjia.services.protection.enrolment.models import Roster as Roster  # noqa: E402
from niangjia.services.protection.enrolment.models import RosterRow as RosterRow  # noqa: E402
from niangjia.services.protection.enrolment.models import RosterSerial as RosterSerial  # noqa: E402
from niangjia.services.protection.purchases.models import Invoice as Invoice  # noqa: E402
from niangjia.services.protection.purchases.models import Purchase as Purchase  # noqa: E402
from niangjia.services.protection.purchases.models import PurchaseSerial as PurchaseSerial  # noqa: E402
from niangjia.services.protection.purchases.models import Receipt as Receipt  # noqa: E402
