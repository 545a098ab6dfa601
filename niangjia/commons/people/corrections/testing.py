"""Builders for tests: a member with an account, photos, requests to correct a fact."""

from __future__ import annotations

import base64
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from niangjia.commons.people.corrections import actions
from niangjia.commons.people.corrections.models import Correction
from niangjia.commons.people.models import Person
from niangjia.commons.people.testing import a_member, a_person, an_id_number, signed_in
from niangjia.commons.unions.models import Union
from niangjia.kernel.identifiers import Sex, invented_phone
from niangjia.platform.accounts import phones
from niangjia.platform.accounts.models import User

_DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


def a_photo(name: str = "证件.png") -> SimpleUploadedFile:
    """A small picture as a form would bring it."""
    return SimpleUploadedFile(name, _DOT, content_type="image/png")


def a_known_member(union: Union, serial: int, name: str = "张三丰") -> Person:
    """A member who signs in by the phone that is known of them."""
    phone = invented_phone(serial)
    user = User.objects.create(phone=phone, phone_index=phones.index_of(phone))
    return a_member(union, person=a_person(name, serial=serial, user_id=user.pk)).person


def a_request(person: Person, kind: str = "name", wished: str = "章三丰", **more: Any) -> Correction:
    """What the member asks for, with a photo."""
    given = {"papers": [a_photo()], **more}
    return actions.request(kind=kind, wished=wished, actor=signed_in(person), **given)


def another_number(serial: int) -> str:
    """The number of a woman, where the invented people are men."""
    return an_id_number(serial, sex=Sex.FEMALE)
