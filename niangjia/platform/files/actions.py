"""Taking, keeping and removing files."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import transaction

from niangjia.kernel import clock
from niangjia.kernel.actor import Actor
from niangjia.kernel.errors import TooLarge, Unavailable
from niangjia.kernel.ids import new_public_id
from niangjia.kernel.text import _
from niangjia.platform.files import media, storage
from niangjia.platform.files.models import File

log = structlog.get_logger("niangjia.files")

MOST_AT_ONCE = 20
DRAFT_LIFE = timedelta(days=2)
ORPHAN_AGE = timedelta(days=1)
FULLEST_DISK = 0.9


def store(
    upload: Any, *, purpose: str, actor: Actor, subject_key: str = "", allowed: Sequence[str], max_bytes: int
) -> File:
    """Take an uploaded file for good. ``upload`` has ``name``, ``size``, ``content_type`` and ``read``, as Django's.

    Photos lose what phones write into them besides the picture. Raises RuleBroken FILE_CONTENT (422), TooLarge
    FILE_TOO_BIG (413), Unavailable FILE_STORE_FULL (503) while nine tenths of the disk are used, Gone PERSON_ERASED.
    """
    return _take(_described(upload, purpose, actor, subject_key), upload, allowed, max_bytes)


def store_draft(
    upload: Any, *, purpose: str, actor: Actor, subject_key: str = "", allowed: Sequence[str], max_bytes: int
) -> File:
    """Take a file of a form that is not sent yet. Raises as :func:`store`."""
    file = _described(upload, purpose, actor, subject_key)
    file.is_draft = True
    return _take(file, upload, allowed, max_bytes)


def require_few(uploads: Sequence[Any], *, most: int = MOST_AT_ONCE) -> None:
    """Raises TooLarge FILES_TOO_MANY (413) when a form carries more than ``most`` files."""
    if len(uploads) > most:
        sentence = _("一次最多上传{most}个文件。", most=most)
        raise TooLarge("FILES_TOO_MANY", sentence, fields={"file": [sentence]})


def keep(files: Sequence[File]) -> None:
    """Drafts become part of what was sent."""
    File.objects.filter(pk__in=[file.pk for file in files]).update(is_draft=False)
    for file in files:
        file.is_draft = False


def delete(file: File) -> None:
    """The row goes now, the content after the commit; if that fails the sweep takes it."""
    path = file.path
    file.delete()
    transaction.on_commit(lambda: storage.remove(path))


def forget_person(*, subject_key: str, **_signal: Any) -> None:
    """The person is erased: contents go from the disk. The keys became unreadable with the person's."""
    files = File.objects.filter(subject_key=subject_key, erased_at__isnull=True)
    paths = list(files.values_list("path", flat=True))
    files.update(erased_at=clock.now())
    for path in paths:
        transaction.on_commit(lambda path=path: storage.remove(path))  # type: ignore[misc]


def sweep() -> dict[str, int]:
    """Remove drafts older than two days, and contents older than a day that belong to no row."""
    drafts = File.objects.filter(is_draft=True, created_at__lt=clock.now() - DRAFT_LIFE)
    swept = 0
    for file in drafts.iterator(chunk_size=500):
        with transaction.atomic():
            if File.objects.filter(pk=file.pk, is_draft=True).delete()[0]:
                transaction.on_commit(lambda path=file.path: storage.remove(path))  # type: ignore[misc]
                swept += 1
    return {"drafts": swept, "orphans": _sweep_orphans()}


def _described(upload: Any, purpose: str, actor: Actor, subject_key: str) -> File:
    public_id = new_public_id()
    return File(
        public_id=public_id,
        purpose=purpose,
        subject_key=subject_key,
        key=storage.new_key(),
        path=f"{public_id[:2]}/{new_public_id()}",
        uploaded_by_id=actor.user_id,
    )


def _take(file: File, upload: Any, allowed: Sequence[str], max_bytes: int) -> File:
    _require_room()
    data = _data_of(upload, max_bytes)
    name = str(getattr(upload, "name", "") or "")
    declared = str(getattr(upload, "content_type", "") or "")
    file.media_type, data = media.recognised(data, name=name, declared=declared, allowed=allowed)
    file.name = media.display_name(name, file.media_type)
    file.size, file.sha256 = len(data), hashlib.sha256(data).hexdigest()
    with transaction.atomic():
        file.save(force_insert=True)
        storage.write(file, data)
    log.info("file_stored", purpose=file.purpose, size=file.size, file=file.public_id)
    return file


def _data_of(upload: Any, max_bytes: int) -> bytes:
    if upload is None:
        raise media.refused(_("请选择要上传的文件。"))
    if (getattr(upload, "size", None) or 0) > max_bytes:
        raise _over(max_bytes)
    data: bytes = upload.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise _over(max_bytes)
    if not data:
        raise media.refused(_("这个文件是空的，请重新选择。"))
    return data


def _over(max_bytes: int) -> Exception:
    return media.too_big(_("文件过大，每个文件最大{most}MB。请压缩或缩小后上传。", most=max_bytes // media.MIB))


def _require_room() -> None:
    """Uploads stop before the disk is full, so that the database can still write."""
    folder = settings.VAR if settings.VAR.exists() else settings.VAR.parent
    usage = shutil.disk_usage(folder if folder.exists() else "/")
    if usage.used / usage.total > FULLEST_DISK:
        log.error("disk_nearly_full", used=usage.used, total=usage.total)
        raise Unavailable("FILE_STORE_FULL", _("现在不能上传文件，请稍后再试。"), retry_after=300)


def _sweep_orphans() -> int:
    """Contents whose transaction never committed: the upload was cut, or the worker died."""
    oldest, swept = clock.now() - ORPHAN_AGE, 0
    for folder, names in _folders():
        paths = [f"{folder}/{name}" for name in names]
        known = set(File.objects.filter(path__in=paths, erased_at__isnull=True).values_list("path", flat=True))
        for path in set(paths) - known:
            if default_storage.get_modified_time(path) < oldest:
                storage.remove(path)
                swept += 1
    return swept


def _folders() -> Iterator[tuple[str, list[str]]]:
    if not default_storage.exists(""):
        return
    for folder in default_storage.listdir("")[0]:
        yield folder, default_storage.listdir(folder)[1]
