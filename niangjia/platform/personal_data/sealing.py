"""Sealing what stood in a readable column, for migrations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from niangjia.platform.personal_data import data_keys
from niangjia.platform.personal_data.fields import Sealed

ROWS = 1_000


def seal_column(model: Any, plain: str, *, whose: str, row: str, into: str = "sealed") -> int:
    """Seal the column ``plain`` of every row of ``model``, as a migration has it, into ``into``; how many there were.

    ``whose`` leads to the public id of the person concerned, ``row`` names the column that the field is bound to.
    About an erased person nothing is left but that something was said; what concerns nobody is sealed with the
    installation's key. The plain column is taken away by the migration.
    """
    field, done = model._meta.get_field(into), 0
    for found in _batches(model, ("pk", row, whose, plain), plain):
        with data_keys.held([key for _pk, _row, key, _text in found if key], making=True) as keys:
            for pk, row_id, key, text in found:
                gone = Sealed(data_keys.head_of(keys[key].pk)) if key and keys[key].erased_at else None
                model.objects.filter(pk=pk).update(**{into: gone or field.seal(row_id, text, key or "")})
        done += len(found)
    return done


def _batches(model: Any, columns: Sequence[str], plain: str) -> Iterator[list[Any]]:
    told, last = model.objects.exclude(**{plain: ""}).order_by("pk"), 0
    while found := list(told.filter(pk__gt=last).values_list(*columns)[:ROWS]):
        yield found
        last = found[-1][0]
