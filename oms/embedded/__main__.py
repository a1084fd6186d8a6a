"""``python -m oms.embedded run COMMAND …``: run anything with the embedded servers; ``clean``: remove their data."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

from oms.embedded import data_dir, ensure_services
from oms.embedded.children import die_with_parent
from oms.embedded.layout import Layout
from oms.embedded.wheels import find_programs


def main(argv: list[str]) -> int:
    """Return the exit code."""
    if argv[:1] == ["run"] and argv[1:]:
        ensure_services()
        return run(argv[1:])
    if argv == ["clean"]:
        return clean()
    print(__doc__)
    return 2


def run(argv: list[str]) -> int:
    """Run a command in the foreground; Ctrl-C and ``kill`` are its own to answer, and it does not outlive this."""
    # psql and pg_dump of the server's own version: pg_dump refuses another one.
    path = f"{find_programs().postgres_bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    env = os.environ | {"PATH": path}
    process = subprocess.Popen(argv, env=env, preexec_fn=die_with_parent(signal.SIGTERM))  # noqa: PLW1509 -- no threads here
    signal.signal(signal.SIGINT, lambda *_: None)  # the terminal sends it to both
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    return process.wait()


def clean() -> int:
    """Remove the data of this checkout's servers; not while they run."""
    from oms.embedded.guardian import answers

    if not data_dir().exists():
        return 0
    layout = Layout.at(data_dir())
    if answers(layout):
        print("OMS is running here: stop it first.")
        return 1
    if layout.as_root:
        shutil.rmtree(layout.home, ignore_errors=True)
    if layout.run.name.startswith(f"oms-{os.geteuid()}-"):
        shutil.rmtree(layout.run, ignore_errors=True)
    shutil.rmtree(layout.data)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
