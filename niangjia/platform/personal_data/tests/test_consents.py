from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.platform.personal_data import consents, erasure
from niangjia.platform.personal_data.models import Consent, ConsentText

pytestmark = pytest.mark.django_db
MEMBER = Actor(ActorKind.MEMBER, user_id=5)


@pytest.fixture(autouse=True)
def _texts(db, clock):
    consents.publish("example", "1", {"zh-hans": "我同意。", "en": "I agree."})
    consents.publish("example.health", "1", {"zh-hans": "我同意。"})


def give(version="1", code="example", subject_key="someone") -> Consent:
    return consents.give(code, version, subject_key=subject_key, actor=MEMBER)


def test_the_newest_version_is_shown_in_the_readers_language(clock):
    clock.forward(days=1)
    consents.publish("example", "2", {"zh-hans": "新的。", "en": "New."})
    assert consents.current("example").version == "2"
    assert consents.current("example", "en").body == "New."
    assert consents.current("example.health", "en").body == "我同意。"


def test_a_text_that_nobody_published_is_not_found():
    with pytest.raises(NotFound):
        consents.current("unheard of")


def test_a_version_published_for_tomorrow_is_not_shown_today(clock):
    clock.forward(days=1)
    consents.publish("example", "2", {"zh-hans": "新的。"})
    clock.forward(days=-1)
    assert consents.current("example").version == "1"


def test_a_text_that_comes_with_the_software_counts_from_its_own_day(clock):
    consents.publish("another example", "1", {"zh-hans": "我同意。"}, since=clock.now - timedelta(days=90))
    clock.forward(days=-60)
    assert consents.current("another example").version == "1"


def test_publishing_the_same_again_changes_nothing_and_other_words_need_another_version():
    consents.publish("example", "1", {"zh-hans": "我同意。", "en": "I agree."})
    assert ConsentText.objects.filter(code="example").count() == 2
    with pytest.raises(Conflict) as caught:
        consents.publish("example", "1", {"zh-hans": "别的。"})
    assert caught.value.code == "CONSENT_VERSION_USED"


def test_a_text_without_chinese_is_refused():
    with pytest.raises(ValueError, match="Chinese"):
        consents.publish("example", "2", {"en": "I agree."})


def test_a_published_text_is_never_changed():
    with pytest.raises(DatabaseError), transaction.atomic():
        ConsentText.objects.update(body="别的。")


def test_a_consent_says_who_agreed_to_which_words_and_when(clock):
    consent = give()
    assert (consent.text.body, consent.answered_by_user_id, consent.given_at) == ("我同意。", 5, clock.now)
    assert consents.holds("example", "someone")
    assert not consents.holds("example", "somebody else")


def test_agreeing_twice_is_one_consent():
    assert give().pk == give().pk


@pytest.mark.parametrize("version", ["", "0"])
def test_what_was_not_shown_cannot_be_agreed_to(version):
    with pytest.raises((RuleBroken, Conflict)) as caught:
        give(version)
    assert caught.value.code == ("CONSENT_CHANGED" if version else "CONSENT_MISSING")
    assert not Consent.objects.exists()


def test_a_text_that_changed_since_the_page_was_loaded_is_shown_again(clock):
    """B51."""
    clock.forward(days=1)
    consents.publish("example", "2", {"zh-hans": "新的。"})
    with pytest.raises(Conflict) as caught:
        give("1")
    assert (caught.value.code, caught.value.status) == ("CONSENT_CHANGED", 409)


def test_a_consent_to_a_newer_version_replaces_the_older_which_stays_on_file(clock):
    old = give()
    clock.forward(days=1)
    consents.publish("example", "2", {"zh-hans": "新的。"})
    new = give("2")
    old.refresh_from_db()
    assert old.withdrawn_at == clock.now
    assert new.withdrawn_at is None


def test_refusing_one_purpose_leaves_the_other_alone():
    """B34: health is asked for by itself."""
    give()
    consents.decline("example.health", "1", subject_key="someone", actor=MEMBER)
    assert consents.holds("example", "someone")
    assert not consents.holds("example.health", "someone")


def test_a_withdrawn_consent_no_longer_holds_and_can_be_given_again(clock):
    first = give()
    assert consents.withdraw("example", subject_key="someone", actor=MEMBER) == 1
    assert not consents.holds("example", "someone")
    assert consents.withdraw("example", subject_key="someone", actor=MEMBER) == 0
    assert give().pk != first.pk
    assert consents.holds("example", "someone")


def test_who_said_no_is_not_asked_again_for_thirty_days(clock):
    assert consents.may_ask("example.health", "someone")
    consents.decline("example.health", "1", subject_key="someone", actor=MEMBER)
    assert not consents.may_ask("example.health", "someone")
    clock.forward(days=29, hours=23)
    assert not consents.may_ask("example.health", "someone")
    clock.forward(hours=2)
    assert consents.may_ask("example.health", "someone")


def test_who_said_yes_is_not_asked_again():
    give()
    assert not consents.may_ask("example", "someone")


def as_guardian(name="李梅", relation="母亲") -> Consent:
    return consents.give_as_guardian(
        "example.health", "1", subject_key="a child", actor=MEMBER, guardian_name=name, guardian_relation=relation
    )


def test_a_guardian_agrees_for_a_child_by_name():
    as_guardian()
    consent = Consent.objects.get(subject_key="a child")
    assert (consent.guardian_name, consent.guardian_relation) == ("李梅", "母亲")


@pytest.mark.parametrize(
    ("name", "relation", "code"),
    [("", "母亲", "GUARDIAN_MISSING"), ("李梅", " ", "GUARDIAN_MISSING"), ("李3", "母亲", "NAME")],
)
def test_a_child_needs_a_guardian_with_name_and_relation(name, relation, code):
    """B32."""
    with pytest.raises(RuleBroken) as caught:
        as_guardian(name, relation)
    assert caught.value.code == code


def test_what_an_applicant_agreed_to_becomes_the_persons():
    give(subject_key="an application")
    assert consents.hand_over(from_key="an application", to_key="someone") == 1
    assert consents.holds("example", "someone")
    assert not consents.holds("example", "an application")


def test_a_person_who_had_agreed_before_keeps_one_consent_in_force():
    give(subject_key="someone")
    give(subject_key="an application")
    consents.hand_over(from_key="an application", to_key="someone")
    assert Consent.objects.filter(subject_key="someone").count() == 2
    assert Consent.objects.filter(subject_key="someone", withdrawn_at=None).count() == 1


def test_a_guardians_name_goes_with_the_person_it_was_handed_to(system_actor):
    as_guardian()
    consents.hand_over(from_key="a child", to_key="someone")
    erasure.erase("a child", actor=system_actor, reason="本人申请注销")
    assert Consent.objects.get().guardian_name == "李梅"
    erasure.erase("someone", actor=system_actor, reason="本人申请注销")
    assert Consent.objects.get().guardian_name == ""
