"""Starting, joining and leaving the embedded servers."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

WRITE = """
import os, psycopg2, redis
with psycopg2.connect(os.environ["DATABASE_URL"]) as c, c.cursor() as q:
    q.execute("create table if not exists t (n text)"); q.execute("insert into t values ('好')")
r = redis.from_url(os.environ["REDIS_URL"]); r.rpush("k", "好")
"""
READ = """
import os, psycopg2, redis
with psycopg2.connect(os.environ["DATABASE_URL"]) as c, c.cursor() as q:
    q.execute("select count(*) from t"); n = q.fetchone()[0]
    q.execute("select datlocprovider, datlocale, pg_encoding_to_char(encoding) from pg_database where datname = 'oms'")
    print(n, redis.from_url(os.environ["REDIS_URL"]).llen("k"), *q.fetchone())
"""
PATIENCE = 30  # seconds a slow machine gets
HOLD = "print('up', flush=True); import time; time.sleep(60)"


def hold(set_up) -> subprocess.Popen:
    """Start a process that needs the servers until it is ended."""
    process = set_up.start("-m", "oms.embedded", "run", sys.executable, "-c", HOLD)
    for line in process.stdout:
        if line == "up\n":
            return process
    raise AssertionError(process.wait())


def end(process) -> None:
    process.kill()
    process.communicate(timeout=PATIENCE)


def kill_all(pids) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def server_pid(set_up, name: str) -> int | None:
    mine = set_up.processes().items()
    return next((pid for pid, line in mine if f"bin/{name} " in line and "psycopg2" not in line), None)


def test_data_outlives_the_servers_and_no_process_does(set_up):
    moment = 8  # the servers are gone when the command returns; their guardian is just leaving
    set_up.python(WRITE)
    set_up.assert_nothing_left(within=moment)

    assert set_up.python(READ).split() == ["1", "1", "b", "C.UTF-8", "UTF8"]
    set_up.assert_nothing_left(within=moment)


def test_secret_key_is_made_once_and_is_its_owners_alone(set_up):
    show = "import os; print(os.environ['SECRET_KEY'])"

    assert set_up.python(show) == set_up.python(show)
    assert stat.S_IMODE((set_up.data / "secret_key").stat().st_mode) == 0o600


def test_the_last_to_leave_stops_the_servers_not_the_first(set_up):
    first, second = hold(set_up), hold(set_up)
    pid = server_pid(set_up, "postgres")
    end(first)
    time.sleep(0.5)

    assert Path(f"/proc/{pid}").exists()
    end(second)
    set_up.assert_nothing_left()


def test_everything_killed_at_once_starts_again_with_its_data(make_set_up):
    mine = make_set_up("killed")
    mine.python(WRITE)
    process = hold(mine)
    kill_all(mine.processes())
    process.communicate()
    assert (mine.layout.postgres_data / "postmaster.pid").exists()

    assert mine.python(READ).split()[:2] == ["1", "1"]
    mine.assert_nothing_left()


def test_a_killed_guardian_takes_its_servers_with_it(set_up):
    process = hold(set_up)
    os.kill(next(pid for pid, line in set_up.processes().items() if "oms.embedded.guardian" in line), signal.SIGKILL)
    end(process)

    set_up.assert_nothing_left()


@pytest.mark.parametrize("name", ["postgres", "redis-server"])
def test_a_killed_server_is_started_again(set_up, name):
    process = hold(set_up)
    killed = server_pid(set_up, name)
    os.kill(killed, signal.SIGKILL)
    until = time.monotonic() + PATIENCE
    while (now := server_pid(set_up, name)) in {killed, None} and time.monotonic() < until:
        time.sleep(0.05)

    assert now not in {killed, None}
    set_up.python(WRITE)
    end(process)
    set_up.assert_nothing_left()


def test_a_stale_pid_file_that_names_a_living_stranger_is_no_obstacle(set_up):
    set_up.python(WRITE)
    stale = set_up.layout.postgres_data / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{stale.parent}\n")
    os.chown(stale, stale.parent.stat().st_uid, stale.parent.stat().st_gid)

    set_up.python(READ)


def test_folders_that_were_there_keep_owner_and_permissions(make_set_up, place):
    for folder in ("closed", "closed/deeper"):
        (place / folder).mkdir()
        (place / folder).chmod(0o700)
    there = [Path("/"), Path("/var"), Path("/var/tmp"), place, place / "closed", place / "closed/deeper"]
    before = [(at.stat().st_mode, at.stat().st_uid, at.stat().st_gid) for at in there]

    make_set_up("closed/deeper/data").python(WRITE)

    assert [(at.stat().st_mode, at.stat().st_uid, at.stat().st_gid) for at in there] == before


def test_a_path_too_long_for_a_socket(make_set_up, place):
    (place / ("长" * 40)).mkdir()
    mine = make_set_up("长" * 40 + "/with a space")
    mine.python(WRITE)

    assert mine.python(READ).split()[:2] == ["1", "1"]
    mine.run("-m", "oms.embedded", "clean")
    assert not mine.data.exists()


def test_the_database_is_reached_by_its_user_only(set_up):
    process = hold(set_up)
    try:
        assert stat.S_IMODE(set_up.layout.servers.stat().st_mode) == 0o700
        listening = Path("/proc/net/unix").read_text()
        assert str(set_up.layout.servers / ".s.PGSQL.5432") in listening
        assert stat.S_IMODE(set_up.layout.redis_socket.stat().st_mode) == 0o600
    finally:
        end(process)


def test_named_servers_are_left_alone(set_up, tmp_path):
    named = {"DATABASE_URL": "postgres://a@b/c", "REDIS_URL": "redis://b", "OMS_DATA_DIR": str(tmp_path / "no")}
    code = "import os, oms.embedded as e; e.ensure_services(); print(os.environ.get('SECRET_KEY'))"
    env = set_up.env | named

    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)

    assert done.stdout == "None\n"
    assert not (tmp_path / "no").exists()
