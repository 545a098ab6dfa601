"""Several processes under one parent: all run, or all end.

A process that fails is started again, with patience; INT and TERM end every process with everything it started. The
kernel ends the children should this process be killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from niangjia.kernel.processes import end_group, end_with_parent, tied_to_parent

_PR_SET_CHILD_SUBREAPER = 36
_SIGINT_BIT = 1 << (signal.SIGINT - 1)
TICK_SECONDS = 0.1
RESTARTS = 5
RESTART_WINDOW_SECONDS = 60.0


@dataclass
class Child:
    """One process: its name, its command and the file that receives its output."""

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    process: subprocess.Popen[bytes] | None = None
    starts: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Start it in a group of its own, tied to this process."""
        self.starts.append(time.monotonic())
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command),
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=tied_to_parent(signal.SIGTERM),
            )

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def fails_again_and_again(self) -> bool:
        since = time.monotonic() - RESTART_WINDOW_SECONDS
        return len([start for start in self.starts if start > since]) > RESTARTS


class Supervisor:
    """Runs children until a signal, or until one of them fails again and again.

    With ``end_with_parent`` it also ends when its parent is gone or was interrupted: ``make`` that receives an INT
    alone waits for its recipe without telling it.
    """

    def __init__(self, children: Sequence[Child], *, end_with_parent: bool = False) -> None:
        self.children = list(children)
        self.ending = False
        self._parent = _Parent() if end_with_parent else None

    def run(self, when_ready: Callable[[], bool]) -> int:
        """Start all and watch. ``when_ready`` is asked until it says True. Returns the exit status: 0, or 1."""
        self._listen()
        for child in self.children:
            child.start()
        try:
            return self._watch(when_ready)
        finally:
            self.end()

    def end(self) -> None:
        """End every child and everything it started."""
        for child in self.children:
            if child.process is not None and child.is_running:
                child.process.terminate()
        for child in self.children:
            if child.process is not None:
                end_group(child.process)

    def _listen(self) -> None:
        signal.signal(signal.SIGINT, self._on_signal)
        signal.signal(signal.SIGTERM, self._on_signal)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        if self._parent is not None:
            end_with_parent()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.ending = True

    def _watch(self, when_ready: Callable[[], bool]) -> int:
        ready = False
        while not self.ending:
            if self._parent is not None and self._parent.wants_an_end():
                return 0
            for child in self.children:
                if not child.is_running and not self._start_again(child):
                    return 1
            ready = ready or when_ready()
            time.sleep(TICK_SECONDS)
        return 0

    def _start_again(self, child: Child) -> bool:
        if self.ending:
            return True
        if child.fails_again_and_again:
            sys.stderr.write(f"{child.name} fails again and again; its last words are in {child.log}\n")
            return False
        child.start()
        return True


class _Parent:
    """The process that started us, watched through /proc."""

    def __init__(self) -> None:
        self.pid = os.getppid()
        self.caught_int = self._catches_int()

    def wants_an_end(self) -> bool:
        """It is gone, or it caught INT before and no longer does: make resets the signal once it has received it."""
        return os.getppid() != self.pid or (self.caught_int and not self._catches_int())

    def _catches_int(self) -> bool:
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return False
        caught = next((line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:")), "0")
        return bool(int(caught, 16) & _SIGINT_BIT)
