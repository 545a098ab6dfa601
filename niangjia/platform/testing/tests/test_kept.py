"""What tests begin with: kept as rows, taken back after a commit, copied instead of migrated."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group

from niangjia.platform.accounts.models import User
from niangjia.platform.audit import entries
from niangjia.platform.audit.models import AuditEntry
from niangjia.platform.testing import kept as keeping
from niangjia.platform.testing.contents import contents, restore
from niangjia.platform.testing.fingerprint import changed, fingerprint
from niangjia.platform.testing.kept import NotKept, kept

calls: list[str] = []


def two_users():
    calls.append("two users")
    return [User.objects.create(sign_in_name=name, display_name=name) for name in ("one", "two")]


def group_of(users):
    calls.append("group")
    return Group.objects.create(name=" and ".join(user.sign_in_name for user in users))


@pytest.mark.django_db
@pytest.mark.parametrize("_time", range(3))
def test_a_builder_works_once_and_each_test_has_all_that_it_made(_time):
    users = kept(two_users)
    group = kept(group_of, users)
    assert list(User.objects.order_by("pk")) == users
    assert Group.objects.get() == group
    assert (users[0].display_name, group.name) == ("one", "one and two")
    users[0].display_name = "changed by one test alone"
    assert sorted(calls) == ["group", "two users"]


def renamed():
    Group.objects.update(name="another name")


@pytest.mark.django_db
def test_a_builder_that_changes_what_was_there_is_not_kept():
    Group.objects.create(name="there before")
    with pytest.raises(NotKept, match="auth_group"):
        kept(renamed)
    assert not any("renamed" in name for name in keeping._KEPT)


@pytest.mark.django_db(transaction=True)
def test_what_was_committed_is_taken_back_also_where_rows_are_only_added(system_actor):
    before, rows = fingerprint(), contents()
    User.objects.create(sign_in_name="committed")
    entries.record(system_actor, "test.committed", subject_type="test", subject_id="1")
    assert AuditEntry.objects.exists()
    assert "audit_auditentry" in changed(before, fingerprint())
    restore(rows)
    assert changed(before, fingerprint()) == []
    with pytest.raises(Exception, match="never changed or deleted"):
        entries.record(system_actor, "test.committed", subject_type="test", subject_id="1")
        AuditEntry.objects.update(action="test.changed")
