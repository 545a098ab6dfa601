"""Sessions end: by age, by rest, by signing out, by disabling, at the very next request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from niangjia.kernel.actor import Actor, ActorKind, Grant
from niangjia.kernel.errors import NotAllowed
from niangjia.platform.accounts import (
    actors,
    codes,
    housekeeping,
    phone_sign_in,
    sessions,
    staff_sign_in,
    step_up,
    tokens,
    users,
)
from niangjia.platform.accounts.kinds import CodePurpose, SessionKind
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.accounts.tests.conftest import ADDRESS, PASSWORD, PHONE, Phones
from niangjia.platform.testing.plugin import Clock
from niangjia.platform.testing.sql_counts import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(clock: Clock, sms: Phones) -> sessions.SignedIn:
    phone_sign_in.request_code(phone=PHONE, binding="b1", address=ADDRESS)
    session, token = phone_sign_in.confirm(
        phone=PHONE, code=sms.last(), binding="b1", address=ADDRESS, agent="Mozilla\r\nX: y" + "é" * 300
    )
    return sessions.SignedIn(session, token)


def visit(signed_in: sessions.SignedIn) -> bool:
    """A request with the token; whether it still opens anything."""
    session = sessions.find(signed_in.token)
    if session is not None:
        sessions.touch(session)
    return session is not None


@pytest.mark.parametrize(("seconds", "alive"), [(-60, True), (60, False)])
def test_a_staff_session_rests_at_most_a_quarter_of_an_hour(
    seconds: int, alive: bool, at_work: sessions.SignedIn, clock: Clock
) -> None:
    clock.forward(minutes=15, seconds=seconds)
    assert visit(at_work) is alive


@pytest.mark.parametrize(("seconds", "alive"), [(-60, True), (60, False)])
def test_a_staff_session_lasts_twelve_hours_however_busy(
    seconds: int, alive: bool, at_work: sessions.SignedIn, clock: Clock
) -> None:
    for _visit in range(71):
        clock.forward(minutes=10)
        assert visit(at_work)
    clock.forward(minutes=10, seconds=seconds)
    assert visit(at_work) is alive


@pytest.mark.parametrize(("seconds", "alive"), [(-60, True), (60, False)])
def test_a_members_session_rests_at_most_a_week(
    seconds: int, alive: bool, member: sessions.SignedIn, clock: Clock
) -> None:
    clock.forward(days=7, seconds=seconds)
    assert visit(member) is alive


@pytest.mark.parametrize(("seconds", "alive"), [(-60, True), (60, False)])
def test_a_members_session_lasts_thirty_days_however_busy(
    seconds: int, alive: bool, member: sessions.SignedIn, clock: Clock
) -> None:
    for _visit in range(5):
        clock.forward(days=5)
        assert visit(member)
    clock.forward(days=5, seconds=seconds)
    assert visit(member) is alive


@pytest.mark.parametrize(("seconds", "alive"), [(-1, True), (1, False)])
def test_the_second_factor_may_take_ten_minutes(seconds: int, alive: bool, enrolled: User, clock: Clock) -> None:
    begun = users_pending(enrolled)
    clock.forward(minutes=10, seconds=seconds)
    assert visit(begun) is alive


def users_pending(user: User) -> sessions.SignedIn:
    session, token = staff_sign_in.check_password(name=user.sign_in_name, password=PASSWORD, address=ADDRESS)
    return sessions.SignedIn(session, token)


def test_an_installation_may_set_a_shorter_rest(at_work: sessions.SignedIn, clock: Clock, settings) -> None:
    settings.STAFF_IDLE_MINUTES = 5
    clock.forward(minutes=5)
    assert visit(at_work)
    clock.forward(minutes=5, seconds=1)
    assert not visit(at_work)


def test_an_installation_may_set_a_shorter_age(
    enrolled: User, totp: Callable[[User], str], clock: Clock, settings
) -> None:
    settings.STAFF_SESSION_HOURS = 1
    signed_in = staff_sign_in.check_totp(session=users_pending(enrolled).session, code=totp(enrolled))
    for _visit in range(5):
        clock.forward(minutes=11)
        assert visit(signed_in)
    clock.forward(minutes=6)
    assert not visit(signed_in)


def test_an_ended_session_is_a_strangers_at_once(member: sessions.SignedIn) -> None:
    sessions.end(member.session)
    assert not visit(member)
    sessions.end(Session.objects.get(pk=member.session.pk))


def test_a_disabled_users_sessions_die_at_once_and_stay_dead(
    member: sessions.SignedIn, at_work: sessions.SignedIn, administrator: Actor
) -> None:
    users.disable(member.session.user, actor=administrator, reason="left")
    assert not visit(member)
    assert visit(at_work)
    users.enable(member.session.user, actor=administrator, reason="back")
    assert not visit(member)


def test_a_user_disabled_behind_our_back_is_refused_too(member: sessions.SignedIn) -> None:
    User.objects.filter(pk=member.session.user_id).update(is_active=False)
    assert not visit(member)


def test_a_new_password_ends_all_other_sessions(at_work: sessions.SignedIn, administrator: Actor) -> None:
    user = at_work.session.user
    other = users_pending(user)
    users.change_password(
        user, old=PASSWORD, new="five other unrelated words", actor=administrator, keep=at_work.session
    )
    assert visit(at_work)
    assert not visit(other)


@pytest.mark.parametrize(
    "token", ["", "x", "A" * 43, "A" * 42 + "\x00", "A" * 42 + "é", "A" * 8000, "' or 1=1--" + "A" * 33, "\ud800" * 43]
)
def test_a_forged_token_opens_nothing_a61(token: str, member: sessions.SignedIn) -> None:
    assert sessions.find(token) is None


def test_a_token_with_one_letter_changed_opens_nothing(member: sessions.SignedIn) -> None:
    first = "A" if member.token[0] != "A" else "B"
    assert sessions.find(first + member.token[1:]) is None


def test_a_token_opens_only_sessions_of_the_kind_asked_for(
    member: sessions.SignedIn, at_work: sessions.SignedIn
) -> None:
    assert sessions.find(member.token, kind=SessionKind.STAFF) is None
    assert sessions.find(at_work.token, kind=SessionKind.MEMBER) is None
    assert sessions.find(member.token, kind=SessionKind.MEMBER) == member.session


def test_a_session_and_its_user_are_found_in_one_statement(member: sessions.SignedIn) -> None:
    with statements() as made:
        session = sessions.find(member.token)
        assert session is not None
        assert session.user.is_active
    assert len(made) == 1


def test_one_raw_select_by_token_hash_decides_alike(member: sessions.SignedIn, clock: Clock) -> None:
    def raw() -> int | None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT u.id FROM accounts_session s JOIN accounts_user u ON u.id = s.user_id"
                " WHERE s.token_hash = %s AND s.kind = 'member' AND s.ended_at IS NULL AND s.expires_at > %s"
                " AND s.seen_at >= %s AND u.is_active",
                [tokens.token_hash(member.token), clock.now, clock.now - timedelta(days=7)],
            )
            row = cursor.fetchone()
        return row[0] if row else None

    assert raw() == member.session.user_id
    sessions.end(member.session)
    assert raw() is None


def test_a_busy_session_is_not_written_at_every_request(member: sessions.SignedIn, clock: Clock) -> None:
    clock.forward(minutes=9)
    with statements() as made:
        visit(member)
    assert len(made) == 1
    clock.forward(minutes=1)
    with statements() as made:
        visit(member)
    assert len(made) == 2


def test_the_token_is_stored_nowhere(member: sessions.SignedIn) -> None:
    assert member.token not in str(list(Session.objects.values()))


def test_the_browsers_name_is_kept_short_and_printable(member: sessions.SignedIn) -> None:
    assert member.session.agent == "MozillaX: y"


def test_a_user_sees_and_ends_their_own_sessions_only(member: sessions.SignedIn, at_work: sessions.SignedIn) -> None:
    user = member.session.user
    assert list(sessions.of_user(user)) == [member.session]
    sessions.end_one(user, at_work.session.public_id)
    assert visit(at_work)
    sessions.end_one(user, member.session.public_id)
    assert not visit(member)
    assert list(sessions.of_user(user)) == []


def test_an_unknown_kind_of_session_is_refused_by_the_database(member: sessions.SignedIn) -> None:
    with pytest.raises(IntegrityError):
        Session.objects.filter(pk=member.session.pk).update(kind="root")


def test_records_of_sessions_are_kept_half_a_year(member: sessions.SignedIn, clock: Clock) -> None:
    sessions.end(member.session)
    clock.forward(days=179)
    assert housekeeping.forget_old()["sessions"] == 0
    clock.forward(days=2)
    assert housekeeping.forget_old()["sessions"] == 1


# Actors


def grants(user_id: int) -> tuple[Grant, ...]:
    return (Grant("union_officer", 3, "1.3."),)


def person(user_id: int) -> tuple[int | None, str]:
    return 77, "王芳"


def test_a_member_session_has_a_person_and_never_a_grant(member: sessions.SignedIn) -> None:
    actors.register_grants(grants)
    actors.register_person(person)
    actor = actors.of_session(member.session, trace="t", address=ADDRESS)
    assert actor == Actor(
        ActorKind.MEMBER,
        name="王芳",
        user_id=member.session.user_id,
        person_id=77,
        session_id=member.session.pk,
        trace="t",
        address=ADDRESS,
    )


def test_a_staff_session_has_grants_and_no_person(at_work: sessions.SignedIn) -> None:
    actors.register_grants(grants)
    actors.register_person(person)
    sessions.choose_node(at_work.session, 3)
    actor = actors.of_session(at_work.session)
    assert (actor.kind, actor.person_id, actor.name) == (ActorKind.STAFF, None, "林静")
    assert actor.grants == grants(0)
    assert actor.chosen_node_id == 3
    assert Session.objects.get(pk=at_work.session.pk).chosen_node_id == 3


def test_staff_without_second_factor_are_nobody(pending: Session) -> None:
    actors.register_grants(grants)
    actor = actors.of_session(pending)
    assert (actor.kind, actor.user_id, actor.grants) == (ActorKind.ANONYMOUS, None, ())


# Step-up


def test_a_second_factor_is_recent_for_ten_minutes(at_work: sessions.SignedIn, clock: Clock) -> None:
    assert step_up.recent_second_factor(at_work.session)
    clock.forward(minutes=10)
    assert step_up.recent_second_factor(at_work.session)
    clock.forward(seconds=1)
    assert not step_up.recent_second_factor(at_work.session)
    assert step_up.recent_second_factor(at_work.session, within=timedelta(hours=1))
    assert not step_up.recent_second_factor(None)


def test_staff_prove_themselves_anew_with_their_authenticator(at_work: sessions.SignedIn, clock: Clock, totp) -> None:
    clock.forward(minutes=11)
    actor = actors.of_session(at_work.session)
    with pytest.raises(NotAllowed) as refused:
        step_up.require_of(actor)
    assert refused.value.code == "STEP_UP_REQUIRED"
    step_up.by_totp(session=at_work.session, code=totp(at_work.session.user))
    step_up.require_of(actor)


def test_members_prove_themselves_anew_with_a_code_for_just_that(
    member: sessions.SignedIn, clock: Clock, sms: Phones
) -> None:
    clock.forward(minutes=11)
    assert not step_up.recent_second_factor(member.session)
    step_up.request_code(session=member.session, binding="b1", address=ADDRESS)
    assert sms.sent[-1][::2] == (PHONE, CodePurpose.STEP_UP)
    step_up.by_code(session=member.session, code=sms.last(), binding="b1", address=ADDRESS)
    step_up.require(Session.objects.get(pk=member.session.pk))


def test_a_code_for_signing_in_is_no_step_up(member: sessions.SignedIn, clock: Clock, sms: Phones) -> None:
    clock.forward(minutes=11)
    codes.issue(phone=PHONE, purpose=CodePurpose.SIGN_IN, binding="b1", address=ADDRESS)
    with pytest.raises(Exception, match="OTP_WRONG"):
        step_up.by_code(session=member.session, code=sms.last(), binding="b1", address=ADDRESS)
    assert not step_up.recent_second_factor(member.session)


def test_an_ended_session_proves_nothing(at_work: sessions.SignedIn) -> None:
    actor = actors.of_session(at_work.session)
    sessions.end(at_work.session)
    with pytest.raises(NotAllowed):
        step_up.require_of(actor)
