"""我的 → 电子邮箱: kept encrypted, and important notices really go there."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import connection

from niangjia.commons.unions import testing as unions
from niangjia.platform.accounts.models import User
from niangjia.platform.notices.delivery import deliver_due
from niangjia.platform.testing.clients import member_client
from niangjia.services.joining import actions, testing

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def applicant(clock):
    tree = unions.small_tree()
    application, applicant = testing.application(1, tree["EAST-1"])
    return application, applicant, unions.an_officer([(tree["EAST-1"], "union_officer")])


def test_an_address_is_kept_encrypted_and_receives_important_notices(applicant):
    application, actor, officer = applicant
    phone = member_client(actor)
    assert phone.post("/mine/email/", {"email": "zhang@example.com"}).status_code == 302
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM accounts_user WHERE id = %s", [actor.user_id])
        assert b"example" not in bytes(cursor.fetchone()[0])
    actions.approve(public_id=application.public_id, actor=officer)
    deliver_due()
    assert [letter.to for letter in mail.outbox] == [["zhang@example.com"]]
    assert application.number in mail.outbox[0].body


def test_a_wrong_address_is_said_beside_the_field_and_an_empty_one_ends_it(applicant):
    _application, actor, _officer = applicant
    phone = member_client(actor)
    answer = phone.post("/mine/email/", {"email": "zhang@"})
    assert answer.status_code == 422
    assert "name@example.com" in answer.text
    phone.post("/mine/email/", {"email": "zhang@example.com"})
    phone.post("/mine/email/", {"email": ""})
    assert User.objects.get(pk=actor.user_id).email == ""
