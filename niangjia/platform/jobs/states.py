"""The states of a job."""

from __future__ import annotations

from enum import StrEnum

from niangjia.kernel.text import Text, _


class JobState(StrEnum):
    """A job waits, runs, and ends done or dead. A dead one needs an operator."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"

    @property
    def label(self) -> Text:
        return _LABELS[self]


_LABELS = {
    JobState.WAITING: _("等待处理"),
    JobState.RUNNING: _("正在处理"),
    JobState.DONE: _("已完成"),
    JobState.DEAD: _("未能完成"),
}

OPEN = (JobState.WAITING.value, JobState.RUNNING.value)
