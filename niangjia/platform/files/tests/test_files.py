"""Keeping files: sealed, under our own names, given back as attachments, gone when they must be."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.db import connection

from niangjia.kernel.actor import Actor, ActorKind
from niangjia.kernel.errors import Gone, TooLarge, Unavailable
from niangjia.platform import files
from niangjia.platform.accounts.models import User
from niangjia.platform.files import actions, storage
from niangjia.platform.files.models import File
from niangjia.platform.files.tests.makers import Upload, jpeg, pdf
from niangjia.platform.personal_data import erasure
from niangjia.platform.personal_data.cipher import Tampered

pytestmark = pytest.mark.django_db

PERSON = "p" * 24
PLAIN = b"CANARY-DIAGNOSIS"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.VAR = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "files")},
        }
    }
    return tmp_path / "files"


def paper(text: bytes = PLAIN) -> bytes:
    return pdf(extra=b"% " + text + b"\n")


def store(data: bytes = b"", name: str = "张三诊断.pdf", **options) -> File:
    options = {"purpose": "protection.claim", "actor": Actor.system("test"), "subject_key": PERSON} | options
    return files.store(Upload(data or paper(), name), **options)


def on_disk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_comes_back_as_it_went_and_as_an_attachment(folder):
    user = User.objects.create()
    file = File.objects.get(pk=store(actor=Actor(ActorKind.MEMBER, user_id=user.pk)).pk)
    content = files.read(file)
    assert content.data == paper()
    assert (file.size, file.sha256) == (len(paper()), hashlib.sha256(paper()).hexdigest())
    assert (file.name, file.media_type, file.uploaded_by, file.is_draft) == (
        "张三诊断.pdf",
        "application/pdf",
        user,
        False,
    )
    assert content.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E5%BC%A0")
    assert content.headers["X-Content-Type-Options"] == "nosniff"
    assert content.headers["Cache-Control"] == "private, no-store"
    assert "sandbox" in content.headers["Content-Security-Policy"]


def test_neither_disk_nor_database_shows_content_or_name(folder):
    file = store()
    (path,) = on_disk(folder)
    assert PLAIN not in path.read_bytes()
    assert file.public_id not in str(path), "nobody finds a file by its public id"
    assert path.suffix == ""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM files_file")
        stored = b" ".join(
            bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in cursor.fetchone()
        )
    assert "张三".encode() not in stored
    assert PLAIN not in stored


def test_a_photo_is_stored_without_its_place(folder):
    from niangjia.platform.files.tests.makers import exif

    file = store(jpeg(extra=[exif(1)]), "a.jpg")
    assert files.read(file).data == jpeg()
    assert file.size == len(jpeg())


@pytest.mark.parametrize("size", [0, 1, 1024 * 1024, 1024 * 1024 + 1, 3 * 1024 * 1024 + 7])
def test_content_of_any_size_is_sealed_piece_by_piece(folder, size):
    file = File(path="aa/x", key=storage.new_key())
    data = os.urandom(size)
    storage.write(file, data)
    assert b"".join(files.chunks(file)) == data
    if size > 16:
        assert data[:16] not in (folder / "aa/x").read_bytes()


def test_a_change_a_swap_and_a_cut_of_stored_content_are_noticed(folder):
    file, other = File(path="aa/x", key=storage.new_key()), File(path="aa/y", key=storage.new_key())
    storage.write(file, os.urandom(3 * 1024 * 1024))
    storage.write(other, os.urandom(10))
    path = folder / "aa/x"
    whole = path.read_bytes()
    piece = 4 + int.from_bytes(whole[4:8], "big")
    pieces = [whole[4 + n * piece : 4 + (n + 1) * piece] for n in range(3)]
    for broken in (
        whole[:200] + bytes([whole[200] ^ 1]) + whole[201:],
        whole[:4] + pieces[1] + pieces[0] + pieces[2],
        whole[:4] + pieces[0] + pieces[1],
        whole[:4] + pieces[0] + pieces[2],
        whole + pieces[2],
        whole[:-5],
        whole[:4],
        b"",
        (folder / "aa/y").read_bytes(),
    ):
        path.write_bytes(broken)
        with pytest.raises(Tampered):
            list(files.chunks(file))
    path.write_bytes(whole)
    assert sum(len(piece) for piece in files.chunks(file)) == 3 * 1024 * 1024


def test_what_is_too_large_or_nothing_is_refused_before_it_is_stored_d01_d21(folder):
    for upload, code in (
        (None, "FILE_CONTENT"),
        (Upload(b"", "a.pdf"), "FILE_CONTENT"),
        (Upload(paper(), "a.pdf", size=11 * 1024 * 1024), "FILE_TOO_BIG"),
        (Upload(paper() + bytes(2 * 1024 * 1024), "a.pdf", size=1), "FILE_TOO_BIG"),
    ):
        with pytest.raises(Exception, match=code):
            files.store(upload, purpose="x", actor=Actor.system("t"), max_bytes=1024 * 1024)
    assert not File.objects.exists()
    assert not folder.exists()


def test_twenty_one_files_are_too_many():
    actions.require_few([1] * 20)
    with pytest.raises(TooLarge):
        actions.require_few([1] * 21)


def test_uploads_stop_before_the_disk_is_full(folder, monkeypatch):
    monkeypatch.setattr(actions, "FULLEST_DISK", 0.0)
    with pytest.raises(Unavailable) as caught:
        store()
    assert caught.value.retry_after > 0
    assert not File.objects.exists()


def test_an_erased_person_takes_the_files_along(folder, django_capture_on_commit_callbacks):
    file, other = store(), store(subject_key="q" * 24)
    with django_capture_on_commit_callbacks(execute=True):
        erasure.erase(PERSON, actor=Actor.system("test"), reason="本人申请")
    file = File.objects.get(pk=file.pk)
    assert (file.name, file.key) == ("", "")
    with pytest.raises(Gone):
        files.read(file)
    assert files.read(other).data == paper()
    assert len(on_disk(folder)) == 1


def test_content_from_a_backup_stays_closed_after_the_erasure(folder, django_capture_on_commit_callbacks):
    file = store()
    (path,) = on_disk(folder)
    backup = path.read_bytes()
    with django_capture_on_commit_callbacks(execute=True):
        erasure.erase(PERSON, actor=Actor.system("test"), reason="本人申请")
    path.write_bytes(backup)
    File.objects.update(erased_at=None)
    with pytest.raises(Gone):
        files.read(File.objects.get(pk=file.pk))


def test_a_deleted_file_leaves_the_disk_after_the_commit(folder, django_capture_on_commit_callbacks):
    file = store()
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        files.delete(file)
        assert on_disk(folder), "not before the commit"
    assert len(callbacks) == 1
    assert not on_disk(folder)


def test_a_lost_content_says_that_it_is_gone(folder):
    file = store()
    default_storage.delete(file.path)
    with pytest.raises(Gone):
        files.read(file)


def draft(**options) -> File:
    return files.store_draft(Upload(paper(), "a.pdf"), purpose="x", actor=Actor.system("t"), **options)


def test_drafts_are_swept_after_two_days_unless_they_were_sent(folder, clock, django_capture_on_commit_callbacks):
    sent, left = draft(), draft()
    files.keep([sent])
    clock.forward(hours=47)
    assert files.sweep()["drafts"] == 0
    clock.forward(hours=2)
    with django_capture_on_commit_callbacks(execute=True):
        assert files.sweep()["drafts"] == 1
    assert list(File.objects.all()) == [sent]
    assert not File.objects.filter(pk=left.pk).exists()
    assert len(on_disk(folder)) == 1
    assert not sent.is_draft


def test_contents_without_a_row_are_swept_after_a_day_d34(folder, django_capture_on_commit_callbacks):
    """D34: the upload was cut after the content and before the commit."""
    kept = store()
    orphan = store()
    File.objects.filter(pk=orphan.pk).delete()
    assert files.sweep() == {"drafts": 0, "orphans": 0}, "it may still be committed"
    for path in on_disk(folder):
        os.utime(path, (0, 0))
    assert files.sweep() == {"drafts": 0, "orphans": 1}
    assert files.read(kept).data == paper()
    assert len(on_disk(folder)) == 1


def test_sweeping_an_empty_house_is_no_fault():
    assert files.sweep() == {"drafts": 0, "orphans": 0}


def test_the_same_picture_is_found_again():
    first, second = store(jpeg(), "a.jpg"), store(jpeg(), "b.jpg", subject_key="q" * 24)
    assert first.sha256 == second.sha256
    assert first.key != second.key
