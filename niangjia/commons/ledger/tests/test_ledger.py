"""What is written once stands; a correction is a whole reversal; every past day can be asked."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from niangjia.commons.ledger import books, dims, queries, write
from niangjia.commons.ledger.models import DimSet, LedgerRow, RowProgramme, Touched
from niangjia.commons.ledger.queries import Question
from niangjia.commons.ledger.write import Entry, LedgerError
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import allow
from niangjia.platform.lifecycle import effects
from niangjia.platform.lifecycle.records import Record

DAY = date(2022, 8, 15)
AT = clock.moment(DAY)
pytestmark = pytest.mark.django_db


def entry(source_id: int = 1, **values: Any) -> Entry:
    record = Record(**({"programme": "test", "measure": "test.given", "node_id": 7, "day": DAY} | values))
    return Entry(record, "test.thing", source_id, "k" * 24)


def asked(**values: Any) -> Question:
    return Question(**({"measure": "test.given", "first": date(2022, 1, 1), "last": date(2022, 12, 31)} | values))


def test_a_record_is_one_row_with_its_source_and_its_facts() -> None:
    write.book([entry(5, qty=2, fen=300, person_id=9, dims={"sex": "f", "category": "courier"})], at=AT)
    row = LedgerRow.objects.get()
    assert (row.day, row.booked_at, row.union_id, row.qty, row.fen, row.person_id) == (DAY, AT, 7, 2, 300, 9)
    assert (row.source_type, row.source_id, row.subject_key) == ("test.thing", 5, "k" * 24)
    assert DimSet.objects.get(id=row.dimset_id).facts == {"category": "courier", "sex": "f"}


def test_a_record_without_a_day_counts_for_the_shanghai_day_of_its_booking() -> None:
    late_in_london = clock.moment(date(2022, 8, 16)) + timedelta(minutes=5)
    write.book([entry(day=None)], at=late_in_london)
    assert LedgerRow.objects.get().day == date(2022, 8, 16)


def test_the_slot_writes_the_records_of_all_moved_objects() -> None:
    obj = SimpleNamespace(subject_type="test.thing", pk=3, subject_key="")
    record = Record(programme="p", measure="test.slot", node_id=7)
    moved = [effects.Moved(obj, "a", "b", records=(record, record)), effects.Moved(obj, "a", "b")]
    machine: Any = None
    write.on_moves(effects.Batch(machine, "e", Actor.system("t"), allow("t"), "", AT, moved))
    assert list(LedgerRow.objects.values_list("source_id", "day")) == [(3, DAY), (3, DAY)]


def test_the_ledger_fills_its_slot() -> None:
    assert write.on_moves in effects._handlers["ledger"]


@pytest.mark.parametrize(
    "values",
    [
        {"person_id": 1, "household_id": 2},
        {"household_id": 1, "employer_id": 2},
        {"qty": -1},
        {"fen": -1},
    ],
)
def test_what_cannot_stand_in_the_books_is_refused(values: dict[str, int]) -> None:
    with pytest.raises(LedgerError):
        write.book([entry(**values)], at=AT)
    assert not LedgerRow.objects.exists()


def test_a_measure_is_a_flow_or_a_stock_but_never_both() -> None:
    write.book([entry(measure="test.only_flow")], at=AT)
    with pytest.raises(LedgerError):
        write.book([entry(measure="test.only_flow", kind="stock")], at=AT)


def test_the_database_itself_refuses_two_beneficiaries() -> None:
    write.book([entry(person_id=1)], at=AT)
    row = LedgerRow.objects.get()
    row.pk, row.household_id = None, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_rows_are_never_changed_or_deleted_but_for_the_mark_of_their_reversal() -> None:
    write.book([entry()], at=AT)
    for attempt in (
        lambda: LedgerRow.objects.update(qty=5),
        lambda: LedgerRow.objects.update(day=DAY + timedelta(days=1)),
        lambda: LedgerRow.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    assert write.reverse("test.thing", 1, at=AT) == 1


def test_a_reversal_is_whole_and_carries_the_day_of_the_original() -> None:
    write.book([entry(qty=3, fen=500, person_id=4, dims={"a": "b"})], at=AT)
    later = AT + timedelta(days=40)
    assert write.reverse("test.thing", 1, at=later) == 1
    original, reversal = LedgerRow.objects.order_by("id")
    assert (reversal.reverses, original.reversed_by) == (original.id, reversal.id)
    assert (reversal.qty, reversal.fen, reversal.day, reversal.booked_at) == (-3, -500, DAY, later)
    assert (reversal.person_id, reversal.dimset_id) == (4, original.dimset_id)
    assert queries.total(asked()) == queries.Total(0, 0, 0)


def test_reversing_again_changes_nothing() -> None:
    write.book([entry()], at=AT)
    assert write.reverse("test.thing", 1, at=AT) == 1
    assert write.reverse("test.thing", 1, at=AT) == 0
    assert LedgerRow.objects.count() == 2


def test_only_the_named_measures_of_an_object_are_reversed() -> None:
    write.book([entry(), entry(measure="test.other"), entry(2)], at=AT)
    assert write.reverse("test.thing", 1, at=AT, measures=["test.other"]) == 1
    assert queries.total(asked()).qty == 2
    assert queries.total(asked(measure="test.other")).qty == 0


def test_the_database_refuses_a_second_reversal_of_a_row() -> None:
    write.book([entry()], at=AT)
    write.reverse("test.thing", 1, at=AT)
    second = LedgerRow.objects.get(reverses__isnull=False)
    second.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        second.save(force_insert=True)


def test_what_was_known_on_a_moment_can_be_asked() -> None:
    write.book([entry(qty=3, person_id=1)], at=AT)
    corrected = AT + timedelta(days=10)
    write.reverse("test.thing", 1, at=corrected)
    write.book([entry(qty=5, person_id=1)], at=corrected)
    before, after = corrected - timedelta(seconds=1), corrected
    assert queries.total(asked(known_on=AT - timedelta(seconds=1))).qty == 0
    assert queries.total(asked(known_on=before)).qty == 3
    assert queries.total(asked(known_on=after)).qty == 5
    assert queries.total(asked()).qty == 5
    assert queries.persons(asked(known_on=before)) == 1


def test_any_past_day_of_a_stock_can_be_asked() -> None:
    for day, qty in ((1, 1), (3, 1), (5, -1), (9, 1)):
        write.book([entry(measure="test.places", kind="stock", qty=qty, day=date(2022, 1, day))], at=AT)
    counts = [queries.stock(asked(measure="test.places", last=date(2022, 1, day))) for day in (1, 2, 4, 5, 8, 31)]
    assert counts == [1, 1, 2, 1, 1, 2]


def test_a_record_counts_in_its_own_and_in_its_further_programmes() -> None:
    write.book([entry(programmes=("warmth", "six_gifts")), entry(2)], at=AT)
    assert [queries.total(asked(programme=code)).qty for code in ("test", "warmth", "six_gifts", "none")] == [
        2,
        1,
        1,
        0,
    ]
    write.reverse("test.thing", 1, at=AT)
    assert queries.total(asked(programme="warmth")).qty == 0
    assert RowProgramme.objects.count() == 4


def test_facts_select_rows_and_several_values_mean_one_of_them() -> None:
    facts = [{"sex": "f", "age": "16-24"}, {"sex": "m", "age": "16-24"}, {"sex": "f", "age": "25-34"}, {}]
    write.book([entry(number, dims=dims_of) for number, dims_of in enumerate(facts)], at=AT)
    assert queries.total(asked(dims={"sex": "f"})).qty == 2
    assert queries.total(asked(dims={"sex": "f", "age": "16-24"})).qty == 1
    assert queries.total(asked(dims={"age": ("16-24", "25-34")})).qty == 3
    assert queries.total(asked()).qty == 4


def test_the_same_facts_in_another_order_are_the_same_set() -> None:
    first, second, other = dims.intern([{"a": "1", "b": "2"}, {"b": "2", "a": "1"}, {"a": "2", "b": "1"}])
    assert first == second != other
    assert dims.intern([{"a": "1", "b": "2"}]) == [first]
    assert dims.find([{"b": "2", "a": "1"}, {"never": "seen"}]) == {dims.hash_of({"a": "1", "b": "2"}): first}


def test_a_set_that_was_rolled_back_is_not_remembered(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True), pytest.raises(ZeroDivisionError), transaction.atomic():
        dims.intern([{"rolled": "back"}])
        raise ZeroDivisionError
    made = dims.intern([{"rolled": "back"}])[0]
    assert DimSet.objects.filter(id=made).exists()


def test_facts_once_committed_cost_no_statement(
    django_capture_on_commit_callbacks: Any, django_assert_num_queries: Any
) -> None:
    try:
        with django_capture_on_commit_callbacks(execute=True):
            dims.intern([{"known": "fact"}])
        with django_assert_num_queries(0):
            dims.intern([{"known": "fact"}] * 50)
    finally:
        dims.forget()


def test_a_thousand_records_cost_few_statements(django_assert_max_num_queries: Any) -> None:
    many = [entry(number, person_id=number, dims={"category": str(number % 12)}) for number in range(1000)]
    ceiling = 8 if connection.vendor == "postgresql" else 40
    with django_assert_max_num_queries(ceiling):
        write.book(many, at=AT)


def test_a_person_is_counted_once_however_often_served() -> None:
    write.book([entry(number, person_id=number % 3 + 1) for number in range(9)], at=AT)
    write.book([entry(100, household_id=1), entry(101)], at=AT)
    assert queries.persons(asked()) == 3
    assert queries.total(asked()).rows == 11


def test_a_change_leaves_one_note_for_each_cell_it_touches() -> None:
    write.book([entry(1), entry(2), entry(3, node_id=8)], at=AT)
    assert queries.take_touched(10) == [("test.given", 7, DAY), ("test.given", 8, DAY)]
    assert not Touched.objects.exists()
    write.reverse("test.thing", 3, at=AT)
    assert queries.take_touched(10) == [("test.given", 8, DAY)]


def test_what_a_person_received_leaves_out_what_was_reversed() -> None:
    write.book(
        [entry(1, person_id=5), entry(2, person_id=5, day=DAY + timedelta(days=1)), entry(3, person_id=6)], at=AT
    )
    write.reverse("test.thing", 1, at=AT)
    assert [row.source_id for row in queries.received([5])] == [2]


def test_sound_books_show_no_difference() -> None:
    write.book([entry(1, person_id=3, programmes=("x",)), entry(2)], at=AT)
    write.reverse("test.thing", 1, at=AT)
    assert [found for found in books.check_books() if found.book == "ledger"] == []


def test_a_reversal_that_is_not_whole_is_found() -> None:
    write.book([entry(1, qty=3)], at=AT)
    original = LedgerRow.objects.get()
    forged = LedgerRow.objects.create(
        day=DAY, booked_at=AT, programme="test", measure="test.given", union_id=7, dimset_id=original.dimset_id,
        qty=-2, source_type="test.thing", source_id=1, subject_key="k" * 24, reverses=original.id,
    )  # fmt: skip
    LedgerRow.objects.filter(id=original.id).update(reversed_by=forged.id)
    found = [difference for difference in books.check_books() if difference.book == "ledger"]
    assert [difference.what for difference in found] == [f"reversal {forged.id}"]


def test_a_row_whose_facts_are_missing_is_found() -> None:
    row = LedgerRow(
        day=DAY, booked_at=AT, programme="test", measure="test.given", union_id=7, dimset_id=987_654_321,
        qty=1, source_type="test.thing", source_id=1,
    )  # fmt: skip
    row.save(force_insert=True)
    assert f"row {row.id}" in [difference.what for difference in books.check_books() if difference.book == "ledger"]


def test_a_registered_book_is_checked_by_its_name() -> None:
    difference = books.Difference("test", "sum of x", "1", "2")
    books.register("test", lambda: [difference])
    try:
        assert difference in books.check_books()
    finally:
        books._checks.pop("test")
