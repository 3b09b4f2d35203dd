"""Run the web server and the worker together, and stop everything when told to.

Both run in process groups of their own and end with this process, even when it is killed. Standard library only.
"""

import contextlib
import ctypes
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from launching import (
    ROOT,
    Problem,
    Settings,
    check_port,
    lock_instance,
    open_log,
    prepare_instance,
    read_settings,
    say,
    stop_with,
)

READY_SECONDS = 120
GRACE_SECONDS = 20
LONGEST_PAUSE_SECONDS = 60
# A child that lived this long was well; its next failure starts counting anew.
WELL_AFTER_SECONDS = 60

_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A program that is kept running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    again_at: float | None = field(default=None)

    def start(self, settings: Settings) -> None:
        """Start it in a process group of its own, its output in its log."""
        parent = os.getpid()
        libc = ctypes.CDLL(None)

        def in_the_child() -> None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM.value)
            signal.pthread_sigmask(signal.SIG_SETMASK, set())
            if os.getppid() != parent:
                os._exit(1)

        with open_log(settings.logs / f"{self.name}.log") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=settings.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,
                preexec_fn=in_the_child,  # noqa: PLW1509 -- this process has one thread
            )
        self.started = time.monotonic()
        self.again_at = None

    @property
    def exit_code(self) -> int | None:
        """The exit code when it was started and is no longer running, otherwise None."""
        return self.process.poll() if self.process else None

    def ask_to_end(self) -> None:
        """Let it finish what it is doing."""
        if self.process and self.exit_code is None:
            self.process.terminate()

    def pause(self) -> float:
        """Seconds to wait before it is started again: 1, 2, 4 and so on, up to a minute."""
        if time.monotonic() - self.started > WELL_AFTER_SECONDS:
            self.failures = 0
        self.failures += 1
        return float(min(2 ** (self.failures - 1), LONGEST_PAUSE_SECONDS))

    def sweep(self) -> None:
        """Kill whatever is left of its process group."""
        if self.process:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def server_command(settings: Settings) -> list[str]:
    """gunicorn with threads: half of the work is waiting for the database.

    Uploads mostly wait, for the network, the disk and their turn to be examined, so there are threads enough that a
    crowd of them leaves some for everybody else. Fewer than the connections of the database's pool.
    """
    workers = os.environ.get("WEB_CONCURRENCY") or str(max(2, min(4, os.cpu_count() or 2)))
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    heartbeat = ["--worker-tmp-dir", "/dev/shm"] if os.access("/dev/shm", os.W_OK) else []  # noqa: S108 -- a memory file system
    return [
        *(sys.executable, "-m", "gunicorn", "wsgi:app"),
        *("--bind", f"{host}:{settings.port}", "--worker-class", "gthread", "--workers", workers, "--threads", "16"),
        *("--timeout", "60", "--graceful-timeout", "15", "--log-level", "warning", "--no-control-socket"),
        *heartbeat,
    ]


def flask_command(*words: str) -> list[str]:
    """A command of the product's own."""
    return [sys.executable, "-m", "flask", "--app", "wsgi", "vetting", *words]


class Stopped(Exception):
    """Somebody asked for the end."""


class Supervisor:
    """Keeps the server and the worker running until it is told to stop."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.server = Child("server", server_command(settings))
        self.worker = Child("worker", flask_command("worker"))
        self.children = (self.server, self.worker)
        self._watched = {signal.SIGINT, signal.SIGTERM, signal.SIGCHLD}
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # under nohup the closing terminal is no reason
            self._watched.add(signal.SIGHUP)

    def run(self) -> None:
        """Start both, greet, and watch. Raises Problem when the server cannot start; returns when told to stop."""
        signal.pthread_sigmask(signal.SIG_BLOCK, self._watched)
        try:
            for child in self.children:
                child.start(self.settings)
            self._wait_until_ready()
            self._greet()
            self._watch()
        except Stopped:
            say("\nStopping …")
        finally:
            self._stop()
        say("Stopped.")

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while not _answers(self.settings):
            if self.server.exit_code is not None:
                raise Problem(f"The server could not start. Details: {self.settings.logs / 'server.log'}.")
            if time.monotonic() > until:
                raise Problem(
                    f"The server started but was not ready after {READY_SECONDS} seconds. "
                    f"Details: {self.settings.logs / 'server.log'}."
                )
            self._pause(0.2)

    def _greet(self) -> None:
        say(f"\nReady: {self.settings.public_url}")
        words = ("sign-ins",) if self.settings.demo else ("create-admin", "--if-none")
        with open_log(self.settings.logs / "setup.log") as log:
            said = subprocess.run(
                flask_command(*words),
                cwd=ROOT,
                env=self.settings.environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                check=False,
            )
        if said.returncode:
            say(f"The sign-ins could not be listed. Details: {self.settings.logs / 'setup.log'}.")
        elif said.stdout.strip():
            say(f"\n{said.stdout.rstrip()}")
        say(f"\nLogs: {self.settings.logs}. Ctrl-C stops everything.")

    def _watch(self) -> None:
        while True:
            due = [child.again_at for child in self.children if child.again_at is not None]
            self._pause(max(0.0, min(due) - time.monotonic()) if due else 60.0)
            for child in self.children:
                self._tend(child)

    def _tend(self, child: Child) -> None:
        code = child.exit_code
        if child.again_at is None and code is not None:
            child.sweep()  # a killed server leaves workers that still hold the port
            pause = child.pause()
            child.again_at = time.monotonic() + pause
            say(
                f"The {child.name} stopped unexpectedly (exit code {code}); starting it again in {pause:.0f} s. "
                f"Details: {self.settings.logs / f'{child.name}.log'}."
            )
        if child.again_at is not None and time.monotonic() >= child.again_at:
            child.start(self.settings)

    def _pause(self, seconds: float) -> None:
        """Wait for a signal or the time; raises Stopped when asked to end."""
        received = signal.sigtimedwait(self._watched, seconds)
        if received and received.si_signo != signal.SIGCHLD:
            raise Stopped

    def _stop(self) -> None:
        """Ask everything to end, then insist; a second Ctrl-C insists at once."""
        for child in self.children:
            child.ask_to_end()
        until = time.monotonic() + GRACE_SECONDS
        try:
            while any(child.process and child.exit_code is None for child in self.children):
                if time.monotonic() > until:
                    break
                self._pause(0.2)
        except Stopped:
            say("Stopping at once.")
        for child in self.children:
            child.sweep()


def _answers(settings: Settings) -> bool:
    """Whether the server says it is ready, asked by its public name."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 -- compared, not bound
    connection = http.client.HTTPConnection(host, settings.port, timeout=5)
    try:
        connection.request("GET", "/health/ready", headers={"Host": urlsplit(settings.public_url).netloc})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    """Serve until stopped; the exit code."""
    try:
        settings = read_settings(os.environ)
        prepare_instance(settings)
        with lock_instance(settings):
            check_port(settings)
            say("Starting the server and the worker …")
            Supervisor(settings).run()
    except Problem as problem:
        return stop_with(problem)
    return 0


if __name__ == "__main__":
    sys.exit(main())
