"""A real virus scanner for tests, with a signature file of its own, and daemons that misbehave."""

from __future__ import annotations

import hashlib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import dies_with_parent
from vetting.scanning import Clamd, ScannerUnreachable

HARMFUL = b"%PDF-1.7\n% made up; the tests' own scanner calls this harmful\n"
"""The words that the daemon of the tests finds. Nothing anywhere else does."""

FINDING = "Tests.MadeUp"
LARGEST = 2_000_000
PATIENCE = 60.0


class Daemon:
    """clamd at a socket in a folder of its own."""

    def __init__(self, program: Path, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.socket = folder / "clamd.sock"
        self.process: subprocess.Popen[bytes] | None = None
        signatures = folder / "signatures"
        signatures.mkdir()
        # A pattern of bytes, so that a whole document that holds them is found.
        (signatures / "tests.ndb").write_text(f"{FINDING}:0:*:{HARMFUL[9:].hex()}\n")
        (signatures / "tests.hdb").write_text(f"{hashlib.md5(HARMFUL).hexdigest()}:{len(HARMFUL)}:{FINDING}\n")
        (folder / "clamd.conf").write_text(
            f"LocalSocket {self.socket}\nDatabaseDirectory {signatures}\nForeground yes\nLogFile {folder / 'log'}\n"
            f"TemporaryDirectory {folder}\nStreamMaxLength {LARGEST}\nMaxThreads 2\nConcurrentDatabaseReload no\n"
        )

    def start(self) -> None:
        """Begin, and wait until it answers."""
        self.process = subprocess.Popen(
            [str(self.program), "--config-file", str(self.folder / "clamd.conf")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=dies_with_parent(),  # noqa: PLW1509 -- nothing else of ours runs meanwhile
        )
        patience = time.monotonic() + PATIENCE
        while True:
            try:
                Clamd(str(self.socket)).version()
            except ScannerUnreachable:
                assert self.process.poll() is None, (self.folder / "log").read_text()
                assert time.monotonic() < patience, "clamd does not answer"
                time.sleep(0.05)
            else:
                return

    def kill(self) -> None:
        """End it as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextmanager
def misbehaving(act: Callable[[socket.socket], None]) -> Iterator[tuple[str, int]]:
    """The address of a daemon that does ``act`` with whoever calls first."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                caller, _ = listening.accept()
            except OSError:
                return
            with caller:
                act(caller)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()
        listening.close()
        thread.join(5)
