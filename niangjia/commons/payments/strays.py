"""Lines of the bank's file that cannot simply be counted: each is kept with its cause and waits for somebody.

A reference that nobody knows, a sum that differs, a line written twice, a payment made twice or after it was given up:
the rest of the file is counted. Who reads the file again finds the same lines, not new ones, and what a later file
explains goes by itself.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from niangjia.commons.payments import late, policies, requesting, rules
from niangjia.commons.payments.models import BankAnswer, Batch, Payment, StrayLine
from niangjia.commons.payments.states import UNSETTLED, Astray, StrayEvent
from niangjia.kernel.actor import Actor
from niangjia.kernel.policy import Decision
from niangjia.platform.lifecycle import lifecycle

SERIAL = 40
"""So much of the bank's own number of an answer is kept."""

_AFTER = {Astray.PAID_TWICE: "twice", Astray.PAID_LATE: "late"}
"""What marks the word of a line that was counted besides, so that the same line may wait for either reason."""


@dataclass(frozen=True)
class AnswerLine:
    """One line of the bank's file. ``fen`` is None where the file has no sums."""

    line: int
    reference: str
    failed: bool
    at: datetime
    serial: str
    cause: str = ""
    fen: int | None = None


@dataclass(frozen=True)
class Strange:
    """A line with the cause for which it waits. ``copy`` counts the same line within its file, from 0."""

    line: AnswerLine
    astray: Astray
    about: int | None = None
    copy: int = 0

    @property
    def fingerprint(self) -> str:
        """Knows this line again, whichever file brings it."""
        one = self.line
        said = (one.reference.strip().upper(), one.failed, one.at.isoformat(), one.serial[:SERIAL], one.fen)
        text = "\x1f".join(str(part) for part in (*said, self.copy, _AFTER.get(self.astray, "")))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass
class Told:
    """The lines of a file: those that speak of payments of its batch, and those that do not or not plainly."""

    counted: dict[int, list[AnswerLine]] = field(default_factory=dict)
    strange: list[Strange] = field(default_factory=list)

    @property
    def is_of_this_batch(self) -> bool:
        """Whether any line of the file speaks of the batch at all; else somebody took the wrong file."""
        return bool(self.counted) or any(one.astray is Astray.SUM_DIFFERS for one in self.strange)


def told(lines: Iterable[AnswerLine], payments: Mapping[int, Payment]) -> Told:
    """Sort the lines of a file for a batch of these payments."""
    found, seen = Told(), Counter[tuple[object, ...]]()
    for one in lines:
        key = (one.reference.strip().upper(), one.failed, one.at, one.serial[:SERIAL], one.fen)
        copy, seen[key] = seen[key], seen[key] + 1
        payment = payments.get(rules.serial_of(one.reference) or 0)
        if payment is None or payment.number != one.reference.strip().upper():
            found.strange.append(Strange(one, Astray.UNKNOWN, None, copy))
        elif one.fen is not None and one.fen != payment.fen:
            found.strange.append(Strange(one, Astray.SUM_DIFFERS, payment.pk, copy))
        elif copy:
            found.strange.append(Strange(one, Astray.DOUBLED, payment.pk, copy))
        else:
            found.counted.setdefault(payment.pk, []).append(one)
    return found


def named(strange: Sequence[Strange], actor: Actor) -> list[Strange]:
    """The same; where the reference is one of a payment that the actor may see elsewhere, that is said."""
    wanted = {rules.serial_of(one.line.reference) for one in strange if one.astray is Astray.UNKNOWN} - {None}
    known: dict[str, int] = {}
    for start in range(0, len(wanted), requesting.ROWS):
        keys = sorted(filter(None, wanted))[start : start + requesting.ROWS]
        known |= {row.number: row.pk for row in policies.visible_payments(actor).filter(pk__in=keys)}
    return [_elsewhere(one, known.get(one.line.reference.strip().upper())) for one in strange]


def _elsewhere(one: Strange, about: int | None) -> Strange:
    if one.astray is not Astray.UNKNOWN or about is None:
        return one
    return Strange(one.line, Astray.ELSEWHERE, about, one.copy)


def after_counting(
    payments: Sequence[Payment], answers: Mapping[int, Sequence[rules.Answer]], contrary: Mapping[int, rules.Answer]
) -> list[Strange]:
    """What the bank's words come to once they are counted: paid twice, or paid after all by the word ``contrary``."""
    found: list[Strange] = []
    for one in payments:
        said = answers[one.pk]
        found += [Strange(_line_of(one, word), Astray.PAID_TWICE, one.pk) for word in rules.paid_twice(said)]
        if one.pk in contrary:
            found.append(Strange(_line_of(one, contrary[one.pk]), Astray.PAID_LATE, one.pk))
    return found


def _line_of(payment: Payment, word: rules.Answer) -> AnswerLine:
    return AnswerLine(0, payment.number, word.failed, word.at, word.serial, fen=payment.fen)


@transaction.atomic()
def report_stray(
    *, batch: Batch, strange: Sequence[Strange], file_hash: str, actor: Actor, decision: Decision
) -> list[StrayLine]:
    """Keep lines that wait for somebody, each once; gives the new ones."""
    new = {one.fingerprint: one for one in strange}
    for start in range(0, len(new), requesting.ROWS):
        some = list(new)[start : start + requesting.ROWS]
        for known in StrayLine.objects.filter(batch=batch, fingerprint__in=some).values_list("fingerprint", flat=True):
            del new[known]
    rows = [_row(batch, key, one, file_hash) for key, one in new.items()]
    return lifecycle.open_many(rows, actor=actor, decision=decision)


def _row(batch: Batch, fingerprint: str, one: Strange, file_hash: str) -> StrayLine:
    said = one.line
    return StrayLine(
        batch=batch,
        union_id=batch.union_id,
        astray=one.astray.value,
        fingerprint=fingerprint,
        file_hash=file_hash,
        line=said.line,
        reference=rules.shown_reference(said.reference),
        failed=said.failed,
        cause=rules.cause_of(said.cause).value if said.failed else "",
        at=said.at,
        serial=said.serial[:SERIAL],
        fen=said.fen,
        about_id=one.about,
    )


@transaction.atomic()
def resolve_stray(*, payments: Sequence[int], actor: Actor, decision: Decision) -> list[StrayLine]:
    """Let go what waited about these payments and is explained by what the bank said since; gives those."""
    done: list[StrayLine] = []
    for start in range(0, len(payments), requesting.ROWS):
        rows = StrayLine.objects.select_for_update(of=("self",)).filter(
            about__in=payments[start : start + requesting.ROWS], state__in=[state.value for state in UNSETTLED]
        )
        waiting = list(rows.order_by("pk"))
        done += _explained(waiting)
    return lifecycle.apply_many(done, StrayEvent.RESOLVE_STRAY, actor=actor, decision=decision)


def _explained(waiting: Sequence[StrayLine]) -> list[StrayLine]:
    about = {one.about_id for one in waiting if one.about_id is not None}
    if not about:
        return []
    contrary = late.contrary(Payment.objects.filter(pk__in=about))
    said: dict[int, list[BankAnswer]] = {}
    for word in BankAnswer.objects.filter(payment__in=about):
        said.setdefault(word.payment_id, []).append(word)
    return [one for one in waiting if _is_explained(one, said.get(one.about_id or 0, []), contrary)]


def _is_explained(one: StrayLine, said: Sequence[BankAnswer], contrary: Mapping[int, rules.Answer]) -> bool:
    if one.astray == Astray.PAID_LATE:
        return one.about_id not in contrary
    if one.astray == Astray.PAID_TWICE:
        words = [rules.Answer(word.at, word.serial, word.failed, word.cause) for word in said]
        return (one.at, one.serial) not in {(word.at, word.serial) for word in rules.paid_twice(words)}
    if one.astray in (Astray.ELSEWHERE, Astray.SUM_DIFFERS):
        return any((word.serial, word.failed) == (one.serial, one.failed) for word in said)
    return False
