"""Taking one's data along: asked for, made by a worker, fetched by its owner alone within a week."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from niangjia.commons.people.own_data import notices, subjects
from niangjia.commons.people.own_data.holdings import COPY_PURPOSE
from niangjia.commons.people.own_data.models import DataCopy
from niangjia.commons.people.policies import not_found
from niangjia.commons.people.queries import of_user
from niangjia.kernel import clock
from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import Conflict, Gone, NotAllowed
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.text import _
from niangjia.platform import files, jobs
from niangjia.platform.accounts import step_up
from niangjia.platform.audit import entries as audit
from niangjia.platform.files import storage
from niangjia.platform.files.models import File
from niangjia.platform.files.storage import Content
from niangjia.platform.notices import outbox
from niangjia.platform.notices.kinds import Notice
from niangjia.platform.personal_data import portability
from niangjia.platform.personal_data.portability import Holding
from niangjia.platform.sheets.write import Column, Sheet, workbook

LIFE = timedelta(days=7)
TASK = "people.data_copy"


def own_copies(actor: Actor) -> Sequence[DataCopy]:
    """The copies one asked for that have not run out, the newest first."""
    if not actor.is_member or actor.user_id is None:
        return []
    rows = DataCopy.objects.filter(user=actor.user_id, expires_at__gt=clock.now()).select_related("job", "file")
    return list(rows.order_by("-created_at", "-pk"))


@transaction.atomic()
def ask(*, actor: Actor, child: str = "") -> DataCopy:
    """Ask for a copy of everything about oneself, or about a child in one's care.

    Raises NotAllowed NOT_YOURS, NotFound, Conflict COPY_UNDER_WAY while another one is being made.
    """
    if not actor.is_member or actor.user_id is None:
        raise NotAllowed("NOT_YOURS", _("只有本人可以带走自己的信息。"))
    subject = subjects.chosen(actor, child)
    if any(copy.file is None for copy in own_copies(actor)):
        raise Conflict("COPY_UNDER_WAY", _("正在为您整理，整理好会通知您。"))
    copy = DataCopy(user_id=actor.user_id, owner_key=subjects.owner_key(subject), expires_at=clock.now() + LIFE)
    copy.job = jobs.enqueue(TASK, {"copy": copy.public_id, "child": child}, once_key=f"copy@{copy.public_id}")
    copy.save()
    _note(actor, "asked", copy)
    return copy


def make(public_id: str, *, child: str, actor: Actor) -> dict[str, int]:
    """Write the copy; one that is made already, or has run out, is left as it is. The rights are looked up anew."""
    copy = DataCopy.objects.filter(public_id=public_id, file=None, expires_at__gt=clock.now()).first()
    if copy is None:
        return {"files": 0}
    person_id, name = of_user(copy.user_id)
    owner = Actor(ActorKind.MEMBER, name=name, user_id=copy.user_id, person_id=person_id)
    subject = subjects.chosen(owner, child)
    found, contents = portability.holdings(subject), portability.contents(subject)
    data = _packed(found, contents)
    with transaction.atomic():
        copy.file = _stored(copy, data)
        copy.save(update_fields=["file"])
        day = f"{clock.day_of(copy.expires_at):%Y-%m-%d}"
        outbox.write([Notice(notices.COPY_READY, copy.user_id, {"day": day}, link="/mine/data/copies/")])
        _note(actor, "made", copy)
    return {"files": len(contents)}


def fetch(public_id: str, *, actor: Actor) -> Content:
    """The copy for its owner, who has just proved themselves once more; written down.

    Raises NotFound for other people's and unfinished ones, Gone COPY_OVER, NotAllowed STEP_UP_REQUIRED.
    """
    rows = DataCopy.objects.filter(user=actor.user_id or 0, public_id=public_id).select_related("file")
    copy = rows.first() if actor.is_member else None
    if copy is None:
        raise not_found()
    if copy.file is None or copy.expires_at <= clock.now():
        raise Gone("COPY_OVER", _("这份文件还没有整理好，或者已经过期。需要时请重新申请。"))
    step_up.require_of(actor)
    with transaction.atomic():
        DataCopy.objects.filter(pk=copy.pk).update(fetched_at=clock.now())
        _note(actor, "fetched", copy)
    return files.read(copy.file)


def forget_old() -> int:
    """Delete the files of copies that ran out; how many."""
    over = DataCopy.objects.filter(expires_at__lte=clock.now(), file__isnull=False).select_related("file")
    done = 0
    for copy in over.order_by("pk"):
        if copy.file is not None:
            with transaction.atomic():
                files.delete(copy.file)
            done += 1
    return done


def _packed(found: Sequence[Holding], contents: Sequence[portability.Content]) -> bytes:
    """Readable by people (xlsx), by programs (JSON), and the person's own files."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("my-data.json", json.dumps(_as_json(found), ensure_ascii=False, indent=1))
        with workbook(_sheets(found)) as book:
            archive.writestr("my-data.xlsx", book.read())
        for content in contents:
            with archive.open(f"files/{_safe(content.name)}", "w") as entry:
                for piece in content.chunks():
                    entry.write(piece)
    return target.getvalue()


def _as_json(found: Sequence[Holding]) -> dict[str, Any]:
    return {
        "made_at": clock.now().isoformat(),
        "holdings": [
            {
                "code": one.code,
                "title": str(one.title),
                "rows": [
                    [{"field": held.field, "label": str(held.label), "value": held.text} for held in row]
                    for row in one.rows
                ],
            }
            for one in found
        ],
    }


def _sheets(found: Sequence[Holding]) -> Iterable[Sheet]:
    for one in found:
        titles = {held.field: held.label for row in one.rows for held in row}
        columns = [Column(field, label, width=22) for field, label in titles.items()]
        yield Sheet(one.title, columns, ({held.field: held.text for held in row} for row in one.rows))


def _stored(copy: DataCopy, data: bytes) -> File:
    """Sealed with the person's own key like any file of theirs; it never passes the gate for uploads."""
    public_id = new_public_id()
    file = File(
        public_id=public_id,
        name=f"my-data-{clock.today():%Y%m%d}.zip",
        media_type="application/zip",
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        purpose=COPY_PURPOSE,
        subject_key=copy.owner_key,
        key=storage.new_key(),
        path=f"{public_id[:2]}/{new_public_id()}",
        uploaded_by_id=copy.user_id,
    )
    file.save(force_insert=True)
    storage.write(file, data)
    return file


def _safe(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in ".-_" else "_" for letter in name)[-120:]


def _note(actor: Actor, act: str, copy: DataCopy) -> None:
    audit.record(
        actor,
        f"people.data_copy.{act}",
        subject_type="people.datacopy",
        subject_id=copy.public_id,
        subject_key=copy.owner_key,
    )
