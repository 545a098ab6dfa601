"""我的信息 → 更正：say what is wrong, show a paper, and see what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from niangjia.commons.desk import queries as desk
from niangjia.commons.people.categories import CATEGORY_LABELS
from niangjia.commons.people.corrections import actions, changing, queries, rules
from niangjia.commons.people.corrections.models import Correction
from niangjia.commons.people.corrections.states import KIND_LABELS, NEEDS_PAPER, CorrectionKind, CorrectionState
from niangjia.commons.people.models import Person
from niangjia.commons.people.own_data import subjects
from niangjia.commons.people.own_data.wards import is_own_or_ward
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotFound
from niangjia.kernel.text import Text, _
from niangjia.platform import files
from niangjia.platform.accounts import bindings, codes, cookies
from niangjia.platform.accounts.actors import actor_of
from niangjia.platform.accounts.gates import member_required
from niangjia.platform.accounts.kinds import CodePurpose
from niangjia.platform.personal_data.masks import mask_phone
from niangjia.platform.requests import client_address, idempotency
from niangjia.platform.web import pages
from niangjia.platform.web.fields import CodeField, IdNumberField, NameField, PhoneField
from niangjia.platform.web.forms import Form, spoken
from niangjia.platform.web.parts import Fact

COOKIE = "niangjia_new_phone"
SALT = "portal.new_phone"
LIFE_SECONDS = 1800
form_page = require_http_methods(["GET", "HEAD", "POST"])

ICONS = {
    CorrectionKind.NAME: "user",
    CorrectionKind.ID_NUMBER: "id",
    CorrectionKind.PHONE: "phone",
    CorrectionKind.CATEGORY: "briefcase",
    CorrectionKind.EMPLOYER: "building",
}


class PhotosInput(forms.FileInput):
    """Several photos at once, from the camera or the album."""

    allow_multiple_selected = True


class PhotosField(forms.Field):
    """What came from :class:`PhotosInput`, as a list; what is in the files is judged where they are stored."""

    widget = PhotosInput

    def clean(self, value: Any) -> list[Any]:
        uploads = [one for one in value or [] if hasattr(one, "read")]
        if self.required and not uploads:
            raise forms.ValidationError(str(_("请拍一张能看清姓名和号码的证件照片上传。")), code="PAPER_NEEDED")
        return uploads


class NumberField(IdNumberField):
    """An ID number as the plain text that a correction holds."""

    def normalise(self, value: str) -> str:
        number: str = super().normalise(value).number
        return number


class CorrectionForm(Form):
    """What it should be, a word about it, and the photos."""

    def __init__(self, *args: Any, kind: CorrectionKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["wished"] = _wished_field(kind)
        self.fields["note"] = _note_field()
        self.fields["paper"] = _paper_field(required=kind in NEEDS_PAPER)
        self.order_fields(["wished", "paper", "note"])


class SupplyForm(Form):
    """What the officer asked for."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"], self.fields["paper"] = _note_field(), _paper_field(required=False)


class NewPhoneForm(Form):
    """The phone to which the code goes."""

    phone = PhoneField(label=_("新手机号"), help_text=_("我们会给新手机号发验证码，证明是您在用。"))


class NewPhoneCodeForm(Form):
    """The code that arrived there."""

    code = CodeField(help_text=_("5 分钟内有效。"))


@never_cache
@require_safe
@member_required
def choose(request: HttpRequest) -> HttpResponse:
    """Which fact is wrong."""
    actor = actor_of(request)
    whom = _whom(actor, request.GET.get("child", ""))
    facts = [
        (kind, KIND_LABELS[kind], ICONS[kind], rules.masked(kind, changing.present(whom, kind)))
        for kind in CorrectionKind
    ]
    context = {"facts": facts, "child": request.GET.get("child", ""), "whom": whom, "back": _back(request)}
    return pages.render(request, "portal/correct.html", context)


@never_cache
@form_page
@member_required
@sensitive_post_parameters("wished")
def ask(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask for one correction; a phone is proved first."""
    known = _known(kind)
    if known is CorrectionKind.PHONE:
        return _new_phone(request)
    whom = _whom(actor_of(request), request.GET.get("child", ""))
    form = CorrectionForm(request.POST or None, request.FILES or None, kind=known)
    if request.method == "POST" and form.is_valid():
        try:
            return HttpResponseRedirect(_request(request, form, known))
        except DomainError as error:
            form.refuse(error)
    present = rules.spoken(known, changing.present(whom, known))
    context = {
        "form": form,
        "title": _("更正{fact}", fact=KIND_LABELS[known]),
        "facts": [Fact(_("现在登记的"), present)],
        "back": _back(request, "portal:correct"),
    }
    return pages.render(request, "portal/correct_one.html", context, status=422 if form.errors else 200)


@never_cache
@form_page
@member_required
@sensitive_post_parameters("code")
def prove_phone(request: HttpRequest) -> HttpResponse:
    """Type the code that the new phone received; then the request goes to the union like any other."""
    sent = _sent(request)
    if sent is None:
        return redirect("portal:correct_one", CorrectionKind.PHONE)
    form = NewPhoneCodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _proved(request, sent, form.cleaned_data["code"])
        except DomainError as error:
            form.refuse(error)
    context = {"form": form, "masked": mask_phone(sent[0]), "demo": settings.DEMO}
    return pages.render(request, "portal/correct_phone_code.html", context, status=422 if form.errors else 200)


@never_cache
@require_safe
@member_required
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """Where one request stands."""
    correction = queries.correction_for(actor_of(request), public_id)
    item = desk.open_item(queries.SUBJECT_TYPE, correction.pk)
    values = queries.compared(correction, masked=False)
    context = {
        "correction": correction,
        "facts": [Fact(_("现在登记的"), values.before), Fact(_("申请改为"), values.wished)],
        "timeline": queries.timeline(correction, for_member=True),
        "may_withdraw": queries.may_withdraw(correction),
        "dispute_url": _dispute_url(correction, actor_of(request)),
        "answer_by": item.due_at if item else None,
        "papers": [paper.file for paper in correction.papers.select_related("file").order_by("pk")],
    }
    return pages.render(request, "portal/correction.html", context)


@form_page
@member_required
def supply(request: HttpRequest, public_id: str) -> HttpResponse:
    """Give what was asked for."""
    correction = queries.correction_for(actor_of(request), public_id)
    if correction.state != CorrectionState.SUPPLEMENT:
        return redirect("portal:correction", public_id)
    form = SupplyForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            _supply(request, correction, form)
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect("portal:correction", public_id)
    context = {
        "form": form,
        "title": _("补充更正申请"),
        "asked": correction.answer_reason,
        "back": reverse("portal:correction", args=[public_id]),
    }
    return pages.render(request, "portal/correct_one.html", context, status=422 if form.errors else 200)


@form_page
@member_required
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask once more, then take it back."""
    correction = queries.correction_for(actor_of(request), public_id)
    if request.method == "POST":
        actions.withdraw(public_id=public_id, actor=actor_of(request))
    elif queries.may_withdraw(correction):
        return _ask_to_withdraw(request, correction)
    return redirect("portal:correction", public_id)


@require_safe
@member_required
def paper(request: HttpRequest, public_id: str, file_id: str) -> HttpResponse:
    """One of the photos I sent."""
    content = files.read(queries.paper_for(actor_of(request), public_id, file_id))
    return HttpResponse(content.data, headers=content.headers)


def _dispute_url(correction: Correction, actor: Actor) -> str:
    """Where to go on when the number may stand with somebody else: offered whether it does or not."""
    names = {CorrectionKind.PHONE: "portal:dispute_phone", CorrectionKind.ID_NUMBER: "portal:dispute_number"}
    name = names.get(CorrectionKind(correction.kind))
    if name is None or not queries.may_withdraw(correction) or not is_own_or_ward(actor, correction.person_id):
        return ""
    ward = {} if correction.person_id == actor.person_id else {"ward": correction.person.public_id}
    return f"{reverse(name)}?{urlencode({'correction': correction.public_id, **ward})}"


def _known(kind: str) -> CorrectionKind:
    if kind not in set(CorrectionKind):
        raise NotFound("NOT_FOUND", _("没有这样的操作。"))
    return CorrectionKind(kind)


def _whom(actor: Actor, child: str) -> Person:
    """The child that the address names, or the member. Raises NotFound for who is nobody's guardian, or not known."""
    subject = subjects.chosen(actor, child)
    found = Person.objects.filter(pk=subject.person_id or 0).first()
    if found is None:
        raise NotFound("PERSON_NOT_FOUND", _("您还没有登记个人信息，入会后才能更正。"))
    return found


def _request(request: HttpRequest, form: CorrectionForm, kind: CorrectionKind) -> str:
    said = form.cleaned_data

    def act() -> dict[str, str]:
        made = actions.request(
            kind=kind,
            wished=said["wished"],
            note=said["note"],
            papers=said["paper"],
            person=request.GET.get("child", ""),
            actor=actor_of(request),
        )
        return {"url": f"{reverse('portal:correction', args=[made.public_id])}?new"}

    answer, _replayed = idempotency.once(
        key=form.key, actor=actor_of(request), purpose="people.correct", body={"kind": kind.value}, act=act
    )
    return str(answer["url"])


def _supply(request: HttpRequest, correction: Correction, form: SupplyForm) -> None:
    actions.supply(
        public_id=correction.public_id,
        note=form.cleaned_data["note"],
        papers=form.cleaned_data["paper"],
        actor=actor_of(request),
    )


def _new_phone(request: HttpRequest) -> HttpResponse:
    child = request.GET.get("child", "")
    whom = _whom(actor_of(request), child)
    form = NewPhoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["phone"]
        try:
            rules.require_change(CorrectionKind.PHONE, str(whom.phone), number)
            codes.issue(
                phone=number,
                purpose=CodePurpose.NEW_PHONE,
                binding=bindings.of(request),
                address=client_address(request),
            )
        except DomainError as error:
            form.refuse(error, wished="phone")
        else:
            response = redirect("portal:correct_phone_code")
            cookies.put(response, COOKIE, signing.dumps([number, child], salt=SALT), max_age=LIFE_SECONDS)
            return response
    context = {
        "form": form,
        "title": _("更换手机号"),
        "facts": [Fact(_("现在登记的"), mask_phone(str(whom.phone)))],
        "action": _("发送验证码"),
        "back": _back(request, "portal:correct"),
    }
    return pages.render(request, "portal/correct_one.html", context, status=422 if form.errors else 200)


def _sent(request: HttpRequest) -> tuple[str, str] | None:
    """The phone that is being proved, and the child whose it is to be."""
    try:
        sealed = request.COOKIES.get(cookies.full_name(COOKIE), "")
        number, child = signing.loads(sealed, salt=SALT, max_age=LIFE_SECONDS)
    except signing.BadSignature:
        return None
    return str(number), str(child)


def _proved(request: HttpRequest, sent: tuple[str, str], code: str) -> HttpResponse:
    number, child = sent
    codes.verify(
        phone=number,
        code=code,
        purpose=CodePurpose.NEW_PHONE,
        binding=bindings.of(request),
        address=client_address(request),
    )
    made = actions.request(kind=CorrectionKind.PHONE, wished=number, proven=True, person=child, actor=actor_of(request))
    messages.success(request, str(_("手机号已验证。我们核对后给您答复。")))
    response = redirect("portal:correction", made.public_id)
    response.delete_cookie(cookies.full_name(COOKIE), path="/", samesite="Lax")
    return response


def _ask_to_withdraw(request: HttpRequest, correction: Correction) -> HttpResponse:
    context = {
        "base_template": "web/portal_task.html",
        "title": _("撤回更正申请？"),
        "consequence": _("撤回后信息不变，您以后可以重新申请。"),
        "facts": [Fact(_("编号"), correction.number), Fact(_("更正"), correction.kind_label)],
        "action": _("撤回申请"),
        "back_url": reverse("portal:correction", args=[correction.public_id]),
        "danger": True,
    }
    return pages.render(request, "web/confirm.html", context)


def _back(request: HttpRequest, name: str = "portal:my_data") -> str:
    child = request.GET.get("child", "")
    if not child:
        return reverse(name)
    if name == "portal:my_data":
        return reverse("portal:my_data_child", args=[child])
    return f"{reverse(name)}?{urlencode({'child': child})}"


def _wished_field(kind: CorrectionKind) -> forms.Field:
    label: Any = _("改为")
    if kind is CorrectionKind.CATEGORY:
        choices: Sequence[tuple[str, Any]] = [("", spoken(_("请选择")))]
        return forms.ChoiceField(label=label, choices=[*choices, *((c.value, t) for c, t in CATEGORY_LABELS.items())])
    if kind is CorrectionKind.NAME:
        return NameField(label=label)
    if kind is CorrectionKind.ID_NUMBER:
        return NumberField(label=label)
    plain = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, max_length=rules.LONGEST_EMPLOYER, widget=plain)


def _note_field() -> forms.Field:
    label: Any = _("说明")
    return forms.CharField(label=label, required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


def _paper_field(*, required: bool) -> forms.Field:
    hint: Text = _("拍一张能看清的证件照片，最多 6 张，每张不超过 10 MB。只有办理的工作人员能看。")
    widget = PhotosInput(attrs={"accept": "image/*"})
    label: Any = _("证明照片")
    return PhotosField(label=label, required=required, help_text=spoken(hint), widget=widget)
