"""What the rights over one's own data need of the workers."""

from __future__ import annotations

from collections.abc import Mapping

from niangjia.commons.people.own_data import closing, copying
from niangjia.kernel.text import _
from niangjia.platform.jobs import LONG, JobHandle, every, task
from niangjia.platform.personal_data import retention


@every("people.close_accounts", "10 3 * * *", label=_("注销到期的账号"))
def close_accounts(job: JobHandle) -> dict[str, int]:
    """Carry out closings whose week is over."""
    return {"closed": closing.carry_out_due(actor=job.actor)}


@task(copying.TASK, lane=LONG, label=_("整理带走的个人信息"))
def make_copy(job: JobHandle) -> Mapping[str, int]:
    """Write the copy of somebody's data; running again finds it made."""
    job.progress(0, 1)
    made = copying.make(job.payload["copy"], child=job.payload["child"], actor=job.actor)
    job.progress(1, 1)
    return made


@every("people.forget_copies", "20 3 * * *", label=_("删除过期的个人信息副本"))
def forget_copies(job: JobHandle) -> dict[str, int]:
    """Delete copies that nobody can fetch any more."""
    return {"copies": copying.forget_old()}


@every("people.retention", "30 2 * * *", lane=LONG, label=_("清除保存期满的个人信息"))
def retire(job: JobHandle) -> dict[str, int]:
    """Let go what has been kept long enough; a run that died is taken up at its last batch."""
    begun = job.cursor or {"rule": "", "after": 0}
    gone: dict[str, int] = {}

    def keep(step: retention.Step) -> None:
        job.save_cursor({"rule": step.rule, "after": step.after})

    for step in retention.steps(actor=job.actor, rule=begun["rule"], after=begun["after"], keep=keep):
        gone[step.rule] = gone.get(step.rule, 0) + step.gone
        job.progress(sum(gone.values()), sum(gone.values()))
    return gone
