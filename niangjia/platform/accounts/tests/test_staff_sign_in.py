"""Password and authenticator: refusals, lock-out, equal cost, a second factor that serves once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection

from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import DomainError, NotAllowed, NotSignedIn, RuleBroken, TooMany
from niangjia.platform.accounts import events, second_factor, sessions, staff_sign_in, users
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.accounts.staff_sign_in import Step
from niangjia.platform.accounts.tests.conftest import ADDRESS, PASSWORD
from niangjia.platform.testing.plugin import Clock
from niangjia.platform.testing.races import two_connections

pytestmark = pytest.mark.django_db

Totp = Callable[[User], str]


def first_step(name: Any = "lin", password: Any = PASSWORD, address: str = ADDRESS) -> Session:
    return staff_sign_in.check_password(name=name, password=password, address=address)[0]


def code_of(attempt: Callable[[], Any]) -> str:
    with pytest.raises(DomainError) as refused:
        attempt()
    return refused.value.code


def other_digits(right: str) -> str:
    """Six digits that no neighbouring step shows either, as far as the tests' secrets go."""
    return f"{(int(right) + 500_000) % 1_000_000:06d}"


def test_name_and_password_open_only_the_second_step(enrolled: User) -> None:
    session = first_step()
    assert session.is_staff
    assert not session.second_factor_done
    assert staff_sign_in.next_step(session) is Step.SECOND_FACTOR


def test_the_second_step_completes_the_session_under_a_new_token(enrolled: User, totp: Totp) -> None:
    session, old = staff_sign_in.check_password(name="lin", password=PASSWORD, address=ADDRESS)
    done = staff_sign_in.check_totp(session=session, code=totp(enrolled))
    assert sessions.find(old) is None
    found = sessions.find(done.token)
    assert found is not None
    assert found.pk == session.pk
    assert found.second_factor_done
    assert staff_sign_in.next_step(found) is Step.NONE


WRONG = {
    "A63": ("admin", "admin"),
    "A64": ("' or 1=1--", "' or 1=1--"),
    "A65": ("lin", PASSWORD.upper()),
    "unknown name": ("nobody", PASSWORD),
    "empty password": ("lin", ""),
    "empty name": ("", PASSWORD),
    "NUL in the name": ("lin\x00", PASSWORD),
    "NUL in the password": ("lin", PASSWORD + "\x00"),
    "surrogate in the name": ("li\ud800", PASSWORD),
    "surrogate in the password": ("lin", PASSWORD + "\ud800"),
    "long name": ("l" * 5000, PASSWORD),
    "list": (["lin"], [PASSWORD]),
    "null": (None, None),
    "blank added to the password": ("lin", PASSWORD + " "),
}


@pytest.mark.parametrize(("name", "password"), WRONG.values(), ids=WRONG.keys())
def test_whatever_is_wrong_the_answer_is_the_same(name: Any, password: Any, clerk: User) -> None:
    with pytest.raises(NotSignedIn) as refused:
        first_step(name, password)
    assert refused.value.code == "WRONG_CREDENTIALS"
    assert refused.value.status == 401
    assert "password" in refused.value.fields
    assert not Session.objects.exists()


def test_a_disabled_user_and_one_without_password_are_answered_like_a_wrong_password(
    clerk: User, administrator: Actor
) -> None:
    users.disable(clerk, actor=administrator, reason="left")
    assert code_of(first_step) == "WRONG_CREDENTIALS"
    users.enable(clerk, actor=administrator, reason="back")
    clerk.set_unusable_password()
    clerk.save()
    assert code_of(first_step) == "WRONG_CREDENTIALS"


@pytest.mark.parametrize("name", ["LIN", " lin ", "ｌｉｎ"])
def test_a_name_may_be_spelt_in_capitals(name: str, clerk: User) -> None:
    assert first_step(name).user_id == clerk.pk


def test_every_refusal_costs_exactly_one_hash(
    clerk: User, administrator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    code_of(lambda: first_step("warm the stand-in hash", "x"))
    computed: list[str] = []
    verify = Argon2PasswordHasher.verify

    def counted(self: Argon2PasswordHasher, password: str, encoded: str) -> bool:
        computed.append(password)
        return verify(self, password, encoded)

    monkeypatch.setattr(Argon2PasswordHasher, "verify", counted)
    monkeypatch.setattr(Argon2PasswordHasher, "encode", lambda *a, **k: computed.append("encode") or "")
    costs = {}
    for name, password in (
        ("lin", "wrong"),
        ("nobody", "wrong"),
        ("", "wrong"),
        ("lin\x00", "wrong"),
        ("lin", "\ud800"),
    ):
        computed.clear()
        code_of(lambda name=name, password=password: first_step(name, password))
        costs[(name, password)] = len(computed)
    users.disable(clerk, actor=administrator, reason="left")
    computed.clear()
    code_of(first_step)
    costs["disabled"] = len(computed)
    assert set(costs.values()) == {1}


def test_the_sixth_try_within_a_quarter_of_an_hour_is_not_judged_a50(
    clerk: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _try in range(5):
        assert code_of(lambda: first_step("lin", "wrong")) == "WRONG_CREDENTIALS"
    with monkeypatch.context() as patched:
        patched.setattr(Argon2PasswordHasher, "verify", _never)
        with pytest.raises(TooMany) as refused:
            first_step()
    assert 0 < refused.value.retry_after <= 900
    clock.forward(seconds=900)
    assert first_step().user_id == clerk.pk


def _never(*_arguments: Any) -> bool:
    raise AssertionError("a hash was computed although the limit is reached")


def test_an_unknown_name_is_locked_out_alike(clerk: User) -> None:
    answers = [code_of(lambda: first_step("nobody", "wrong")) for _try in range(6)]
    assert answers == ["WRONG_CREDENTIALS"] * 5 + ["TOO_MANY"]


def test_names_that_can_be_nobodys_share_no_hole_in_the_lock_out(clerk: User) -> None:
    answers = [code_of(lambda: first_step("\x00", "wrong")) for _try in range(6)]
    assert answers[-1] == "TOO_MANY"


def test_other_spellings_of_a_name_share_its_tries(clerk: User) -> None:
    for name in ("lin", "LIN", " lin", "Lin", "ｌｉｎ"):
        code_of(lambda name=name: first_step(name, "wrong"))
    assert code_of(first_step) == "TOO_MANY"


def test_the_right_password_forgives_earlier_wrong_ones(clerk: User) -> None:
    for _round in range(3):
        for _try in range(4):
            code_of(lambda: first_step("lin", "wrong"))
        first_step()


def test_tries_are_limited_per_address_over_all_names(clerk: User, settings) -> None:
    settings.STAFF_TRIES_PER_ADDRESS = 7
    for serial in range(7):
        code_of(lambda serial=serial: first_step(f"name{serial}", "wrong"))
    assert code_of(first_step) == "TOO_MANY"
    assert first_step(address="198.51.100.1")


def test_a_password_beyond_4096_characters_is_refused_before_hashing_a71(
    clerk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Argon2PasswordHasher, "verify", _never)
    with pytest.raises(RuleBroken) as refused:
        first_step("lin", "p" * 4097)
    assert refused.value.code == "PASSWORD_LENGTH"


def test_a_password_of_64_characters_with_blanks_at_its_ends_works_a72(administrator: Actor, db: None) -> None:
    password = " " + "word " * 12 + "en "
    assert len(password) == 64
    users.create_staff(name="su", display_name="苏", password=password, actor=administrator)
    assert first_step("su", password).is_staff
    assert code_of(lambda: first_step("su", password.strip())) == "WRONG_CREDENTIALS"


def test_twenty_wrong_second_factors_lock_out_a51(pending: Session, totp: Totp, clock: Clock) -> None:
    wrong = other_digits(totp(pending.user))
    for _try in range(20):
        assert code_of(lambda: staff_sign_in.check_totp(session=pending, code=wrong)) == "TOTP_WRONG"
    right = totp(pending.user)
    assert code_of(lambda: staff_sign_in.check_totp(session=pending, code=right)) == "TOO_MANY"
    again = first_step()
    assert code_of(lambda: staff_sign_in.check_totp(session=again, code=right)) == "TOO_MANY"
    clock.forward(seconds=900)
    assert staff_sign_in.check_totp(session=first_step(), code=totp(pending.user)).session.second_factor_done


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", None, 123456, ["123456"], "١٢٣٤٥٦"])
def test_what_is_not_six_digits_is_no_try(code: Any, pending: Session) -> None:
    for _try in range(25):
        assert code_of(lambda: staff_sign_in.check_totp(session=pending, code=code)) == "OTP_FORMAT"


def test_a_second_factor_serves_once_a73(pending: Session, totp: Totp, clock: Clock) -> None:
    code = totp(pending.user)
    staff_sign_in.check_totp(session=pending, code=code)
    second = first_step()
    with pytest.raises(RuleBroken) as refused:
        staff_sign_in.check_totp(session=second, code=code)
    assert refused.value.code == "TOTP_USED"
    clock.forward(seconds=30)
    assert code_of(lambda: staff_sign_in.check_totp(session=second, code=code)) == "TOTP_USED"
    assert staff_sign_in.check_totp(session=second, code=totp(second.user)).session.second_factor_done


def test_an_earlier_second_factor_is_worthless_once_a_later_one_was_used(pending: Session, clock: Clock) -> None:
    generator = pyotp.TOTP(pending.user.totp_secret)
    earlier, present = generator.at(clock.now - timedelta(seconds=30)), generator.at(clock.now)
    staff_sign_in.check_totp(session=pending, code=present)
    assert code_of(lambda: staff_sign_in.check_totp(session=first_step(), code=earlier)) == "TOTP_USED"


@pytest.mark.parametrize(("offset", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(offset: int, good: bool, pending: Session, clock: Clock) -> None:
    code = pyotp.TOTP(pending.user.totp_secret).at(clock.now + timedelta(seconds=30 * offset))
    if good:
        assert staff_sign_in.check_totp(session=pending, code=code).session.second_factor_done
    else:
        assert code_of(lambda: staff_sign_in.check_totp(session=pending, code=code)) == "TOTP_WRONG"


@pytest.mark.django_db(transaction=True)
def test_of_two_uses_of_a_second_factor_at_once_one_gets_in(pending: Session, totp: Totp) -> None:
    other, code = first_step(), totp(pending.user)

    def use(session: Session) -> Callable[[], Any]:
        return lambda: staff_sign_in.check_totp(session=Session.objects.get(pk=session.pk), code=code)

    outcomes = two_connections(use(pending), use(other))
    assert sorted(outcome.ok for outcome in outcomes) == [False, True]
    refused = next(outcome.error for outcome in outcomes if outcome.error)
    assert isinstance(refused, DomainError)
    assert refused.code == "TOTP_USED"


def test_a_members_session_cannot_take_the_second_step(enrolled: User, totp: Totp) -> None:
    member = sessions.start(user=enrolled, kind=sessions.SessionKind.MEMBER)
    assert code_of(lambda: staff_sign_in.check_totp(session=member.session, code=totp(enrolled))) == (
        "STAFF_SESSION_REQUIRED"
    )


@pytest.mark.parametrize(
    ("networks", "address", "good"),
    [
        ([], "198.51.100.1", True),
        (["10.0.0.0/8"], "10.1.2.3", True),
        (["10.0.0.0/8"], "198.51.100.1", False),
        (["10.0.0.0/8", "2001:db8::/32"], "2001:db8::7", True),
        ("10.0.0.0/8, 198.51.100.0/24", "198.51.100.1", True),
        (["10.0.0.0/8"], "", False),
        (["10.0.0.0/8"], "10.1.2.3, 198.51.100.1", False),
    ],
)
def test_staff_sign_in_only_from_the_networks_of_the_installation_a59(
    networks: Any, address: str, good: bool, clerk: User, settings
) -> None:
    settings.STAFF_NETWORKS = networks
    if good:
        assert first_step(address=address).is_staff
        return
    with pytest.raises(NotAllowed) as refused:
        first_step(address=address)
    assert refused.value.code == "NETWORK_BARRED"


def test_the_first_sign_in_binds_an_authenticator(clerk: User, enrol: Callable[[Session], Any]) -> None:
    session = first_step()
    assert staff_sign_in.next_step(session) is Step.ENROLMENT
    assert code_of(lambda: staff_sign_in.check_totp(session=session, code="123456")) == "ENROLMENT_REQUIRED"
    done = enrol(session)
    assert done.session.second_factor_done
    assert sessions.find(done.token) is not None
    clerk.refresh_from_db()
    assert clerk.totp_secret


def test_enrolment_offers_the_same_secret_on_reload_and_another_in_another_session(clerk: User) -> None:
    session = first_step()
    offered = second_factor.begin(session)
    assert second_factor.begin(Session.objects.get(pk=session.pk)) == offered
    assert second_factor.begin(first_step()).secret != offered.secret
    assert offered.uri.startswith("otpauth://totp/")
    assert f"secret={offered.secret}" in offered.uri
    assert len(offered.secret) == 32


def test_enrolment_asks_for_a_code_of_the_offered_secret(clerk: User, clock: Clock) -> None:
    session = first_step()
    right = pyotp.TOTP(second_factor.begin(session).secret).at(clock.now)
    assert code_of(lambda: second_factor.confirm(session, other_digits(right))) == "TOTP_WRONG"
    clerk.refresh_from_db()
    assert clerk.totp_secret == ""


def test_the_code_that_confirmed_the_enrolment_does_not_serve_again(clerk: User, clock: Clock) -> None:
    session = first_step()
    code = pyotp.TOTP(second_factor.begin(session).secret).at(clock.now)
    second_factor.confirm(session, code)
    assert code_of(lambda: staff_sign_in.check_totp(session=first_step(), code=code)) == "TOTP_USED"


def test_a_pending_session_cannot_replace_a_bound_authenticator(pending: Session) -> None:
    assert code_of(lambda: second_factor.begin(pending)) == "ENROLLED_ALREADY"
    assert code_of(lambda: second_factor.confirm(pending, "123456")) == "ENROLLED_ALREADY"


def test_replacing_an_authenticator_needs_a_fresh_second_factor_and_ends_other_sessions(
    at_work: sessions.SignedIn, clock: Clock, totp: Totp, enrol: Callable[[Session], sessions.SignedIn]
) -> None:
    clock.forward(seconds=60)
    other = staff_sign_in.check_totp(session=first_step(), code=totp(at_work.session.user))
    clock.forward(minutes=10)
    assert code_of(lambda: second_factor.begin(at_work.session)) == "ENROLLED_ALREADY"
    before = at_work.session.user.totp_secret
    done = enrol(other.session)
    assert done.session.user.totp_secret != before
    assert sessions.find(at_work.token) is None
    assert sessions.find(done.token) is not None


def test_a_reset_authenticator_signs_everybody_out_and_is_bound_anew(
    at_work: sessions.SignedIn, administrator: Actor
) -> None:
    users.reset_second_factor(at_work.session.user, actor=administrator, reason="lost phone")
    assert sessions.find(at_work.token) is None
    assert staff_sign_in.next_step(first_step()) is Step.ENROLMENT


def test_the_secret_is_stored_encrypted(enrolled: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT totp_secret FROM accounts_user")
        stored = cursor.fetchone()[0]
    assert enrolled.totp_secret.encode() not in bytes(stored)


def test_signing_in_and_being_refused_are_told_to_whoever_keeps_records(enrolled: User, totp: Totp) -> None:
    told: list[tuple[str, Any]] = []

    def refused(sender: Any, **facts: Any) -> None:
        told.append((facts["code"], facts["user_id"]))

    def signed_in(sender: Any, **facts: Any) -> None:
        told.append(("signed in", facts["session"].user_id))

    events.sign_in_refused.connect(refused)
    events.signed_in.connect(signed_in)
    try:
        code_of(lambda: first_step("lin", "wrong"))
        code_of(lambda: first_step("nobody", "wrong"))
        session = first_step()
        code_of(lambda: staff_sign_in.check_totp(session=session, code=other_digits(totp(enrolled))))
        staff_sign_in.check_totp(session=session, code=totp(enrolled))
    finally:
        events.sign_in_refused.disconnect(refused)
        events.signed_in.disconnect(signed_in)
    assert told == [
        ("WRONG_CREDENTIALS", enrolled.pk),
        ("WRONG_CREDENTIALS", None),
        ("TOTP_WRONG", enrolled.pk),
        ("signed in", enrolled.pk),
    ]
