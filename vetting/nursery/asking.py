"""The side of a nursery that asks: starts it when it is first wanted, sends it tasks, replaces it in time.

A nursery ends when the last process that could ask it is gone, however that ended. A process that was forked from one
with a nursery leaves that alone and starts its own.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

PROJECT = Path(__file__).resolve().parents[2]

MOST_CHILDREN = 500
"""A nursery is replaced after so many, so that neither its memory nor where things lie in it lasts for ever."""

IDLE_SECONDS = 600.0
"""A nursery that nobody asks for so long ends; the next task starts another."""

REST_SECONDS = 30.0
"""After a nursery was lost its tasks are done without one for so long."""

GRACE_SECONDS = 5.0
"""A nursery ends a child that is late; one that has not done so by then is itself stuck."""

FROM_OUTSIDE = frozenset({-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP})
"""How a child ends that somebody else ended. Our limits use other signals, or say that it was late."""

START_SECONDS = 15.0
"""How long a new nursery may take to import what its tasks need, and to begin with the first of them."""

TAKE_SECONDS = 5.0
"""A nursery that has worked before begins with a task at once; one that has not done so by then is stuck."""

END_SECONDS = 2.0
SEND_SECONDS = 2.0
CHUNK = 1024 * 1024
TAKEN = b"+"
"""What a nursery says first: there is a child now that serves the task."""

MOST_BYTES = 400_000_000
"""What a child may say. A batch of page pictures is far smaller."""

ENVIRONMENT: Mapping[str, str] = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
}


class Lost(Exception):
    """There is no nursery now, or it died with the task. Nothing is known about the task's file."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended and what it said. ``code`` is that of ``subprocess``.

    What it used, ``peak_kb`` at most in memory, is known only of children of a nursery.
    """

    output: bytes
    errors: bytes
    code: int
    late: bool = False
    cpu_seconds: float = 0.0
    peak_kb: int = 0

    @property
    def from_outside(self) -> bool:
        """Whether it was ended by none of our limits: by an operator, or by the system that ran out of memory.

        Nothing is known about the file then.
        """
        return not self.late and self.code in FROM_OUTSIDE


class _Running:
    """One nursery process and the line to it."""

    def __init__(self, module: str, tasks: Sequence[str], idle_seconds: float) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
                    [
                        sys.executable,
                        "-s",
                        "-m",
                        "vetting.nursery",
                        str(theirs.fileno()),
                        str(idle_seconds),
                        module,
                        *tasks,
                    ],
                    cwd=PROJECT,
                    env=dict(ENVIRONMENT),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    pass_fds=[theirs.fileno()],
                    start_new_session=True,
                )
            except BaseException:
                ours.close()
                raise
        ours.settimeout(SEND_SECONDS)
        self.line = ours
        self.owner = os.getpid()
        self.asked = 0
        self.busy = 0
        self.has_worked = False

    def went_idle(self) -> bool:
        """Whether it ended by itself, because nobody asked it for long."""
        return self.process.poll() == 0

    def end(self) -> None:
        """End it and its children, and wait for that; not for ever, where the system does not let go of it."""
        self.line.close()
        self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)

    def forget(self) -> None:
        """Let go of it in a process that was forked: it belongs to the one before."""
        self.line.close()
        self.process.returncode = 0


class Nursery:
    """Runs tasks of ``module``, which has ``prepare(*tasks)`` and ``serve(request, answer)``. Threads may share it."""

    def __init__(
        self, module: str, *tasks: str, most_children: int = MOST_CHILDREN, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._module = module
        self._tasks = tasks
        self._idle_seconds = idle_seconds
        self._most = most_children
        self._lock = threading.Lock()
        self._running: _Running | None = None
        self._not_before = 0.0
        self._lost_at = -REST_SECONDS
        _known.add(self)

    def ask(self, request: bytes, seconds: float) -> Ended:
        """Have ``request`` served by a child of its own, which is killed after ``seconds``. Raises ``Lost``."""
        running = self._take()
        with ExitStack() as stack:
            stack.callback(self._give_back, running)
            try:
                readers = _send(running.line, request, seconds)
            except OSError as error:
                self._drop(running)
                raise Lost(str(error)) from error
            said = _gather(readers, seconds + GRACE_SECONDS, TAKE_SECONDS if running.has_worked else START_SECONDS)
            if said is None or not said[0].removeprefix(TAKEN):
                self._drop(running)
                raise Lost("the nursery did not say how the child ended")
            running.has_worked = True
            told = json.loads(said[0].removeprefix(TAKEN))
            return Ended(said[1], said[2], told["code"], told["late"], told["cpu_seconds"], told["peak_kb"])

    def awaken(self) -> None:
        """Start it, unless it is there, while what it will be asked for is still on its way."""
        with contextlib.suppress(Lost):
            self._give_back(self._take(asking=0))

    def close(self) -> None:
        """End the nursery; the next task starts another."""
        with self._lock:
            running, self._running = self._running, None
        if running is not None and running.owner == os.getpid():
            running.end()

    def start_afresh(self) -> None:
        """In a process that was just forked: nothing of the one before is ours."""
        self._lock = threading.Lock()
        running, self._running = self._running, None
        if running is not None:
            running.forget()

    def _take(self, asking: int = 1) -> _Running:
        with self._lock:
            if time.monotonic() < self._not_before:
                raise Lost("a nursery was lost a moment ago")
            if self._running is not None and (self._running.asked >= self._most or self._running.went_idle()):
                # Whoever gives it back last ends it.
                self._retire(self._running)
                self._running = None
            running = self._running or self._start()
            running.asked += asking
            running.busy += 1
            return running

    def _start(self) -> _Running:
        try:
            self._running = _Running(self._module, self._tasks, self._idle_seconds)
        except OSError as error:
            self._not_before = time.monotonic() + REST_SECONDS
            raise Lost(str(error)) from error
        return self._running

    def _give_back(self, running: _Running) -> None:
        with self._lock:
            running.busy -= 1
            if running is not self._running:
                self._retire(running)

    def _retire(self, running: _Running) -> None:
        if not running.busy:
            running.end()

    def _drop(self, running: _Running) -> None:
        """Have done with a nursery that was lost; whoever else waits for it learns so at once.

        Another takes its place at once, unless one was lost a moment ago as well.
        """
        with self._lock:
            running.end()
            if self._running is not running:
                return
            self._running = None
            now = time.monotonic()
            again, self._lost_at = now - self._lost_at < REST_SECONDS, now
            if again:
                self._not_before = now + REST_SECONDS
                return
            with contextlib.suppress(Lost):
                self._start()


_known: weakref.WeakSet[Nursery] = weakref.WeakSet()


def _send(line: socket.socket, request: bytes, seconds: float) -> list[int]:
    """Send a task; the ends to read how it ended, what it answers, and what it complains of."""
    with ExitStack() as ours, ExitStack() as theirs:
        body = os.memfd_create("request")
        theirs.callback(os.close, body)
        rest = memoryview(request)
        while rest:
            rest = rest[os.write(body, rest) :]
        os.lseek(body, 0, os.SEEK_SET)
        readers, writers = [], []
        for _each in range(3):
            reader, writer = os.pipe()
            ours.callback(os.close, reader)
            theirs.callback(os.close, writer)
            readers.append(reader)
            writers.append(writer)
        socket.send_fds(line, [json.dumps({"seconds": seconds}).encode("ascii")], [*writers, body])
        ours.pop_all()
        return readers


def _gather(readers: Sequence[int], seconds: float, begin_seconds: float) -> list[bytes] | None:
    """All that comes out of ``readers`` until each has ended, and closes them; None when that takes too long.

    The first says within ``begin_seconds`` that the task is taken, and soon after the others have ended how it ended.
    """
    report = readers[0]
    now = time.monotonic()
    until, begun_by, told_by = now + seconds, now + begin_seconds, None
    found = {reader: bytearray() for reader in readers}
    with ExitStack() as stack:
        selector = stack.enter_context(selectors.DefaultSelector())
        for reader in readers:
            pipe = stack.enter_context(open(reader, "rb", buffering=0))  # noqa: PTH123 - a handle, not a path
            selector.register(pipe, selectors.EVENT_READ)
        while waiting := selector.get_map():
            now = time.monotonic()
            if set(waiting) == {report}:
                told_by = told_by or now + GRACE_SECONDS
            left = min(until, begun_by if not found[report] else told_by or until) - now
            ready = selector.select(left) if left > 0 else []
            if not ready:
                return None
            for key, _events in ready:
                piece = os.read(key.fd, CHUNK)
                found[key.fd] += piece
                if not piece or len(found[key.fd]) > MOST_BYTES:
                    # Whoever says more than that finds nobody listening.
                    selector.unregister(key.fileobj)
                    cast(IO[bytes], key.fileobj).close()
    return [bytes(found[reader]) for reader in readers]


def _forked() -> None:
    for nursery in list(_known):
        nursery.start_afresh()


def _leaving() -> None:
    for nursery in list(_known):
        with contextlib.suppress(OSError):
            nursery.close()


os.register_at_fork(after_in_child=_forked)
atexit.register(_leaving)
