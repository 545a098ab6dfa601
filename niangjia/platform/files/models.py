"""What is known of a stored file. Its content lies in the storage under ``path``."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.platform.personal_data.fields import EncryptedTextField


class File(models.Model):
    """An uploaded file. ``sha256`` and ``size`` are of the content as it is given back.

    ``subject_key`` is the public id of the person whom it concerns, empty when it concerns none. ``key`` opens the
    content; it is sealed with the person's own key. A draft belongs to a form that is not sent yet.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    name = EncryptedTextField(max_length_plain=200, person_key="subject_key")
    media_type = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    purpose = models.CharField(max_length=60)
    subject_key = models.CharField(max_length=24, blank=True)
    key = EncryptedTextField(person_key="subject_key")
    path = models.CharField(max_length=80, unique=True)
    is_draft = models.BooleanField(default=False)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["subject_key"], name="file_by_person", condition=~Q(subject_key="")),
            models.Index(fields=["sha256"], name="file_by_content"),
            models.Index(fields=["created_at"], name="file_drafts", condition=Q(is_draft=True)),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.public_id}"
