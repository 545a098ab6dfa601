"""我的信息 → 号码被占用: say that a number is mine, answer when somebody says so of mine, see what became of it."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.people.disputes import actions, policies, queries, raising, rules
from niangjia.commons.people.disputes.models import Dispute
from niangjia.commons.people.disputes.states import DisputeKind
from niangjia.commons.people.models import Person
from niangjia.commons.people.own_data import subjects
from niangjia.commons.people.own_data.wards import wards_of
from niangjia.kernel.errors import DomainError
from niangjia.kernel.text import _
from niangjia.platform import files
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.personal_data.masks import mask_phone
from niangjia.platform.requests import idempotency
from niangjia.platform.web import pages
from niangjia.platform.web.fields import CodeField, IdNumberField, NameField, PhoneField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.parts import Fact
from niangjia.shells.portal import disputed_phone as phone_in_hand
from niangjia.shells.portal.correcting import PhotosField, PhotosInput
from niangjia.shells.portal.disputed_phone import InHand

form_page = require_http_methods(["GET", "HEAD", "POST"])
LEAD = _("换了手机号，登录不了原来的账号，也在这里申请。我们核实时不会把您的信息告诉对方。")
FOR_WARD = _("您是监护人，替他提出。我们核实时不会把他的信息告诉对方。")
NOTE_HINT = _("只有办理的工作人员能看。")
RETURNS = _("手机号回到原来的账户，您会退出登录。再用它登录时，要先确认账户是您的。")
PHOTO_HINT = _("拍一张能看清的照片，最多 6 张，每张不超过 10 MB。只有办理的工作人员能看。")


def _note(label: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, required=False, max_length=300, widget=area, help_text=spoken(NOTE_HINT))


def _photos(*, required: bool) -> PhotosField:
    widget = PhotosInput(attrs={"accept": "image/*"})
    label: Any = _("证明照片")
    return PhotosField(label=label, required=required, help_text=spoken(PHOTO_HINT), widget=widget)


class PhoneForm(Form):
    """Which phone is mine."""

    phone = PhoneField(help_text=_("我们会给它发验证码，证明是您在用。"))


class AboutPhoneForm(Form):
    """The code that arrived there, who I am when nobody knows me yet, and a word about it."""

    code = CodeField(help_text=_("5 分钟内有效。"))
    name = NameField()
    note = _note(spoken(_("说明")))

    def __init__(self, *args: Any, known: bool, proven: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, superfluous in (("name", known), ("code", proven)):
            if superfluous:
                del self.fields[name]


class AboutNumberForm(Form):
    """Which ID number is mine, with the photo that shows it."""

    name = NameField()
    value = IdNumberField(label=_("我的证件号码"))
    paper = _photos(required=True)
    note = _note(spoken(_("说明")))

    def __init__(self, *args: Any, known: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if known:
            del self.fields["name"]


class AnswerForm(Form):
    """What I say about the number that stands with me."""

    answer = forms.ChoiceField(label=spoken(_("是哪种情况")), widget=forms.RadioSelect)
    right_number = forms.CharField(
        label=spoken(_("我正确的证件号码")),
        required=False,
        max_length=40,
        help_text=spoken(_("选“登记错了”时填写，并上传证件照片；不填就先从您的登记里拿掉错的号码。")),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    paper = _photos(required=False)
    note = _note(spoken(_("说明")))

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(answer.value, label) for answer, label in rules.ANSWERS[DisputeKind(kind)].items()]
        cast(forms.ChoiceField, self.fields["answer"]).choices = choices
        if kind != DisputeKind.ID_NUMBER:
            del self.fields["right_number"]


@never_cache
@require_safe
@member_required
def disputes(request: HttpRequest) -> HttpResponse:
    """Which number it is about, what I raised, what I was asked."""
    actor = actor_of(request)
    context = {
        "raised": _listed(queries.raised(actor)),
        "asked": _listed(queries.asked_of(actor)),
        "days": queries.days_at_most(),
    }
    return pages.render(request, "portal/disputes.html", context)


def _listed(rows: Any) -> list[tuple[Dispute, Any]]:
    return [(row, queries.member_status(row)) for row in rows]


@never_cache
@form_page
@member_required
def about_phone(request: HttpRequest) -> HttpResponse:
    """Which phone; a code goes there unless it is in my hand already. ``ward`` names whose in my care it is."""
    given, ward = phone_in_hand.from_correction(request), _ward(request)
    if given is not None:
        return phone_in_hand.keep(request, given)
    unknown = ward is None and actor_of(request).person_id is None
    form = PhoneForm(request.POST or None, initial={"phone": phone_in_hand.own_phone(request)} if unknown else {})
    if request.method == "POST" and form.is_valid():
        phone, named = form.cleaned_data["phone"], ward.public_id if ward else ""
        try:
            raising.require_elsewhere(kind=DisputeKind.PHONE, value=phone, ward=named, actor=actor_of(request))
            return phone_in_hand.take(request, phone, ward=named)
        except DomainError as error:
            form.refuse(error, value="phone")
    context = {
        "form": form,
        "title": _("手机号被别人登记了"),
        "lead": FOR_WARD if ward else _("先证明这个手机号在您手里。我们核实时不会把您的信息告诉对方。"),
        "facts": _whose(ward),
        "action": _("下一步"),
        "back": _back(ward),
    }
    return pages.render(request, "portal/dispute_form.html", context, status=422 if form.errors else 200)


@never_cache
@form_page
@member_required
@sensitive_post_parameters("code")
def about_phone_code(request: HttpRequest) -> HttpResponse:
    """The code, then the dispute is raised."""
    held = phone_in_hand.kept(request)
    if held is None:
        return redirect("portal:dispute_phone")
    ward = _in_care(request, held.ward)
    known = ward is not None or actor_of(request).person_id is not None
    form = AboutPhoneForm(request.POST or None, known=known, proven=held.proven)
    if request.method == "POST" and form.is_valid():
        try:
            held = held if held.proven else phone_in_hand.prove(request, held, form.cleaned_data["code"])
            return _raised_about_phone(request, held, form)
        except DomainError as error:
            form.refuse(error)
    sent = _("验证码已发到 {phone}。", phone=mask_phone(held.phone))
    context = {
        "form": form,
        "title": _("手机号被别人登记了"),
        "facts": [*_whose(ward), Fact(_("手机号"), mask_phone(held.phone))],
        "lead": "" if held.proven else sent,
        "action": _("提交申诉"),
        "back": reverse("portal:dispute_phone") + (f"?ward={held.ward}" if ward else ""),
        "days": queries.days_at_most(),
    }
    page = pages.render(request, "portal/dispute_form.html", context, status=422 if form.errors else 200)
    return phone_in_hand.remember(request, page, held)


def _raised_about_phone(request: HttpRequest, held: InHand, form: AboutPhoneForm) -> HttpResponse:
    said = form.cleaned_data
    made = raising.raise_dispute(
        kind=DisputeKind.PHONE, value=held.phone, proven=held.proven, actor=actor_of(request),
        name=said.get("name", ""), note=said["note"], ward=held.ward,
    )  # fmt: skip
    return phone_in_hand.forget(redirect(_page(made.public_id) + "?new"))


@never_cache
@form_page
@member_required
@sensitive_post_parameters("value")
def about_number(request: HttpRequest) -> HttpResponse:
    """Which ID number, with the photo; ``ward`` names somebody in my care whose it is."""
    ward = _ward(request)
    known = ward is not None or actor_of(request).person_id is not None
    initial = {"value": phone_in_hand.number_from_correction(request)}
    form = AboutNumberForm(request.POST or None, request.FILES or None, known=known, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(_raised_about_number(request, form))
        except DomainError as error:
            form.refuse(error)
    context = {
        "form": form,
        "title": _("证件号码被别人登记了"),
        "lead": LEAD if ward is None else FOR_WARD,
        "facts": _whose(ward),
        "action": _("提交申诉"),
        "back": _back(ward),
        "days": queries.days_at_most(),
    }
    return pages.render(request, "portal/dispute_form.html", context, status=422 if form.errors else 200)


def _ward(request: HttpRequest) -> Person | None:
    """Who in my care the address names. Raises NotFound."""
    return _in_care(request, request.GET.get("ward", ""))


def _in_care(request: HttpRequest, named: str) -> Person | None:
    """Who in my care is named, None when nobody is. Raises NotFound."""
    if not named:
        return None
    key = subjects.ward(actor_of(request), named).person_id
    return next(one for one in wards_of(actor_of(request)) if one.pk == key)


def _whose(ward: Person | None) -> list[Fact]:
    return [] if ward is None else [Fact(_("被监护人"), ward.name)]


def _back(ward: Person | None) -> str:
    return reverse("portal:disputes") if ward is None else reverse("portal:my_data_child", args=[ward.public_id])


def _raised_about_number(request: HttpRequest, form: AboutNumberForm) -> str:
    said, actor = form.cleaned_data, actor_of(request)

    def make() -> str:
        return raising.raise_dispute(
            kind=DisputeKind.ID_NUMBER, value=said["value"].number, papers=said["paper"], actor=actor,
            name=said.get("name", ""), note=said["note"], ward=request.GET.get("ward", ""),
        ).public_id  # fmt: skip

    body = {"ward": request.GET.get("ward", ""), "papers": [idempotency.file_digest(paper) for paper in said["paper"]]}
    made = idempotency.once_made(key=form.key, actor=actor, purpose="people.dispute", body=body, make=make)
    return _page(made) + "?new"


@never_cache
@require_safe
@member_required
def dispute(request: HttpRequest, public_id: str) -> HttpResponse:
    """Where it stands, for the side that asks; what I am asked and said, for the other."""
    actor = actor_of(request)
    row = queries.dispute_for(actor, public_id)
    asks = queries.is_asker(actor, row)
    context = {
        "dispute": row,
        "status": queries.member_status(row),
        "asks": asks,
        "days": queries.days_at_most(),
        "facts": _facts(row, asks=asks),
        "timeline": queries.timeline(row, for_side=True),
        "waits": queries.waits_on(actor, row),
        "answer_by": queries.answer_by(row),
        "may_withdraw": asks and queries.may_withdraw(row),
        "papers": [one.file for one in row.papers.filter(by_holder=not asks).select_related("file").order_by("pk")],
    }
    return pages.render(request, "portal/dispute.html", context)


def _facts(row: Dispute, *, asks: bool) -> list[Fact]:
    facts = [*_whose(row.person if asks and row.for_ward else None), Fact(row.kind_label, queries.masked_value(row))]
    note = str(row.note if asks else row.holder_note)
    if not asks and row.answer:
        facts.append(Fact(_("您的答复"), queries.answer_label(row)))
    if not asks and row.right_number:
        facts.append(Fact(_("您正确的号码"), queries.mask(row.kind, str(row.right_number))))
    return [*facts, Fact(_("您的说明"), note)] if note else facts


@never_cache
@form_page
@member_required
@sensitive_post_parameters("right_number")
def answer(request: HttpRequest, public_id: str) -> HttpResponse:
    """Say what it is about the number that stands with me."""
    actor = actor_of(request)
    row = queries.dispute_for(actor, public_id)
    if not queries.waits_on(actor, row):
        policies.may_answer(actor, row).require()
        return redirect(_page(row.public_id))
    form = AnswerForm(request.POST or None, request.FILES or None, kind=row.kind)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            actions.answer(
                public_id=public_id, answer=said["answer"], note=said["note"], papers=said["paper"],
                right_number=said.get("right_number", ""), actor=actor,
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect(_page(row.public_id))
    context = {
        "form": form,
        "title": _("您登记的{kind}，是哪种情况？", kind=row.kind_label),
        "facts": [Fact(row.kind_label, queries.masked_value(row))],
        "lead": _("有人提出它归自己使用。您的信息不会告诉对方，由工会核实后决定。"),
        "warning": row.kind == DisputeKind.PHONE,
        "action": _("提交答复"),
        "back": _page(row.public_id),
    }
    return pages.render(request, "portal/dispute_form.html", context, status=422 if form.errors else 200)


@form_page
@member_required
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask once more, then take it back."""
    actor = actor_of(request)
    row = queries.dispute_for(actor, public_id)
    policies.may_withdraw(actor, row).require()
    if request.method == "POST":
        actions.withdraw(public_id=public_id, actor=actor)
    elif queries.may_withdraw(row):
        context = {
            "base_template": "web/portal_task.html",
            "title": _("撤回这件申诉？"),
            "consequence": RETURNS if row.left_at_once else _("撤回后什么都不改，您以后可以重新提出。"),
            "facts": [Fact(_("编号"), row.number), Fact(row.kind_label, queries.masked_value(row))],
            "action": _("撤回申诉"),
            "back_url": _page(row.public_id),
            "danger": True,
        }
        return pages.render(request, "web/confirm.html", context)
    return redirect(_page(row.public_id))


@require_safe
@member_required
def paper(request: HttpRequest, public_id: str, file_id: str) -> HttpResponse:
    """One of the photos I sent."""
    content = files.read(queries.paper_for(actor_of(request), public_id, file_id))
    return HttpResponse(content.data, headers=content.headers)


def _page(public_id: str) -> str:
    return reverse("portal:dispute", args=[public_id])
