"""The same request twice at the same moment."""

import json
import subprocess
import sys
import time

import pytest
from django.db import connection

from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import Conflict
from niangjia.platform.requests import idempotency
from niangjia.platform.requests.models import Answer, Counter
from niangjia.platform.testing.races import at_once, two_connections

pytestmark = pytest.mark.django_db(transaction=True)
MEMBER = Actor(ActorKind.MEMBER, user_id=5)


def effect() -> dict:
    row = Counter.objects.create(key=f"effect {time.monotonic_ns()}", count=1, ends_ms=0)
    return {"number": row.key}


def once(act=effect):
    return idempotency.once(key="k-1", actor=MEMBER, purpose="reserve", body={"item": "eggs"}, act=act)


def repeat():
    return once()


def test_looking_for_the_key_and_acting_then_has_two_effects():
    def careless(meet):
        known = Answer.objects.filter(key="k-1").exists()
        assert meet()
        return known or effect()

    assert all(outcome.ok for outcome in two_connections(careless, careless))
    assert Counter.objects.count() == 2


def test_two_at_once_have_one_effect_and_one_answer():
    """E20."""
    outcomes = two_connections(repeat, repeat)
    assert [outcome.error for outcome in outcomes] == [None, None]
    assert {outcome.value[0]["number"] for outcome in outcomes} == {Counter.objects.get().key}
    assert sorted(outcome.value[1] for outcome in outcomes) == [False, True]
    assert Counter.objects.count() == 1


def test_ten_at_once_have_one_effect():
    outcomes = at_once([repeat] * 10)
    assert [outcome.error for outcome in outcomes] == [None] * 10
    assert sorted(outcome.value[1] for outcome in outcomes) == [False] + [True] * 9
    assert Counter.objects.count() == 1


def test_when_the_first_is_refused_the_second_has_its_try():
    def first(meet):
        def refuse() -> dict:
            meet()
            time.sleep(0.3)
            raise Conflict("SOLD_OUT", None)

        return once(refuse)

    def second(meet):
        meet()
        return once()

    refused, served = two_connections(first, second)
    assert isinstance(refused.error, Conflict)
    assert served.error is None
    assert served.value[1] is False
    assert Counter.objects.count() == 1


@pytest.mark.postgresql
def test_while_the_first_is_still_at_work_the_second_is_told_so_in_time():
    def slow(meet):
        def work() -> dict:
            meet()
            time.sleep(1.5)
            return effect()

        return once(work)

    def impatient(meet):
        meet()
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '300ms'")
        try:
            return once()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")

    first, second = two_connections(slow, impatient)
    assert first.error is None
    assert isinstance(second.error, Conflict)
    assert (second.error.code, second.error.status) == ("KEY_RUNNING", 409)
    assert once() == (first.value[0], True)
    assert Counter.objects.count() == 1


@pytest.mark.postgresql
def test_a_wait_for_some_other_row_is_not_called_a_running_request():
    from django.db import OperationalError, transaction

    Counter.objects.create(key="stock", count=5, ends_ms=0)

    def holder(meet):
        with transaction.atomic():
            Counter.objects.select_for_update().get(key="stock")
            meet()
            time.sleep(1)

    def waiter(meet):
        meet()
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")

        def work() -> dict:
            Counter.objects.filter(key="stock").update(count=4)
            return {}

        return once(work)

    _held, waited = two_connections(holder, waiter)
    assert isinstance(waited.error, OperationalError)
    assert not Answer.objects.exists()


CHILD = """
import json, os, signal, sys
from django.conf import settings
database = json.loads(sys.argv[1])
settings.configure(
    DATABASES={"default": database}, INSTALLED_APPS=[], USE_TZ=True, MASTER_KEY=sys.argv[2], CIPHER="aes-gcm",
    OLD_MASTER_KEYS=[], DEFAULT_AUTO_FIELD="django.db.models.BigAutoField", LANGUAGE_CODE="zh-hans",
)
settings.INSTALLED_APPS = ["niangjia.platform.personal_data", "niangjia.platform.requests"]
import django
django.setup()
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.platform.requests import idempotency
from niangjia.platform.requests.models import Counter
def act():
    Counter.objects.create(key="effect of a process", count=1, ends_ms=0)
    if sys.argv[3] == "before commit":
        os.kill(os.getpid(), signal.SIGKILL)
    return {"number": "YD-1"}
idempotency.once(key="k-1", actor=Actor(ActorKind.MEMBER, user_id=5), purpose="reserve", body={"item": "eggs"}, act=act)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("moment", ["before commit", "after commit"])
def test_a_process_killed_in_the_middle_leaves_effect_and_answer_together_or_neither(settings, moment):
    """R2: the retry after kill -9 has the effect, or gives the answer of the effect there was."""
    wanted = ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
    database = json.dumps({key: connection.settings_dict[key] for key in wanted}, default=str)
    command = [sys.executable, "-c", CHILD, database, settings.MASTER_KEY, moment]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == -9, done.stderr
    survived = moment == "after commit"
    assert Counter.objects.count() == Answer.objects.count() == int(survived)
    answer, again = once()
    assert again is survived
    assert (answer == {"number": "YD-1"}) is survived
    assert Counter.objects.count() == 1
