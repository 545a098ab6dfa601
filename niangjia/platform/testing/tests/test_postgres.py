import os
import signal
import subprocess
import sys
import textwrap
import time

import psycopg
import pytest

from niangjia.platform.testing import postgres

pytestmark = pytest.mark.postgresql


def test_a_throwaway_server_is_empty_quick_and_gone_afterwards():
    with postgres.throwaway() as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)


def test_a_benchmark_may_ask_for_a_durable_server():
    with postgres.throwaway(settings={}) as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)


def test_strangers_do_not_get_in():
    with postgres.throwaway() as url, pytest.raises(psycopg.OperationalError):
        psycopg.connect(url.replace("postgres://niangjia:", "postgres://niangjia:wrong"))


def test_the_server_ends_when_its_owner_is_killed():
    script = """
        import time
        from niangjia.platform.testing.postgres import throwaway
        with throwaway() as url:
            print(url, flush=True)
            time.sleep(60)
    """
    owner = subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, text=True)
    url = owner.stdout.readline().strip()
    with psycopg.connect(url):
        pass
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            psycopg.connect(url).close()
        except psycopg.OperationalError:
            return
        time.sleep(0.1)
    pytest.fail("PostgreSQL outlived its owner")
