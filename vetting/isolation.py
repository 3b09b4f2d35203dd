"""What a child process gives up before it touches anything that we did not make ourselves.

Three fences, each enough alone against the attacks we know: no network namespace (where the system allows one), a hook
in the interpreter that refuses sockets, processes and files outside the packages, and resource limits.
"""

import ctypes
import os
import resource
import signal
import socket
import sys
import sysconfig
from pathlib import Path

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1

REFUSED_EVENTS = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.spawn",
    "os.fork",
    "urllib.",
    "ftplib.",
    "http.client.",
    "smtplib.",
)


class Refused(PermissionError):
    """The child tried to reach something outside."""


def limit(cpu_seconds: int, memory_bytes: int, written_bytes: int = 64_000_000) -> None:
    """Cap processor time, address space and what a file may grow to; no core dumps."""
    # The hard limit is one second later, so the first signal (SIGXCPU) is the one that ends us.
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (written_bytes, written_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_with_parent() -> None:
    """Be killed when the process that started us dies, however it dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def leave_network() -> bool:
    """Move into a network namespace with nothing in it; False where the system does not allow that."""
    libc = ctypes.CDLL(None, use_errno=True)
    return any(libc.unshare(flags) == 0 for flags in (CLONE_NEWNET, CLONE_NEWUSER | CLONE_NEWNET))


def refuse_outside(temporary: Path | None, *files: Path) -> None:
    """From here on: no sockets, no processes, files only from the packages and `temporary`, beside the `files` that may
    be read. Cannot be undone."""
    writable = () if temporary is None else (f"{temporary}/",)
    readable = (*(f"{folder}/" for folder in _package_folders()), *writable, *(str(file.resolve()) for file in files))

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        # An event loop wakes itself through a pair of local sockets; connecting one anywhere is still refused.
        if event == "socket.__new__" and arguments[1] == socket.AF_UNIX:
            return
        if event.startswith(REFUSED_EVENTS):
            raise Refused(f"A document may not use {event}.")
        if event == "open":
            _check_open(arguments, readable, writable)

    sys.addaudithook(hook)


def _check_open(arguments: tuple[object, ...], readable: tuple[str, ...], writable: tuple[str, ...]) -> None:
    target, _mode, flags = arguments
    if isinstance(target, int) or target == os.devnull:
        return
    path = os.path.realpath(os.fsdecode(target) if isinstance(target, (str, bytes, os.PathLike)) else str(target))
    writing = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    allowed = writable if writing else readable
    if not path.startswith(allowed):
        raise Refused(f"A document may not open {path}.")


def _package_folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    folders = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders |= {"/usr/share/zoneinfo", str(Path(__file__).resolve().parent / "documents")}
    return tuple(sorted(os.path.realpath(folder) for folder in folders))
