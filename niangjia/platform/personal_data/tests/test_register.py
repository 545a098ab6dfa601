import re
from fnmatch import fnmatchcase

import pytest
from django.apps import apps

from niangjia.platform.personal_data import register
from niangjia.platform.personal_data.fields import BlindIndexField, EncryptedTextField
from niangjia.platform.personal_data.register import Kind

TELLS_OF_A_PERSON = {"birth_date", "sex", "phone", "id_number", "display_name", "actor_name", "guardian_name"}
TERMS = {"protection.PlanVersion.sex", "protection.Cover.sex"}
"""To whom terms are open, written once for everybody: they tell of nobody."""


def test_every_field_of_every_model_is_in_the_register():
    assert register.unregistered() == []


def test_what_is_encrypted_is_registered_as_about_a_person_or_as_a_secret():
    sealed = {label for label, field in register.labels() if isinstance(field, EncryptedTextField | BlindIndexField)}
    assert "personal_data.Consent.guardian_name" in sealed
    kinds = {label: register.entry_for(label).kind for label in sealed}
    assert [label for label, kind in kinds.items() if not (kind.about_a_person or kind is Kind.SECRET)] == []


def test_what_tells_of_a_person_by_its_name_is_registered_so():
    telling = [label for label, _field in register.labels() if label.rpartition(".")[2] in TELLS_OF_A_PERSON]
    assert set(telling) > TERMS
    telling = [label for label in telling if label not in TERMS]
    assert "personal_data.Look.actor_name" in telling
    assert [label for label in telling if not register.entry_for(label).kind.about_a_person] == []


def test_no_paragraph_is_about_fields_that_are_gone():
    labels = [label for label, _field in register.labels()]
    patterns = [pattern for entry in register.entries() for pattern in entry.patterns]
    assert [pattern for pattern in patterns if not any(fnmatchcase(label, pattern) for label in labels)] == []


def test_every_paragraph_says_purpose_ground_and_retention_in_both_languages():
    for entry in register.entries():
        for words in (entry.purpose, entry.basis, entry.retention):
            assert re.search("[\u4e00-\u9fff]", words.in_language("zh-hans"))
            assert words.in_language("en")
            assert not re.search("[\u4e00-\u9fff]", words.in_language("en"))


def test_the_most_exact_pattern_counts():
    assert register.entry_for("people.Person.id_number").kind is Kind.SENSITIVE
    assert register.entry_for("joining.Application.id_index").kind is Kind.SENSITIVE
    assert register.entry_for("joining.Application.name").kind is Kind.PERSONAL
    assert register.entry_for("unions.Union.name").kind is Kind.ORGANISATION
    assert register.entry_for("anywhere.Anything.id").kind is Kind.TECHNICAL
    assert register.entry_for("anywhere.Anything.secret") is None


@pytest.fixture
def another_room(tmp_path, monkeypatch):
    config = apps.get_app_config("requests")
    monkeypatch.setattr(config, "path", str(tmp_path))
    return tmp_path / register.FILE


def test_a_room_brings_its_own_register(another_room):
    another_room.write_text(
        'bases.drill = {zh = "演练", en = "drill"}\n'
        '[[entry]]\nfields = ["fire.Drill.*"]\nkind = "organisation"\npurpose = {zh = "消防演练", en = "fire drills"}\n'
        'basis = "drill"\nretention = "open"\n'
    )
    assert register.entry_for("fire.Drill.day").basis.en == "drill"


@pytest.mark.parametrize(
    "gap", ['kind = "mystery"', 'basis = "habit"', 'retention = "until later"', 'purpose = {zh = "只有中文"}']
)
def test_a_register_with_a_gap_is_refused(another_room, gap):
    whole = {
        "kind": 'kind = "personal"',
        "purpose": 'purpose = {zh = "消防演练", en = "fire drills"}',
        "basis": 'basis = "none"',
        "retention": 'retention = "open"',
    }
    whole[gap.split()[0]] = gap
    another_room.write_text('[[entry]]\nfields = ["fire.Drill.*"]\n' + "\n".join(whole.values()))
    with pytest.raises(ValueError, match=r"fire\.Drill"):
        register.entries()
