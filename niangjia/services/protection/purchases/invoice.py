"""The invoice on paper: who owes what to whom, in figures and in words."""

from __future__ import annotations

from django.http import HttpResponse

from niangjia.kernel import pdf
from niangjia.kernel.money import yuan
from niangjia.kernel.text import _
from niangjia.platform.web import dates
from niangjia.services.protection.purchases import rules
from niangjia.services.protection.purchases.models import Purchase

_LEFT, _TOP, _LINE = pdf.MARGIN, pdf.HEIGHT - pdf.MARGIN, 24.0
_VALUE = _LEFT + 130


def paper_of(purchase: Purchase) -> bytes:
    """The paper; a long title of a buyer goes on in the next line."""
    page, title = pdf.Page(), str(_("互助保障交费通知单"))
    page.text(_LEFT, _TOP - 30, 22, title)
    page.text(_LEFT, _TOP - 54, 11, str(_("编号 {number}", number=purchase.invoice.number)), grey=0.35)
    page.line(_LEFT, _TOP - 68, pdf.WIDTH - pdf.MARGIN, _TOP - 68)
    y = _TOP - 104
    for label, value in _lines(purchase):
        page.text(_LEFT, y, 12, label, grey=0.35)
        for line in pdf.wrapped(value, 12, pdf.WIDTH - pdf.MARGIN - _VALUE):
            page.text(_VALUE, y, 12, line)
            y -= _LINE
    page.line(_LEFT, y, pdf.WIDTH - pdf.MARGIN, y)
    note = str(_("付款时请在附言里写明编号，便于核对。款项到账以后，按名单参保并出具参保凭证。"))
    for line in pdf.wrapped(note, 10.5, pdf.WIDTH - 2 * pdf.MARGIN):
        y -= 20
        page.text(_LEFT, y, 10.5, line, grey=0.35)
    return pdf.document([page], title=title)


def _lines(purchase: Purchase) -> list[tuple[str, str]]:
    made, price = purchase.invoice, purchase.version.price_fen
    return [
        (str(_("购买单位")), purchase.title),
        (str(_("统一社会信用代码")), purchase.tax_number),
        (str(_("收款单位")), purchase.plan.union.name),
        (str(_("保障方案")), purchase.plan.name),
        (str(_("起保日期")), dates.day(purchase.from_day)),
        (str(_("人数和单价")), str(_("{n} 人 × {price}", n=made.fen // price, price=yuan(price)))),
        (str(_("金额")), yuan(made.fen)),
        (str(_("金额（大写）")), f"人民币{rules.in_capitals(made.fen)}"),
        (str(_("开票日期")), dates.day(made.issued_on)),
        (str(_("付款期限")), dates.day(made.due_on)),
    ]


def response(purchase: Purchase) -> HttpResponse:
    """The paper to download."""
    headers = {
        "Content-Disposition": f'attachment; filename="invoice-{purchase.invoice.number}.pdf"',
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(paper_of(purchase), content_type="application/pdf", headers=headers)
