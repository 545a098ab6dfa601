"""The officers' list of applications: filters, order, page, and the same rows as a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from django.db.models import Q
from django.http import FileResponse, HttpRequest

from niangjia.commons.desk import queries as desk
from niangjia.commons.desk.models import DeskItem
from niangjia.commons.people.categories import CATEGORY_LABELS, WorkerCategory
from niangjia.kernel import clock
from niangjia.kernel.text import Text, _
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.audit import entries
from niangjia.platform.personal_data import looks, masks
from niangjia.platform.personal_data.kinds import LookKind
from niangjia.platform.sheets import download
from niangjia.platform.sheets.write import Column, Kind, Sheet
from niangjia.platform.web import paging
from niangjia.platform.web.paging import Page
from niangjia.services.joining import policies, queries
from niangjia.services.joining.models import Application, ApplicationQuerySet
from niangjia.services.joining.states import APPLICATION, IN_REVIEW, WITH_APPLICANT, ApplicationState

TABS: Mapping[str, Text] = {
    "mine": _("等我办理"),
    "review": _("审核中"),
    "applicant": _("等申请人补充"),
    "approved": _("已通过"),
    "refused": _("未通过"),
    "all": _("全部"),
}
_STATES: Mapping[str, tuple[str, ...]] = {
    "review": IN_REVIEW,
    "applicant": WITH_APPLICANT,
    "approved": (ApplicationState.APPROVED,),
    "refused": (ApplicationState.REFUSED, ApplicationState.WITHDRAWN, ApplicationState.LAPSED),
}
MOST_EXPORTED = 10_000


class ApplicationList:
    """The list as the address asks for it; whatever cannot be read in the address is taken as not said."""

    def __init__(self, request: HttpRequest) -> None:
        self.actor = actor_of(request)
        self.tab = request.GET.get("tab", "mine") if request.GET.get("tab", "mine") in TABS else "mine"
        self.text = request.GET.get("q", "").replace("\x00", "").strip()[:50]
        self.category = request.GET.get("category", "")
        self._page, self._size = request.GET.get("page", "1"), request.GET.get("size", "20")

    @property
    def tabs(self) -> list[tuple[str, Text, bool]]:
        return [(code, label, code == self.tab) for code, label in TABS.items()]

    @property
    def categories(self) -> list[tuple[str, Text, bool]]:
        return [(code.value, label, code == self.category) for code, label in CATEGORY_LABELS.items()]

    @property
    def may_tick(self) -> bool:
        """Whether rows can be approved from here: only those that wait on me."""
        return self.tab == "mine"

    @cached_property
    def rows(self) -> ApplicationQuerySet:
        """All rows that match, the longest waiting first while they wait, the newest first afterwards."""
        found = policies.listed_applications(self.actor).with_unions().filter(self._condition())
        return (
            found.order_by("created_at", "pk")
            if self.tab in ("mine", "review")
            else found.order_by("-created_at", "-pk")
        )

    @cached_property
    def page(self) -> Page:
        total, size = self.rows.count(), paging.size_of(self._size)
        number = paging.clamp(self._page, max(1, -(-total // size)))
        return Page(list(self.rows[(number - 1) * size : number * size]), number, size, total)

    @cached_property
    def due(self) -> Mapping[int, DeskItem]:
        return queries.due_of(self.page.rows)

    def lines(self) -> Iterator[tuple[Application, DeskItem | None]]:
        """Each row of the page with its open desk item."""
        for row in self.page.rows:
            yield row, self.due.get(row.pk)

    def _condition(self) -> Q:
        condition = Q(state__in=_STATES[self.tab]) if self.tab in _STATES else Q()
        if self.tab == "mine":
            waiting = desk.my_items(self.actor).filter(subject_type=queries.SUBJECT_TYPE).values("subject_id")
            condition &= Q(pk__in=waiting)
        if self.category in set(WorkerCategory):
            condition &= Q(category=self.category)
        if self.text:
            condition &= (
                Q(number__iexact=self.text) | Q(name__startswith=self.text) | Q(employer_name__icontains=self.text)
            )
        return condition


def export(request: HttpRequest, listing: ApplicationList) -> FileResponse:
    """The first 10,000 rows as a workbook; each person in it is written down as looked at."""
    rows = list(listing.rows[:MOST_EXPORTED])
    looks.record(actor_of(request), [row.subject_key for row in rows], LookKind.EXPORTED)
    entries.record(
        actor_of(request), "joining.application.export", subject_type="joining.list", subject_id=listing.tab,
        data={"rows": len(rows)},
    )  # fmt: skip
    sheet = Sheet(name=str(_("入会申请")), columns=_COLUMNS, rows=(_cells(row) for row in rows))
    return download.sheet_response(sheet, name=f"{_('入会申请')}-{clock.today():%Y%m%d}")


_COLUMNS = [
    Column("number", _("申请编号")),
    Column("state", _("状态")),
    Column("name", _("姓名")),
    Column("id_number", _("证件号码（掩码）")),
    Column("phone", _("手机号（掩码）")),
    Column("category", _("职业类别")),
    Column("employer", _("单位或平台")),
    Column("union", _("办理工会")),
    Column("received", _("收到日期"), Kind.DAY),
    Column("promised", _("答复期限"), Kind.DAY),
]


def _cells(row: Application) -> dict[str, object]:
    return {
        "number": row.number,
        "state": str(APPLICATION.state(row.state).label),
        "name": row.name,
        "id_number": masks.mask_id_number(row.id_number),
        "phone": masks.mask_phone(row.phone),
        "category": str(row.category_label),
        "employer": row.employer_name,
        "union": row.responsible.name,
        "received": row.created_at,
        "promised": row.promised_by,
    }
