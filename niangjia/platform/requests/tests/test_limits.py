import pytest
from django.db import transaction

from niangjia.kernel.errors import TooMany
from niangjia.kernel.text import _
from niangjia.platform.requests import limits
from niangjia.platform.requests.models import Counter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
KEY = "code.minute:13812345678"


def hit(limit=5, seconds=3600, key=KEY, **options) -> bool:
    try:
        limits.hit(key, limit=limit, seconds=seconds, **options)
    except TooMany:
        return False
    return True


def test_so_many_pass_and_not_one_more():
    assert [hit() for _time in range(8)] == [True] * 5 + [False] * 3


def test_a_window_begins_with_its_first_hit_and_lasts_to_the_second(clock):
    clock.forward(seconds=59)
    assert hit(limit=1, seconds=60)
    clock.forward(seconds=59, milliseconds=999)
    assert not hit(limit=1, seconds=60)
    clock.forward(milliseconds=1)
    assert hit(limit=1, seconds=60)


def test_refused_hits_do_not_lengthen_the_wait(clock):
    assert hit(limit=1, seconds=60)
    for _time in range(59):
        clock.forward(seconds=1)
        assert not hit(limit=1, seconds=60)
    clock.forward(seconds=1)
    assert hit(limit=1, seconds=60)


def test_a_new_window_counts_from_one(clock):
    assert [hit(limit=2) for _time in range(3)] == [True, True, False]
    clock.forward(hours=1)
    assert [hit(limit=2) for _time in range(3)] == [True, True, False]


def test_a_refusal_says_how_long_to_wait(clock):
    limits.hit(KEY, limit=1, seconds=60)
    clock.forward(seconds=20)
    with pytest.raises(TooMany) as caught:
        limits.hit(KEY, limit=1, seconds=60)
    assert (caught.value.code, caught.value.status, caught.value.retry_after) == ("TOO_MANY", 429, 40)
    assert str(caught.value.message) == "操作太频繁，请 40 秒后再试。"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 秒"), (120, "120 秒"), (121, "3 分钟"), (7200, "120 分钟"), (7201, "3 小时"), (86400, "24 小时")],
)
def test_long_waits_are_told_in_minutes_and_hours(seconds, words):
    limits.hit(KEY, limit=1, seconds=seconds)
    with pytest.raises(TooMany, match=words):
        limits.hit(KEY, limit=1, seconds=seconds)


def test_a_caller_may_have_words_of_its_own():
    limits.hit(KEY, limit=1, seconds=60)
    with pytest.raises(TooMany, match="验证码已发送，60 秒后"):
        limits.hit(KEY, limit=1, seconds=60, message=_("验证码已发送，{seconds} 秒后可以重发。"))


def test_counters_are_apart_by_name_and_by_whom():
    assert hit(limit=1)
    assert hit(limit=1, key="code.minute:13812345679")
    assert hit(limit=1, key="code.hour:13812345678")
    assert hit(limit=1, key="code.budget")
    assert not hit(limit=1)


def test_no_phone_or_address_is_stored():
    hit()
    hit(key="code.budget")
    keys = set(Counter.objects.values_list("key", flat=True))
    assert not any("138" in key and "13812345678" in key for key in keys)
    assert "code.budget" in keys
    assert any(key.startswith("code.minute:") for key in keys)


@pytest.mark.parametrize("whom", ["", "x" * 5000, "𠮷", "\0", "\ud800", "a:b:c"])
def test_whatever_is_typed_can_be_counted(whom):
    assert [hit(limit=1, key=f"search:{whom}") for _time in range(2)] == [True, False]


def test_the_name_of_a_limit_is_short():
    with pytest.raises(ValueError, match="at most 50"):
        hit(key=f"{'n' * 51}:x")


def test_peeking_does_not_count(clock):
    assert limits.peek(KEY) == limits.Count(0, 0)
    hit()
    clock.forward(seconds=600)
    assert limits.peek(KEY) == limits.peek(KEY) == limits.Count(1, 3000)
    clock.forward(seconds=3000)
    assert limits.peek(KEY) == limits.Count(0, 0)


def test_clearing_forgets_one_counter_only():
    hit(limit=1)
    hit(limit=1, key="code.hour:13812345678")
    limits.clear(KEY)
    assert hit(limit=1)
    assert not hit(limit=1, key="code.hour:13812345678")


def test_old_counters_are_purged_and_running_ones_kept(clock):
    hit(seconds=60)
    hit(seconds=86400, key="code.day:13812345678")
    clock.forward(hours=1)
    assert limits.purge() == 0
    clock.forward(minutes=2)
    assert limits.purge() == 1
    assert not hit(limit=1, seconds=86400, key="code.day:13812345678")


def test_counting_inside_work_that_may_be_rolled_back_is_a_mistake():
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        hit()
