"""Every part of the design system with the content that strains it: long names, empty lists, errors, refusals."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.template import engines

from niangjia.kernel import clock
from niangjia.kernel.text import _
from niangjia.platform.accounts.gates import public
from niangjia.platform.web import fields, forms, hooks, paging
from niangjia.platform.web.parts import Crumb, Fact, Figure, MoveButton, Receipt, Step, TimelineEntry
from niangjia.platform.web.tones import Status

HERE = Path(__file__).parent
LONG_NAME = "阿依古丽·麦麦提明·吾买尔江·阿布都热合曼"
LONG_UNION = "京源市东临经济技术开发区新就业形态劳动者（快递、外卖、网约车）行业工会联合会"


class JoinForm(forms.Form):
    name = fields.NameField(help_text=_("请与身份证件上的写法一致。"))
    id_number = fields.IdNumberField()
    phone = fields.PhoneField()
    born = fields.DayField(label=_("出生日期"), required=False)
    category = django_forms.ChoiceField(
        label=_("您做哪一行"),
        help_text=_("选最接近的一项，以后可以改。"),
        choices=[("courier", "快递员"), ("rider", "外卖送餐员"), ("driver", "网约车司机"), ("other", "其他")],
        widget=django_forms.RadioSelect,
    )
    district = django_forms.ChoiceField(label=_("工作所在的区"), choices=[("a", "东临区"), ("b", "西岭区")])
    reason = fields.ReasonField(label=_("补充说明"), required=False)
    consent = django_forms.BooleanField(label=_("我已阅读并同意《个人信息处理说明》。"))


def context() -> dict[str, object]:
    """The sample content."""
    now = clock.now()
    entries = [
        TimelineEntry(_("工会答复"), clock.today() + timedelta(days=15), detail=_("最晚这一天给您答复。"), future=True),
        TimelineEntry(_("需要补充材料"), now, "东临区总工会", "请补一张能看清站点名称的工牌照片。", "warn"),
        TimelineEntry(_("转交给更合适的工会"), now - timedelta(days=1), LONG_UNION, tone="info"),
        TimelineEntry(_("提交入会申请"), now - timedelta(days=3), LONG_NAME, tone="good"),
    ]
    return {
        **_console_samples(),
        "long_name": LONG_NAME,
        "long_union": LONG_UNION,
        "form": JoinForm(),
        "bad_form": JoinForm({"name": "1", "id_number": "110", "phone": "12", "born": "昨天", "reason": "短"}),
        "entries": entries,
        "facts": [
            Fact("姓名", LONG_NAME, "#"),
            Fact("证件号码", "110101********1234"),
            Fact("工会", LONG_UNION, note="按您的工作地点确定"),
            Fact("备注", ""),
        ],
        "steps": Step.row(["做哪一行", "您是谁", "核对"], 1),
        "moves": [
            MoveButton("同意入会", "#", primary=True),
            MoveButton("请补充材料", "#"),
            MoveButton("转送其他工会", "#", refusal="只有街道以上的工会可以转送。"),
            MoveButton("不同意", "#", danger=True),
        ],
    }


def _console_samples() -> dict[str, object]:
    now = clock.now()
    return {
        "receipt": Receipt(
            "申请已经收到",
            "RH2026-0000041-5",
            "东临街道总工会会核对您填的内容。",
            date(2026, 12, 11),
            "东临街道总工会 010-0000 0000",
        ),
        "until": now + timedelta(hours=5, minutes=12),
        "figures": [
            Figure("新入会", "12,408", "人", "上期 11,020", "目标 15,000", "#", [3, 5, 4, 8, 9, 12], "up"),
            Figure("其中新就业形态", "7,133", "人", "上期 7,320", url="#", spark=[9, 8, 8, 7, 7, 6], trend="down"),
            Figure("平均答复用时", "3.2", "个工作日", "上期 3.9"),
            Figure(
                "救助金额",
                "¥\N{NO-BREAK SPACE}1,323,500.00",
                "",
                "上期 ¥\N{NO-BREAK SPACE}998,000.00",
                "目标 ¥\N{NO-BREAK SPACE}2,000,000.00",
                "#",
                [1, 1],
            ),
        ],
        "statuses": [
            Status("已同意", "good"),
            Status("不同意", "bad"),
            Status("待补充", "warn"),
            Status("等待办理"),
            Status("已撤回", "off"),
        ],
        "page": paging.paginate(range(1234), number="7", size=20),
        "crumbs": [Crumb("入会", "#"), Crumb("RH2026-0000041-5")],
        "chart": {
            "label": "新入会，按月",
            "data": {
                "kind": "bar",
                "labels": [f"{m}月" for m in range(1, 13)],
                "unit": "人",
                "series": [
                    {"name": "本年", "values": [30, 42, 51, 39, 60, 72, 66, 70, 81, 90, 77, 95]},
                    {"name": "上年", "values": [22, 30, 41, 33, 40, 52, 46, 50, 61, 70, 57, 75]},
                ],
            },
        },
        "rows": [
            (
                LONG_NAME if n == 2 else f"张{n}",
                LONG_UNION if n == 1 else "东临街道总工会",
                date(2026, 11, n),
                Status("等待办理"),
            )
            for n in range(1, 13)
        ],
    }


@public
def sample(request: HttpRequest, name: str) -> HttpResponse:
    """Draw one page of the gallery."""
    choices = [hooks.UnionChoice(1, "京源市总工会", 0), hooks.UnionChoice(2, LONG_UNION, 1, True)]
    found = engines["django"].from_string((HERE / f"{name}.html").read_text(encoding="utf-8"))
    return HttpResponse(found.render({**context(), "union_choices": choices}, request))
