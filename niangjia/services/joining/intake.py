"""From three short pages to an application: drafts, answers, numbers, consents."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import F

from niangjia.commons.people.categories import WorkerCategory
from niangjia.commons.unions.models import Employer, Union
from niangjia.kernel import clock, identifiers
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import RuleBroken
from niangjia.kernel.ids import new_public_id, readable_number
from niangjia.kernel.text import _
from niangjia.platform.accounts.models import User
from niangjia.platform.personal_data import consents
from niangjia.platform.personal_data.blind_index import blind_index
from niangjia.services.joining import consent, parameters, rules
from niangjia.services.joining.models import Application, Draft, Serial
from niangjia.services.joining.stalls import serving as stalls


@dataclass(frozen=True)
class Answers:
    """What the applicant filled in. Texts as typed; the ids are public ids or codes. Empty means not given yet.

    ``stall`` is the public id of the stall whose code was scanned.
    """

    name: str = ""
    id_number: str = ""
    category: str = ""
    employer_name: str = ""
    employer_code: str = ""
    street: str = ""
    consent_version: str = ""
    stall: str = ""


def application_from(answers: Answers, *, user_id: int, day: date | None = None) -> Application:
    """A checked, unsaved application. ``day`` is the day whose rules hold. Raises RuleBroken with fields."""
    found = identifiers.resident_id(answers.id_number)
    name = identifiers.person_name(answers.name)
    category = _category(answers.category)
    street = _street(answers.street)
    employer = _employer(answers)
    stall = stalls.running(answers.stall)
    responsible_id = rules.responsible_union(
        _candidate(employer), _candidate(street), _candidate(stalls.union_serving(stall, street))
    )
    day = day or clock.today()
    rules.require_working_age(found.birth_date, day, parameters.minimum_age(responsible_id, day))
    phone = User.objects.get(pk=user_id).phone or ""
    return Application(
        applicant_id=user_id,
        name=name,
        sex=found.sex,
        birth_date=found.birth_date,
        id_number=found.number,
        id_index=blind_index("people.id_number", found.number),
        phone=phone,
        phone_index=blind_index("people.phone", phone),
        category=category,
        employer_name=" ".join(answers.employer_name.split())[:100],
        employer_code=answers.employer_code.strip().upper(),
        employer_union=employer,
        street=street,
        responsible=next(u for u in (employer, street, stall and stall.union) if u and u.pk == responsible_id),
        home_id=responsible_id,
        stall=stall,
    )


def corrected_columns(corrected: Application) -> dict[str, Any]:
    """The columns that a supplement may change; the union that answers stays."""
    names = (
        "name", "sex", "birth_date", "id_number", "id_index", "category", "employer_name", "employer_code",
        "employer_union", "street",
    )  # fmt: skip
    return {name: getattr(corrected, name) for name in names}


def answers_of(application: Application) -> Answers:
    """The answers that an application was made from, for correcting them."""
    return Answers(
        name=application.name,
        id_number=application.id_number,
        category=application.category,
        employer_name=application.employer_name,
        employer_code=application.employer_code,
        street=application.street.code,
    )


def load_draft(user_id: int) -> Answers:
    """What this user has filled in so far."""
    draft = Draft.objects.filter(user_id=user_id).first()
    known = {field.name for field in fields(Answers)}
    stored = json.loads(draft.answers) if draft else {}
    return Answers(**{name: value for name, value in stored.items() if name in known})


def save_draft(user_id: int, answers: Answers) -> None:
    """Keep the answers so far."""
    draft = Draft.objects.filter(user_id=user_id).first() or Draft(user_id=user_id, public_id=new_public_id())
    draft.answers, draft.updated_at = json.dumps(asdict(answers), ensure_ascii=False), clock.now()
    draft.save()


def discard_draft(user_id: int) -> None:
    Draft.objects.filter(user_id=user_id).delete()


def next_number(year: int) -> str:
    """The next readable number of ``year``, such as RH2026-0000041-5. Call inside the transaction that uses it."""
    with transaction.atomic():
        Serial.objects.get_or_create(year=year)
        Serial.objects.filter(year=year).update(last=F("last") + 1)
        serial = Serial.objects.get(year=year).last
    return readable_number("RH", year, serial)


def give_consents(answers: Answers, application: Application, actor: Actor) -> None:
    """Store that the applicant agreed to the text of the version shown. Raises RuleBroken, Conflict CONSENT_CHANGED."""
    consents.give(consent.CODE, answers.consent_version, subject_key=application.public_id, actor=actor)


def _category(value: str) -> str:
    if value not in set(WorkerCategory):
        text = _("请选择您的职业类别。")
        raise RuleBroken("CATEGORY", text, fields={"category": [text]})
    return value


def _street(code: str) -> Union:
    street = Union.objects.filter(code=code, kind__in=rules.STREET_LEVEL, closed_on=None).first()
    if street is None:
        text = _("请选择您工作所在的街道或乡镇。")
        raise RuleBroken("STREET", text, fields={"street": [text]})
    return street


def _employer(answers: Answers) -> Union | None:
    """The employer's union: by its social credit code, else by its exact name; a wrong code is said, not ignored."""
    if answers.employer_code.strip():
        code = identifiers.uscc(answers.employer_code)
        found = Employer.objects.filter(uscc=code).select_related("union").first()
        return found.union if found else None
    name = " ".join(answers.employer_name.split())
    found = Employer.objects.filter(name=name).select_related("union").first() if name else None
    return found.union if found else None


def _candidate(union: Union | None) -> rules.Candidate | None:
    return None if union is None else rules.Candidate(union.pk, union.accepts_members, union.closed_on is None)
