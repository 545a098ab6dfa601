"""Codes by SMS: six digits, five minutes, one purpose, one browser, one use, at most five guesses judged.

Unknown, disabled and undisturbed phones take the same path: where no message is due, a decoy is stored whose code
nobody knows. Both functions count and judge in transactions of their own and refuse to run inside a caller's, for
what was counted must outlive the caller's rollback. Rule source: reliability R16 and R17.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet

from niangjia.kernel import clock, identifiers
from niangjia.platform.accounts import errors, phones, policy_settings, senders, tokens, tries
from niangjia.platform.accounts.models import Code, User
from niangjia.platform.accounts.senders import register_sender
from niangjia.platform.accounts.texts import six_digits

__all__ = ["CodeSent", "Proof", "forget_old", "issue", "register_sender", "verify", "void"]

KEPT_AFTER_END = timedelta(days=1)


@dataclass(frozen=True)
class CodeSent:
    """What is told whoever asked for a code; the same for every phone. Both in seconds."""

    resend_after: int
    expires_in: int


@dataclass(frozen=True)
class Proof:
    """A phone (eleven digits) whose holder has just typed the code sent to it."""

    phone: str
    phone_index: str


def issue(*, phone: Any, purpose: str, binding: str, address: str, quota: tries.Quota | None = None) -> CodeSent:
    """Send a code for ``purpose`` to ``phone``, good only together with ``binding`` (the browser's or app's secret).

    Raises RuleBroken PHONE_FORMAT, TooMany TOO_MANY, Unavailable SMS_BUDGET_SPENT.
    """
    number = phones.normalise(phone)
    index = phones.index_of(number)
    tries.count_sending(phone_index=index, address=address, quota=quota)
    due = not User.objects.filter(phone_index=index, is_active=False).exists()
    code = _fresh_code(number)
    with transaction.atomic(durable=True):
        _store(index=index, purpose=purpose, binding=binding, code=code if due else tokens.new_token())
        senders.queue(phone=number, code=code, purpose=str(purpose), due=due)
    if due:
        senders.deliver(phone=number, code=code, purpose=str(purpose))
    return CodeSent(tries.resend_after(), int(policy_settings.code_life().total_seconds()))


def verify(*, phone: Any, code: Any, purpose: str, binding: str, address: str) -> Proof:
    """Judge ``code`` and use it up if it is right.

    Raises RuleBroken PHONE_FORMAT, OTP_FORMAT or OTP_WRONG (with the guesses left), Gone OTP_EXPIRED (too old, used,
    replaced by a later one), TooMany TOO_MANY (all guesses used up, or too many from this address).
    """
    number = phones.normalise(phone)
    typed = six_digits(code)
    if typed is None:
        raise errors.code_format()
    index = phones.index_of(number)
    tries.count_code_guess(address=address)
    row = _latest(index, purpose, binding) or _store(
        index=index, purpose=purpose, binding=binding, code=tokens.new_token()
    )
    _count_guess(row)
    if not _is_code_of(row, typed):
        raise _refusal(row, typed)
    if not _use_up(row):
        raise errors.code_expired()
    return Proof(number, index)


def void(phone_index: str) -> None:
    """Make every open code of a phone useless, because its user was disabled or left the phone."""
    Code.objects.filter(phone_index=phone_index, used_at__isnull=True).update(used_at=clock.now())


def forget_old() -> int:
    """Delete codes a day after their end; the number deleted. For the nightly housekeeping."""
    return Code.objects.filter(expires_at__lt=clock.now() - KEPT_AFTER_END).delete()[0]


def _fresh_code(number: str) -> str:
    invented = settings.DEMO and not settings.PRODUCTION and identifiers.is_invented_phone(number)
    return policy_settings.DEMO_CODE if invented else tokens.new_code()


def _store(*, index: str, purpose: str, binding: str, code: str) -> Code:
    now = clock.now()
    row = Code(
        purpose=str(purpose),
        phone_index=index,
        session_binding=tokens.token_hash(binding),
        created_at=now,
        expires_at=now + policy_settings.code_life(),
    )
    row.code_hash = tokens.code_hash(salt=row.salt, code=code)
    row.save(force_insert=True)
    return row


def _rows(index: str, purpose: str, binding: str) -> QuerySet[Code]:
    return Code.objects.filter(
        phone_index=index, purpose=str(purpose), session_binding=tokens.token_hash(binding)
    ).order_by("-id")


def _latest(index: str, purpose: str, binding: str) -> Code | None:
    return _rows(index, purpose, binding).first()


def _count_guess(row: Code) -> None:
    """Take one of the row's guesses before judging; raises TooMany when none is left, Gone when the code is over.

    The condition and the count are one statement, so that of any number of parallel guesses exactly the allowed ones
    get through; it commits before the guess is judged.
    """
    open_rows = Code.objects.filter(
        pk=row.pk, used_at__isnull=True, expires_at__gte=clock.now(), guesses__lt=policy_settings.number("CODE_GUESSES")
    )
    with transaction.atomic(durable=True):
        taken = open_rows.update(guesses=F("guesses") + 1)
    row.refresh_from_db()
    if taken:
        return
    if row.is_over(clock.now()):
        raise errors.code_expired()
    raise errors.code_locked(_seconds_to_resend(row))


def _refusal(row: Code, typed: str) -> Exception:
    """Why a judged guess is wrong: it may be an earlier code of the same browser, which deserves to be told so."""
    recent = clock.now() - KEPT_AFTER_END
    earlier = Code.objects.filter(
        phone_index=row.phone_index,
        purpose=row.purpose,
        session_binding=row.session_binding,
        pk__lt=row.pk,
        created_at__gte=recent,
    )
    if any(_is_code_of(old, typed) for old in earlier):
        return errors.code_expired()
    return errors.code_wrong(max(0, policy_settings.number("CODE_GUESSES") - row.guesses))


def _is_code_of(row: Code, typed: str) -> bool:
    return tokens.same(row.code_hash, tokens.code_hash(salt=row.salt, code=typed))


def _use_up(row: Code) -> bool:
    """Whether this call is the one that uses the code; of two at once only one is."""
    with transaction.atomic(durable=True):
        return bool(Code.objects.filter(pk=row.pk, used_at__isnull=True).update(used_at=clock.now()))


def _seconds_to_resend(row: Code) -> int:
    passed = (clock.now() - row.created_at).total_seconds()
    return max(1, int(tries.resend_after() - passed))
