"""A kind of notice, somebody to tell, and a gateway."""

from __future__ import annotations

import pytest

from niangjia.kernel.text import text
from niangjia.platform.accounts.models import User
from niangjia.platform.accounts.phones import index_of
from niangjia.platform.notices import kinds
from niangjia.platform.notices.kinds import NoticeKind
from niangjia.platform.notices.tests import gateway as gateways
from niangjia.platform.notices.tests.database import in_a_file

in_a_file()


@pytest.fixture
def approved(monkeypatch):
    """A kind that goes into the portal and by SMS."""
    monkeypatch.setattr(kinds, "_kinds", dict(kinds._kinds))
    return kinds.register(
        NoticeKind("test.approved", text("申请已通过"), text("您的申请 {number} 已通过。"), ("in_app", "sms"))
    )


@pytest.fixture
def user(db):
    return somebody("13800138000")


def somebody(phone: str) -> User:
    return User.objects.create(phone=phone, phone_index=index_of(phone))


@pytest.fixture
def gateway(settings):
    with gateways.running() as running:
        settings.SMS_ADAPTER = "niangjia.platform.notices.adapters.HttpSms"
        settings.SMS_URL, settings.SMS_KEY = running.url, gateways.KEY
        yield running


@pytest.fixture
def sms_file(settings, tmp_path):
    """The messages that were sent, as a function."""
    from niangjia.platform.notices.adapters import FileSms

    settings.SMS_ADAPTER = "niangjia.platform.notices.adapters.FileSms"
    settings.SMS_URL = f"file:{tmp_path / 'sms.jsonl'}"
    return FileSms.sent
