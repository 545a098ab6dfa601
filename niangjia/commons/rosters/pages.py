"""The officer's pages of a staged file. A room marks its views and calls these."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from niangjia.commons.rosters import preview
from niangjia.commons.rosters.kind import R
from niangjia.commons.rosters.moves import Moves
from niangjia.commons.rosters.preview import Preview
from niangjia.commons.rosters.states import AT_WORK, WITH_OFFICE, RosterEvent, RosterState
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.requests import idempotency
from niangjia.platform.sheets import download
from niangjia.platform.sheets.marks import BadRow
from niangjia.platform.web import moves, pages
from niangjia.platform.web.addresses import is_htmx
from niangjia.platform.web.parts import Crumb, Fact, MoveButton

PAGE, PART = "rosters/roster.html", "rosters/_roster.html"


@dataclass(frozen=True)
class RosterPages(Generic[R]):
    """The pages of one kind of files.

    ``namespace`` is the room's; its addresses are called ``roster``, ``roster-new``, ``roster-returned`` and
    ``roster-act`` with ``prefix`` before them. ``acts`` are the room's actions by event. ``facts`` say in words what
    will happen; ``crumbs`` lead to the list; ``result`` leads to what the file has become, if anything; ``rows`` opens
    staged rows for the workbook that gives them back, and notes whose data that shows. ``more`` are further acts of the
    room beside the moves.
    """

    moves: Moves[R]
    namespace: str
    acts: Mapping[str, Callable[..., R]]
    preview: Preview
    facts: Callable[[R], Sequence[Fact]]
    crumbs: Callable[[], list[Crumb]]
    rows: Callable[[R, Any, Actor], Sequence[BadRow] | Any]
    prefix: str = ""
    result: Callable[[R], Crumb | None] = lambda _roster: None
    more: Callable[[Actor, R], Sequence[MoveButton]] = lambda _actor, _roster: ()

    def url(self, name: str, *given: str) -> str:
        return reverse(f"{self.namespace}:{self.prefix}{name}", args=given)

    def uploaded(
        self, request: HttpRequest, file: Any, said: Mapping[str, str], act: Callable[[], R]
    ) -> HttpResponseBase:
        """Take an upload once for each key of its form, and lead to its page; ``said`` is the rest of the form."""
        began = clock.now()

        def taken() -> dict[str, Any]:
            roster = act()
            return {"roster": roster.public_id, "known": roster.created_at < began}

        answer, _again = idempotency.once(
            key=request.POST.get("idempotency_key", ""),
            actor=actor_of(request),
            purpose=f"{self.moves.kind.machine.name.split('.')[0]}.upload_roster",
            body={**said, "file": idempotency.file_digest(file)},
            act=taken,
        )
        if answer.get("known"):
            messages.info(request, str(_("这份文件以前传过，这里是那一次的结果，没有再做一遍。")))
        return redirect(self.url("roster", str(answer["roster"])))

    def detail(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """One file; while a worker has it in hand, htmx asks for the progress again and again, and for the whole page
        anew when the work is done: state and timeline stand outside of the part."""
        actor, kind = actor_of(request), self.moves.kind
        found = preview.roster_for(kind, actor, public_id)
        response = pages.render(request, PAGE, self._context(actor, found), PART)
        if is_htmx(request) and found.state not in AT_WORK:
            response["HX-Refresh"] = "true"
        return response

    def _context(self, actor: Actor, found: R) -> dict[str, Any]:
        kind, at_work = self.moves.kind, found.state in AT_WORK
        groups = [] if at_work or found.emptied_at else preview.groups(kind, found, self.preview)
        return {
            "roster": found,
            "subject": kind.machine.subject,
            "titles": self.preview.titles,
            "at_work": at_work,
            "job": preview.work_of(found) if at_work else None,
            "groups": groups,
            "has_bad": any(group.is_bad for group in groups),
            "obstacle": preview.obstacle(kind, found) if found.state in WITH_OFFICE else None,
            "refusal": preview.refusal(found),
            "buttons": [*self._buttons(actor, found), *self.more(actor, found)],
            "timeline": preview.timeline(kind, found),
            "crumbs": [*self.crumbs(), Crumb(found.number)],
            "result": self.result(found),
            "figures": preview.figures(kind, found),
            "unknown": found.counts.get("unknown") or [],
            "self_url": self.url("roster", found.public_id),
            "new_url": self.url("roster-new"),
            "returned_url": self.url("roster-returned", found.public_id) if kind.may_work(actor, found) else "",
        }

    def act(self, request: HttpRequest, public_id: str, event: str) -> HttpResponse:
        """One move of an officer: a plain summary of what follows, then the move."""
        actor, kind = actor_of(request), self.moves.kind
        found = preview.roster_for(kind, actor, public_id)
        if event not in self.acts:
            raise NotFound("NOT_FOUND", _("没有这样的操作。"))
        move = moves.asked(request, kind.machine, found.state, event)
        back = self.url("roster", public_id)
        if request.method == "POST":
            moves.once(
                request, f"{kind.machine.name}.{event}", lambda: self.acts[event](public_id=public_id, actor=actor)
            )
            messages.success(request, str(_("{number}：{label}", number=found.number, label=move.label)))
            return redirect(back)
        kind.may_work(actor, found).require()
        context = {
            "title": move.label,
            "crumbs": [*self.crumbs(), Crumb(found.number)],
            "consequence": move.consequence,
            "facts": self.facts(found),
            "action": move.label,
            "danger": event == RosterEvent.DISCARD,
            "back_url": back,
            "is_console": True,
        }
        return pages.render(request, "web/confirm.html", context)

    def returned(self, request: HttpRequest, public_id: str) -> HttpResponseBase:
        """The rows to mend as a workbook; ``?all=1`` gives every row."""
        actor, kind = actor_of(request), self.moves.kind
        found = preview.roster_for(kind, actor, public_id)
        kind.may_work(actor, found).require()
        everything = request.GET.get("all") == "1"
        rows = kind.rows_of(found).order_by("number")
        if not everything:
            rows = rows.filter(outcome__in=kind.bad)
        with transaction.atomic():
            given = self.rows(found, rows, actor)
            preview.note_export(kind, found, actor, rows=rows.count(), everything=everything)
            book = preview.returned(kind, found, given)
        return download.xlsx_response(book, name=f"{found.number}-{_('全部') if everything else _('需要改正')}")

    def _buttons(self, actor: Actor, found: R) -> list[MoveButton]:
        """What an officer may do; what another rule forbids is grey, with the sentence."""
        decision = self.moves.kind.may_work(actor, found)
        shown = []
        for event in self.acts:
            move = found.MACHINE.find(found.state, event)
            if move is None or not decision or not self._is_offered(found, event):
                continue
            primary = event in (RosterEvent.APPLY, RosterEvent.CONFIRM, RosterEvent.FORWARD)
            why = self._why_not(actor, found, event) if primary else None
            url = self.url("roster-act", found.public_id, event)
            shown.append(MoveButton(move.label, url, why, primary=primary, danger=event == RosterEvent.DISCARD))
        return shown

    def _is_offered(self, found: R, event: str) -> bool:
        """One of confirming and applying, as two must agree or not; what a worker has in hand is not checked anew."""
        if event == RosterEvent.RECHECK:
            return found.state in WITH_OFFICE
        second = self.moves.wants_second_eyes(found)
        if event == RosterEvent.CONFIRM:
            return second
        return event != RosterEvent.APPLY or not second or found.state != RosterState.READY

    def _why_not(self, actor: Actor, found: R, event: str) -> Text | None:
        kind = self.moves.kind
        decision = kind.may_apply(actor, found) if event == RosterEvent.APPLY else kind.may_work(actor, found)
        return decision.refusal if not decision else preview.obstacle(kind, found)
