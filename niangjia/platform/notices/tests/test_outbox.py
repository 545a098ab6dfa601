"""What is told is written with the act, without anything personal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import translation

from niangjia.kernel.errors import NotFound
from niangjia.kernel.text import text
from niangjia.platform.lifecycle import effects
from niangjia.platform.lifecycle.effects import Batch, Moved
from niangjia.platform.notices import actions, delivery, kinds, outbox, queries
from niangjia.platform.notices.kinds import Notice, NoticeKind
from niangjia.platform.notices.models import Message, Outgoing
from niangjia.platform.notices.tests.conftest import somebody
from niangjia.platform.testing.sql_counts import statements

pytestmark = pytest.mark.django_db


@dataclass
class Thing:
    """Stands for a tracked object; the slot looks only at what it is told."""

    MACHINE: Any = None


def batch(clock, notices_of_each: list[list[Notice]]) -> Batch:
    items = [Moved(Thing(), "a", "b", notices=tuple(notices)) for notices in notices_of_each]
    return Batch(None, "approve", None, None, "", clock.now, items)


def test_the_outbox_slot_is_filled():
    assert outbox.write_batch in effects._handlers["outbox"]


def test_each_channel_gets_its_row(approved, user, clock):
    outbox.write_batch(batch(clock, [[Notice(approved, user.pk, {"number": "RH1"}, link="/joining/x/")]]))
    message, outgoing = Message.objects.get(), Outgoing.objects.get()
    assert (message.user_id, message.link, message.created_at) == (user.pk, "/joining/x/", clock.now)
    assert (str(message.title), str(message.body)) == ("申请已通过", "您的申请 RH1 已通过。")
    assert (outgoing.channel, outgoing.user_id, outgoing.due_at, outgoing.state) == (
        "sms",
        user.pk,
        clock.now,
        "waiting",
    )


def test_a_batch_of_any_size_takes_the_same_few_statements(approved, user, clock):
    def taken(size: int) -> int:
        notices = [[Notice(approved, user.pk, {"number": str(number)})] for number in range(size)]
        with statements() as made:
            outbox.write_batch(batch(clock, notices))
        return len(made)

    assert taken(1) == 2
    assert taken(300) <= 10, "SQLite takes a thousand values a statement"
    assert Message.objects.count() == Outgoing.objects.count() == 301


def test_nothing_to_tell_costs_nothing(clock):
    with statements() as made:
        outbox.write_batch(batch(clock, [[], []]))
    assert made == []


def test_somebody_without_an_account_is_not_written_to(approved, clock):
    outbox.write_batch(batch(clock, [[Notice(approved, None, {"number": "1"})]]))
    assert not Message.objects.exists()
    assert not Outgoing.objects.exists()


def test_an_act_that_is_undone_tells_nobody(approved, user):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        outbox.write([Notice(approved, user.pk, {"number": "1"})])
        1 / 0  # noqa: B018
    assert not Message.objects.exists()
    assert not Outgoing.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_notice_needs_the_transaction_of_its_act(approved, user):
    with pytest.raises(transaction.TransactionManagementError):
        outbox.write([Notice(approved, user.pk, {"number": "1"})])


@pytest.mark.parametrize(
    ("values", "link"),
    [
        ({}, ""),
        ({"number": "110101199001011234"}, ""),
        ({"number": "11010119900101123X"}, ""),
        ({"number": "请拨打13800138000"}, ""),
        ({"number": "1"}, "https://evil.com"),
        ({"number": "1"}, "//evil.com"),
        ({"number": "1"}, "/\\evil.com"),
    ],
)
def test_a_notice_with_a_gap_a_secret_or_a_foreign_link_is_refused(approved, values, link):
    with pytest.raises(ValueError, match=r"test\.approved"):
        Notice(approved, 1, values, link)


@pytest.mark.parametrize(
    "harmless", ["RH2026-0000041-5", "2026年3月4日", "¥\N{NO-BREAK SPACE}1,323,500.00", "20260304", "202603041200001"]
)
def test_numbers_of_cases_days_and_amounts_are_no_secrets(approved, harmless):
    assert Notice(approved, 1, {"number": harmless})


def test_two_kinds_cannot_share_a_code(approved):
    assert kinds.register(approved) is approved
    with pytest.raises(ValueError, match="two kinds"):
        kinds.register(NoticeKind("test.approved", text("另一个"), text("另一个")))
    with pytest.raises(ValueError, match="channel"):
        kinds.register(NoticeKind("test.pigeon", text("信"), text("信"), ("pigeon",)))


def test_a_message_of_a_room_that_is_gone_can_still_be_shown(user):
    message = Message.objects.create(user=user, kind="gone.kind", values={"x": "1"})
    assert str(message.title) == "一条旧消息"
    assert str(message.body)


def test_a_message_is_worded_when_it_is_read(approved, user, monkeypatch):
    message = Message(user=user, kind="test.approved", values={"number": "7"})
    from niangjia.kernel import text as kernel_text

    english = {"您的申请 {number} 已通过。": "Your application {number} was approved."}
    monkeypatch.setattr(
        kernel_text, "_translate", lambda said: english.get(said, said) if translation.get_language() == "en" else said
    )
    with translation.override("en"):
        assert str(message.body) == "Your application 7 was approved."
    assert str(message.body) == "您的申请 7 已通过。"


def test_everybody_reads_only_their_own_messages(approved, user):
    other = somebody("13800138001")
    outbox.write([Notice(approved, person.pk, {"number": str(n)}) for n in range(3) for person in (user, other)])
    mine = list(queries.messages_of(user.pk))
    assert [message.values["number"] for message in mine] == ["2", "1", "0"]
    assert queries.unread_count(user.pk) == 3
    theirs = queries.messages_of(other.pk)[0]
    with pytest.raises(NotFound):
        queries.message_for(user.pk, theirs.public_id)
    assert queries.message_for(other.pk, theirs.public_id) == theirs
    assert actions.mark_read(user.pk, [theirs.public_id]) == 0
    assert actions.mark_read(user.pk, [mine[0].public_id, theirs.public_id]) == 1
    assert (queries.unread_count(user.pk), queries.unread_count(other.pk)) == (2, 3)
    assert actions.mark_read(user.pk) == 2
    assert (queries.unread_count(user.pk), queries.unread_count(other.pk)) == (0, 3)


def test_what_is_written_down_for_later_is_heard_at_its_moment_and_not_before(approved, user, clock):
    moment = clock.now + timedelta(minutes=10)
    with transaction.atomic():
        outbox.write([Notice(approved, user.pk, {"number": "RH1"})], at=moment)
    public_id = Message.objects.get().public_id
    clock.set(moment - timedelta(milliseconds=1))
    assert (queries.unread_count(user.pk), list(queries.messages_of(user.pk))) == (0, [])
    with pytest.raises(NotFound):
        queries.message_for(user.pk, public_id)
    assert (actions.mark_read(user.pk), actions.mark_read(user.pk, [public_id])) == (0, 0)
    assert delivery.deliver_due() == 0
    clock.set(moment)
    assert queries.unread_count(user.pk) == 1
    assert queries.message_for(user.pk, public_id) == queries.messages_of(user.pk).get()
    assert Outgoing.objects.get().due_at == moment
    assert actions.mark_read(user.pk) == 1


def test_the_first_reading_counts(approved, user, clock):
    outbox.write([Notice(approved, user.pk, {"number": "1"})])
    actions.mark_read(user.pk)
    first = clock.now
    clock.forward(days=1)
    assert actions.mark_read(user.pk) == 0
    assert Message.objects.get().read_at == first


def test_a_waiting_code_stands_nowhere_in_the_clear(db):
    row = outbox.send_code("13800138000", "246813", "sign_in")
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM notices_outgoing WHERE id = %s", [row.pk])
        stored = " ".join(str(bytes(value) if isinstance(value, memoryview) else value) for value in cursor.fetchone())
    assert "13800138000" not in stored
    assert "246813" not in stored
    assert "sign_in" in stored
