import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from niangjia.kernel.processes import end_group, free_port, tied_to_parent

RUNNER = """
import sys
from pathlib import Path
from niangjia.shells.host.supervisor import Child, Supervisor

folder = Path(sys.argv[1])
code = folder.joinpath("child.py")
children = [Child(name, [sys.executable, str(code), name], folder / f"{name}.log") for name in ("one", "two")]

def ready():
    good = all((folder / f"{name}.grandchild").exists() for name in ("one", "two"))
    if good:
        print("ready", flush=True)
    return good

sys.exit(Supervisor(children, end_with_parent="--tied" in sys.argv).run(ready))
"""

CHILD = """
import signal, subprocess, sys, time
from pathlib import Path

folder, name = Path(__file__).parent, sys.argv[1]
if "stubborn" in (folder / "mode").read_text():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
(folder / f"{name}.pid").write_text(str(subprocess.os.getpid()))
(folder / f"{name}.grandchild").write_text(str(grandchild.pid))
if "failing" in (folder / "mode").read_text():
    grandchild.kill()
    sys.exit("I fail")
time.sleep(600)
"""


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def within(seconds, condition):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def stage(tmp_path):
    (tmp_path / "runner.py").write_text(textwrap.dedent(RUNNER))
    (tmp_path / "child.py").write_text(textwrap.dedent(CHILD))
    (tmp_path / "mode").write_text("")
    started = []

    def start(*arguments, prefix=()):
        command = [*prefix, sys.executable, str(tmp_path / "runner.py"), str(tmp_path), *arguments]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    start.folder = tmp_path
    start.pids = lambda: [
        int(path.read_text()) for path in tmp_path.iterdir() if path.suffix in (".pid", ".grandchild")
    ]
    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_children_and_grandchildren(stage, number):
    process = stage()
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    assert process.wait(20) == 0
    assert len(stage.pids()) == 4
    assert not [pid for pid in stage.pids() if is_alive(pid)]


def test_a_killed_supervisor_leaves_no_child(stage):
    process = stage()
    process.stdout.readline()
    process.kill()
    process.wait()
    children = [int((stage.folder / f"{name}.pid").read_text()) for name in ("one", "two")]
    assert within(10, lambda: not [pid for pid in children if is_alive(pid)])
    for name in ("one", "two"):
        os.kill(int((stage.folder / f"{name}.grandchild").read_text()), signal.SIGKILL)


def test_a_killed_child_is_started_again(stage):
    process = stage()
    process.stdout.readline()
    first = int((stage.folder / "one.pid").read_text())
    os.kill(first, signal.SIGKILL)
    assert within(10, lambda: (stage.folder / "one.pid").read_text() != str(first))
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0


def test_a_child_that_fails_again_and_again_ends_everything_with_a_sentence(stage):
    (stage.folder / "mode").write_text("failing")
    process = stage()
    assert process.wait(60) == 1
    assert "fails again and again" in process.stderr.read()
    assert not [pid for pid in stage.pids() if is_alive(pid)]


def test_a_child_that_does_not_listen_is_ended_by_force(stage):
    (stage.folder / "mode").write_text("stubborn")
    process = stage()
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(40) == 0
    assert not [pid for pid in stage.pids() if is_alive(pid)]


def hears_an_interrupt():
    """A run in the background of a shell is told to ignore INT, and so would be what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_that_only_make_receives_ends_everything(stage, number):
    makefile = stage.folder / "Makefile"
    makefile.write_text(f"run:\n\t@exec {sys.executable} runner.py . --tied\n")
    process = subprocess.Popen(
        ["make", "-C", str(stage.folder), "--no-print-directory", "run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hears_an_interrupt,
    )
    assert process.stdout.readline() == "ready\n"
    pids = stage.pids()
    process.send_signal(number)
    process.wait(30)
    assert within(15, lambda: not [pid for pid in pids if is_alive(pid)])


def test_a_tied_child_ends_with_its_parent(tmp_path):
    script = """
        import subprocess, sys, time
        from niangjia.kernel.processes import tied_to_parent
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], preexec_fn=tied_to_parent())
        print(child.pid, flush=True)
        time.sleep(600)
    """
    parent = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    child = int(parent.stdout.readline())
    assert is_alive(child)
    parent.kill()
    parent.wait()
    assert within(5, lambda: not is_alive(child))


def test_ending_a_group_ends_what_its_leader_left_behind():
    script = "import subprocess, sys; print(subprocess.Popen(['sleep', '600']).pid, flush=True)"
    leader = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, start_new_session=True, preexec_fn=tied_to_parent()
    )
    left = int(leader.stdout.readline())
    leader.wait()
    assert is_alive(left)
    end_group(leader)
    assert within(5, lambda: not is_alive(left))


def test_a_free_port_can_be_bound():
    import socket

    with socket.socket() as bound:
        bound.bind(("127.0.0.1", free_port()))
