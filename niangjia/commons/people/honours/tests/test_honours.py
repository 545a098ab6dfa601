"""Honours: who may record and revoke them, what they leave behind, and that none is held twice."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from niangjia.commons.people import actions as people
from niangjia.commons.people.honours import actions
from niangjia.commons.people.honours.models import Honour
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.testing import SYSTEM, a_member, a_person
from niangjia.commons.unions.testing import an_officer, small_tree
from niangjia.kernel import clock as kernel_clock
from niangjia.kernel.errors import DomainError
from niangjia.kernel.policy import allow
from niangjia.platform.accounts import cookies, sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import User
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.personal_data import portability
from niangjia.platform.personal_data.erasure import erase
from niangjia.platform.personal_data.models import Look
from niangjia.platform.personal_data.portability import Subject
from niangjia.platform.testing.kept import kept

TODAY = date(2026, 3, 4)
SAID = {"kind": "model_worker", "level": "city", "conferred_on": date(2026, 1, 9), "reason": "市表彰决定第一号"}


@pytest.fixture
def tree(db, clock):
    return kept(small_tree)


@pytest.fixture
def wang(tree):
    return a_member(tree["FIRM"]).person


def recorded(person, actor=SYSTEM, **changes):
    return actions.record(person=person.public_id, actor=actor, **{**SAID, **changes})


def code_of(act):
    with pytest.raises(DomainError) as refused, transaction.atomic():
        act()
    return refused.value.code


def test_an_officer_records_and_revokes_with_audit(wang, tree):
    officer = an_officer([(tree["EAST"], "union_officer")], "east")
    honour = recorded(wang, officer)
    done = actions.revoke(public_id=honour.public_id, person=wang.public_id, reason="表彰决定撤销", actor=officer)
    assert done.revoked_on == TODAY
    entries = AuditEntry.objects.filter(subject_type="people.honour", subject_id=honour.public_id).order_by("id")
    assert [entry.action for entry in entries] == ["people.honour.record", "people.honour.revoke"]
    assert {(entry.node_id, entry.subject_key) for entry in entries} == {(tree["FIRM"].pk, wang.public_id)}
    again = {"public_id": honour.public_id, "person": wang.public_id, "reason": "表彰决定撤销", "actor": officer}
    assert code_of(lambda: actions.revoke(**again)) == "HONOUR_REVOKED"
    assert recorded(wang, officer).pk != honour.pk


def test_who_has_no_office_here_or_stands_near_is_refused(wang, tree):
    west = an_officer([(tree["WEST"], "union_officer")], "west")
    reviewer = an_officer([(tree["EAST"], "reviewer")], "reviewer")
    own = an_officer([(tree["EAST"], "union_officer")], "own")
    Person.objects.filter(pk=wang.pk).update(user=own.user_id)
    codes = [code_of(lambda actor=actor: recorded(wang, actor)) for actor in (west, reviewer, own)]
    assert codes == ["PERSON_NOT_FOUND", "NO_OFFICE_HERE", "OWN_CASE"]
    assert code_of(lambda: recorded(a_person())) == "HONOUR_NO_MEMBER"
    assert not Honour.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "knight"}, "HONOUR_KIND"),
        ({"level": "world"}, "HONOUR_KIND"),
        ({"conferred_on": TODAY + timedelta(days=1)}, "HONOUR_DAY"),
        ({"reason": " "}, "REASON_NEEDED"),
    ],
)
def test_what_cannot_be_recorded_is_refused(wang, changes, code):
    assert code_of(lambda: recorded(wang, **changes)) == code
    assert recorded(wang, conferred_on=TODAY).conferred_on == TODAY


def test_an_honour_is_held_once_and_never_ends_before_it_began(wang):
    honour = recorded(wang)
    assert code_of(lambda: recorded(wang)) == "HONOUR_HELD"
    with pytest.raises(IntegrityError, match="honour"), transaction.atomic():
        Honour.objects.filter(pk=honour.pk).update(revoked_on=honour.conferred_on - timedelta(days=1))


def test_another_ones_honour_is_not_revoked(wang, tree):
    honour, other = recorded(wang), a_member(tree["FIRM"]).person
    act = {"public_id": honour.public_id, "person": other.public_id, "reason": "表彰决定撤销", "actor": SYSTEM}
    assert code_of(lambda: actions.revoke(**act)) == "HONOUR_NOT_FOUND"


def test_a_copy_of_ones_data_holds_them(wang):
    recorded(wang)
    held = portability.holdings(Subject(person_id=wang.pk, user_id=None, keys=(wang.public_id,)))
    [rows] = [each.rows for each in held if each.code == "honour"]
    assert [str(one.value) for one in rows[0]][:2] == ["劳动模范", "市级"]


def test_they_go_with_the_person(wang):
    recorded(wang)
    with transaction.atomic():
        member = Membership.objects.get(person=wang)
        act = {"cause": "leave", "day": TODAY, "reason": "本人书面申请", "decision": allow("test")}
        people.end_membership(member, actor=SYSTEM, **act)
    with transaction.atomic():
        erase(wang.public_id, actor=SYSTEM, reason="会籍终止满保存期限")
    assert not Honour.objects.exists()


def test_an_officer_does_it_on_the_page_and_the_person_can_see_who_looked(wang, tree):
    officer = an_officer([(tree["FIRM"], "union_officer")], "firm")
    client = Client()
    started = sessions.start(user=_user(officer), kind=SessionKind.STAFF, second_factor_at=kernel_clock.now())
    client.cookies[cookies.full_name(cookies.NAMES[SessionKind.STAFF])] = started.token
    url = f"/console/people/{wang.public_id}/honours/"
    wrong = client.post(url, {**SAID, "conferred_on": "2027-01-01"})
    assert (wrong.status_code, Honour.objects.count()) == (422, 0)
    assert client.post(url, {**SAID, "conferred_on": "2026-01-09"}).status_code == 302
    page = client.get(url).text
    assert "劳动模范" in page
    assert "2026-01-09" in page or "2026年1月9日" in page
    sent = {"honour": Honour.objects.get().public_id, "reason": "表彰决定撤销"}
    assert client.get(f"{url}revoke/?honour={sent['honour']}").status_code == 200
    assert client.post(f"{url}revoke/", sent).status_code == 302
    assert Honour.objects.get().revoked_on == TODAY
    assert Look.objects.filter(subject_key=wang.public_id).exists()


def _user(actor):
    return User.objects.get(pk=actor.user_id)
