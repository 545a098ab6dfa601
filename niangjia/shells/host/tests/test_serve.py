"""``niangjia serve`` and ``niangjia worker`` under other supervisors than ours."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest

from niangjia.kernel.processes import free_port, tied_to_parent
from niangjia.platform.testing import cities

pytestmark = pytest.mark.sqlite


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    var = tmp_path_factory.mktemp("serve")
    found = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"} | {"NIANGJIA_VAR": str(var)}
    cities.lay_migrated(var / cities.DATABASE)
    command = [sys.executable, "-m", "niangjia.cli", "manage", "migrate", "--verbosity", "0"]
    subprocess.run(command, env=found, check=True, capture_output=True)
    return found


def start(env, *arguments):
    command = [sys.executable, "-m", "niangjia.cli", *arguments]
    return subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, preexec_fn=tied_to_parent()
    )


def wait_for(url, seconds=60):
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_server_is_alive_without_a_worker_but_not_ready_and_ends_when_told(env, number):
    port = free_port()
    server = start(env, "serve", "--port", str(port))
    assert wait_for(f"http://127.0.0.1:{port}/healthz") == 200
    assert wait_for(f"http://127.0.0.1:{port}/readyz") == 503
    assert wait_for(f"http://127.0.0.1:{port}/metrics") == 200
    server.send_signal(number)
    assert server.wait(30) == 0
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)


def test_numbers_are_summed_over_the_server_processes(env):
    port = free_port()
    server = start(env, "serve", "--port", str(port), "--workers", "2")
    wait_for(f"http://127.0.0.1:{port}/healthz")
    for _number in range(20):
        wait_for(f"http://127.0.0.1:{port}/api/v1/openapi.json")
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        numbers = answer.read().decode()
    assert 'niangjia_requests_total{method="GET",route="api/v1/openapi.json",status="200"} 20.0' in numbers
    server.terminate()
    server.wait(30)


def test_a_body_whose_length_is_said_twice_is_refused_e62(env):
    port = free_port()
    server = start(env, "serve", "--port", str(port))
    wait_for(f"http://127.0.0.1:{port}/healthz")
    head = (
        "POST /api/v1/offers/campaigns/x/reservations HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nAuthorization: Bearer x\r\n"
    )
    both = ("Content-Length: 2", "Transfer-Encoding: chunked")
    for lengths in ("\r\n".join(both), "\r\n".join(reversed(both))):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            plain.sendall(f"{head}{lengths}\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n".encode())
            assert plain.recv(100).startswith(b"HTTP/1.1 400 "), lengths
    server.terminate()
    server.wait(30)


@pytest.fixture
def impatient(env):
    """A server with one thread that waits two seconds for a body."""
    port = free_port()
    server = start(
        {**env, "NIANGJIA_BODY_SECONDS": "2"}, "serve", "--port", str(port), "--workers", "1", "--threads", "1"
    )
    wait_for(f"http://127.0.0.1:{port}/healthz")
    yield port
    server.terminate()
    server.wait(30)


def slowly(port, path, *, accept="application/json", length=60, each=b"x"):
    """Send a byte every half a second, or nothing; gives the answer and after how long it came."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: {accept}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    )
    began, answer = time.monotonic(), b""
    with socket.create_connection(("127.0.0.1", port), timeout=0.5) as plain:
        plain.sendall(head.encode())
        while not answer and time.monotonic() - began < 20:
            try:
                answer = plain.recv(100_000)
            except TimeoutError:
                plain.sendall(each)
        seconds = time.monotonic() - began
        with contextlib.suppress(TimeoutError):
            while piece := plain.recv(100_000):
                answer += piece
    return answer.decode(), seconds


CODE = "/api/v1/sign-in/code"


def test_a_body_that_comes_a_byte_at_a_time_is_given_up_d33(impatient):
    answer, seconds = slowly(impatient, CODE)
    assert answer.startswith("HTTP/1.1 408 ")
    assert "connection: close" in answer.lower()
    assert json.loads(answer[answer.index("{") : answer.rindex("}") + 1])["code"] == "BODY_TOO_SLOW"
    assert 2 <= seconds < 15, "all of it would take half a minute"


@pytest.mark.parametrize("length", [60, 2_000_000])
def test_a_body_that_does_not_come_at_all_is_given_up_and_read_as_a_page(impatient, length):
    answer, seconds = slowly(impatient, CODE, accept="text/html", length=length, each=b"")
    assert answer.startswith("HTTP/1.1 408 ")
    assert 2 <= seconds < 15


def test_the_only_thread_is_free_again_while_slow_clients_hold_on(impatient):
    """Without a limit the first of them would keep everybody waiting for a minute."""
    slow = [threading.Thread(target=slowly, args=(impatient, CODE)) for _client in range(3)]
    for one in slow:
        one.start()
    time.sleep(0.5)
    began = time.monotonic()
    assert wait_for(f"http://127.0.0.1:{impatient}/healthz", seconds=30) == 200
    assert time.monotonic() - began < 20
    for one in slow:
        one.join()


def test_what_comes_in_pieces_but_in_time_is_read(impatient):
    text = b'{"phone": "1"}'
    with socket.create_connection(("127.0.0.1", impatient), timeout=10) as plain:
        head = f"POST {CODE} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        plain.sendall(f"{head}Content-Length: {len(text)}\r\n\r\n".encode())
        for at in range(0, len(text), 5):
            time.sleep(0.2)
            plain.sendall(text[at : at + 5])
        assert plain.recv(100).startswith(b"HTTP/1.1 422 ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_worker_ends_when_told(env, number):
    worker = start(env, "worker")
    line = b""
    while b"worker_started" not in line:
        line = worker.stderr.readline()
        assert line, "the worker ended by itself"
    worker.send_signal(number)
    assert worker.wait(30) == 0


def test_production_does_not_start_without_its_secrets(env):
    for command in (("serve", "--port", str(free_port())), ("worker",)):
        refused = start({**env, "NIANGJIA_PRODUCTION": "1", "NIANGJIA_CLOCK": "file:/nowhere"}, *command)
        _out, told = refused.communicate(timeout=60)
        assert refused.returncode == 2
        for word in ("NIANGJIA_SECRET_KEY", "NIANGJIA_MASTER_KEY", "NIANGJIA_HOSTS", "NIANGJIA_CLOCK"):
            assert word in told.decode()
        assert "Traceback" not in told.decode()
