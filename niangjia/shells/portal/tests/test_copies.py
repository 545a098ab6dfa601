"""带走我的信息: whole, for its owner alone, after a fresh code, for a week."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from niangjia.commons.people.corrections.testing import a_known_member, a_request
from niangjia.commons.people.own_data import copying
from niangjia.commons.people.own_data.models import DataCopy
from niangjia.commons.people.testing import signed_in
from niangjia.commons.unions import testing as unions
from niangjia.platform.accounts import sessions
from niangjia.platform.accounts.models import Session
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.files.models import File
from niangjia.platform.jobs.worker import drain
from niangjia.platform.testing.clients import member_client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path}},
    }


@pytest.fixture
def zhang(db, clock):
    return a_known_member(unions.small_tree()["EAST-1"], 4100)


def a_copy(person):
    """Asked for on the phone, made by a worker, the owner freshly proved."""
    phone = member_client(signed_in(person))
    phone.post("/mine/data/copies/")
    assert "正在整理" in phone.get("/mine/data/copies/").text
    drain()
    Session.objects.filter(user=person.user_id).update(second_factor_at=sessions.clock.now())
    return phone, DataCopy.objects.get()


def test_the_copy_holds_every_holding_as_json_and_xlsx_and_the_uploaded_files(zhang):
    a_request(zhang)
    phone, copy = a_copy(zhang)
    answer = phone.get(f"/mine/data/copies/{copy.public_id}/")
    assert answer["Content-Disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        told = json.loads(archive.read("my-data.json"))
        names = archive.namelist()
        assert archive.read("my-data.xlsx")[:2] == b"PK"
        assert any(name.startswith("files/") and archive.read(name)[1:4] == b"PNG" for name in names)
    codes = {one["code"] for one in told["holdings"]}
    assert codes >= {"person", "membership", "card", "account", "correction", "file"}
    values = [held["value"] for one in told["holdings"] for row in one["rows"] for held in row]
    assert zhang.id_number in values
    acts = AuditEntry.objects.filter(action__startswith="people.data_copy.").values_list("action", flat=True)
    assert {act.rsplit(".", 1)[1] for act in acts} == {"asked", "made", "fetched"}


def test_without_a_fresh_code_nothing_is_handed_out(zhang):
    phone, copy = a_copy(zhang)
    Session.objects.update(second_factor_at=None)
    assert phone.get(f"/mine/data/copies/{copy.public_id}/")["Location"].startswith("/mine/prove/")


def test_nobody_else_finds_it(zhang):
    _phone, copy = a_copy(zhang)
    other = a_known_member(zhang.memberships.get().union, 4101, "李四")
    phone = member_client(signed_in(other))
    Session.objects.update(second_factor_at=sessions.clock.now())
    assert phone.get(f"/mine/data/copies/{copy.public_id}/").status_code == 404


def test_after_a_week_it_is_gone_from_page_and_disk(zhang, clock, tmp_path):
    _phone, _copy = a_copy(zhang)
    clock.forward(days=7, seconds=1)
    assert copying.forget_old() == 1
    assert not File.objects.filter(purpose=copying.COPY_PURPOSE).exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert copying.own_copies(signed_in(zhang)) == []


def test_a_second_tap_makes_no_second_copy(zhang):
    phone = member_client(signed_in(zhang))
    phone.post("/mine/data/copies/")
    phone.post("/mine/data/copies/")
    assert DataCopy.objects.count() == 1


def test_the_copy_lies_sealed(zhang, tmp_path):
    a_copy(zhang)
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"my-data.json" in path.read_bytes()]
