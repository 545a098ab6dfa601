"""The two commands that everybody types first."""

import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing

import pytest

from niangjia.kernel.processes import free_port
from niangjia.platform.accounts import policy_settings
from niangjia.platform.testing import cities
from niangjia.platform.testing.browser import demonstration
from niangjia.shells.demo import accounts

pytestmark = pytest.mark.sqlite


def niangjia(*arguments, var, **environment):
    env = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    env |= {"NIANGJIA_VAR": str(var), **environment}
    command = [sys.executable, "-m", "niangjia.cli", *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)


def migrate(var):
    cities.lay_migrated(var / cities.DATABASE)
    done = niangjia("manage", "migrate", "--verbosity", "0", var=var)
    assert done.returncode == 0, done.stderr


def processes_of(var):
    """Every process whose environment names this folder, but ours."""
    found = []
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            with open(f"/proc/{entry.name}/environ", "rb") as file:
                about = file.read()
        except OSError:
            continue
        if f"NIANGJIA_VAR={var}\0".encode() in about:
            found.append(int(entry.name))
    return found


def command_of(pid):
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().decode()


def seconds_of(pid):
    """What a process and those that it waited for have used of the processor."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        used = file.read().rpartition(b")")[2].split()[11:15]
    return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")


def processor_seconds():
    """What the processes that we waited for, and those that they waited for, have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_the_sign_ins_are_printed_as_json(tmp_path):
    found = json.loads(niangjia("demo", "--accounts", var=tmp_path).stdout)
    assert all(set(entry) >= {"role", "union", "sign_in", "password", "code", "totp_secret"} for entry in found)
    assert {entry["role"] for entry in found} >= {
        "member",
        "union_officer",
        "reviewer",
        "system_admin",
        "employer_agent",
    }
    assert list(tmp_path.iterdir()) == [], "nothing is made for it"


def test_every_role_that_can_be_appointed_has_a_sign_in():
    from niangjia.commons.unions.roles import Role

    assert {entry.role for entry in accounts.SIGN_INS} >= {role.value for role in Role}


def test_the_fixed_code_is_the_one_of_the_accounts():
    assert accounts.CODE == policy_settings.DEMO_CODE


def test_the_table_stands_in_columns():
    lines = accounts.as_table().splitlines()
    assert len(lines) == len(accounts.SIGN_INS) + 1
    starts = set()
    for line, entry in zip(lines[1:], accounts.SIGN_INS, strict=True):
        starts.add(accounts._width(line[: line.rindex(entry.password or entry.code)]))
    assert len(starts) == 1


def test_a_busy_port_gives_one_sentence(tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = niangjia("demo", "--port", str(port), var=tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"Port {port} is busy; choose another one: make demo PORT={port + 1}\n"
    assert done.stdout == ""


def test_a_port_that_is_none_is_refused(tmp_path):
    done = niangjia("demo", "--port", "70000", var=tmp_path)
    assert (done.returncode, "1 to 65535" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"NIANGJIA_PRODUCTION": "1"}, "exclude each other"),
        (
            {"NIANGJIA_SMS": "niangjia.platform.notices.adapters.HttpSms", "NIANGJIA_SMS_URL": "https://sms.example"},
            "real adapter",
        ),
        ({"NIANGJIA_BANK_URL": "https://bank.example"}, "real bank"),
    ],
)
def test_a_demonstration_beside_anything_real_is_refused(tmp_path, environment, words):
    done = niangjia("demo", "--port", str(free_port()), var=tmp_path, **environment)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    yield from demonstration(tmp_path_factory.mktemp("city"))


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.read().decode()


def test_portal_console_and_description_answer(city):
    assert get(f"{city.url}/")[0] == 200
    assert get(f"{city.url}/console/")[0] == 200
    assert json.loads(get(f"{city.url}/api/v1/openapi.json")[1])["openapi"].startswith("3.")


def test_the_city_is_ready_with_its_worker(city):
    status, body = get(f"{city.url}/readyz")
    assert (status, json.loads(body)["checks"]["worker"]) == (200, "ok")


def test_address_and_sign_ins_are_printed(city):
    printed = (city.var / "demo.out").read_text()
    assert f"{city.url}/console/" in printed
    assert all(entry.sign_in in printed for entry in accounts.SIGN_INS)


def test_a_second_demonstration_in_the_same_folder_is_refused(city):
    done = niangjia("demo", "--port", str(free_port()), var=city.var)
    assert done.returncode == 2
    assert "running already" in done.stderr


def test_the_invented_data_meet_no_real_adapter_when_served_later(city):
    real = {"NIANGJIA_SMS": "niangjia.platform.notices.adapters.HttpSms", "NIANGJIA_SMS_URL": "https://sms.example"}
    for command in (("serve", "--port", str(free_port())), ("worker",)):
        done = niangjia(*command, var=city.var, **real)
        assert (done.returncode, "holds the demonstration city" in done.stderr) == (2, True)


def test_everybody_can_sign_in(city):
    import pyotp

    def post(path, body, token=""):
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        request = urllib.request.Request(f"{city.url}/api/v1/sign-in{path}", json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    for entry in accounts.SIGN_INS:
        if entry.is_staff:
            pending = post("/staff", {"name": entry.sign_in, "password": entry.password})
            code = pyotp.TOTP(entry.totp_secret).now()
            done = post("/staff/second-factor", {"code": code}, pending["token"])
        else:
            ticket = post("/code", {"phone": entry.sign_in})["ticket"]
            done = post("/member", {"phone": entry.sign_in, "code": entry.code, "ticket": ticket})
        assert done["next_step"] == "none", entry.role


def test_everybody_who_acted_is_called_as_in_a_city(city):
    """Nobody is called as in tests, and what was typed stands nowhere in the clear."""
    with closing(sqlite3.connect(city.var / "niangjia.sqlite3")) as books:
        names = {name for (name,) in books.execute("SELECT DISTINCT actor_name FROM audit_auditentry")}
        kinds = {kind for (kind,) in books.execute("SELECT DISTINCT typeof(reason) FROM audit_auditentry")}
        sealed = books.execute("SELECT count(*) FROM audit_auditentry WHERE length(reason) > 0").fetchone()
    assert "市总工会办公室" in names
    assert not {"test", "bench", "replay"} & names
    assert (kinds, sealed > (0,)) == ({"blob"}, True)


def test_a_killed_server_process_and_a_killed_worker_come_back(city):
    def commands():
        return {pid: command_of(pid) for pid in processes_of(city.var)}

    worker = next(pid for pid, line in commands().items() if "\0worker\0" in line)
    server = max(pid for pid, line in commands().items() if "\0serve\0" in line)
    os.kill(worker, signal.SIGKILL)
    os.kill(server, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        lines = [line for pid, line in commands().items() if pid not in {worker, server}]
        if sum("\0worker\0" in line for line in lines) == 1 and sum("\0serve\0" in line for line in lines) == 3:
            break
        time.sleep(0.2)
    else:
        pytest.fail("server or worker did not come back")
    assert get(f"{city.url}/readyz")[0] == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_later_start_is_quick_and_a_signal_ends_everything(city, number, tmp_path):
    import shutil

    var = tmp_path / "later"
    shutil.copytree(city.var, var, ignore=shutil.ignore_patterns("*-wal", "*-shm", "metrics", "demo.lock"))
    before = processor_seconds()
    assert niangjia("manage", "check", var=tmp_path).returncode == 0
    one_command = processor_seconds() - before
    for running in demonstration(var):
        started = processes_of(var)
        work = sum(seconds_of(pid) for pid in started if "\0worker\0" not in command_of(pid))
        assert len(started) >= 5
        running.process.send_signal(number)
        assert running.process.wait(30) == 0
        assert processes_of(var) == []
    assert work < 6 * one_command, "until it is ready, without what the worker finds to do; beside another command"


def test_starting_over_removes_only_what_is_invented(tmp_path):
    migrate(tmp_path)
    create = "from niangjia.platform.accounts.models import User; User.objects.create(sign_in_name='real')"
    assert niangjia("manage", "shell", "-v", "0", "-c", create, var=tmp_path).returncode == 0
    for arguments in (("--fresh",), ()):
        done = niangjia("demo", "--port", str(free_port()), *arguments, var=tmp_path)
        assert done.returncode == 2
        assert "other data" in done.stderr
    count = "from niangjia.platform.accounts.models import User; print(User.objects.count())"
    assert niangjia("manage", "shell", "-v", "0", "-c", count, var=tmp_path).stdout.strip() == "1"


def test_a_folder_that_is_not_there_yet_is_made(tmp_path):
    done = niangjia("manage", "migrate", "--verbosity", "0", var=tmp_path / "new" / "var")
    assert done.returncode == 0, done.stderr


def test_half_a_city_is_built_anew(tmp_path):
    migrate(tmp_path)
    half = (
        "from niangjia.kernel import clock; from niangjia.shells.demo.models import DemonstrationCity as C;"
        "C.objects.create(version='1', founded_at=clock.now())"
    )
    assert niangjia("manage", "shell", "-v", "0", "-c", half, var=tmp_path).returncode == 0
    env = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"} | {"NIANGJIA_VAR": str(tmp_path)}
    command = [sys.executable, "-m", "niangjia.cli", "demo", "--port", str(free_port())]
    said = []
    with subprocess.Popen(command, env=env, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        for line in process.stderr:
            said.append(line)
            if "unions" in line:
                process.kill()
    assert any("interrupted" in line for line in said)
    assert "preparing unions …\n" in said, "it began anew"
