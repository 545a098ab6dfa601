"""What the command line says when it cannot do what it was asked."""

from __future__ import annotations

import os
import subprocess
import sys

from niangjia.kernel.processes import free_port


def test_a_database_that_does_not_answer_is_told_without_a_traceback(tmp_path):
    nobody = f"postgres://nobody@127.0.0.1:{free_port()}/nothing"
    command = [sys.executable, "-m", "niangjia.cli", "report", "--from", "2026-01-01", "--to", "2026-01-31"]
    env = {**os.environ, "DATABASE_URL": nobody, "NIANGJIA_VAR": str(tmp_path)}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The database does not answer or is busy")
    assert "Traceback" not in done.stderr
