"""Closing an account: asked for, a week in which signing in again takes it back, then carried out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction

from niangjia.commons.people import events
from niangjia.commons.people.models import Membership, Person
from niangjia.commons.people.own_data import notices
from niangjia.commons.people.own_data.models import Closing
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotAllowed, RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.accounts import sessions, step_up, users
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session, User
from niangjia.platform.audit import entries as audit
from niangjia.platform.notices import outbox
from niangjia.platform.notices.kinds import Notice
from niangjia.platform.personal_data import erasure

COOLING_OFF = timedelta(days=7)
ERASURE_REASON = "本人注销账号并申请清除"


def is_member(actor: Actor) -> bool:
    """Whether a membership lasts, which the closing of an account does not end."""
    return Membership.objects.current().filter(person=actor.person_id or 0).exists()


@transaction.atomic()
def ask(*, erase: bool, actor: Actor) -> Closing:
    """Close one's own account in a week; all sessions end now. A fresh second factor is asked for.

    Raises NotAllowed (NOT_YOURS, STEP_UP_REQUIRED), RuleBroken (STAFF_ACCOUNT, STILL_A_MEMBER), Conflict CLOSING_OPEN.
    """
    if not actor.is_member or actor.user_id is None:
        raise NotAllowed("NOT_YOURS", _("只有本人可以注销账号。"))
    step_up.require_of(actor)
    user = User.objects.select_for_update(no_key=True).get(pk=actor.user_id)
    if user.sign_in_name:
        raise RuleBroken("STAFF_ACCOUNT", _("这个账号也用于工作台，请先请系统管理员停用工作台账号。"))
    if erase and is_member(actor):
        sentence = _("您还是会员，不能清除个人信息。请先办理退会，或者只注销账号。")
        raise RuleBroken("STILL_A_MEMBER", sentence, fields={"erase": [sentence]})
    try:
        with transaction.atomic():
            closing = Closing.objects.create(user=user, erase=erase, due_at=clock.now() + COOLING_OFF)
    except IntegrityError as error:
        raise Conflict("CLOSING_OPEN", _("您已经申请过注销。")) from error
    _note(actor, "asked", user)
    outbox.write([Notice(notices.CLOSING_ASKED, user.pk, {"day": f"{clock.day_of(closing.due_at):%Y-%m-%d}"})])
    sessions.end_all(user, reason="closing")
    return closing


@transaction.atomic()
def call_off(*, session: Session, **_signal: Any) -> None:
    """Whoever signs in again within the week wants to stay."""
    if session.kind != SessionKind.MEMBER:
        return
    rows = Closing.objects.filter(user=session.user_id, called_off_at=None, done_at=None, due_at__gt=clock.now())
    if rows.update(called_off_at=clock.now()):
        _note(Actor.system("people.closing"), "called_off", session.user)
        outbox.write([Notice(notices.CLOSING_CALLED_OFF, session.user_id, link="/mine/data/")])


def open_of(user_id: int | None) -> Closing | None:
    """The closing that will be carried out unless its owner signs in before."""
    return Closing.objects.filter(user=user_id or 0, called_off_at=None, done_at=None).first()


def called_off_by(session: Session) -> bool:
    """Whether signing in with this session kept an account that was about to be closed."""
    return Closing.objects.filter(user=session.user_id, called_off_at__gte=session.created_at).exists()


def carry_out_due(*, actor: Actor) -> int:
    """Close what is due, each in its own transaction; how many. One that was called off meanwhile is left alone."""
    due = Closing.objects.filter(called_off_at=None, done_at=None, due_at__lte=clock.now())
    return sum(_carry_out(key, actor) for key in due.order_by("pk").values_list("pk", flat=True))


@transaction.atomic()
def _carry_out(key: int, actor: Actor) -> bool:
    closing = Closing.objects.select_for_update().filter(pk=key, called_off_at=None, done_at=None).first()
    if closing is None:
        return False
    user = User.objects.get(pk=closing.user_id)
    person = Person.objects.filter(user=user, canonical=None).first()
    erase = closing.erase and not Membership.objects.current().filter(person=person).exists()
    events.account_closing.send(sender=Closing, user_id=user.pk, erase=erase, actor=actor)
    users.forget(user, actor=actor, reason="closed by its owner")
    Person.objects.filter(user=user).update(user=None)
    if person is not None and erase:
        erasure.erase(person.public_id, actor=actor, reason=ERASURE_REASON)
    Closing.objects.filter(pk=key).update(done_at=clock.now())
    _note(actor, "carried_out", user)
    return True


def _note(actor: Actor, act: str, user: User) -> None:
    audit.record(actor, f"people.closing.{act}", subject_type="accounts.user", subject_id=user.public_id)
