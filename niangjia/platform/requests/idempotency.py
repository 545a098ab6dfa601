"""A request sent twice has one effect and gets the same answer twice.

The client makes the key and keeps it until it has an answer. The kept answer is written in the transaction of the
effect, so there is never one without the other. A refusal leaves nothing behind: the same key may try again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, connection, transaction

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import Conflict, Malformed, RuleBroken
from niangjia.kernel.text import _
from niangjia.platform.personal_data.blind_index import blind_index
from niangjia.platform.requests.models import Answer

KEPT_DAYS = 30
LONGEST_KEY = 255

T = TypeVar("T")
Body = bytes | str | Mapping[str, Any]

_KEY = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")
_LOCK_NOT_AVAILABLE = "55P03"
_CLAIM = """
INSERT INTO requests_answer (owner, purpose, key, body_hash, answer, created_at) VALUES (%s, %s, %s, %s, '', %s)
ON CONFLICT (owner, purpose, key) DO NOTHING
"""

_kept_for_ever: set[str] = set()


def keep_for_ever(purpose: str) -> None:
    """Answers of this purpose, such as a payout, are never purged. Called in ``AppConfig.ready()``."""
    _kept_for_ever.add(purpose)


def once(
    *, key: object, actor: Actor, purpose: str, body: Body, act: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """Run ``act`` once for this owner, purpose and key; gives its answer, and whether it was given again.

    ``act`` runs in a transaction opened here and returns what JSON can hold: public ids and numbers, no personal
    plaintext, nothing that differs per request such as a trace. The key is looked at before anything else, so that
    who won keeps the answer after the stock is gone. While another request works under the same key this one waits
    for its answer, up to the lock limit of the database.

    Raises Malformed KEY_MISSING (none, over 255 characters, or not printable ASCII), RuleBroken KEY_REUSED (same key,
    other body), Conflict KEY_RUNNING (still at work), and whatever ``act`` raises.
    """
    where = {"owner": owner_of(actor), "purpose": purpose, "key": require_key(key)}
    body_hash = digest(purpose, body)
    if (known := Answer.objects.filter(**where).first()) is not None:
        return _again(known, body_hash)
    with transaction.atomic():
        if not _claim(where, body_hash):
            return _again(Answer.objects.get(**where), body_hash)
        text = json.dumps(act(), ensure_ascii=False, allow_nan=False)
        Answer.objects.filter(**where).update(answer=text)
    return json.loads(text), False


def once_made(*, key: object, actor: Actor, purpose: str, body: Body, make: Callable[[], str]) -> str:
    """:func:`once` for what makes one thing: its public id. Raises as that."""
    answer, _again = once(key=key, actor=actor, purpose=purpose, body=body, act=lambda: {"id": make()})
    return str(answer["id"])


def once_moved(
    *,
    key: object,
    actor: Actor,
    purpose: str,
    kind: str,
    public_id: str,
    find: Callable[[Actor, str], T],
    act: Callable[..., Any],
    **given: str,
) -> T:
    """:func:`once` for one move of one thing, called ``kind`` in the body: the thing after it. It is found before, so
    that whoever may not see it is told the same whatever was answered for the key. Raises as that, and what ``find``
    raises."""
    find(actor, public_id)
    once_made(
        key=key, actor=actor, purpose=purpose, body={kind: public_id, **given},
        make=lambda: act(public_id=public_id, actor=actor, **given).public_id,
    )  # fmt: skip
    return find(actor, public_id)


def file_digest(upload: UploadedFile[Any]) -> str:
    """What an uploaded file counts as in a body; it can be read again from its beginning."""
    found = hashlib.sha256()
    for piece in upload.chunks():
        found.update(piece)
    upload.seek(0)
    return found.hexdigest()


def owner_of(actor: Actor) -> str:
    """Whose keys they are: keys of different people never meet."""
    if actor.user_id is not None:
        return f"user:{actor.user_id}"
    whom = actor.address or actor.name
    return f"{actor.kind}:{blind_index('requests.owner', whom)[:40]}"


def purge(*, older_than_days: int = KEPT_DAYS) -> int:
    """Delete answers older than this many days, but for purposes kept for ever; gives how many. At least 7 days."""
    if older_than_days < 7:
        raise ValueError("a retry may come up to 7 days later")
    before = clock.now() - timedelta(days=older_than_days)
    return Answer.objects.filter(created_at__lt=before).exclude(purpose__in=_kept_for_ever).delete()[0]


def require_key(key: object) -> str:
    """The key if it is one. Raises Malformed KEY_MISSING."""
    if not isinstance(key, str) or not _KEY.fullmatch(key):
        raise Malformed("KEY_MISSING", _("请求缺少编号（Idempotency-Key），请刷新页面后再提交。"))
    return key


def digest(purpose: str, body: Body) -> str:
    """A keyed hash over what was sent; two mappings with the same content are the same body."""
    if isinstance(body, Mapping):
        body = json.dumps(body, sort_keys=True, separators=(",", ":"), default=str)
    raw = body.encode(errors="surrogatepass") if isinstance(body, str) else body
    return blind_index(f"requests.body.{purpose}", hashlib.sha256(raw).hexdigest())


def key_reused() -> RuleBroken:
    """The key was used for something else before."""
    return RuleBroken("KEY_REUSED", _("这个编号已经用于另一次提交，请刷新页面后再提交。"))


def _again(known: Answer, body_hash: str) -> tuple[dict[str, Any], bool]:
    if known.body_hash != body_hash:
        raise key_reused()
    return json.loads(known.answer), True


def _claim(where: Mapping[str, str], body_hash: str) -> bool:
    """Put the row there first. On PostgreSQL a second claim waits here until the first commits or rolls back.

    Raw, because ``bulk_create(ignore_conflicts=True)`` does not tell whether a row was written.
    """
    at = connection.ops.adapt_datetimefield_value(clock.now())
    try:
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, [where["owner"], where["purpose"], where["key"], body_hash, at])
            return bool(cursor.rowcount == 1)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != _LOCK_NOT_AVAILABLE:
            raise
        raise Conflict("KEY_RUNNING", _("上一次提交还在处理，请稍等几秒再看结果，不用重新填写。")) from error
