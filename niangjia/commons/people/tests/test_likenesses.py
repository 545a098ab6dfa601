"""Why two entries were called one human being or two: read on the page, sealed in the column, gone with the person."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from niangjia.commons.people import likeness
from niangjia.commons.people.merge_models import Likeness
from niangjia.commons.people.testing import a_member
from niangjia.commons.unions.testing import an_officer, small_tree
from niangjia.kernel import clock
from niangjia.platform.personal_data.fields import blind_index
from niangjia.platform.personal_data.models import DataKey
from niangjia.platform.testing.kept import kept

pytestmark = pytest.mark.django_db
WHY = "王某的妻子来电，说是双胞胎"


@pytest.fixture
def firm():
    return kept(small_tree)["FIRM"]


@pytest.fixture
def pair(firm):
    person = a_member(firm).person
    likeness.note(
        [likeness.Alike(person.pk, blind_index("people.id_number", "another"), ("phone",))],
        union_id=firm.pk,
        source="MD2026-9000000-0",
    )
    return Likeness.objects.get()


def stored():
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason FROM people_likeness")
        return bytes(cursor.fetchone()[0])


def test_the_reason_of_a_judgement_is_sealed_and_goes_with_the_person(firm, pair):
    officer = an_officer([(firm, "union_officer")])
    likeness.judge(public_id=pair.public_id, verdict="different", reason=WHY, actor=officer)
    assert WHY.encode() not in stored()
    found = likeness.pair_for(officer, pair.public_id)
    assert (found.verdict, found.reason) == ("different", WHY)
    DataKey.objects.filter(subject_key=found.person.public_id).update(wrapped=b"", erased_at=clock.now())
    found = likeness.pair_for(officer, pair.public_id)
    assert (found.verdict, found.reason) == ("different", "")


def test_no_verdict_stands_without_a_reason(pair):
    assert stored() == b""
    with pytest.raises(IntegrityError), transaction.atomic():
        Likeness.objects.update(verdict="different")
