"""What the installation does by the clock."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from niangjia.kernel.actor import Actor
from niangjia.platform.audit import entries, sealer
from niangjia.shells.host import jobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def keeper(settings):
    """Somebody who keeps the head of the audit chain elsewhere."""
    received = []

    class Keeper(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Keeper)
    Thread(target=server.serve_forever, daemon=True).start()
    settings.AUDIT_HEAD_URL = f"http://127.0.0.1:{server.server_port}/"
    yield received
    server.shutdown()


def written():
    return entries.record(Actor.system("test"), "sample.seen", subject_type="sample.thing", subject_id="1")


def test_the_head_of_the_audit_chain_leaves_the_host(keeper):
    written()
    assert jobs.seal_audit(None) == {"sealed": 1}
    position, head = sealer.head()
    assert [(told["position"], told["head"]) for told in keeper] == [(position, head)]
    assert jobs.seal_audit(None) == {"sealed": 0}
    assert len(keeper) == 1


def test_a_keeper_that_does_not_answer_stops_nothing(settings):
    settings.AUDIT_HEAD_URL = "http://127.0.0.1:1/"
    written()
    assert jobs.seal_audit(None) == {"sealed": 1}


def test_the_nightly_clearing_and_the_calendar_can_run_twice():
    assert jobs.forget_what_is_over(None) == jobs.forget_what_is_over(None)
    jobs.learn_the_calendar(None)
    assert set(jobs.learn_the_calendar(None).values()) == {0}
