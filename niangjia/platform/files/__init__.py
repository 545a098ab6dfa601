"""What people upload: known by its content, stored under our own name, sealed, and given back as an attachment.

Every file has a key of its own, which is sealed with the key of the person whom it concerns: erasing the person makes
the content unreadable, in backups too. Whether somebody may read a file is the business of the room that holds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from niangjia.kernel.actor import Actor
from niangjia.platform.files.media import CLAIM_PAPERS, MIB, SPREADSHEETS

if TYPE_CHECKING:
    from niangjia.platform.files.models import File
    from niangjia.platform.files.storage import Content

__all__ = ["CLAIM_PAPERS", "MIB", "SPREADSHEETS", "as_path", "delete", "keep", "read", "store", "store_draft", "sweep"]


def store(
    upload: Any,
    *,
    purpose: str,
    actor: Actor,
    subject_key: str = "",
    allowed: Sequence[str] = CLAIM_PAPERS,
    max_bytes: int = 10 * MIB,
) -> File:
    """Take an uploaded file; see :func:`niangjia.platform.files.actions.store`."""
    from niangjia.platform.files import actions

    return actions.store(
        upload, purpose=purpose, actor=actor, subject_key=subject_key, allowed=allowed, max_bytes=max_bytes
    )


def store_draft(
    upload: Any,
    *,
    purpose: str,
    actor: Actor,
    subject_key: str = "",
    allowed: Sequence[str] = CLAIM_PAPERS,
    max_bytes: int = 10 * MIB,
) -> File:
    """Take a file of a form that is not sent yet: it is swept away after two days unless :func:`keep` is called."""
    from niangjia.platform.files import actions

    return actions.store_draft(
        upload, purpose=purpose, actor=actor, subject_key=subject_key, allowed=allowed, max_bytes=max_bytes
    )


def keep(files: Sequence[File]) -> None:
    """The form was sent: its drafts stay. Call it in the transaction of the act."""
    from niangjia.platform.files import actions

    actions.keep(files)


def read(file: File) -> Content:
    """The content with the headers that make it an attachment. Raises Gone FILE_GONE, Tampered."""
    from niangjia.platform.files import storage

    return storage.read(file)


def as_path(file: File) -> AbstractContextManager[Path]:
    """The content as a file that only this process can read and that is gone after the block, for a child process."""
    from niangjia.platform.files import storage

    return storage.as_path(file)


def delete(file: File) -> None:
    """Remove a file for good: the row now, the content when the transaction is committed."""
    from niangjia.platform.files import actions

    actions.delete(file)


def sweep() -> dict[str, int]:
    """Remove drafts that were never sent and contents that belong to no row; how many of each."""
    from niangjia.platform.files import actions

    return actions.sweep()


def chunks(file: File) -> Iterator[bytes]:
    """The content in pieces, for a large download. Raises Gone FILE_GONE, Tampered."""
    from niangjia.platform.files import storage

    return storage.chunks(file)
