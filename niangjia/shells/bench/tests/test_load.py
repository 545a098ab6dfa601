"""The load generator counts what a server really answered."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from niangjia.shells.bench.benchmarks import get, lines
from niangjia.shells.bench.load import Load, Result


@pytest.fixture
def server():
    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        answered = 0

        def do_GET(self):
            type(self).answered += 1
            body = b"x" * 100_000
            self.send_response(503 if self.path == "/broken" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *about):
            pass

    found = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    found.answer = Answer
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield found
    found.shutdown()
    found.server_close()
    thread.join()


def test_every_counted_answer_was_given(server):
    result = Load("127.0.0.1", server.server_port, get("/"), connections=3).run(0.5)
    counted = result.statuses[200]
    assert 0 < counted <= server.answer.answered <= counted + 3
    assert len(result.latencies) == counted
    assert 0 < result.own_share <= 1.5


def test_refusals_are_counted_apart(server):
    result = Load("127.0.0.1", server.server_port, get("/broken"), connections=2).run(0.3)
    assert set(result.statuses) == {503}
    found = {line.name: line.value for line in lines("x", result)}
    assert found["x: refused or failed"] == sum(result.statuses.values())


def test_percentiles_and_rates():
    result = Result(seconds=2.0, statuses={200: 100}, latencies=[n / 100 for n in range(1, 101)], own_share=0.2)
    assert result.per_second == 50
    assert result.percentile(0.5) == 0.51
    assert result.percentile(0.99) == 1.0
