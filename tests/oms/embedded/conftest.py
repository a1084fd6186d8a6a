"""Set-ups of their own for these tests: never the one that the test run itself uses."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oms.embedded import CHECKOUT
from oms.embedded.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator

SETTLE = 15  # seconds
NAMES = ["granian", "worker", "beat", "guardian", "bin/postgres", "redis-server"]


@dataclass
class SetUp:
    """A data folder, and commands run with it."""

    data: Path
    env: dict[str, str]

    @property
    def layout(self) -> Layout:
        old, os.environ["OMS_EMBEDDED_HOME"] = os.environ.get("OMS_EMBEDDED_HOME"), self.env["OMS_EMBEDDED_HOME"]
        try:
            return Layout.at(self.data)
        finally:
            os.environ.pop("OMS_EMBEDDED_HOME") if old is None else os.environ.update(OMS_EMBEDDED_HOME=old)

    def start(self, *argv: str, **kwargs) -> subprocess.Popen:
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen([sys.executable, *argv], cwd=CHECKOUT, env=self.env, **pipes | kwargs)

    def run(self, *argv: str) -> str:
        done = subprocess.run(
            [sys.executable, *argv], cwd=CHECKOUT, env=self.env, capture_output=True, text=True, check=False, timeout=90
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def python(self, code: str) -> str:
        return self.run("-m", "oms.embedded", "run", sys.executable, "-c", code)

    def processes(self) -> dict[int, str]:
        """Everything that runs on behalf of this set-up, by command line. Whole paths only: tests kill these."""
        marks = [f"{path}".encode() for path in (self.data, self.layout.home, self.layout.run)]
        assert all(b"oms-" in mark for mark in marks)
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                line = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
                variables = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            mine = b"OMS_DATA_DIR=" + marks[0] in variables or any(mark + b"/" in line + b"/" for mark in marks)
            if line and mine and int(folder.name) != os.getpid():
                found[int(folder.name)] = line.decode()
        return found

    def assert_nothing_left(self, within: float = SETTLE) -> None:
        deadline = time.monotonic() + within
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.1)
        assert self.processes() == {}


@pytest.fixture(scope="session")
def place():
    """A folder outside pytest's own, which only its user may enter: root's servers run as another user."""
    folder = Path(tempfile.mkdtemp(prefix="oms-test-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def make_set_up(place):
    made = []

    def make(name: str) -> SetUp:
        kept = {key: value for key, value in os.environ.items() if key in {"PATH", "HOME", "LANG", "USER"}}
        mine = {"OMS_DATA_DIR": str(place / name), "OMS_EMBEDDED_HOME": str(place / "home"), "OMS_EMBEDDED_UNSAFE": "1"}
        made.append(SetUp(place / name, kept | mine))
        return made[-1]

    yield make
    for set_up in made:
        for pid in set_up.processes() if set_up.data.exists() else ():
            os.kill(pid, signal.SIGKILL)  # only after a failure
        if set_up.data.exists() and not str(set_up.layout.run).startswith(str(place)):
            shutil.rmtree(set_up.layout.run, ignore_errors=True)


@pytest.fixture(scope="session")
def set_up(make_set_up):
    """One that several tests start again and again."""
    return make_set_up("shared")


@pytest.fixture
def port():
    """Two neighbouring ports that are free."""
    for candidate in range(18000 + os.getpid() % 1000 * 2, 60000, 2):
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", candidate))
                second.bind(("127.0.0.1", candidate + 1))
            except OSError:
                continue
        return candidate
    raise AssertionError


@pytest.fixture
def started(set_up, port, tmp_path) -> Iterator[subprocess.Popen]:
    """`manage.py up` on that port, its pages being served."""
    said = tmp_path / "up.txt"
    with said.open("w") as output:
        process = set_up.start("manage.py", "up", "--port", str(port), stdout=output)
    while f"http://127.0.0.1:{port}" not in said.read_text():
        assert process.poll() is None, said.read_text()
        time.sleep(0.1)
    await_all(set_up)
    yield process
    print(said.read_text())
    if process.poll() is None:  # the test failed
        process.kill()
        process.communicate()
        set_up.assert_nothing_left()


def await_all(set_up) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        lines = " ".join(set_up.processes().values())
        if all(name in lines for name in NAMES):
            return
        time.sleep(0.1)
    raise AssertionError(lines)
