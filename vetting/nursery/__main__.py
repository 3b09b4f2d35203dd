"""The nursery itself: imports what its tasks need, then forks a child for each. Started by ``asking`` alone.

One thread, so that a fork copies a process at rest. It reads how long a task may take and nothing else; the request and
the pipes for the answer are handed on to the child as they came.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
import traceback
from dataclasses import dataclass
from types import ModuleType

from vetting import isolation
from vetting.nursery.asking import TAKEN

REPORT, ANSWER, ERRORS, BODY = range(4)
"""What comes with a task, in this order."""


@dataclass(slots=True)
class Child:
    """One child at work: where to say how it ended, and when it must have."""

    report: int
    until: float
    late: bool = False


class Serving:
    """The tasks that come over one line, until that is closed."""

    def __init__(self, line: socket.socket, module: ModuleType, idle_seconds: float) -> None:
        self._line = line
        self._module = module
        self._idle_seconds = idle_seconds
        self._children: dict[int, Child] = {}
        self._woken, self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def run(self) -> None:
        """Serve until whoever asks is gone, or has asked nothing for long."""
        # A child that ends interrupts the waiting.
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._wake)
        poll = select.poll()
        poll.register(self._line, select.POLLIN)
        poll.register(self._woken, select.POLLIN)
        try:
            while True:
                ready = dict(poll.poll(self._patience() * 1000))
                if self._woken in ready:
                    os.read(self._woken, 4096)
                self._collect()
                self._hurry()
                if self._line.fileno() in ready:
                    if not self._take():
                        return
                elif not ready and not self._children:
                    return
        finally:
            for pid in self._children:
                _kill(pid)

    def _patience(self) -> float:
        if not self._children:
            return self._idle_seconds
        return max(0.0, min(child.until for child in self._children.values()) - time.monotonic()) + 0.01

    def _take(self) -> bool:
        message, handles, _flags, _address = socket.recv_fds(self._line, 4096, BODY + 1)
        if not message:
            return False
        if len(handles) == BODY + 1:
            self._fork(json.loads(message)["seconds"], handles)
        for handle in handles:
            if handle not in {child.report for child in self._children.values()}:
                os.close(handle)
        return True

    def _fork(self, seconds: float, handles: list[int]) -> None:
        nursery = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            # Nobody says how the task ended, and it is done elsewhere.
            return
        if pid == 0:
            _serve(self._module, handles, nursery)
        self._children[pid] = Child(handles[REPORT], time.monotonic() + seconds)
        with contextlib.suppress(OSError):
            os.write(handles[REPORT], TAKEN)

    def _collect(self) -> None:
        while self._children:
            ended = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if ended is None:
                return
            # What the child may have started goes with it, while its number cannot be another's.
            _kill(ended.si_pid)
            pid, status, used = os.wait4(ended.si_pid, 0)
            child = self._children.pop(pid)
            told = {
                "code": os.waitstatus_to_exitcode(status),
                "late": child.late,
                "cpu_seconds": round(used.ru_utime + used.ru_stime, 3),
                "peak_kb": used.ru_maxrss,
            }
            with contextlib.suppress(OSError):
                os.write(child.report, json.dumps(told).encode("ascii"))
            os.close(child.report)

    def _hurry(self) -> None:
        now = time.monotonic()
        for pid, child in self._children.items():
            if now >= child.until and not child.late:
                child.late = True
                _kill(pid)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    # In its first moments a child has no group of its own yet.
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _serve(module: ModuleType, handles: list[int], nursery: int) -> None:
    """Serve one task in the child, which has nothing open but what came with it; never returns."""
    status = 1
    try:
        isolation.end_with_parent()
        if os.getppid() != nursery:
            return
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # Nothing a library prints may mix with the answer.
        os.dup2(handles[ERRORS], 1)
        os.dup2(handles[ERRORS], 2)
        for low, high in _gaps(sorted((handles[ANSWER], handles[BODY]))):
            os.closerange(low, high)
        with os.fdopen(handles[BODY], "rb") as request, os.fdopen(handles[ANSWER], "wb") as answer:
            module.serve(request, answer)
        status = 0
    except BaseException:  # noqa: BLE001 - the child must not go on as the parent
        traceback.print_exc()
    finally:
        os._exit(status)


def _gaps(kept: list[int]) -> list[tuple[int, int]]:
    first, second = kept
    return [(3, first), (first + 1, second), (second + 1, os.sysconf("SC_OPEN_MAX"))]


def main() -> int:
    """Serve the line, for as long as the module and tasks named on the command line are wanted."""
    handle, idle_seconds, name, *tasks = sys.argv[1:]
    module = importlib.import_module(name)
    module.prepare(*tasks)
    # What is here now is shared with every child, and stays shared while nobody counts it.
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(handle)) as line:
        Serving(line, module, float(idle_seconds)).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
