"""Many rows by COPY or one prepared statement are the rows that ``bulk_create`` writes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.platform import rows
from niangjia.platform.audit.entries import build
from niangjia.platform.audit.models import AuditEntry

pytestmark = pytest.mark.django_db

MOMENT = datetime(2026, 1, 9, 1, 2, 3, 4, tzinfo=UTC)


def entries(count):
    with clock.travelling(MOMENT):
        return [
            build(
                Actor.system("test"),
                "test.act",
                subject_type="test.thing",
                subject_id=str(number),
                node_id=None if number % 2 else number,
                data={"号": number, "day": date(2026, 1, 9).isoformat(), "none": None},
            )
            for number in range(count)
        ]


def columns(found):
    return list(found.order_by("id").values_list("at", "actor_name", "subject_id", "node_id", "data"))


def test_both_ways_leave_the_same_rows():
    rows.insert(quick := entries(rows.WORTH_IT))
    by_insert = columns(AuditEntry.objects.filter(pk__in=[entry.pk for entry in quick]))
    slow = AuditEntry.objects.bulk_create(entries(rows.WORTH_IT))
    assert by_insert == columns(AuditEntry.objects.filter(pk__in=[entry.pk for entry in slow]))
    assert len(by_insert) == rows.WORTH_IT


def test_objects_know_their_ids_and_that_they_are_stored():
    rows.insert(made := entries(rows.WORTH_IT))
    assert AuditEntry.objects.get(pk=made[7].pk).subject_id == "7"
    assert not made[7]._state.adding


def test_ids_go_on_after_a_row_written_one_by_one():
    rows.insert(first := entries(rows.WORTH_IT))
    single = entries(1)[0]
    single.save(force_insert=True)
    rows.insert(entries(rows.WORTH_IT))
    assert single.pk > max(entry.pk for entry in first)
    assert AuditEntry.objects.filter(action="test.act").count() == 2 * rows.WORTH_IT + 1


def test_few_and_none_take_the_short_way(django_assert_num_queries):
    with django_assert_num_queries(0):
        rows.insert([])
    with django_assert_num_queries(1):
        rows.insert(entries(3))


@pytest.mark.postgresql
def test_what_is_asked_while_rows_are_copied_fails_instead_of_waiting_for_ever():
    def asking():
        yield (str(AuditEntry.objects.count()),)

    with pytest.raises(RuntimeError, match="while rows are copied"), transaction.atomic():
        rows.write(AuditEntry, ("action",), asking())
    assert AuditEntry.objects.count() == 0
