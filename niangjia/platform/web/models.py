"""What a member of staff keeps of the console's lists."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from niangjia.kernel import clock
from niangjia.kernel.ids import new_public_id
from niangjia.platform.personal_data.fields import EncryptedTextField


class SavedFilter(models.Model):
    """A list as somebody often wants it: ``query`` is the address after the question mark, in one order of its parts.

    Both texts are sealed, for what is looked for may be the name of a person.
    """

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    list_code = models.CharField(max_length=60)
    name = EncryptedTextField(max_length_plain=30)
    query = EncryptedTextField(max_length_plain=1000)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "list_code"], name="saved_filter_by_list")]

    def __str__(self) -> str:
        return f"{self.list_code} {self.public_id}"
