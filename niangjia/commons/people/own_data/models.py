"""Copies of one's data that were asked for, and accounts that are about to be closed."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id


class DataCopy(models.Model):
    """Everything stored about ``owner_key`` as a file, made by ``job`` for ``user`` alone, until ``expires_at``.

    ``file`` is null while it is being made and after it has gone.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    owner_key = models.CharField(max_length=24, blank=True)
    job = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, related_name="+")
    file = models.ForeignKey("files.File", on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "-created_at"], name="data_copy_by_user"),
            models.Index(fields=["expires_at"], name="data_copy_by_end"),
        ]

    def __str__(self) -> str:
        return self.public_id


class Closing(models.Model):
    """A wish to close an account, carried out at ``due_at`` unless its owner signs in again before.

    ``erase``: what is known of the person goes too, which only somebody who is no member may ask.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    erase = models.BooleanField(default=False)
    asked_at = models.DateTimeField(default=clock.now)
    due_at = models.DateTimeField()
    called_off_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(called_off_at=None, done_at=None), name="closing_one_open_for_each_user"
            ),
            models.CheckConstraint(
                condition=Q(called_off_at=None) | Q(done_at=None), name="closing_is_done_or_called_off"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(called_off_at=None, done_at=None), name="closing_by_due"),
            models.Index(fields=["user"], name="closing_by_user"),
        ]

    def __str__(self) -> str:
        return f"closing of {self.user_id}"
