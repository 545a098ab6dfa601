"""The certificate of an enrolment: a paper to show, whose QR code leads to a page that tells anybody if it holds."""

from __future__ import annotations

import segno
from django.http import HttpResponse

from niangjia.kernel import pdf
from niangjia.kernel.money import yuan
from niangjia.kernel.text import _
from niangjia.platform.personal_data import masks
from niangjia.platform.web import dates
from niangjia.services.protection.models import Enrolment

_MODULE = 3.4
_LEFT, _TOP = pdf.MARGIN, pdf.HEIGHT - pdf.MARGIN
_LINE = 24.0


def paper_of(enrolment: Enrolment, address: str) -> bytes:
    """The paper; ``address`` is the page that verifies it. The number on it is masked: who checks asks for the ID."""
    page = pdf.Page()
    title = str(_("互助保障参保凭证"))
    page.text(_LEFT, _TOP - 30, 22, title)
    page.text(_LEFT, _TOP - 54, 11, enrolment.plan.union.name, grey=0.35)
    page.line(_LEFT, _TOP - 68, pdf.WIDTH - pdf.MARGIN, _TOP - 68)
    y = _TOP - 104
    for label, value in _lines(enrolment):
        page.text(_LEFT, y, 12, label, grey=0.35)
        page.text(_LEFT + 110, y, 12, value)
        y -= _LINE
    _draw_code(page, address, y - 10)
    return pdf.document([page], title=title)


def _lines(enrolment: Enrolment) -> list[tuple[str, str]]:
    person, version = enrolment.person, enrolment.version
    return [
        (str(_("被保障人")), person.name),
        (str(_("证件号码")), masks.mask_id_number(person.id_number)),
        (str(_("保障方案")), enrolment.plan.name),
        (str(_("保障期")), f"{dates.day(enrolment.from_day)} — {dates.day(enrolment.to_day)}"),
        (str(_("最高给付")), str(_("各项合计 {sum}", sum=yuan(version.cap_fen)))),
        (str(_("参保工会")), enrolment.union.name),
        (str(_("凭证编号")), enrolment.public_id),
    ]


def _draw_code(page: pdf.Page, address: str, top: float) -> None:
    rows = list(segno.make(address, error="m", micro=False).matrix)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                page.box(_LEFT + across * _MODULE, top - (down + 1) * _MODULE, _MODULE, _MODULE)
    beside = _LEFT + (len(rows) + 4) * _MODULE
    page.text(beside, top - 30, 11, str(_("扫码核对这张凭证")))
    page.text(beside, top - 50, 10, str(_("任何人都可以核对，页面显示现在是否有效。")), grey=0.35)


def response(enrolment: Enrolment, address: str) -> HttpResponse:
    """The paper to download."""
    headers = {
        "Content-Disposition": f'attachment; filename="certificate-{enrolment.public_id}.pdf"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(paper_of(enrolment, address), content_type="application/pdf", headers=headers)
