"""Applications to join, their drafts, and the numbers they get."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from niangjia.commons.people.categories import CATEGORY_LABELS, WorkerCategory
from niangjia.kernel import clock
from niangjia.kernel.identifiers import age_on
from niangjia.kernel.machine import Machine
from niangjia.kernel.text import Text
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.platform.personal_data.fields import BlindIndexField, EncryptedTextField
from niangjia.services.joining.states import APPLICATION, IN_REVIEW, OPEN_STATES, ApplicationState


class ApplicationQuerySet(TrackedQuerySet):
    def open(self) -> ApplicationQuerySet:
        return self.filter(state__in=OPEN_STATES)

    def in_review(self) -> ApplicationQuerySet:
        return self.filter(state__in=IN_REVIEW)

    def with_unions(self) -> ApplicationQuerySet:
        return self.select_related("responsible", "street", "home", "employer_union", "stall")


class Application(Tracked):
    """One wish to join, by somebody who is signed in by phone.

    ``responsible`` is the union that must answer now; ``home`` the one that will hold the membership, also while a
    union above reviews. ``identity_check``: the number or phone is known in a way that a person must look at; such an
    application does not block others. ``promised_by`` is what the applicant was told: you hear by then. ``person`` is
    set when it is approved. ``stall`` is where the applicant scanned a code.
    """

    MACHINE: ClassVar[Machine] = APPLICATION

    number = models.CharField(max_length=20, unique=True)
    applicant = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=50)
    sex = models.CharField(max_length=6)
    birth_date = models.DateField()
    id_number = EncryptedTextField()
    id_index = BlindIndexField(purpose="people.id_number")
    phone = EncryptedTextField()
    phone_index = BlindIndexField(purpose="people.phone")
    category = models.CharField(max_length=32, choices=[(c.value, c.value) for c in WorkerCategory])
    employer_name = models.CharField(max_length=100, blank=True)
    employer_code = models.CharField(max_length=18, blank=True)
    employer_union = models.ForeignKey("unions.Union", on_delete=models.PROTECT, null=True, related_name="+")
    street = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    responsible = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    home = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    stall = models.ForeignKey("joining.Stall", on_delete=models.PROTECT, null=True, related_name="+")
    identity_check = models.BooleanField(default=False)
    promised_by = models.DateTimeField()
    applicant_note = models.CharField(max_length=300, blank=True)
    answer_reason = models.CharField(max_length=300, blank=True)

    objects: ClassVar[Any] = ApplicationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(APPLICATION, "joining_application_state_known"),
            models.UniqueConstraint(
                fields=["applicant"], condition=Q(state__in=OPEN_STATES), name="joining_one_open_application_per_user"
            ),
            models.UniqueConstraint(
                fields=["id_index"],
                condition=Q(state__in=OPEN_STATES, identity_check=False),
                name="joining_one_open_application_per_id_number",
            ),
            models.CheckConstraint(
                condition=~Q(state=ApplicationState.APPROVED) | Q(person__isnull=False),
                name="joining_approved_application_has_a_person",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["responsible", "state", "-created_at"], name="joining_by_union_and_state"),
            models.Index(fields=["applicant", "-created_at"], name="joining_by_applicant"),
            models.Index(fields=["id_index"], name="joining_by_id_number"),
            models.Index(fields=["phone_index"], name="joining_by_phone"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def responsible_node_id(self) -> int:
        return self.responsible_id

    @property
    def subject_key(self) -> str:
        return self.person.public_id if self.person is not None else self.public_id

    @property
    def category_label(self) -> Text:
        return CATEGORY_LABELS[WorkerCategory(self.category)]

    @property
    def age(self) -> int:
        """Completed years today."""
        return age_on(self.birth_date, clock.today())


class Draft(models.Model):
    """What somebody has filled in so far, so that a lost connection loses nothing. Deleted when it is sent."""

    public_id = models.CharField(max_length=24, unique=True, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    answers = EncryptedTextField()
    updated_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"draft of user {self.user_id}"


class Serial(models.Model):
    """The last number given in a year."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


from niangjia.services.joining.exits.models import Exit as Exit  # noqa: E402 - so that Django finds it
from niangjia.services.joining.fits.models import Fit as Fit  # noqa: E402 - so that Django finds it
from niangjia.services.joining.rosters.models import Roster as Roster  # noqa: E402 - so that Django finds it
from niangjia.services.joining.rosters.models import RosterRow as RosterRow  # noqa: E402 - so that Django finds it
from niangjia.services.joining.rosters.models import RosterSerial as RosterSerial  # noqa: E402 - so that Django finds it
from niangjia.services.joining.stalls.models import Stall as Stall  # noqa: E402 - so that Django finds it
from niangjia.services.joining.transfers.models import Transfer as Transfer  # noqa: E402 - so that Django finds it
