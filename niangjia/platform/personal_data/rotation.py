"""Sealing everything anew under today's cipher and master key, while the service runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import transaction

from niangjia.platform.personal_data import cipher, data_keys
from niangjia.platform.personal_data.fields import EncryptedTextField, Sealed
from niangjia.platform.personal_data.models import DataKey

ROWS_PER_TRANSACTION = 500


@dataclass(frozen=True)
class Progress:
    """``name`` is the column, ``seen`` and ``renewed`` count its rows so far."""

    name: str
    seen: int
    renewed: int


def encrypted_fields() -> list[EncryptedTextField]:
    """Every encrypted field of every installed model."""
    fields = (field for model in apps.get_models() for field in model._meta.local_concrete_fields)
    return [field for field in fields if isinstance(field, EncryptedTextField)]


def rotate() -> Iterator[Progress]:
    """Renew all columns in short transactions, giving the progress after each; broken off, it can be begun again.

    Values under a person's own key stay as they are: it is enough to wrap that key anew.
    """
    yield from _keys()
    for field in encrypted_fields():
        yield from _column(field)


def _keys() -> Iterator[Progress]:
    last = seen = renewed = 0
    while True:
        with transaction.atomic():
            rows = list(DataKey.objects.select_for_update().filter(pk__gt=last).order_by("pk")[:ROWS_PER_TRANSACTION])
            for row in rows:
                if (wrapped := data_keys.rewrap(row)) is not None:
                    DataKey.objects.filter(pk=row.pk).update(wrapped=wrapped)
                    renewed += 1
        if not rows:
            return
        last, seen = rows[-1].pk, seen + len(rows)
        yield Progress("personal_data.datakey.wrapped", seen, renewed)


def _column(field: EncryptedTextField) -> Iterator[Progress]:
    manager: Any = field.model._base_manager
    last, seen, renewed = 0, 0, 0
    while True:
        with transaction.atomic():
            # The rows stay locked from reading to writing, or a correction made in between would be undone.
            chosen = manager.select_for_update().filter(pk__gt=last).order_by("pk")[:ROWS_PER_TRANSACTION]
            rows = list(chosen.values_list("pk", field.row_key, field.attname))
            for pk, public_id, sealed in rows:
                if (anew := _renewed(field, public_id, sealed)) is not None:
                    manager.filter(pk=pk).update(**{field.attname: anew})
                    renewed += 1
        if not rows:
            return
        last, seen = rows[-1][0], seen + len(rows)
        yield Progress(f"{field.model._meta.label_lower}.{field.name}", seen, renewed)


def _renewed(field: EncryptedTextField, public_id: str, sealed: Sealed | None) -> Sealed | None:
    if not sealed or data_keys.is_personal(sealed) or cipher.ring().is_current(sealed):
        return None
    return field.seal(public_id, field.open(public_id, sealed))
