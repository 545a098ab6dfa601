"""The form of one cover: what it is called, how its sum comes about, its grades, tiers and papers, row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from niangjia.kernel.money import plain_yuan
from niangjia.kernel.text import Text, _
from niangjia.platform.web.fields import WholeField, YuanField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.row_forms import RowForm, Rows, quiet
from niangjia.services.protection.catalogue import FORMULA_LABELS, PAPER_LABELS, PAYS_LABELS, Formula, TierPays
from niangjia.services.protection.plan_forms import SEXES
from niangjia.services.protection.terms import NUMBERS, OLDEST_CHILD, CoverTerms, Tier

_NEEDED, _WELCOME = "needed", "welcome"
_WANTS = [("", spoken(_("不要"))), (_NEEDED, spoken(_("必须带"))), (_WELCOME, spoken(_("有就带上")))]
_MONEY = ("fen_per_square_metre", "deductible_fen", "fen_per_day")
_BLANK_IS_NOTHING = ("deductible_fen",)


class CoverForm(Form):
    """Everything of a cover that is no row. Only the numbers of the chosen formula are looked at."""

    name = forms.CharField(label=spoken(_("这项保障叫什么")), max_length=60)
    summary = forms.CharField(
        label=spoken(_("一句话说明")),
        max_length=300,
        required=False,
        help_text=spoken(_("会员申请时会看到，例如“意外造成伤残，按等级给付”。")),
    )
    sum = YuanField(label=_("最高给付（元）"))
    claim_days = WholeField(label=spoken(_("出险后几天内申请")), min_value=1, max_value=3650)
    sex = forms.ChoiceField(label=spoken(_("只保障哪种性别")), choices=SEXES, required=False)
    child_to = WholeField(
        label=spoken(_("保的是子女：到几周岁")),
        required=False,
        min_value=0,
        max_value=OLDEST_CHILD,
        help_text=spoken(_("出险的是参保人的子女时填写，例如未成年填 17；保本人的空着。")),
    )
    formula = forms.ChoiceField(
        label=spoken(_("金额怎么算")),
        widget=forms.RadioSelect,
        choices=[(code.value, spoken(label)) for code, label in FORMULA_LABELS.items()],
    )
    fen_per_square_metre = YuanField(label=_("每平方米（元）"), required=False)
    per_cent = WholeField(label=spoken(_("给付比例（%）")), required=False, min_value=1, max_value=100)
    deductible_fen = YuanField(label=_("起付线（元）"), required=False, help_text=spoken(_("没有的空着。")))
    fen_per_day = YuanField(label=_("每天（元）"), required=False)
    first_day = WholeField(label=spoken(_("从第几天起")), required=False, min_value=1, max_value=365)
    most_days = WholeField(label=spoken(_("每次最多几天")), required=False, min_value=1, max_value=366)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        for name in self._wanted():
            if given.get(name) in (None, "") and name not in self.errors:
                text = _("请填写：{label}", label=self.fields[name].label)
                self.add_error(name, ValidationError(str(text), code="required"))
        return given

    def _wanted(self) -> Sequence[str]:
        formula = self.cleaned_data.get("formula")
        return [name for name in NUMBERS[Formula(formula)] if name not in _BLANK_IS_NOTHING] if formula else []

    def numbers(self) -> dict[str, int]:
        """The numbers of the chosen formula."""
        return {name: self.cleaned_data.get(name) or 0 for name in NUMBERS[Formula(self.cleaned_data["formula"])]}


class GradeRow(RowForm):
    """A grade and what it is worth."""

    tells = ("grade", "fen")
    grade = forms.CharField(label=spoken(_("等级")), max_length=10)
    fen = YuanField(label=_("给付（元）"))


class TierRow(RowForm):
    """From which day on what is paid, up to the day before the next row."""

    tells = ("from_day", "fen")
    from_day = WholeField(label=spoken(_("从保障第几天起")), min_value=0, max_value=1000)
    pays = forms.ChoiceField(
        label=spoken(_("怎样给付")), choices=[(code.value, spoken(label)) for code, label in PAYS_LABELS.items()]
    )
    fen = YuanField(label=_("慰问金（元）"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        consoles = given.get("pays") == TierPays.CONSOLATION
        if consoles and not given.get("fen") and "fen" not in self.errors:
            self.add_error("fen", ValidationError(str(_("请填写慰问金的金额。")), code="required"))
        if given.get("fen") and not consoles:
            self.add_error("fen", ValidationError(str(_("只有给付慰问金的一段才填金额。")), code="TIER"))
        return given


class PaperRow(RowForm):
    """A kind of paper, and whether it is wanted."""

    tells = ("want",)
    paper = forms.ChoiceField(
        choices=[(code, spoken(label)) for code, label in PAPER_LABELS.items()], widget=forms.HiddenInput
    )
    want = forms.ChoiceField(choices=_WANTS, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        code = self.data.get(self.add_prefix("paper")) if self.is_bound else self.initial.get("paper")
        self.fields["want"].label = spoken(PAPER_LABELS.get(str(code), Text("")))


class CoverEditor:
    """A cover's form with its rows, of what was posted or of ``cover``; ``code`` is kept of a cover that is there."""

    def __init__(self, cover: CoverTerms | None, code: str, data: Mapping[str, Any] | None = None) -> None:
        self.code = code
        self.form = CoverForm(
            data, initial=_shown(cover) if cover else {"claim_days": 730, "formula": Formula.FIXED.value}
        )
        self.grades = Rows(GradeRow, "grades", _("等级"), data, initial=_grades(cover), spare=2)
        self.tiers = Rows(TierRow, "tiers", _("等待期"), data, initial=_tiers(cover), spare=1, most=12)
        self.papers = Rows(PaperRow, "papers", _("材料"), data, initial=_papers(cover), spare=0)
        self.rows = (self.grades, self.tiers, self.papers)

    def quiet(self) -> None:
        """Show what was posted without judging it, with more rows."""
        quiet(self.form)
        for row in (row for rows in self.rows for row in rows.forms):
            quiet(row)

    def is_valid(self) -> bool:
        """Judges form and rows, and the rows against each other; each mistake stands beside its field."""
        fine = all([self.form.is_valid(), *(rows.is_valid() for rows in self.rows)])
        return all([self._graded(), self._begins_at_zero(), self._in_order(), fine])

    def _graded(self) -> bool:
        """A cover by grades has some, each once."""
        if self.form.cleaned_data.get("formula") != Formula.GRADE:
            return True
        rows = list(self.grades.filled())
        if not rows:
            self.form.add_error(
                "formula", ValidationError(str(_("按等级给付的，请在下面填写每个等级的金额。")), code="GRADES")
            )
        return bool(rows) and _once(rows, "grade", _("这个等级上面已经有了。"))

    def _begins_at_zero(self) -> bool:
        """The first tier begins on day 0; no row at all means that everything is paid from the first day."""
        days = [(row.cleaned_data["from_day"], row) for row in self.tiers.filled() if "from_day" in row.cleaned_data]
        if not days or (first := min(days, key=lambda pair: pair[0]))[0] == 0:
            return True
        first[1].add_error("from_day", ValidationError(str(_("最早的一段要从第 0 天起。")), code="TIER"))
        return False

    def _in_order(self) -> bool:
        return _once(list(self.tiers.filled()), "from_day", _("上面已经有一段从这一天起。"))

    def cover(self) -> CoverTerms:
        """The cover as it stands in the form, after :meth:`is_valid`."""
        given = self.form.cleaned_data
        data: dict[str, Any] = dict(self.form.numbers())
        if given["formula"] == Formula.GRADE:
            data = {"grades": {row["grade"]: row["fen"] for row in self.grades.given}}
        return CoverTerms(
            code=self.code,
            name=given["name"],
            summary=given["summary"].rstrip("。"),
            sum_fen=given["sum"],
            formula=given["formula"],
            data=data,
            tiers=self._joined(),
            papers=tuple((row["paper"], row["want"] == _NEEDED) for row in self.papers.given),
            sex=given["sex"],
            claim_days=given["claim_days"],
            child_to=given["child_to"],
        )

    def _joined(self) -> tuple[Tier, ...]:
        rows = sorted(self.tiers.given, key=lambda row: row["from_day"])
        if not rows:
            return CoverTerms.tiers
        ends: list[int | None] = [later["from_day"] - 1 for _row, later in pairwise(rows)]
        return tuple(
            Tier(row["from_day"], end, row["pays"], row["fen"] or 0)
            for row, end in zip(rows, [*ends, None], strict=True)
        )


def _once(rows: Sequence[RowForm], name: str, sentence: Text) -> bool:
    """Each value of ``name`` once; the later row is told."""
    seen: set[Any] = set()
    fine = True
    for row in rows:
        value = row.cleaned_data.get(name)
        if value is not None and value in seen:
            row.add_error(name, ValidationError(str(sentence), code="TWICE"))
            fine = False
        seen.add(value)
    return fine


def _shown(cover: CoverTerms) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": cover.name, "summary": cover.summary, "sum": plain_yuan(cover.sum_fen), "claim_days": cover.claim_days,
        "sex": cover.sex, "child_to": cover.child_to, "formula": cover.formula,
    }  # fmt: skip
    for name in NUMBERS[Formula(cover.formula)]:
        fen = cover.data[name]
        shown[name] = (plain_yuan(fen) if fen else "") if name in _MONEY else fen
    return shown


def _grades(cover: CoverTerms | None) -> list[dict[str, Any]]:
    if cover is None or cover.formula != Formula.GRADE:
        return []
    return [{"grade": grade, "fen": plain_yuan(fen)} for grade, fen in cover.data["grades"].items()]


def _tiers(cover: CoverTerms | None) -> list[dict[str, Any]]:
    tiers = cover.tiers if cover else CoverTerms.tiers
    return [
        {"from_day": tier.from_day, "pays": tier.pays, "fen": plain_yuan(tier.fen) if tier.fen else ""}
        for tier in tiers
    ]


def _papers(cover: CoverTerms | None) -> list[dict[str, Any]]:
    wanted = dict(cover.papers) if cover else {"identity": True}
    order = [*wanted, *(code for code in PAPER_LABELS if code not in wanted)]
    how = {True: _NEEDED, False: _WELCOME, None: ""}
    return [{"paper": code, "want": how[wanted.get(code)]} for code in order]
