"""Requests for @label@."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from @package@.states import OPEN_STATES, REQUEST
from niangjia.kernel.machine import Machine
from niangjia.platform.lifecycle.models import Tracked, TrackedQuerySet, state_is_known
from niangjia.platform.personal_data.fields import EncryptedTextField


class RequestQuerySet(TrackedQuerySet):
    def open(self) -> RequestQuerySet:
        return self.filter(state__in=OPEN_STATES)


class Request(Tracked):
    """What one member asks for. ``responsible`` is the union that must answer."""

    MACHINE: ClassVar[Machine] = REQUEST

    applicant = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    responsible = models.ForeignKey("unions.Union", on_delete=models.PROTECT, related_name="+")
    wish = EncryptedTextField()
    answer_reason = models.CharField(max_length=300, blank=True)

    objects = RequestQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            state_is_known(REQUEST, "@code@_request_state_known"),
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(state__in=OPEN_STATES),
                name="@code@_one_open_request_per_person",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["responsible", "state"], name="@code@_by_union"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call it."""
        return self.public_id[:8].upper()

    @property
    def responsible_node_id(self) -> int:
        return self.responsible_id

    @property
    def subject_key(self) -> str:
        return self.person.public_id
