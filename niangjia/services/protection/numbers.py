"""Readable numbers, counted by year without gaps in what is kept."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from niangjia.kernel.ids import readable_number
from niangjia.services.protection.claim_models import Serial


def take(prefix: str, year: int) -> str:
    """The next number, such as LP2026-0000041-5. Call inside the transaction that uses it."""
    with transaction.atomic():
        Serial.objects.get_or_create(prefix=prefix, year=year)
        Serial.objects.filter(prefix=prefix, year=year).update(last=F("last") + 1)
        serial = Serial.objects.get(prefix=prefix, year=year).last
    return readable_number(prefix, year, serial)
