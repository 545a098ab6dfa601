import pytest

from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import Conflict, Malformed, RuleBroken
from niangjia.kernel.text import Text
from niangjia.platform.requests import idempotency
from niangjia.platform.requests.models import Answer, Counter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
MEMBER = Actor(ActorKind.MEMBER, user_id=5)
BODY = {"item": "eggs", "quantity": 1}


class Till:
    """What is done once: a number counts up and is given back."""

    def __init__(self) -> None:
        self.sold = 0

    def __call__(self) -> dict:
        self.sold += 1
        Counter.objects.create(key=f"effect {self.sold}", count=1, ends_ms=0)
        return {"number": f"YD-{self.sold}", "站点": "回天驿站", "a": 1}


@pytest.fixture
def till() -> Till:
    return Till()


def once(act, *, key="k-1", actor=MEMBER, purpose="reserve", body=BODY):
    return idempotency.once(key=key, actor=actor, purpose=purpose, body=body, act=act)


def test_the_second_time_gives_the_first_answer_and_does_nothing(till):
    """E18."""
    first = once(till)
    assert first == ({"number": "YD-1", "站点": "回天驿站", "a": 1}, False)
    assert once(till) == (first[0], True)
    assert till.sold == 1


def test_the_answer_comes_back_with_its_keys_in_order(till):
    once(till)
    assert list(once(till)[0]) == ["number", "站点", "a"]


def test_the_same_key_for_another_body_is_refused(till):
    """E19."""
    once(till)
    with pytest.raises(RuleBroken) as caught:
        once(till, body={"item": "honey", "quantity": 1})
    assert (caught.value.code, caught.value.status) == ("KEY_REUSED", 422)
    assert till.sold == 1


def test_a_body_is_the_same_whatever_the_order_of_its_fields(till):
    once(till)
    assert once(till, body={"quantity": 1, "item": "eggs"})[1]


@pytest.mark.parametrize("body", [b"\xff\x00", "数量=1", "\ud800", {}, {"at": object}])
def test_any_body_can_be_compared(till, body):
    assert once(till, body=body)[1] is False
    assert once(till, body=body)[1] is True


@pytest.mark.parametrize(
    "different",
    [{"actor": Actor(ActorKind.MEMBER, user_id=6)}, {"purpose": "cancel"}, {"key": "k-2"}],
    ids=["another user (E21)", "another purpose", "another key"],
)
def test_keys_are_apart_by_owner_purpose_and_key(till, different):
    once(till)
    assert once(till, **different)[1] is False
    assert till.sold == 2


def test_people_who_are_not_signed_in_are_told_apart_by_address(till):
    once(till, actor=Actor.anonymous(address="10.0.0.1"))
    assert once(till, actor=Actor.anonymous(address="10.0.0.2"))[1] is False
    assert once(till, actor=Actor.anonymous(address="10.0.0.1"))[1] is True
    assert not Answer.objects.filter(owner__contains="10.0").exists()


@pytest.mark.parametrize("key", [None, "", " ", "k" * 256, 5, ["k"], "k\0", "k\n", "键", "k k", "\ud800"])
def test_a_request_without_a_usable_key_is_refused(till, key):
    """E15 to E17."""
    with pytest.raises(Malformed) as caught:
        once(till, key=key)
    assert (caught.value.code, caught.value.status) == ("KEY_MISSING", 400)
    assert till.sold == 0


def test_the_longest_key_is_accepted(till):
    assert once(till, key="k" * 255)[1] is False
    assert once(till, key="k" * 255)[1] is True


def test_a_refusal_leaves_nothing_and_the_key_may_try_again(till):
    def refuse() -> dict:
        till()
        raise Conflict("SOLD_OUT", Text("已约满"))

    with pytest.raises(Conflict, match="SOLD_OUT"):
        once(refuse)
    assert not Answer.objects.exists()
    assert not Counter.objects.exists()
    assert once(till)[1] is False


def test_who_won_keeps_the_answer_after_everything_is_sold(till):
    """E22: the key is looked at before the stock."""
    first, _again = once(till)

    def sold_out() -> dict:
        raise Conflict("SOLD_OUT", Text("已约满"))

    assert once(sold_out) == (first, True)


def test_an_answer_that_json_cannot_hold_undoes_its_effect(till):
    def bad() -> dict:
        return {**till(), "rate": float("nan")}

    with pytest.raises(ValueError, match="JSON"):
        once(bad)
    assert not Counter.objects.exists()
    assert not Answer.objects.exists()


def test_no_body_is_stored(till):
    once(till, body={"phone": "13812345678"})
    stored = Answer.objects.values().get()
    assert "13812345678" not in str(stored)


def test_answers_are_kept_for_the_retries_of_a_month_and_payouts_for_ever(till, clock):
    once(till)
    once(till, purpose="payout")
    idempotency.keep_for_ever("payout")
    try:
        clock.forward(days=29)
        assert idempotency.purge() == 0
        clock.forward(days=2)
        assert idempotency.purge() == 1
        assert once(till, purpose="payout")[1] is True
        assert once(till)[1] is False
    finally:
        idempotency._kept_for_ever.discard("payout")


def test_answers_cannot_be_purged_before_seven_days():
    with pytest.raises(ValueError, match="7 days"):
        idempotency.purge(older_than_days=6)
