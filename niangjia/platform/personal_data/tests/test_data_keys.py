import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from niangjia.kernel.errors import Conflict, Gone, RuleBroken
from niangjia.platform.personal_data import data_keys, erasure, events
from niangjia.platform.personal_data.cipher import Tampered
from niangjia.platform.personal_data.models import Consent, DataKey
from niangjia.platform.personal_data.tests.builders import CANARY, raw, row, unsaved, write_raw
from niangjia.platform.testing.races import two_connections

pytestmark = pytest.mark.django_db


def read(consent: Consent) -> str:
    return str(Consent.objects.get(pk=consent.pk).guardian_name)


def test_a_persons_values_are_sealed_with_the_persons_own_key():
    consent = row(subject_key="someone")
    assert data_keys.is_personal(raw(consent))
    assert read(consent) == CANARY
    assert not data_keys.is_personal(raw(row()))
    assert [key.subject_key for key in DataKey.objects.all()] == ["someone"]


def test_one_person_has_one_key_and_another_person_another():
    row(subject_key="someone")
    row(subject_key="someone")
    row(subject_key="somebody else")
    first, second = DataKey.objects.order_by("id")
    assert bytes(first.wrapped) != bytes(second.wrapped)


def test_after_the_erasure_nothing_can_be_read_not_even_with_the_master_key(system_actor):
    consent, other = row(subject_key="someone"), row(subject_key="somebody else")
    erasure.erase("someone", actor=system_actor, reason="本人申请注销")
    assert read(consent) == ""
    assert read(other) == CANARY
    assert bytes(DataKey.objects.get(subject_key="someone").wrapped) == b""
    assert erasure.is_erased("someone")
    assert not erasure.is_erased("somebody else")


def test_an_erased_person_cannot_be_written_again(system_actor):
    erasure.erase("someone", actor=system_actor, reason="本人申请注销")
    with pytest.raises(Gone) as caught:
        row(subject_key="someone")
    assert caught.value.code == "PERSON_ERASED"


def test_an_erased_row_can_still_be_saved_for_the_books(system_actor):
    consent = row(subject_key="someone")
    erasure.erase("someone", actor=system_actor, reason="本人申请注销")
    consent = Consent.objects.get(pk=consent.pk)
    consent.guardian_relation = ""
    consent.save()
    assert read(consent) == ""


def test_erasing_again_changes_nothing(system_actor, clock):
    erasure.erase("someone", actor=system_actor, reason="本人申请注销")
    first = DataKey.objects.get().erased_at
    clock.forward(days=1)
    erasure.erase("someone", actor=system_actor, reason="本人申请注销")
    assert DataKey.objects.get().erased_at == first


def test_an_erasure_needs_a_reason(system_actor):
    row(subject_key="someone")
    with pytest.raises(RuleBroken) as caught:
        erasure.erase("someone", actor=system_actor, reason=" ")
    assert caught.value.code == "REASON_NEEDED"
    assert not erasure.is_erased("someone")


def test_a_room_that_still_needs_the_person_stops_the_erasure(system_actor):
    from niangjia.kernel.text import Text

    consent = row(subject_key="someone")

    def refuse(**_facts):
        raise Conflict("CLAIM_OPEN", Text("还有未办结的理赔。"))

    events.erasing.connect(refuse)
    try:
        with pytest.raises(Conflict):
            erasure.erase("someone", actor=system_actor, reason="本人申请注销")
    finally:
        events.erasing.disconnect(refuse)
    assert read(consent) == CANARY


def test_rooms_hear_of_the_erasure_once_while_the_data_can_still_be_read(system_actor):
    consent, heard = row(subject_key="someone"), []

    def listen(subject_key, **_facts):
        heard.append((subject_key, read(consent)))

    events.erasing.connect(listen)
    try:
        erasure.erase("someone", actor=system_actor, reason="本人申请注销")
        erasure.erase("someone", actor=system_actor, reason="本人申请注销")
    finally:
        events.erasing.disconnect(listen)
    assert heard == [("someone", CANARY)]


def test_erasures_since_a_backup_can_be_repeated(system_actor, clock):
    erasure.erase("earlier", actor=system_actor, reason="本人申请注销")
    backup = clock.now
    clock.forward(hours=1)
    erasure.erase("later", actor=system_actor, reason="本人申请注销")
    assert [key.subject_key for key in erasure.since(backup)] == ["later"]


def test_a_persons_value_moved_to_another_row_does_not_open():
    first, second = row("张三", subject_key="someone"), row("李四", subject_key="someone")
    write_raw(second, raw(first))
    with pytest.raises(Tampered):
        read(second)


def test_a_wrapped_key_of_one_person_does_not_serve_another():
    consent = row(subject_key="someone")
    row(subject_key="somebody else")
    wrapped = bytes(DataKey.objects.get(subject_key="somebody else").wrapped)
    DataKey.objects.filter(subject_key="someone").update(wrapped=wrapped)
    with pytest.raises(Tampered):
        read(consent)


def test_a_list_of_people_takes_one_query_for_their_keys():
    for number in range(10):
        row(f"张{'三' * number}", subject_key=f"person {number}")
    consents = list(Consent.objects.order_by("id"))
    with CaptureQueriesContext(connection) as made, data_keys.held([consent.subject_key for consent in consents]):
        names = [str(consent.guardian_name) for consent in consents]
    assert len(made) == 1
    assert names == [f"张{'三' * number}" for number in range(10)]


def test_many_people_are_written_with_few_statements():
    keys = [f"person {number}" for number in range(50)]
    consents = [unsaved(subject_key=key) for key in keys]
    with CaptureQueriesContext(connection) as made:
        data_keys.make(keys)
        with data_keys.held(keys):
            Consent.objects.bulk_create(consents)
    inserts = [query for query in made.captured_queries if "INSERT" in query["sql"]]
    assert len(made.captured_queries) <= 8
    assert len(inserts) == 2
    assert {str(consent.guardian_name) for consent in Consent.objects.all()} == {CANARY}


def test_making_keys_again_keeps_the_first():
    data_keys.make(["someone"])
    first = bytes(DataKey.objects.get().wrapped)
    data_keys.make(["someone", "someone"])
    assert bytes(DataKey.objects.get().wrapped) == first


@pytest.mark.django_db(transaction=True)
def test_without_the_second_look_one_of_two_writers_of_a_new_person_loses_what_it_sealed():
    def careless(meet):
        key = data_keys._new("someone")
        assert not DataKey.objects.filter(subject_key="someone").exists()
        assert meet()
        DataKey.objects.bulk_create([key], ignore_conflicts=True)
        return bytes(key.wrapped)

    first, second = two_connections(careless, careless)
    kept = bytes(DataKey.objects.get().wrapped)
    assert sorted([first.value == kept, second.value == kept]) == [False, True]


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_one_new_person_end_with_one_key():
    def write(meet):
        meet()
        return data_keys.seal_value("someone", CANARY, "place")

    outcomes = two_connections(write, write)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert [data_keys.open_value(outcome.value, "place") for outcome in outcomes] == [CANARY, CANARY]
    assert DataKey.objects.count() == 1


def test_the_moment_of_an_erasure_is_the_clocks(system_actor, clock):
    erasure.erase("someone", actor=system_actor, reason="本人申请注销")
    assert DataKey.objects.get().erased_at == clock.now
