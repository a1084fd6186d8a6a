"""Keeps the product's own processes running, and ends every one of them when it ends itself."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oms.embedded import current_lease
from oms.embedded.children import end_groups, spawn

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Mapping
    from pathlib import Path

TICK = 0.1  # seconds
QUICK_END = 10  # seconds: ending sooner than this after its start counts as a failed start
KILLED_AT_ONCE = 1  # second: killed later than that, it was somebody's doing and no failed start
FAILED_STARTS = 3  # in a row, then everything stops
ORPHANS_END_WITHIN = 1  # second: granian's workers do not heed SIGTERM without their parent
END_WITHIN = 15  # seconds; a worker finishes its batch
SHOWN_LINES = 15


@dataclass
class Program:
    """One process to keep running."""

    name: str
    argv: list[str]
    optional: bool = False  # the product works without it
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failed_starts: int = field(default=0)


class Supervisor:
    """Starts programs, starts them again when they end, and stops them all."""

    def __init__(self, *, cwd: Path, logs: Path, env: Mapping[str, str]) -> None:
        self.cwd, self.logs, self.env = cwd, logs, env
        self.programs: list[Program] = []
        self.stopping = False
        self.code = 0

    def start(self, program: Program) -> None:
        """Start one program and keep it."""
        if program not in self.programs:
            self.programs.append(program)
        program.process = spawn(program.argv, log=self.log_of(program), cwd=self.cwd, env=self.env)
        program.started = time.monotonic()
        lease = current_lease()
        if lease:
            with contextlib.suppress(OSError):  # no guardian: the next look tells
                lease.add_group(program.process.pid)

    def log_of(self, program: Program) -> Path:
        """Return where a program writes to."""
        return self.logs / f"{program.name}.log"

    def catch_signals(self) -> None:
        """From now on Ctrl-C, a closed terminal and ``kill`` end everything in order."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)

    def run(self, each_tick: Callable[[], None]) -> int:
        """Watch until told to stop; returns the exit code."""
        while not self.stopping:
            self.look()
            each_tick()
            time.sleep(TICK)
        return self.code

    def look(self) -> None:
        """Start again what has ended; stop everything when it keeps ending."""
        for program in self.programs:
            if self.stopping or program.process is None or program.process.poll() is None:
                continue
            self._mourn(program)
            if program.failed_starts < FAILED_STARTS:
                self.start(program)
            elif program.optional:
                say(f"{program.name} does not stay up: going on without it.")
                program.process = None
            else:
                say(f"{program.name} does not stay up: stopping everything.")
                self.stopping, self.code = True, 1
                return

    def stop(self) -> None:
        """End everything that was started."""
        processes = [program.process for program in self.programs if program.process]
        living = [process.pid for process in processes if process.poll() is None]
        end_groups(living, END_WITHIN, reap=lambda: [process.poll() for process in processes])
        for process in processes:
            process.wait()

    def _mourn(self, program: Program) -> None:
        process = program.process
        if process is None:
            return
        end_groups([process.pid], ORPHANS_END_WITHIN)
        lasted = time.monotonic() - program.started
        quick = lasted < (QUICK_END if process.returncode >= 0 else KILLED_AT_ONCE)
        program.failed_starts = program.failed_starts + 1 if quick else 0
        say(f"{program.name} ended with {process.returncode}; the end of {self.log_of(program)}:")
        for line in self.log_of(program).read_text(errors="replace").splitlines()[-SHOWN_LINES:]:
            say(f"    {line}")

    def _stop(self, number: int, _frame: object) -> None:
        if self.stopping:
            for program in self.programs:  # asked twice: at once
                if program.process and program.process.poll() is None:
                    program.process.kill()
        self.stopping = True


def say(line: str) -> None:
    """Print one line; a closed terminal is no reason to fail."""
    with contextlib.suppress(OSError, ValueError):
        print(line, file=sys.stdout, flush=True)
