"""From an upload to its rows."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from niangjia.kernel.actor import Actor
from niangjia.platform import files
from niangjia.platform.files.media import CSV
from niangjia.platform.sheets import read
from niangjia.platform.sheets.cells import Row


@pytest.mark.django_db
def test_the_child_process_gets_a_path_that_is_gone_afterwards(settings, tmp_path):
    settings.VAR = tmp_path
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path / "files")}}
    settings.STORAGES = settings.STORAGES | {"default": place}
    upload = SimpleUploadedFile("名单.csv", "姓名,号码\n张三,1\n".encode("gb18030"), "application/vnd.ms-excel")
    file = files.store(upload, purpose="joining.roster", actor=Actor.system("test"), allowed=files.SPREADSHEETS)
    with files.as_path(file) as path:
        assert path.stat().st_mode & 0o077 == 0
        rows = list(read.rows(path, name=file.name))
    assert rows == [Row(1, ("姓名", "号码")), Row(2, ("张三", "1"))]
    assert not path.exists()
    assert file.media_type == CSV
