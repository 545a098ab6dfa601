import hmac
import pickle

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import isolate_apps

from niangjia.platform.personal_data import rotation
from niangjia.platform.personal_data.cipher import KeyMissing, Tampered, derive
from niangjia.platform.personal_data.fields import BlindIndexField, EncryptedTextField, Sealed, blind_index
from niangjia.platform.personal_data.models import Consent, DataKey
from niangjia.platform.personal_data.tests.builders import CANARY, raw, row, unsaved, write_raw

pytestmark = pytest.mark.django_db
FIELD = Consent._meta.get_field("guardian_name")


def test_a_text_is_plain_on_the_object_and_sealed_in_the_database():
    consent = row()
    assert consent.guardian_name == CANARY
    assert isinstance(consent.guardian_name, str)
    assert CANARY.encode() not in raw(consent)


def test_no_table_holds_the_text_in_the_clear():
    row()
    row(subject_key="someone")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            values = [value for found in cursor.fetchall() for value in found]
            plain = [bytes(value) if isinstance(value, memoryview | bytes) else str(value).encode() for value in values]
            assert not any(CANARY.encode() in value for value in plain), table


def test_the_same_text_in_two_rows_looks_different():
    assert raw(row()) != raw(row())


def test_a_value_moved_to_another_row_does_not_open():
    first, second = row("张三"), row("李四")
    write_raw(second, raw(first))
    with pytest.raises(Tampered):
        str(Consent.objects.get(pk=second.pk).guardian_name)


def test_a_row_that_takes_another_public_id_loses_its_value():
    consent = row()
    Consent.objects.filter(pk=consent.pk).update(public_id="x" * 24)
    with pytest.raises(Tampered):
        str(Consent.objects.get(pk=consent.pk).guardian_name)


def test_a_copied_row_is_refused_until_the_value_is_set_anew():
    consent = row()
    consent.pk, consent.public_id = None, "c" * 24
    with pytest.raises(Tampered), transaction.atomic():
        consent.save(force_insert=True)
    consent.guardian_name = CANARY
    consent.save(force_insert=True)
    assert Consent.objects.get(public_id="c" * 24).guardian_name == CANARY


def test_an_untouched_value_is_written_back_byte_for_byte():
    consent = row()
    before = raw(consent)
    assert consent.guardian_name
    consent.guardian_relation = "母亲"
    consent.save()
    assert raw(consent) == before


def test_a_changed_value_is_sealed_anew():
    consent = row()
    consent.guardian_name = "李四"
    assert consent.guardian_name == "李四"
    consent.save(update_fields=["guardian_name"])
    assert Consent.objects.get(pk=consent.pk).guardian_name == "李四"


def test_many_rows_are_created_and_updated_at_once():
    Consent.objects.bulk_create([unsaved(f"张{'三' * number}") for number in range(1, 4)])
    rows = list(Consent.objects.order_by("id"))
    assert [consent.guardian_name for consent in rows] == ["张三", "张三三", "张三三三"]
    for consent in rows:
        consent.guardian_name = f"李{consent.guardian_name[1:]}"
    Consent.objects.bulk_update(rows, ["guardian_name"])
    assert [consent.guardian_name for consent in Consent.objects.order_by("id")] == ["李三", "李三三", "李三三三"]


def test_a_text_without_its_row_is_refused_in_an_update():
    row()
    with pytest.raises(TypeError, match="set it on an object"):
        Consent.objects.update(guardian_name="李四")


@pytest.mark.parametrize("lookup", ["", "__exact", "__in", "__contains", "__startswith", "__gt"])
def test_looking_for_an_encrypted_text_is_refused(lookup):
    with pytest.raises(FieldError, match="blind index"):
        Consent.objects.filter(**{f"guardian_name{lookup}": [CANARY] if lookup == "__in" else CANARY})


def test_asking_whether_there_is_one_is_allowed():
    row()
    assert Consent.objects.filter(guardian_name__isnull=False).count() == 1


def test_what_a_queryset_gives_without_its_object_stays_sealed_and_can_be_opened():
    consent = row()
    (sealed,) = Consent.objects.values_list("guardian_name", flat=True)
    assert isinstance(sealed, Sealed)
    assert FIELD.open(consent.public_id, sealed) == CANARY


def test_a_deferred_text_is_fetched_when_it_is_read():
    row()
    (consent,) = Consent.objects.defer("guardian_name")
    assert consent.guardian_name == CANARY
    (consent,) = Consent.objects.only("guardian_name")
    assert consent.guardian_name == CANARY


def test_refreshing_brings_the_stored_text():
    consent = row()
    stale = Consent.objects.get(pk=consent.pk)
    consent.guardian_name = "李四"
    consent.save()
    stale.refresh_from_db()
    assert stale.guardian_name == "李四"


def test_a_list_that_does_not_show_the_text_does_not_open_it():
    consent = row()
    write_raw(consent, b"broken" * 20)
    assert Consent.objects.get(pk=consent.pk).code == "health"


def test_an_empty_text_stays_empty():
    consent = row("")
    assert (consent.guardian_name, raw(consent)) == ("", b"")


def test_an_object_survives_pickling():
    assert pickle.loads(pickle.dumps(row())).guardian_name == CANARY


@pytest.mark.parametrize("text", ["𠮷", "=1+1", "a\nb", "😀" * 50])
def test_any_text_comes_back_as_it_was(text):
    assert row(text).guardian_name == text


def test_a_text_longer_than_allowed_is_refused():
    with pytest.raises(ValueError, match="longer than 50"):
        row("张" * 51)


def test_a_row_needs_its_public_id_first():
    with pytest.raises(ValueError, match="public_id"):
        row(public_id="")
    with pytest.raises(ValueError, match="public_id"):
        FIELD.seal("", CANARY)


def test_bytes_for_raw_writing_are_those_of_the_field():
    consent = row("")
    write_raw(consent, FIELD.seal(consent.public_id, CANARY))
    assert Consent.objects.get(pk=consent.pk).guardian_name == CANARY


def test_fixtures_carry_no_personal_text():
    with pytest.raises(TypeError, match="backup"):
        FIELD.value_to_string(row())


def test_a_form_knows_how_long_the_text_may_be():
    assert FIELD.formfield().max_length == 50


def test_an_old_master_key_reads_and_a_rotation_makes_it_needless(settings):
    first, person = row(), row(subject_key="someone")
    old = settings.MASTER_KEY
    settings.MASTER_KEY, settings.OLD_MASTER_KEYS, settings.CIPHER = "n" * 40, [old], "sm4-gcm"
    late = row("李四")
    untouched = raw(late)
    assert Consent.objects.get(pk=first.pk).guardian_name == CANARY
    progress = {step.name: step for step in rotation.rotate()}
    assert progress["personal_data.consent.guardian_name"].seen == 3
    assert progress["personal_data.consent.guardian_name"].renewed == 1
    assert progress["personal_data.datakey.wrapped"].renewed == 1
    settings.OLD_MASTER_KEYS = []
    assert [consent.guardian_name for consent in Consent.objects.order_by("id")] == [CANARY, CANARY, "李四"]
    assert raw(late) == untouched
    assert not any(step.renewed for step in rotation.rotate())
    assert person.pk


def test_without_the_old_key_a_value_says_which_key_it_misses(settings):
    consent = row()
    settings.MASTER_KEY = "n" * 40
    with pytest.raises(KeyMissing, match="no master key"):
        str(Consent.objects.get(pk=consent.pk).guardian_name)


def test_a_rotation_goes_on_over_many_transactions(settings, monkeypatch):
    monkeypatch.setattr(rotation, "ROWS_PER_TRANSACTION", 2)
    Consent.objects.bulk_create([unsaved(f"张{'三' * number}") for number in range(1, 6)])
    settings.OLD_MASTER_KEYS, settings.MASTER_KEY = [settings.MASTER_KEY], "n" * 40
    steps = [step for step in rotation.rotate() if step.name == "personal_data.consent.guardian_name"]
    assert [(step.seen, step.renewed) for step in steps] == [(2, 2), (4, 4), (5, 5)]


def test_the_command_says_what_it_did(settings, capsys):
    from django.core.management import call_command

    row()
    settings.OLD_MASTER_KEYS, settings.MASTER_KEY = [settings.MASTER_KEY], "n" * 40
    call_command("rotate_keys")
    assert "personal_data.consent.guardian_name: 1 of 1 sealed anew" in capsys.readouterr().out


@isolate_apps("niangjia.platform.personal_data")
def test_models_that_cannot_work_are_found_at_start():
    class Nameless(models.Model):
        secret = EncryptedTextField()

        class Meta:
            app_label = "personal_data"

    class Unique(models.Model):
        public_id = models.CharField(max_length=24)
        secret = EncryptedTextField(unique=True)

        class Meta:
            app_label = "personal_data"

    assert [message.id for message in Nameless._meta.get_field("secret").check()] == ["personal_data.E001"]
    assert [message.id for message in Unique._meta.get_field("secret").check()] == ["personal_data.E002"]


@isolate_apps("niangjia.platform.personal_data")
def test_a_renamed_field_keeps_reading_what_it_had():
    class Renamed(models.Model):
        public_id = models.CharField(max_length=24)
        keeper = EncryptedTextField(bound_as="personal_data.consent.guardian_name")

        class Meta:
            app_label = "personal_data"

    sealed = FIELD.seal("r" * 24, CANARY)
    assert Renamed._meta.get_field("keeper").open("r" * 24, sealed) == CANARY


def test_migrations_know_what_makes_a_field():
    field = EncryptedTextField(max_length_plain=20, person_key="person.public_id", bound_as="a.b.c", null=True)
    _name, _path, args, options = field.deconstruct()
    assert options == {"max_length_plain": 20, "person_key": "person.public_id", "bound_as": "a.b.c", "null": True}
    assert EncryptedTextField(*args, **options).deconstruct()[1:] == field.deconstruct()[1:]
    index = BlindIndexField(purpose="people.phone", generation=2)
    assert index.deconstruct()[3] == {"purpose": "people.phone", "generation": 2}
    assert BlindIndexField(purpose="people.phone").deconstruct()[3] == {"purpose": "people.phone"}


def test_a_blind_index_is_keyed_by_purpose_generation_and_installation(settings):
    index = blind_index("people.phone", "13812345678")
    assert len(index) == 64
    assert index == blind_index("people.phone", "13812345678")
    others = {
        blind_index("people.phone", "13812345679"),
        blind_index("people.id_number", "13812345678"),
        blind_index("people.phone", "13812345678", generation=2),
    }
    settings.MASTER_KEY = "n" * 40
    others.add(blind_index("people.phone", "13812345678"))
    assert len(others | {index}) == 5


@pytest.mark.parametrize("value", ["13812345678", "张三" * 100, "\ud800"])
@pytest.mark.parametrize("root", ["i" * 40, "短"])
def test_an_index_is_the_hmac_of_the_standard(settings, value, root):
    settings.INDEX_KEY = root
    key = derive(root.encode(), "blind-index/people.phone/1")
    expected = hmac.digest(key, value.encode(errors="surrogatepass"), "sha256").hex()
    assert blind_index("people.phone", value) == expected


def test_an_unkeyed_hash_would_be_no_protection():
    import hashlib

    assert blind_index("people.phone", "13812345678") != hashlib.sha256(b"13812345678").hexdigest()


def test_indexes_outlive_a_change_of_the_master_key(settings):
    index = blind_index("people.phone", "13812345678")
    settings.OLD_MASTER_KEYS, settings.MASTER_KEY = [settings.MASTER_KEY], "n" * 40
    assert blind_index("people.phone", "13812345678") == index


def test_indexes_may_have_a_root_of_their_own(settings):
    settings.INDEX_KEY = "i" * 40
    index = blind_index("people.phone", "13812345678")
    settings.MASTER_KEY = "n" * 40
    assert blind_index("people.phone", "13812345678") == index


def test_nothing_has_no_index():
    assert blind_index("people.phone", "") == ""


@pytest.mark.parametrize("value", ["13812345678", "a" * 63, "A" * 64, 5])
def test_an_index_column_takes_nothing_readable(value):
    with pytest.raises(ValueError, match="nothing readable"):
        BlindIndexField(purpose="people.phone").get_prep_value(value)


def test_an_index_column_takes_an_index_or_nothing():
    field = BlindIndexField(purpose="people.phone")
    index = field.index_of("13812345678")
    assert field.get_prep_value(index) == blind_index("people.phone", "13812345678")
    assert field.get_prep_value("") == ""
    assert field.get_prep_value(None) is None


def test_an_erased_key_cannot_keep_its_bytes():
    from niangjia.kernel import clock

    with pytest.raises(IntegrityError), transaction.atomic():
        DataKey.objects.create(subject_key="someone", wrapped=b"x", erased_at=clock.now())
