"""Users and their sessions."""

from __future__ import annotations

from django.contrib.auth.models import AbstractBaseUser
from django.db import models

from niangjia.kernel.ids import new_public_id


class User(AbstractBaseUser):
    """Somebody who can sign in."""

    public_id = models.CharField(max_length=24, unique=True, default=new_public_id, editable=False)
    display_name = models.CharField(max_length=100, blank=True)
    sign_in_name = models.CharField(max_length=100, unique=True, null=True)
    is_active = models.BooleanField(default=True)

    USERNAME_FIELD = "sign_in_name"
