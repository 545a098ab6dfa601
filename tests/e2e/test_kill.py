"""Server processes die in the middle of applications: what was answered stands, nothing is there twice."""

from __future__ import annotations

import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path

import pytest

from niangjia.kernel.identifiers import invented_phone, invented_resident_id
from niangjia.shells.demo.accounts import CODE

pytestmark = pytest.mark.browser
APPLICANTS, FIRST = 10, 700


def call(base, method, path, body=None, **headers):
    """Status and answer; 0 when the line was cut."""
    data = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
    request = urllib.request.Request(
        f"{base}/api/v1/{path}", data=data, method=method, headers={"Content-Type": "application/json", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except (OSError, ValueError):
        return 0, {}


def persist(base, method, path, body=None, **headers):
    """As an app on a bad line does: the same request again until there is an answer."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        status, answer = call(base, method, path, body, **headers)
        if status and status < 500:
            return status, answer
        time.sleep(0.1)
    raise AssertionError(f"no answer from {path}")


def signed_in(base, serial):
    phone = invented_phone(serial)
    _status, sent = persist(base, "POST", "sign-in/code", {"phone": phone})
    status, answer = persist(base, "POST", "sign-in/member", {"phone": phone, "code": CODE, "ticket": sent["ticket"]})
    assert status == 200, answer
    return {"Authorization": f"Bearer {answer['token']}"}


def apply(base, serial, token, version, found):
    body = {
        "name": "吴试",
        "id_number": invented_resident_id(serial, date(1990, 1, 2), "female"),
        "category": "courier",
        "street": "110114011",
        "consent_version": version,
    }
    found[serial] = persist(
        base, "POST", "joining/applications", body, **token, **{"Idempotency-Key": f"kill-test-{serial}"}
    )


def server_processes(var):
    """The processes that answer requests: the children of the one that listens."""
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            about, line = (Path(entry.path, name).read_bytes() for name in ("environ", "cmdline"))
        except OSError:
            continue
        if f"NIANGJIA_VAR={var}\0".encode() in about and b"\0serve\0" in line:
            found.append(int(entry.name))
    return sorted(found)[1:]


def test_killed_servers_lose_and_double_nothing(demo):
    tokens = {serial: signed_in(demo.url, serial) for serial in range(FIRST, FIRST + APPLICANTS)}
    _status, consent = persist(demo.url, "GET", "joining/consent", **tokens[FIRST])
    found: dict[int, tuple[int, dict]] = {}
    callers = [
        threading.Thread(target=apply, args=(demo.url, serial, token, consent["version"], found))
        for serial, token in tokens.items()
    ]
    for caller in callers:
        caller.start()
        time.sleep(0.05)
        victims = server_processes(demo.var)
        if victims and random.random() < 0.5:
            os.kill(random.choice(victims), signal.SIGKILL)
    for caller in callers:
        caller.join(120)
    assert {status for status, _answer in found.values()} == {201}
    for serial, (_status, answer) in found.items():
        _ok, listed = persist(demo.url, "GET", "joining/applications", **tokens[serial])
        assert [item["number"] for item in listed["items"]] == [answer["number"]]
    numbers = [answer["number"] for _status, answer in found.values()]
    assert len(set(numbers)) == APPLICANTS
    assert ", 0 differences" in demo.run("manage", "check_books")
