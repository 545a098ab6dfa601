"""The forms of the officers' pages. What is wrong is said beside the field; what was typed stays."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError

from niangjia.commons.entitlement.forms import WholeField
from niangjia.kernel import clock
from niangjia.kernel.text import _
from niangjia.platform.web.fields import DayField, ReasonField, YuanField
from niangjia.platform.web.forms import Form, spoken
from niangjia.services.offers.campaign.campaigns import NewItem, Plan
from niangjia.services.offers.campaign.suppliers import KINDS, SupplierData
from niangjia.services.offers.models import Item, Mode, StockAfter, Supplier
from niangjia.services.offers.rules import MOST_ITEMS

_MOMENT = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T\s]*(\d{1,2})[:时](\d{2})(?::\d{2})?分?")
_PIECES = _("数量请填 0 或正整数。")


class MomentInput(forms.DateTimeInput):
    """The browser's own picker of day and time, which always speaks ISO."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> str:
        if isinstance(value, datetime):
            return f"{value.astimezone(clock.SHANGHAI):%Y-%m-%dT%H:%M}"
        return str(value) if value else ""


class MomentField(forms.Field):
    """Day and time to the minute, as people write them."""

    widget = MomentInput
    default_error_messages: ClassVar[dict[str, Any]] = {"required": _("请填写日期和时间。")}

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        if isinstance(value, datetime):
            return value
        found = _MOMENT.fullmatch(unicodedata.normalize("NFKC", str(value)).strip())
        try:
            if found is None:
                raise ValueError(value)
            return datetime(*(int(part) for part in found.groups()), tzinfo=clock.SHANGHAI)  # type: ignore[misc,arg-type]
        except ValueError as error:
            raise ValidationError(str(_("请按 2026-01-09 10:00 这样填写。")), code="MOMENT_FORM") from error


class PlanForm(Form):
    """What is given away, and when. ``unions`` are those for which the officer may run campaigns."""

    union = forms.ChoiceField(label=spoken(_("主办工会")))
    title = forms.CharField(
        label=spoken(_("活动名称")), max_length=60, help_text=spoken(_("会员看到的名字，如“新春送温暖”。"))
    )
    summary = forms.CharField(
        label=spoken(_("一句话介绍")), max_length=200, required=False, help_text=spoken(_("显示在活动列表里。"))
    )
    mode = forms.ChoiceField(
        label=spoken(_("怎么分配")),
        widget=forms.RadioSelect,
        choices=[
            (Mode.FIRST_COME.value, spoken(_("先到先得"))),
            (Mode.DRAW.value, spoken(_("先填志愿再抽签，抽签剩余的先到先得"))),
        ],
    )
    opens_at = MomentField(label=spoken(_("开始预约（抽签活动：开始填志愿）")))
    wishes_until = MomentField(
        label=spoken(_("截止填志愿并抽签")), required=False, help_text=spoken(_("抽签活动必填。"))
    )
    closes_at = MomentField(label=spoken(_("结束预约")))
    pickup_from = DayField(label=spoken(_("领取第一天")))
    pickup_until = DayField(label=spoken(_("领取最后一天")), help_text=spoken(_("当天还能领，过了这一天视为放弃。")))
    announce_at = MomentField(
        label=spoken(_("什么时候同时通知全体可参加的会员")),
        required=False,
        help_text=spoken(_("建议比开始预约早半天以上，让每个人同一时刻知道。不填就不发通知。")),
    )
    stock_after = forms.ChoiceField(
        label=spoken(_("逾期未领的")),
        widget=forms.RadioSelect,
        choices=[
            (StockAfter.CLOSE.value, spoken(_("留在领取点，由主办工会处理"))),
            (StockAfter.RETURN.value, spoken(_("退回名额，给候补的人"))),
        ],
    )
    has_waiting_list = forms.BooleanField(label=spoken(_("约满以后可以排队候补")), required=False)
    offer_hours = WholeField(
        label=spoken(_("候补轮到后保留几小时")), required=False, sentence=_("请填 1 到 168 的整数。")
    )
    terms = forms.CharField(
        label=spoken(_("活动规则")),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=spoken(_("领取要带什么、能不能代领、咨询电话等。")),
    )

    def __init__(self, *args: Any, unions: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union"].choices = unions  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("mode") == Mode.DRAW and not cleaned.get("wishes_until") and "wishes_until" not in self.errors:
            self.add_error("wishes_until", str(_("抽签活动请填写截止填志愿的时间。")))
        hours = cleaned.get("offer_hours")
        if hours is not None and not 1 <= hours <= 168:
            self.add_error("offer_hours", str(_("请填 1 到 168 的整数。")))
        announce, opens = cleaned.get("announce_at"), cleaned.get("opens_at")
        if announce and opens and announce > opens:
            self.add_error("announce_at", str(_("通知要在开始预约以前发出。")))
        return cleaned

    def plan(self, rule: Any) -> Plan:
        """The plan of a valid form; who may take part is asked on another page."""
        answers = {name: value for name, value in self.cleaned_data.items() if name != "union"}
        mode = Mode(answers.pop("mode"))
        return Plan(
            **{
                **answers,
                "mode": mode,
                "stock_after": StockAfter(answers["stock_after"]),
                "wishes_until": answers["wishes_until"] if mode is Mode.DRAW else None,
                "offer_hours": answers["offer_hours"] or 24,
                "rule": rule,
            }
        )


def answers_of(plan: Plan) -> dict[str, Any]:
    """What :class:`PlanForm` shows for a plan."""
    names = (
        "title", "summary", "terms", "opens_at", "wishes_until", "closes_at", "pickup_from", "pickup_until",
        "announce_at", "has_waiting_list", "offer_hours",
    )  # fmt: skip
    return {
        **{name: getattr(plan, name) for name in names},
        "mode": plan.mode.value,
        "stock_after": plan.stock_after.value,
    }


class ItemForm(Form):
    """One kind of thing, one row of a table. ``code`` is hidden: it stays what it was."""

    code = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    name = forms.CharField(label=spoken(_("品类")), max_length=40, required=False)
    description = forms.CharField(label=spoken(_("说明")), max_length=300, required=False)
    supplier = forms.ChoiceField(label=spoken(_("供货单位")), required=False)
    value = YuanField(label=spoken(_("单价（元）")), required=False)
    order = WholeField(label=spoken(_("顺序")), required=False, sentence=_("顺序请填整数。"))

    def __init__(self, *args: Any, suppliers: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supplier"].choices = [("", spoken(_("未定"))), *suppliers]  # type: ignore[attr-defined]
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = str(field.label or "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        others = any(cleaned.get(name) for name in ("description", "supplier", "value"))
        if not cleaned.get("name") and others and "name" not in self.errors:
            self.add_error("name", str(_("请写品类名称，或者把这一行清空。")))
        return cleaned


class ItemRows:
    """The table of kinds: as many rows as there are, and some empty ones. An empty name takes a row away."""

    SPARE = 3

    def __init__(self, data: Any, *, items: Sequence[Item], suppliers: Sequence[Supplier], more: bool = False) -> None:
        self._items = {item.code: item for item in items}
        self._suppliers = {supplier.public_id: supplier.pk for supplier in suppliers}
        choices = [(supplier.public_id, supplier.name) for supplier in suppliers]
        count = _count(data) if data is not None else len(items) + max(self.SPARE, 5 - len(items))
        if more:
            count += self.SPARE
        initial = [*map(_row_of, items), *[{} for _spare in range(count)]]
        self.forms = [
            ItemForm(data, prefix=f"row-{number}", suppliers=choices, initial=initial[number])
            for number in range(min(count, MOST_ITEMS))
        ]
        self.error = ""

    @property
    def count(self) -> int:
        return len(self.forms)

    def is_valid(self) -> bool:
        """Whether every row is; all are asked, so that every mistake shows."""
        answers = [form.is_valid() for form in self.forms]
        return all(answers)

    def new_items(self) -> list[NewItem]:
        """The kinds in the order wished; new ones get the next free code."""
        filled = [form.cleaned_data for form in self.forms if form.cleaned_data.get("name")]
        in_order = sorted(enumerate(filled), key=lambda pair: (pair[1]["order"] or pair[0] + 1, pair[0]))
        kept = {row["code"] for row in filled} & set(self._items)
        free = (code for number in range(1, 1000) if (code := f"k{number:02d}") not in self._items)
        found = []
        for _place, row in in_order:
            code = row["code"] if row["code"] in kept else next(free)
            kept.discard(row["code"])
            found.append(
                NewItem(code, row["name"], row["description"], self._suppliers.get(row["supplier"]), row["value"] or 0)
            )
        return found


def _row_of(item: Item) -> dict[str, Any]:
    from niangjia.kernel.money import plain_yuan

    return {
        "code": item.code,
        "name": item.name,
        "description": item.description,
        "supplier": item.supplier.public_id if item.supplier else "",
        "value": plain_yuan(item.value_fen) if item.value_fen else "",
        "order": item.position + 1,
    }


def _count(data: Mapping[str, Any]) -> int:
    text = str(data.get("rows", ""))
    return min(int(text), MOST_ITEMS) if text.isascii() and text.isdigit() and len(text) < 4 else 0


@dataclass(frozen=True)
class Square:
    """One input of the stock's grid."""

    name: str
    label: str
    value: str
    error: str = ""


class StockGrid:
    """How many pieces of each item on each day at one site."""

    MOST_SQUARES = 900
    """More inputs than this are a sheet's work."""

    def __init__(
        self, data: Any, *, items: Sequence[Item], days: Sequence[date], sizes: Mapping[tuple[str, date], int]
    ):
        self.days, self.items = days, items
        self._data, self._sizes = data, sizes
        self.quantities: dict[tuple[str, date], int] = {}
        self._errors: dict[str, str] = {}

    @property
    def is_too_large(self) -> bool:
        return len(self.items) * len(self.days) > self.MOST_SQUARES

    def is_valid(self) -> bool:
        """Read every square; an empty one is none."""
        for item in self.items:
            for day in self.days:
                self._read(item.code, day)
        return not self._errors

    def lines(self) -> Iterator[tuple[Item, list[Square]]]:
        """Each item with a square for each day."""
        for item in self.items:
            yield item, [self._square(item, day) for day in self.days]

    @property
    def first_error(self) -> str:
        return next(iter(self._errors.values()), "")

    def _read(self, code: str, day: date) -> None:
        typed = unicodedata.normalize("NFKC", str(self._data.get(_square_name(code, day), ""))).strip()
        if not typed:
            return
        if not re.fullmatch(r"[0-9]{1,7}", typed) or int(typed) > 1_000_000:
            self._errors[_square_name(code, day)] = str(_PIECES)
        else:
            self.quantities[code, day] = int(typed)

    def _square(self, item: Item, day: date) -> Square:
        name = _square_name(item.code, day)
        kept = self._sizes.get((item.code, day), 0)
        value = str(self._data.get(name, "")) if self._data is not None else str(kept or "")
        return Square(name, f"{item.name} {day:%m-%d}", value, self._errors.get(name, ""))


def _square_name(code: str, day: date) -> str:
    return f"n-{code}-{day:%Y%m%d}"


class SheetUploadForm(Form):
    """The filled-in template."""

    file = forms.FileField(
        label=spoken(_("填好的 Excel 表")),
        allow_empty_file=True,
        error_messages={"required": spoken(_("请选择要上传的文件。"))},
    )


class WaveForm(Form):
    """When more comes, and how many pieces of each item for every site and day that is chosen."""

    opens_at = MomentField(label=spoken(_("放出时间")), help_text=spoken(_("到时间自动放出，要在预约开始和结束之间。")))
    site = forms.ChoiceField(label=spoken(_("领取点")), required=False)
    day = forms.ChoiceField(label=spoken(_("领取日期")), required=False)

    def __init__(
        self, *args: Any, items: Sequence[Item], places: Sequence[tuple[str, str]], days: Sequence[date], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.items = items
        self.fields["site"].choices = [("", spoken(_("全部领取点"))), *places]  # type: ignore[attr-defined]
        self.fields["day"].choices = [("", spoken(_("全部日期"))), *[(f"{day}", f"{day}") for day in days]]  # type: ignore[attr-defined]
        for item in items:
            self.fields[f"n_{item.code}"] = WholeField(
                label=spoken(_("“{item}”每个领取点每天加几份", item=item.name)), required=False, sentence=_PIECES
            )

    def lines(self) -> Iterator[tuple[Item, forms.BoundField]]:
        """Each item with its input."""
        for item in self.items:
            yield item, self[f"n_{item.code}"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.quantities():
            raise ValidationError(str(_("请至少给一个品类填数量。")), code="STOCK")
        return cleaned

    def quantities(self) -> dict[str, int]:
        """Pieces by the item's code."""
        read = {item.code: self.cleaned_data.get(f"n_{item.code}") for item in self.items}
        return {code: quantity for code, quantity in read.items() if quantity}


class ExtraForm(Form):
    """Who is to have a piece beyond the stock, of what, where and why."""

    person = forms.CharField(
        label=spoken(_("会员卡号")), max_length=40, help_text=spoken(_("卡面上的 16 位号码，可以带空格。"))
    )
    place = forms.ChoiceField(label=spoken(_("品类、领取点和日期")))
    reason = ReasonField(help_text=spoken(_("写清楚为什么加份。理由记入台账，会员本人能看到。")), max_length=300)

    def __init__(self, *args: Any, places: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = [("", spoken(_("请选择"))), *places]  # type: ignore[attr-defined]


class ReasonForm(Form):
    """Why, in words that the member will read."""

    reason = ReasonField(
        help_text=spoken(_("会员会看到这段话。请写清楚、写客气，不要写证件号和手机号。")), max_length=300
    )


class SupplierForm(Form):
    """A supplier of a union."""

    union = forms.ChoiceField(label=spoken(_("所属工会")))
    name = forms.CharField(label=spoken(_("名称")), max_length=100)
    kind = forms.ChoiceField(label=spoken(_("类别")), choices=[(code, spoken(label)) for code, label in KINDS.items()])
    contact = forms.CharField(
        label=spoken(_("单位联系方式")),
        max_length=100,
        required=False,
        help_text=spoken(_("写单位的座机或部门，不写个人手机号。")),
    )

    def __init__(self, *args: Any, unions: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["union"].choices = unions  # type: ignore[attr-defined]

    def data_of(self) -> SupplierData:
        """What was filled in."""
        return SupplierData(**{name: self.cleaned_data[name] for name in ("name", "kind", "contact")})
