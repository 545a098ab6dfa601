import pytest

from niangjia.kernel.actor import Actor, ActorKind
from niangjia.platform.personal_data import consents
from niangjia.platform.personal_data.models import Consent
from niangjia.platform.testing.races import two_connections

pytestmark = pytest.mark.django_db(transaction=True)


def test_agreeing_in_two_windows_at_once_is_one_consent():
    consents.publish("example", "1", {"zh-hans": "我同意。"})

    def agree() -> int:
        actor = Actor(ActorKind.MEMBER, user_id=5)
        return consents.give("example", "1", subject_key="someone", actor=actor).pk

    outcomes = two_connections(agree, agree)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert {outcome.value for outcome in outcomes} == {Consent.objects.get().pk}
