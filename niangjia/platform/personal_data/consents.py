"""Consents, asked for one purpose at a time, in versions, withdrawable (PIPL 14–16, 29, 31).

A purpose has a code such as ``"joining"`` or ``"health"``; refusing one never blocks another.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, NotFound, RuleBroken
from niangjia.kernel.identifiers import person_name
from niangjia.kernel.text import _
from niangjia.platform.personal_data.models import Consent, ConsentText

LANGUAGE = "zh-hans"
QUIET_AFTER_DECLINING = timedelta(days=30)


def publish(code: str, version: str, bodies: Mapping[str, str], *, since: datetime | None = None) -> None:
    """Publish a version in its languages at once (language code → text); Chinese must be among them.

    It is shown from now, or from ``since`` on, as for a text that comes with the software. Publishing the same version
    with the same texts again changes nothing. Raises Conflict CONSENT_VERSION_USED when the version exists with other
    texts.
    """
    if not bodies.get(LANGUAGE, "").strip():
        raise ValueError(f"consent {code} {version} has no Chinese text")
    known = dict(ConsentText.objects.filter(code=code, version=version).values_list("language", "body"))
    if known == dict(bodies):
        return
    if known:
        raise Conflict("CONSENT_VERSION_USED", _("这个版本号已经用过，请换一个新的版本号。"))
    at = since or clock.now()
    texts = [
        ConsentText(code=code, version=version, language=language, body=body, published_at=at)
        for language, body in bodies.items()
    ]
    ConsentText.objects.bulk_create(texts)


def current(code: str, language: str = LANGUAGE) -> ConsentText:
    """The version to show now, in ``language`` if it was published so, else in Chinese. Raises NotFound."""
    newest = _versions(code, LANGUAGE).first()
    if newest is None:
        raise NotFound("CONSENT_UNKNOWN", _("没有找到这份同意书。"))
    if language == LANGUAGE:
        return newest
    return ConsentText.objects.filter(code=code, version=newest.version, language=language).first() or newest


def give(code: str, version: str, *, subject_key: str, actor: Actor) -> Consent:
    """Store that the person agreed to ``version``, the one they were shown; again is the same consent.

    Raises RuleBroken CONSENT_MISSING when nothing was ticked, Conflict CONSENT_CHANGED when another version has been
    published meanwhile.
    """
    return _give(code, version, subject_key=subject_key, actor=actor)


def give_as_guardian(
    code: str, version: str, *, subject_key: str, actor: Actor, guardian_name: str, guardian_relation: str
) -> Consent:
    """Like :func:`give`, by the guardian of a child. Raises also RuleBroken GUARDIAN_MISSING, NAME."""
    if not guardian_name.strip() or not guardian_relation.strip():
        sentence = _("未成年人需要监护人同意，请填写监护人姓名和关系。")
        raise RuleBroken("GUARDIAN_MISSING", sentence, fields={"guardian_name": [sentence]})
    guardian = {"guardian_name": person_name(guardian_name), "guardian_relation": guardian_relation.strip()[:20]}
    return _give(code, version, subject_key=subject_key, actor=actor, **guardian)


def decline(code: str, version: str, *, subject_key: str, actor: Actor) -> Consent:
    """Store that the person said no, so that they are left in peace for 30 days."""
    text = _shown(code, version)
    return Consent.objects.create(
        subject_key=subject_key,
        text=text,
        code=code,
        answered_by_user_id=actor.user_id,
        declined_at=clock.now(),
        guardian_name="",
    )


def withdraw(code: str, *, subject_key: str, actor: Actor) -> int:
    """End the consent in force; what was done under it stays. Gives how many were ended: 0 or 1."""
    return _in_force(code, subject_key).update(withdrawn_at=clock.now(), answered_by_user_id=actor.user_id)


def holds(code: str, subject_key: str) -> bool:
    """Whether a consent to this purpose is in force, whatever its version."""
    return _in_force(code, subject_key).exists()


def holds_by_guardian(code: str, subject_key: str) -> bool:
    """Whether a consent is in force that a guardian gave for a child; the child's own does not count."""
    return _in_force(code, subject_key).exclude(guardian_relation="").exists()


def may_ask(code: str, subject_key: str) -> bool:
    """Whether the person may be asked: not while a consent holds, nor within 30 days after a no."""
    since = clock.now() - QUIET_AFTER_DECLINING
    declined = Consent.objects.filter(subject_key=subject_key, code=code, declined_at__gt=since)
    return not holds(code, subject_key) and not declined.exists()


def hand_over(*, from_key: str, to_key: str) -> int:
    """Answers given before the person was known (by an application) become the person's. Gives how many.

    Where the person already holds a consent to the same purpose, the earlier one is ended.
    """
    at = clock.now()
    with transaction.atomic():
        moving = list(Consent.objects.select_for_update().filter(subject_key=from_key))
        for consent in moving:
            if consent.given_at and not consent.withdrawn_at and holds(consent.code, to_key):
                consent.withdrawn_at = at
            # Read under the old key and set again, the guardian's name is sealed under the new one.
            guardian = str(consent.guardian_name)
            consent.subject_key, consent.guardian_name = to_key, guardian
            consent.save(update_fields=["subject_key", "withdrawn_at", "guardian_name"])
    return len(moving)


def _versions(code: str, language: str) -> QuerySet[ConsentText]:
    texts = ConsentText.objects.filter(code=code, language=language, published_at__lte=clock.now())
    return texts.order_by("-published_at", "-id")


def _shown(code: str, version: str) -> ConsentText:
    text = current(code)
    if not version:
        sentence = _("请阅读并勾选同意后再继续。")
        raise RuleBroken("CONSENT_MISSING", sentence, fields={"consent": [sentence]})
    if text.version != version:
        raise Conflict("CONSENT_CHANGED", _("同意书刚刚更新，请重新阅读后再勾选。"))
    return text


def _in_force(code: str, subject_key: str) -> QuerySet[Consent]:
    return Consent.objects.filter(subject_key=subject_key, code=code, given_at__isnull=False, withdrawn_at=None)


def _give(code: str, version: str, *, subject_key: str, actor: Actor, **guardian: str) -> Consent:
    text = _shown(code, version)
    for _attempt in range(2):
        held = _in_force(code, subject_key).select_related("text").first()
        if held is not None and held.text.version == version:
            return held
        try:
            with transaction.atomic():
                if held is not None:
                    _in_force(code, subject_key).update(withdrawn_at=clock.now())
                return Consent.objects.create(
                    subject_key=subject_key,
                    text=text,
                    code=code,
                    answered_by_user_id=actor.user_id,
                    given_at=clock.now(),
                    **{"guardian_name": "", **guardian},
                )
        except IntegrityError:
            # The same person agreed in another window at this moment; the second look finds that consent.
            continue
    raise Conflict("CONSENT_CHANGED", _("同意书刚刚更新，请重新阅读后再勾选。"))
