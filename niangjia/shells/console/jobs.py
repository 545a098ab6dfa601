"""Work in the background for the system administrator: how it goes, what failed and why, and trying it anew."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.unions import oversight
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import staff_required
from niangjia.platform.jobs import queries, queue, registry
from niangjia.platform.jobs.models import Job
from niangjia.platform.jobs.states import JobState
from niangjia.platform.web import dates, moves, pages, saved
from niangjia.platform.web.fields import ReasonField
from niangjia.platform.web.forms import Form
from niangjia.platform.web.lists import Column, Filter, ListPage
from niangjia.platform.web.parts import Crumb, Fact, Figure, MoveButton
from niangjia.platform.web.tones import Status

LIST = "jobs.jobs"
saved.register(LIST, "console:jobs")
TONES = {JobState.WAITING: "info", JobState.RUNNING: "info", JobState.DONE: "good", JobState.DEAD: "bad"}
LANES: dict[str, Text] = {registry.QUICK: _("短任务"), registry.LONG: _("长任务")}


class RetryForm(Form):
    """Why it should work this time."""

    reason = ReasonField(help_text=_("例如：磁盘已清理。不要写证件号和手机号。"))


def status(job: Job) -> Status:
    """The pill of a job's state."""
    return Status(job.label, TONES[JobState(job.state)])


def progress(job: Job) -> str:
    """How far it has come, in words; nothing where that is not counted."""
    if job.progress_total <= 0:
        return ""
    return f"{job.progress_done:,} / {job.progress_total:,} ({job.share}%)"


def fault(job: Job) -> Text | str:
    """What went wrong: a code, or the kind of a fault with its place in the program."""
    return _("执行它的进程中断了") if job.error == queue.LOST else job.error


def _by_the_clock(rows: QuerySet[Any], said: str) -> QuerySet[Any]:
    kinds = [task.kind for task in registry.periodic()]
    return rows.filter(kind__in=kinds) if said == "clock" else rows.exclude(kind__in=kinds)


def _called(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    """By the beginning of the code, or by a part of what the work is called."""
    kinds = [task.kind for task in registry.every_task() if text in str(task.label)]
    return rows.filter(Q(kind__startswith=text) | Q(kind__in=kinds))


COLUMNS = [
    Column(
        "kind", _("任务"), lambda j: registry.label_of(j.kind), url=lambda j: reverse("console:job", args=[j.public_id])
    ),
    Column("code", _("任务代码"), lambda j: j.kind, kind="code"),
    Column("state", _("状态"), status, kind="status"),
    Column("progress", _("进度"), progress),
    Column("error", _("出了什么错"), fault),
    Column("attempts", _("试过几次"), lambda j: j.attempts, kind="number"),
    Column("by", _("谁要求的"), lambda j: j.asked_by or _("定时")),
    Column("created_at", _("提出时间"), lambda j: j.created_at, kind="moment", sort="created_at"),
    Column("ended_at", _("结束时间"), lambda j: j.ended_at, kind="moment", sort="ended_at"),
    Column("lane", _("通道"), lambda j: LANES.get(j.lane, j.lane), optional=True),
    Column("due_at", _("最早什么时候做"), lambda j: j.due_at, kind="moment", optional=True),
]
FILTERS = [
    Filter("state", _("状态"), lambda rows, state: rows.filter(state=state),
           [(state.value, state.label) for state in JobState]),
    Filter("from", _("来源"), _by_the_clock, [("clock", _("定时任务")), ("asked", _("有人要求的"))]),
    Filter("kind", _("任务"), _called),
]  # fmt: skip


@require_safe
@staff_required
def listing(request: HttpRequest) -> HttpResponseBase:
    """All work, the newest first; exported with ``?export=xlsx``."""
    actor = actor_of(request)
    oversight.may_operate(actor).require()
    rows = oversight.visible_jobs(actor).annotate(asked_by=F("created_by__display_name"))
    page = ListPage(request, rows, COLUMNS, FILTERS, order="-id", code=LIST)
    if "export" in request.GET:
        return page.export(str(_("后台任务")), before=lambda _found: None)
    return pages.render(request, "console/jobs.html", {"listing": page, "figures": _figures()})


@never_cache
@require_safe
@staff_required
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One piece of work with its progress and, when it failed for good, the way to try it anew."""
    actor = actor_of(request)
    job = oversight.job_for(actor, public_id)
    again = oversight.may_retry(actor, job)
    button = MoveButton(
        _("重试"), reverse("console:job_retry", args=[public_id]), again.refusal, primary=True
    )  # fmt: skip
    context = {
        "job": job,
        "title": registry.label_of(job.kind),
        "status": status(job),
        "facts": _facts(job),
        "fault": fault(job),
        "asked": [Fact(key, value) for key, value in job.payload.items()],
        "result": [Fact(key, value) for key, value in job.result.items()],
        "buttons": [button] if job.state == JobState.DEAD else [],
        "crumbs": _crumbs(registry.label_of(job.kind)),
    }
    return pages.render(request, "console/job.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required
def retry(request: HttpRequest, public_id: str) -> HttpResponse:
    """Try it anew: what follows, the reason, then the act."""
    actor = actor_of(request)
    job = oversight.job_for(actor, public_id)
    oversight.may_retry(actor, job).require()
    form = RetryForm(request.POST or None)
    again = partial(oversight.retry_job, public_id=public_id, actor=actor)
    if request.method == "POST" and moves.make(form, lambda: again(**form.cleaned_data)) is not None:
        messages.success(request, str(_("已重新排队，马上会有进程来做。")))
        return redirect("console:job", public_id)
    return moves.confirm(
        request,
        form,
        title=_("重试"),
        consequence=_("任务从停下的地方接着做，已经做完的不会再做一遍。"),
        back_url=reverse("console:job", args=[public_id]),
        facts=_facts(job),
        crumbs=_crumbs(registry.label_of(job.kind)),
    )


def _figures() -> list[Figure]:
    counted, waited = queries.counts(), queries.longest_wait()
    return [
        Figure(_("在线的工作进程"), f"{queries.workers_alive():,}"),
        Figure(JobState.WAITING.label, f"{counted[JobState.WAITING]:,}", last=_longest(waited)),
        Figure(JobState.RUNNING.label, f"{counted[JobState.RUNNING]:,}"),
        Figure(JobState.DEAD.label, f"{counted[JobState.DEAD]:,}", url="?state=dead"),
    ]


def _longest(waited: timedelta) -> Text | str:
    minutes = int(waited.total_seconds()) // 60
    return _("最久等了 {n} 分钟", n=f"{minutes:,}") if minutes else ""


def _facts(job: Job) -> list[Fact]:
    by = job.created_by.display_name if job.created_by else _("定时")
    return [
        Fact(_("任务"), registry.label_of(job.kind), note=job.kind),
        Fact(_("任务编号"), job.public_id),
        Fact(_("状态"), job.label),
        Fact(_("谁要求的"), by),
        Fact(_("提出时间"), dates.moment(job.created_at)),
        Fact(_("开始时间"), dates.moment(job.started_at)),
        Fact(_("结束时间"), dates.moment(job.ended_at)),
        Fact(_("试过几次"), _("{n} 次，最多 {most} 次", n=job.attempts, most=job.max_attempts)),
        Fact(_("执行的进程"), job.worker),
        Fact(_("追踪号"), job.trace),
    ]


def _crumbs(last: Text | str) -> list[Crumb]:
    return [Crumb(_("后台任务"), reverse("console:jobs")), Crumb(last)]
