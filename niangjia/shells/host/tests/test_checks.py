import os
import subprocess
import sys

import pytest

from niangjia.shells.host import checks
from niangjia.shells.host.refusals import Refused

REAL_SMS = "niangjia.platform.notices.adapters.HttpSms"


def ids(found):
    return [message.id for message in found]


@pytest.fixture
def production(settings):
    settings.PRODUCTION = True
    settings.DEMO = False
    settings.SECRET_KEY = "s" * 60
    settings.MASTER_KEY = "0123456789abcdef" * 4
    settings.ALLOWED_HOSTS = ["union.example"]
    return settings


def test_a_complete_production_may_start(production):
    assert ids(checks.secrets_of_production(None)) == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("SECRET_KEY", "", "niangjia.E001"),
        ("SECRET_KEY", "short", "niangjia.E001"),
        ("MASTER_KEY", "", "niangjia.E002"),
        ("MASTER_KEY", "0" * 64, "niangjia.E002"),
        ("MASTER_KEY", "g" * 64, "niangjia.E002"),
        ("ALLOWED_HOSTS", [], "niangjia.E003"),
        ("ALLOWED_HOSTS", ["*"], "niangjia.E003"),
    ],
)
def test_production_needs_its_own_secrets_and_hosts(production, name, value, expected):
    setattr(production, name, value)
    assert ids(checks.secrets_of_production(None)) == [expected]


def test_time_cannot_be_moved_in_production(production, monkeypatch):
    assert ids(checks.clock_of_production(None)) == []
    monkeypatch.setenv("NIANGJIA_CLOCK", "file:/tmp/clock")
    assert ids(checks.clock_of_production(None)) == ["niangjia.E004"]
    production.PRODUCTION = False
    assert ids(checks.clock_of_production(None)) == []


def test_a_clock_that_cannot_be_read_stops_the_start(monkeypatch, tmp_path):
    assert ids(checks.readable_clock(None)) == []
    moment = tmp_path / "clock"
    moment.write_text("2026-03-04T12:00:00+08:00\n")
    monkeypatch.setenv("NIANGJIA_CLOCK", f"file:{moment}")
    assert ids(checks.readable_clock(None)) == []
    moment.write_text("soon")
    assert ids(checks.readable_clock(None)) == ["niangjia.E009"]
    for source in (f"file:{tmp_path}/nothing", "2026-03-04", str(moment)):
        monkeypatch.setenv("NIANGJIA_CLOCK", source)
        assert ids(checks.readable_clock(None)) == ["niangjia.E009"], source


@pytest.mark.parametrize(
    ("extra", "sentence"),
    [
        ({"NIANGJIA_PRODUCTION": "1", "NIANGJIA_CLOCK": "file:CLOCK"}, "NIANGJIA_CLOCK moves the time"),
        ({"NIANGJIA_CLOCK": "file:/nowhere/clock"}, "NIANGJIA_CLOCK must be file:PATH"),
    ],
)
def test_the_server_itself_refuses_to_start_by_such_a_clock(extra, sentence, tmp_path):
    """By the real command: what the environment says is read at the start of a process."""
    moment = tmp_path / "clock"
    moment.write_text("2026-03-04T12:00:00+08:00")
    secrets = {"NIANGJIA_SECRET_KEY": "s" * 60, "NIANGJIA_MASTER_KEY": "0123456789abcdef" * 4}
    env = {**os.environ, **secrets, "NIANGJIA_HOSTS": "union.example", "NIANGJIA_VAR": str(tmp_path)}
    env |= {name: value.replace("CLOCK", str(moment)) for name, value in extra.items()}
    done = subprocess.run(
        [sys.executable, "-m", "niangjia.cli", "serve", "--port", "1"],
        env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert sentence in done.stdout + done.stderr


def test_a_demonstration_is_not_production(settings):
    settings.DEMO = settings.PRODUCTION = True
    assert "niangjia.E005" in ids(checks.demonstration_alone(None))


def test_a_demonstration_has_no_real_adapters(settings):
    settings.DEMO, settings.PRODUCTION = True, False
    assert ids(checks.demonstration_alone(None)) == []
    settings.SMS_ADAPTER = REAL_SMS
    settings.SMS_URL = "https://sms.example/send"
    assert ids(checks.demonstration_alone(None)) == ["niangjia.E006"]
    settings.SMS_URL = "http://127.0.0.1:9999/send"
    assert ids(checks.demonstration_alone(None)) == [], "a stand-in on this machine is no real adapter"
    settings.BANK_URL = "https://bank.example/"
    assert ids(checks.demonstration_alone(None)) == ["niangjia.E006"]


@pytest.mark.django_db
def test_the_data_of_a_demonstration_meet_no_real_adapter_even_without_the_switch(settings):
    from niangjia.kernel import clock
    from niangjia.shells.demo.models import DemonstrationCity

    settings.DEMO = False
    settings.SMS_ADAPTER, settings.SMS_URL = REAL_SMS, "https://sms.example/send"
    assert ids(checks.demonstration_data(None, databases=["default"])) == []
    DemonstrationCity.objects.create(version="1", founded_at=clock.now())
    assert ids(checks.demonstration_data(None, databases=["default"])) == ["niangjia.E006"]
    settings.PRODUCTION = True
    assert ids(checks.demonstration_data(None, databases=["default"])) == ["niangjia.E007", "niangjia.E006"]


@pytest.mark.django_db
def test_a_refused_start_says_every_sentence(settings, monkeypatch):
    checks.refuse_start()
    settings.CIPHER = "rot13"
    settings.DEMO = settings.PRODUCTION = True
    with pytest.raises(Refused) as refused:
        checks.refuse_start()
    assert "niangjia.E005" in str(refused.value)
    assert "NIANGJIA_CIPHER must be aes-gcm or sm4-gcm." in str(refused.value)
