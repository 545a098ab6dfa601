"""What people and attackers send with a claim: each is refused by its name, and nothing half is left.

Numbers are those of docs/bad-inputs.md, part D.
"""

from __future__ import annotations

import socket
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from niangjia.commons.parameters.actions import publish
from niangjia.commons.people.corrections.testing import a_photo
from niangjia.kernel.errors import DomainError
from niangjia.platform.accounts import cookies, sessions
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import User
from niangjia.platform.testing.clients import member_client
from niangjia.services.protection import actions, consent, testing
from niangjia.services.protection.claim_models import Claim, ClaimPaper
from niangjia.services.protection.states import ClaimState


@pytest.fixture
def member(world):
    return testing.an_insured(world.second, world.firm, 1)


@pytest.fixture
def draft(world, member):
    return testing.a_begun_claim(world.plan, member, "child_accident")


@pytest.fixture
def browser(member):
    return member_client(member)


def code_of(call) -> str:
    with pytest.raises(DomainError) as refused:
        call()
    return refused.value.code


def told(**changes):
    return testing.told("child_accident", **changes)


@pytest.mark.parametrize(
    ("sum_"),
    ["-1", "0", "0.001", "1e5", "NaN", "Infinity", "1,000.00", "￥100", "999999999999", "1_000", "", "１２．５"],
    ids=["D36", "D37", "D38", "D39", "D40", "D41", "D42", "D44", "D45", "D48", "D01 none", "D43"],
)
def test_a_sum_that_is_none_stays_beside_its_field(browser, draft, sum_, unchanged):
    address = f"/protection/claims/{draft.public_id}/details/"
    body = {"issuer_1": "医院", "bill_1": "T1", "sum_1": sum_}
    with unchanged(ignore={"accounts_session"}):
        answer = browser.post(address, body)
    assert answer.status_code == 422
    assert "sum_1" in answer.content.decode()


@pytest.mark.parametrize(
    ("name", "content", "kind", "code"),
    [
        ("a.jpg", b"", "image/jpeg", "FILE_CONTENT"),
        ("a.jpg", b"<?php echo 1;", "image/jpeg", "FILE_CONTENT"),
        ("a.svg", b"<svg><script>1</script></svg>", "image/svg+xml", "FILE_CONTENT"),
        ("a.pdf", b"%PDF-1.4\n/JavaScript (1)\n%%EOF", "application/pdf", "FILE_CONTENT"),
        ("a.exe", b"MZ" + b"0" * 100, "application/x-msdownload", "FILE_CONTENT"),
        ("a.png", b"\x89PNG" + b"0" * (10 * 1024 * 1024 + 1), "image/png", "FILE_TOO_BIG"),
    ],
)
def test_a_file_that_is_no_paper_is_not_taken_d02_d03_d05_d07_d12_d15(draft, member, name, content, kind, code):
    upload = SimpleUploadedFile(name, content, content_type=kind)
    before = ClaimPaper.objects.count()
    assert (
        code_of(lambda: actions.attach(public_id=draft.public_id, paper="other", upload=upload, actor=member)) == code
    )
    assert ClaimPaper.objects.count() == before


def test_the_twenty_first_file_is_too_many_d16(draft, member):
    for _number in range(20 - draft.papers.count()):
        actions.attach(public_id=draft.public_id, paper="other", upload=a_photo(), actor=member)
    more = lambda: actions.attach(public_id=draft.public_id, paper="other", upload=a_photo(), actor=member)  # noqa: E731
    assert code_of(more) == "FILES_TOO_MANY"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"event_day": date(2026, 3, 5)}, "EVENT_IN_FUTURE"),
        ({"told": told(admitted=date(2026, 2, 3), discharged=date(2026, 2, 1)), "event_day": date(2026, 2, 3)},
         "DAYS_IN_ORDER"),
        ({"bank_account": "6222021234567893"}, "CARD_NUMBER"),
        ({"kinship": "neighbour"}, "KINSHIP"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_as_it_is_filled_in_d49_d50_d69(draft, member, changes, code):
    assert code_of(lambda: actions.fill(public_id=draft.public_id, actor=member, **changes)) == code


@pytest.mark.parametrize(
    ("day", "code"),
    [(date(2024, 12, 31), "NOT_PROTECTED"), (date(2023, 1, 1), "NOT_PROTECTED")],
)
def test_a_day_outside_protection_is_said_when_it_is_sent_d51_d54(draft, member, day, code):
    actions.fill(public_id=draft.public_id, actor=member, event_day=day)
    assert code_of(lambda: actions.submit(public_id=draft.public_id, actor=member)) == code


def test_after_the_deadline_no_claim_is_taken_d53(world, draft, member):
    world.clock.set(date(2028, 6, 1))
    assert code_of(lambda: actions.submit(public_id=draft.public_id, actor=member)) == "TOO_LATE"


def test_without_diagnosis_or_papers_nothing_is_sent_d73(world, draft, member):
    begun = testing.a_begun_claim(world.plan, member, "critical_illness", diagnosis="")
    assert code_of(lambda: actions.submit(public_id=begun.public_id, actor=member)) == "FACT_MISSING"


def test_a_double_tap_and_a_resent_form_are_one_claim_d62_d63_d71(browser, draft):
    body = {
        "bank_account": testing.a_card(), "card_holder": "李试", "consent": "on",
        "consent_version": consent.VERSION, "idempotency_key": "one-tap-0123456789", "status": "paid", "state": "paid",
    }  # fmt: skip
    first, second = (browser.post(f"/protection/claims/{draft.public_id}/pay/", body) for _tap in range(2))
    assert (first.status_code, second.status_code, second["Location"]) == (302, 302, first["Location"])
    assert Claim.objects.get().state == ClaimState.SUBMITTED


@pytest.mark.parametrize("day", ["2026-02-30", "0000-00-00", "明天", "2026-13-01"])
def test_a_day_that_is_none_stays_beside_its_field_d55(browser, draft, day):
    answer = browser.post(f"/protection/claims/{draft.public_id}/what/", {"cover": "child_accident", "event_day": day})
    assert answer.status_code == 422


def test_a_picture_seen_in_another_claim_is_a_flag_for_who_checks_d58(world, draft, member):
    from niangjia.services.protection import queries

    other = testing.an_insured(world.second, world.firm, 2)
    begun = testing.a_begun_claim(world.plan, other, "child_accident")
    assert not queries.seen_elsewhere(begun)
    for claim, actor in ((draft, member), (begun, other)):
        actions.attach(public_id=claim.public_id, paper="other", upload=a_photo(), actor=actor)
    assert queries.seen_elsewhere(begun) == ["other"]


def test_what_was_sent_or_paid_is_not_taken_back_or_changed_d59_d60(world, member):
    hands = {"unit": world.unit, "agency": world.agency, "office": world.office, "second": world.other_office}
    paid = testing.through_to(ClaimState.PAID, testing.a_claim(world.plan, member), **hands)
    assert code_of(lambda: actions.withdraw(public_id=paid.public_id, actor=member)) == "MOVE_NOT_ALLOWED"
    fill = lambda: actions.fill(public_id=paid.public_id, actor=member, event_day=date(2026, 1, 1))  # noqa: E731
    assert code_of(fill) == "CLAIM_SENT"
    assert paid.event_day > date(2026, 1, 1) + timedelta(days=1)


def pay_body(**changes):
    body = {
        "bank_account": testing.a_card(),
        "card_holder": "李试",
        "consent": "on",
        "consent_version": consent.VERSION,
    }
    return {**body, "idempotency_key": "a-tap-of-the-page", **changes}


@pytest.mark.parametrize("holder", ["王试", "", "李试1", "=1+1", "\u202e李试"])
def test_the_card_of_another_is_refused_beside_its_holder_d70(browser, draft, holder):
    answer = browser.post(f"/protection/claims/{draft.public_id}/pay/", pay_body(card_holder=holder))

    assert (answer.status_code, 'id="id_card_holder_error"' in answer.content.decode()) == (422, True)
    assert Claim.objects.get().state == ClaimState.DRAFT


@pytest.mark.parametrize(("total", "status"), [("301", 422), ("", 422), ("1e2", 422), ("300", 302)])
def test_bills_and_their_total_must_agree_d47(browser, draft, total, status):
    body = {
        f"{name}_{number}": value for number in (1, 2) for name, value in (("issuer", "医院"), ("bill", f"T{number}"))
    }
    sums = {"sum_1": "100", "sum_2": "200", "child": draft.child.public_id, "bill_total": total}
    answer = browser.post(f"/protection/claims/{draft.public_id}/details/", {**body, **sums})

    assert answer.status_code == status
    assert ('id="id_bill_total_error"' in answer.content.decode()) == (status == 422)


def test_a_hospital_that_is_not_listed_is_refused_beside_it_d72(world, member):
    publish(
        code="protection.hospitals",
        union_id=world.city.pk,
        value=["第一试验医院（东院）"],
        valid_from=date(2025, 1, 1),
        actor=testing.SYSTEM,
    )
    begun = testing.a_begun_claim(world.plan, member, "critical_illness", hospital="街边诊所")
    with pytest.raises(DomainError) as refused:
        actions.submit(public_id=begun.public_id, actor=member)
    assert (refused.value.code, list(refused.value.fields)) == ("HOSPITAL_NOT_LISTED", ["hospital"])
    listed = testing.told("critical_illness", hospital="第一试验医院(东院)")
    actions.fill(public_id=begun.public_id, actor=member, told=listed)
    assert actions.submit(public_id=begun.public_id, actor=member).state == ClaimState.SUBMITTED


@pytest.mark.parametrize("said", [0.5, 2.0])
@pytest.mark.django_db(transaction=True)
def test_a_body_that_is_not_as_long_as_it_says_keeps_nothing_d35(live_server, world, member, draft, said):
    papers, sent = ClaimPaper.objects.count(), _multipart(testing.papers_of("accident", "d35")[0][1])
    answer = _raw(live_server, member, f"/protection/claims/{draft.public_id}/details/", sent, int(len(sent) * said))

    assert answer.startswith(b"HTTP/1.1 4")
    assert ClaimPaper.objects.count() == papers


def _multipart(upload):
    head = b'--b\r\nContent-Disposition: form-data; name="paper_other"; filename="a.png"\r\n'
    head += b"Content-Type: image/png\r\n\r\n"
    return head + upload.read() + b"\r\n--b--\r\n"


def _raw(live_server, member, path, body, length):
    """Send ``body`` under a head that says another ``length``, end sending, and give the first of the answer."""
    started = sessions.start(user=User.objects.get(pk=member.user_id), kind=SessionKind.MEMBER)
    cookie = f"{cookies.full_name(cookies.NAMES[SessionKind.MEMBER])}={started.token}"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n"
    )
    with socket.create_connection((live_server.thread.host, live_server.thread.port), timeout=10) as line:
        line.sendall(head.encode() + body[:length])
        line.shutdown(socket.SHUT_WR)
        return line.recv(400)
