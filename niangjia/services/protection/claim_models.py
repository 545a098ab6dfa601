"""Claims with their papers, bills and calculations; appeals; condolence payments; what was used of each limit."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.platform.personal_data.fields import BlindIndexField, EncryptedTextField
from niangjia.services.protection import details, rules
from niangjia.services.protection.catalogue import KINSHIP_LABELS, PAPER_LABELS, Kinship
from niangjia.services.protection.models import Enrolment, Plan, PlanVersion
from niangjia.services.protection.states import APPEAL, CLAIM, CONDOLENCE, ClaimState

NUMBER_PREFIX = "LP"
"""Numbers of claims begin with it (理赔)."""

CONDOLENCE_PREFIX = "WW"
"""Numbers of condolence payments begin with it (慰问)."""

BILL = "protection.bill"
"""Purpose of the fingerprint of a bill or stay."""

_STANDING = [
    state.value
    for state in ClaimState
    if state not in (ClaimState.DRAFT, ClaimState.WITHDRAWN, ClaimState.LAPSED, ClaimState.REFUSED, ClaimState.CLOSED)
]
_user = settings.AUTH_USER_MODEL


class ClaimQuerySet(TrackedQuerySet):
    def sent(self) -> ClaimQuerySet:
        """Those that were submitted once."""
        return self.exclude(filed_at=None)

    def with_names(self) -> ClaimQuerySet:
        return self.select_related(
            "plan", "plan__union", "version", "person", "child", "union", "agency", "responsible"
        )


class Claim(Tracked):
    """One wish to be paid for one event under one cover of one plan.

    ``person`` is the one insured, ``owner_key`` their public id, with whose key everything told is sealed. ``union``
    is the unit that confirms, ``agency`` the office that checks papers, ``responsible`` who must act now. ``filed_by``
    is the account that filed it: the member, or a clerk at the counter (``at_counter``). ``version`` is the one in
    force on ``event_day``. ``second_review`` says why a second pair of eyes is needed: chance, amount, or nothing.
    ``child`` is the one to whom it happened, where the cover protects children.
    ``round`` counts decisions: an upheld appeal leads to another. ``emptied_at``: what was
    told has been kept long enough and is gone.
    """

    MACHINE: ClassVar[Machine] = CLAIM

    number = models.CharField(max_length=20, unique=True)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, null=True, related_name="+")
    enrolment = models.ForeignKey(Enrolment, on_delete=models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+", db_index=False)
    owner_key = models.CharField(max_length=24)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    agency = models.ForeignKey("unions.Union", on_delete=models.PROTECT, null=True, related_name="+")
    responsible = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+", db_index=False)
    filed_by = models.ForeignKey(_user, on_delete=models.PROTECT, null=True, related_name="+")
    at_counter = models.BooleanField(default=False)
    cover = models.CharField(max_length=30, blank=True)
    event_day = models.DateField(null=True)
    told = EncryptedTextField(person_key="owner_key", blank=True)
    child = models.ForeignKey("people.Person", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    kinship = models.CharField(max_length=10, default=Kinship.SELF.value)
    claimant_name = EncryptedTextField(person_key="owner_key", max_length_plain=50, blank=True)
    claimant_phone = EncryptedTextField(person_key="owner_key", max_length_plain=20, blank=True)
    bank_account = EncryptedTextField(person_key="owner_key", max_length_plain=30, blank=True)
    filed_at = models.DateTimeField(null=True)
    promised_by = models.DateTimeField(null=True)
    sample_seed = models.CharField(max_length=32, blank=True)
    second_review = models.CharField(max_length=8, blank=True)
    reviewed_by = models.ForeignKey(_user, on_delete=models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(_user, on_delete=models.PROTECT, null=True, related_name="+")
    approved_fen = models.PositiveBigIntegerField(null=True)
    paid_fen = models.PositiveBigIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=1)
    emptied_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ClaimQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(CLAIM, "protection_claim_state_known"),
            models.UniqueConstraint(
                fields=["person", "plan", "cover", "event_day"],
                condition=Q(state__in=_STANDING, child=None),
                name="protection_one_standing_claim_for_each_event",
            ),
            models.UniqueConstraint(
                fields=["person", "plan", "cover", "event_day", "child"],
                condition=Q(state__in=_STANDING, child__isnull=False),
                name="protection_one_standing_claim_for_each_child",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[ClaimState.DRAFT.value, ClaimState.WITHDRAWN.value])
                | Q(version__isnull=False, event_day__isnull=False, filed_at__isnull=False),
                name="protection_sent_claim_has_version_and_day",
            ),
            models.CheckConstraint(
                condition=Q(approved_fen=None) | Q(paid_fen__lte=F("approved_fen")),
                name="protection_claim_paid_at_most_what_was_approved",
            ),
            models.CheckConstraint(
                condition=Q(kinship__in=[kin.value for kin in Kinship]), name="protection_claim_kinship_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["responsible", "state", "-created_at"], name="protection_claim_by_office"),
            models.Index(fields=["union", "state", "-created_at"], name="protection_claim_by_unit"),
            models.Index(fields=["person", "-created_at"], name="protection_claim_by_person"),
            models.Index(fields=["plan", "state", "-created_at"], name="protection_claim_by_plan"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def responsible_node_id(self) -> int:
        return self.responsible_id

    @property
    def subject_key(self) -> str:
        return self.owner_key

    @property
    def state_label(self) -> Text:
        return CLAIM.state(self.state).label

    @property
    def details(self) -> details.Details:
        """What the claimant told."""
        return details.read(json.loads(self.told)) if self.told else details.Details()

    @property
    def kinship_label(self) -> Text:
        return KINSHIP_LABELS[Kinship(self.kinship)]

    @property
    def payee_name(self) -> str:
        """To whom the money goes: the insured person, or who claims for them."""
        return str(self.claimant_name) if self.kinship != Kinship.SELF else self.person.name


class ClaimPaper(models.Model):
    """A photo or PDF that was brought for a claim. The file is sealed; ``paper`` is its kind."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="papers")
    paper = models.CharField(max_length=20)
    file = models.OneToOneField("files.File", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.paper

    @property
    def label(self) -> Text:
        return PAPER_LABELS[self.paper]


class Said(models.Model):
    """What staff or claimant said with a move: why more is needed, why not, what was added. Sealed, because such
    reasons speak of illness; the audit entry holds none of it."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="said")
    owner_key = models.CharField(max_length=24)
    event = models.CharField(max_length=20)
    text = EncryptedTextField(person_key="owner_key", max_length_plain=300)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.claim_id}: {self.event}"


class ClaimBill(models.Model):
    """An invoice or a stay that a claim uses. While ``held`` nobody else can use it: not in another claim, plan,
    district, nor at the same moment."""

    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="bills")
    kind = models.CharField(max_length=8)
    fingerprint = BlindIndexField(purpose=BILL)
    fen = models.PositiveBigIntegerField(default=0)
    held = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fingerprint"], condition=Q(held=True), name="protection_bill_used_once"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id}: {self.kind}"


class Calculation(models.Model):
    """One judgement of a claim by the rules, never changed: which version, what went in, each step, the result.

    ``document`` holds facts, earlier uses and result, sealed with the person's key; ``fen`` is the result.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="calculations")
    owner_key = models.CharField(max_length=24)
    version = models.ForeignKey(PlanVersion, on_delete=models.PROTECT, related_name="+")
    document = EncryptedTextField(person_key="owner_key")
    fen = models.PositiveBigIntegerField()
    made_at = models.DateTimeField(default=clock.now)
    made_by = models.ForeignKey(_user, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.public_id

    @property
    def facts(self) -> rules.Facts:
        return rules.read_facts(json.loads(self.document)["facts"])

    @property
    def used(self) -> list[int]:
        """What had been used of each limit before."""
        return list(json.loads(self.document)["used"])

    @property
    def result(self) -> rules.Result:
        return rules.read_result(json.loads(self.document)["result"])


class Holder(models.Model):
    """The row that is locked while somebody's limits are read and used: a person or household in a plan."""

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=30)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "key"], name="protection_holder_once")]

    def __str__(self) -> str:
        return self.key


class AccumulatorEntry(models.Model):
    """What one approval took of one limit, or gave back. Never changed.

    Entries of one limit of one holder form a chain: ``sequence`` counts them, ``used_after`` is their running sum and
    never above ``ceiling``. So even without a lock two approvals cannot both take the last yuan: both would write the
    same sequence. ``period`` is the first day of the enrolment, the day of the event, or ``life``.
    """

    holder = models.ForeignKey(Holder, on_delete=models.PROTECT, related_name="entries", db_index=False)
    basis = models.CharField(max_length=8)
    period = models.CharField(max_length=12)
    cover = models.CharField(max_length=30, blank=True)
    measure = models.CharField(max_length=8)
    sequence = models.PositiveIntegerField()
    amount = models.BigIntegerField()
    used_after = models.BigIntegerField()
    ceiling = models.BigIntegerField()
    claim = models.ForeignKey(Claim, on_delete=models.PROTECT, related_name="uses")
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="reversed_by")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["holder", "basis", "period", "cover", "measure", "sequence"],
                name="protection_accumulator_one_chain",
            ),
            models.CheckConstraint(
                condition=Q(used_after__gte=0, used_after__lte=F("ceiling")),
                name="protection_accumulator_never_above_its_ceiling",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.holder_id} {self.period} {self.sequence}: {self.amount}"


class Appeal(Tracked):
    """The one time that a claimant asks for another answer. ``decided_by`` is never who decided the claim."""

    MACHINE: ClassVar[Machine] = APPEAL

    claim = models.OneToOneField(Claim, on_delete=models.PROTECT, related_name="appeal")
    owner_key = models.CharField(max_length=24)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    ground = EncryptedTextField(person_key="owner_key", max_length_plain=500)
    answer_reason = EncryptedTextField(person_key="owner_key", max_length_plain=300, blank=True)
    decided_by = models.ForeignKey(_user, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [state_is_known(APPEAL, "protection_appeal_state_known")]

    def __str__(self) -> str:
        return self.public_id

    @property
    def responsible_node_id(self) -> int:
        return self.union_id

    @property
    def subject_key(self) -> str:
        return self.owner_key


class Condolence(Tracked):
    """A sum given to somebody in need beside any claim: proposed by one, granted by another."""

    MACHINE: ClassVar[Machine] = CONDOLENCE

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    owner_key = models.CharField(max_length=24)
    union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    occasion = models.CharField(max_length=20)
    fen = models.PositiveBigIntegerField()
    words = EncryptedTextField(person_key="owner_key", max_length_plain=300, blank=True)
    answer_reason = EncryptedTextField(person_key="owner_key", max_length_plain=300, blank=True)
    bank_account = EncryptedTextField(person_key="owner_key", max_length_plain=30, blank=True)
    emptied_at = models.DateTimeField(null=True)
    proposed_by = models.ForeignKey(_user, on_delete=models.PROTECT, null=True, related_name="+")
    granted_by = models.ForeignKey(_user, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints: ClassVar = [
            state_is_known(CONDOLENCE, "protection_condolence_state_known"),
            models.CheckConstraint(condition=Q(fen__gt=0), name="protection_condolence_positive"),
            models.CheckConstraint(
                condition=Q(proposed_by=None) | Q(granted_by=None) | ~Q(granted_by=F("proposed_by")),
                name="protection_condolence_two_people",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["plan", "state", "-created_at"], name="protection_condolence_by_plan")
        ]

    def __str__(self) -> str:
        return self.public_id

    @property
    def responsible_node_id(self) -> int:
        return self.plan.union_id

    @property
    def subject_key(self) -> str:
        return self.owner_key


class Serial(models.Model):
    """The last number given in a year, by prefix."""

    prefix = models.CharField(max_length=2)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["prefix", "year"], name="protection_serial_once")]

    def __str__(self) -> str:
        return f"{self.prefix}{self.year}: {self.last}"


class SampleSeed(models.Model):
    """The secret by which claims of a month are drawn for a second look; anybody who has it can draw them again."""

    month = models.CharField(max_length=7, primary_key=True)
    seed = models.CharField(max_length=32, default=new_public_id)

    def __str__(self) -> str:
        return self.month
