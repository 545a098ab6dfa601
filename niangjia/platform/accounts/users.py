"""Accounts of staff and the closing of any account. Who may do this, the caller's policy says and the audit records."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict
from niangjia.kernel.text import _
from niangjia.platform.accounts import codes, errors, events, passwords, phones, sessions, texts, tries
from niangjia.platform.accounts.kinds import SessionKind
from niangjia.platform.accounts.models import Session, User


def create_staff(*, name: str, display_name: str, password: str, actor: Actor) -> User:
    """Make an account that signs in by name; at the first sign-in an authenticator is bound.

    Raises RuleBroken NAME_FORMAT or PASSWORD_WEAK, Conflict NAME_TAKEN.
    """
    user = User(sign_in_name=_name(name), display_name=display_name)
    _set(user, password)
    _save_named(user)
    events.user_created.send(sender=User, user=user, kind=SessionKind.STAFF)
    return user


def make_staff(user: User, *, name: str, password: str, actor: Actor) -> None:
    """Let an existing member also sign in as staff. Raises as :func:`create_staff`."""
    user.sign_in_name = _name(name)
    _set(user, password)
    _save_named(user)
    events.password_changed.send(sender=User, user=user, actor=actor)


def change_password(user: User, *, old: str, new: str, actor: Actor, keep: Session | None = None) -> None:
    """Change one's own password; all other sessions end. Raises NotSignedIn WRONG_CREDENTIALS, RuleBroken, TooMany."""
    passwords.require_readable(old)
    tries.count_password(name=user.sign_in_name or "", address=actor.address)
    if not passwords.is_right(user, old):
        raise errors.wrong_credentials()
    tries.forgive_password(name=user.sign_in_name or "")
    set_password(user, new=new, actor=actor, keep=keep)


def set_password(user: User, *, new: str, actor: Actor, keep: Session | None = None) -> None:
    """Give ``user`` another password; all sessions but ``keep`` end. Raises RuleBroken PASSWORD_WEAK."""
    _set(user, new)
    with transaction.atomic():
        user.save(update_fields=["password"])
        sessions.end_all(user, reason="password_changed", keep=keep)
    events.password_changed.send(sender=User, user=user, actor=actor)


def disable(user: User, *, actor: Actor, reason: str) -> None:
    """Close an account: its sessions die with their next request, codes on their way are worthless."""
    with transaction.atomic():
        User.objects.filter(pk=user.pk).update(is_active=False)
        sessions.end_all(user, reason="user_disabled")
        if user.phone_index:
            codes.void(user.phone_index)
    user.is_active = False
    events.user_disabled.send(sender=User, user=user, actor=actor, reason=reason)


def enable(user: User, *, actor: Actor, reason: str) -> None:
    """Open a closed account again; nobody is signed in by it."""
    User.objects.filter(pk=user.pk).update(is_active=True)
    user.is_active = True
    events.user_enabled.send(sender=User, user=user, actor=actor, reason=reason)


def forget(user: User, *, actor: Actor, reason: str) -> None:
    """Take everything personal out of an account and close it for good, as part of an erasure.

    The empty row stays, for records point to it. The phone may open a new account, which knows nothing of the old one.
    """
    disable(user, actor=actor, reason=reason)
    user.display_name = user.phone = user.email = user.totp_secret = ""
    user.sign_in_name = None
    user.set_unusable_password()
    with transaction.atomic():
        user.save()
        User.objects.filter(pk=user.pk).update(phone_index=None)
    user.refresh_from_db()


def reset_second_factor(user: User, *, actor: Actor, reason: str) -> None:
    """Unbind a lost authenticator; all sessions end and the next sign-in binds a new one."""
    user.totp_secret = ""
    with transaction.atomic():
        user.save(update_fields=["totp_secret"])
        sessions.end_all(user, reason="second_factor_reset")
    events.second_factor_reset.send(sender=User, user=user, actor=actor, reason=reason)


def set_email(user: User, *, email: str) -> None:
    """Where important notices go besides the phone; empty takes it away. Raises RuleBroken EMAIL_FORMAT."""
    address = email.strip()
    if address:
        try:
            validate_email(address)
        except ValidationError as error:
            raise errors.email_format() from error
    user.email = address
    user.save(update_fields=["email"])


def change_phone(user: User, *, proven: str) -> bool:
    """Let ``user`` sign in by another phone, whose holder proved it; whoever is signed in by the old one is signed out.

    False, and nothing changed, when another account signs in by it: the caller says so in words that do not tell.
    """
    old, index = user.phone_index, phones.index_of(proven)
    user.phone, user.phone_index, user.phone_proved_at = proven, index, clock.now()
    try:
        with transaction.atomic():
            user.save(update_fields=["phone", "phone_index", "phone_proved_at"])
    except IntegrityError:
        user.refresh_from_db(fields=["phone", "phone_index", "phone_proved_at"])
        return False
    if old:
        codes.void(old)
    sessions.end_all(user, reason="phone_changed")
    return True


def give_up_phone(user: User) -> None:
    """The phone belongs to somebody else: nobody signs in to this account by it, and whoever did is signed out."""
    old = user.phone_index
    user.phone, user.phone_index = "", None  # type: ignore[assignment]
    with transaction.atomic():
        user.save(update_fields=["phone", "phone_index"])
        sessions.end_all(user, reason="phone_given_up")
    if old:
        codes.void(old)


def staff_named(name: str) -> User | None:
    """The user who signs in by ``name``, however it is spelt."""
    wanted = texts.sign_in_name(name)
    return User.objects.filter(sign_in_name=wanted).first() if wanted else None


def member_with_phone(phone: str) -> User | None:
    """The user of a phone in any spelling; raises RuleBroken PHONE_FORMAT."""
    return phones.user_with(phones.normalise(phone))


def _name(name: str) -> str:
    wanted = texts.sign_in_name(name)
    if not wanted:
        raise errors.with_field("NAME_FORMAT", _("用户名不能为空，不能超过100个字，也不能有特殊控制符。"), "name")
    return wanted


def _set(user: User, password: str) -> None:
    passwords.require_strong(password, user)
    user.set_password(password)


def _save_named(user: User) -> None:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        sentence = _("这个用户名已经有人用了，请换一个。")
        raise Conflict("NAME_TAKEN", sentence, fields={"name": [sentence]}) from error
