"""The import contracts hold (``make lint``), and each of them would notice a breach."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGE, ROOT

BREACHES = {
    "floors": ("commons/unions/planted.py", "import niangjia.services.joining.models"),
    "floors ": ("kernel/planted.py", "import niangjia.platform.audit.models"),
    "platform": ("platform/requests/planted.py", "import niangjia.platform.web.pages"),
    "commons": ("commons/unions/planted.py", "import niangjia.commons.desk.models"),
    "pure": ("services/joining/rules.py", "import django.db"),
    "pure ": ("kernel/planted.py", "import django.conf"),
    "room": ("services/joining/models.py", "import niangjia.services.joining.actions"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contracts")
    shutil.copytree(PACKAGE, folder / "niangjia", ignore=shutil.ignore_patterns("static", "locale", "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def broken(folder: Path, contract: str) -> bool:
    lint = Path(sys.executable).with_name("lint-imports")
    command = [str(lint), "--contract", contract, "--no-cache"]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(folder)}
    )
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    return done.returncode != 0


@pytest.mark.parametrize("contract", BREACHES)
def test_a_planted_breach_is_noticed(copy, contract):
    place, line = BREACHES[contract]
    path = copy / "niangjia" / place
    before = path.read_text() if path.exists() else None
    try:
        assert not broken(copy, contract.strip())
        path.write_text(f"{before or ''}\n{line}\n")
        assert broken(copy, contract.strip())
    finally:
        path.unlink() if before is None else path.write_text(before)


def test_rooms_would_notice_each_other(copy):
    stranger = copy / "niangjia/services/stranger"
    stranger.mkdir()
    (stranger / "__init__.py").write_text("")
    (stranger / "room.py").write_text("import niangjia.services.joining.room\n")
    try:
        assert broken(copy, "siblings")
    finally:
        shutil.rmtree(stranger)
