"""Member numbers such as HY2026-0000041-5."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from niangjia.commons.people.models import NumberSerial
from niangjia.commons.people.rules import NUMBER_PREFIX
from niangjia.kernel.ids import readable_number


def take(year: int, count: int = 1) -> list[str]:
    """The next ``count`` numbers of ``year``, without gaps.

    Call it inside the transaction that uses them and late in it: from here to its end others who need a number of the
    year wait. Raises TransactionManagementError outside a transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("a number is taken in the transaction that uses it")
    first = reserve(year, count)
    return [number_of(year, serial) for serial in range(first, first + count)]


def reserve(year: int, count: int) -> int:
    """Keep the next ``count`` serials of ``year`` for a work that comes later, and give the first of them.

    What is not used leaves a gap; nobody waits for the work.
    """
    if not _raise_by(year, count):
        NumberSerial.objects.bulk_create([NumberSerial(year=year)], ignore_conflicts=True)
        _raise_by(year, count)
    return int(NumberSerial.objects.get(year=year).last) - count + 1


def number_of(year: int, serial: int) -> str:
    """The number for people of one serial."""
    return readable_number(NUMBER_PREFIX, year, serial)


def _raise_by(year: int, count: int) -> int:
    return NumberSerial.objects.filter(year=year).update(last=F("last") + count)
