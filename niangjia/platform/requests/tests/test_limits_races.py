"""Limits hold over connections and over processes, and outlive a rollback."""

import json
import subprocess
import sys

import pytest
from django.db import connection, transaction

from niangjia.kernel.errors import TooMany
from niangjia.platform.requests import limits
from niangjia.platform.requests.models import Counter
from niangjia.platform.testing.races import at_once, two_connections

pytestmark = pytest.mark.django_db(transaction=True)
KEY = "code.guess:someone"


def passed(outcomes) -> int:
    assert {type(outcome.error) for outcome in outcomes} <= {type(None), TooMany}
    return sum(outcome.ok for outcome in outcomes)


def test_reading_first_and_writing_then_lets_one_too_many_through():
    Counter.objects.create(key=KEY, count=0, ends_ms=0)

    def careless(meet) -> bool:
        count = Counter.objects.get(key=KEY).count
        assert meet()
        Counter.objects.filter(key=KEY).update(count=count + 1)
        return count < 1

    assert [outcome.value for outcome in two_connections(careless, careless)] == [True, True]
    assert Counter.objects.get().count == 1, "two guesses were judged, one was counted"


def test_of_two_at_once_exactly_one_passes():
    def guess(meet):
        meet()
        limits.hit(KEY, limit=1, seconds=300)

    assert passed(two_connections(guess, guess)) == 1


def test_of_two_hundred_guesses_at_once_exactly_five_are_judged():
    """R16, A44: twenty connections with ten guesses each."""

    def guess_ten_times() -> int:
        judged = 0
        for _time in range(10):
            try:
                limits.hit(KEY, limit=5, seconds=300)
            except TooMany:
                continue
            judged += 1
        return judged

    outcomes = at_once([guess_ten_times] * 20)
    assert [outcome.error for outcome in outcomes] == [None] * 20
    assert sum(outcome.value for outcome in outcomes) == 5
    assert limits.peek(KEY).hits == 200


def test_a_counter_outlives_the_rollback_of_what_it_guarded():
    limits.hit(KEY, limit=1, seconds=300)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        Counter.objects.create(key="other work", count=1, ends_ms=0)
        raise ZeroDivisionError
    with pytest.raises(TooMany):
        limits.hit(KEY, limit=1, seconds=300)
    assert not Counter.objects.filter(key="other work").exists()


CHILD = """
import json, sys
from django.conf import settings
database = json.loads(sys.argv[1])
settings.configure(
    DATABASES={"default": database}, INSTALLED_APPS=[], USE_TZ=True, MASTER_KEY=sys.argv[2], CIPHER="aes-gcm",
    OLD_MASTER_KEYS=[], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", LANGUAGE_CODE="zh-hans",
)
settings.INSTALLED_APPS = ["niangjia.platform.personal_data", "niangjia.platform.requests"]
import django
django.setup()
from niangjia.kernel.errors import TooMany
from niangjia.platform.requests import limits
judged = 0
for _time in range(20):
    try:
        limits.hit("code.guess:someone", limit=5, seconds=300)
    except TooMany:
        continue
    judged += 1
print(judged)
"""


def test_four_processes_share_one_limit(settings):
    """Counters are exact over two processes."""
    wanted = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    database = json.dumps({key: connection.settings_dict[key] for key in wanted}, default=str)
    command = [sys.executable, "-c", CHILD, database, settings.MASTER_KEY]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _i in range(4)]
    answers = [child.communicate(timeout=120) for child in children]
    assert [child.returncode for child in children] == [0] * 4, answers
    assert sum(int(output) for output, _errors in answers) == 5
    assert limits.peek(KEY).hits == 80
