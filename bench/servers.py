"""The product's server as `make run` starts it, and the floor's beside it, on the loopback for as long as needed."""

from __future__ import annotations

import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.databases import ROOT, Database
from tests.support.processes import dies_with_parent

sys.path.insert(0, str(ROOT / "bin"))  # the start scripts are not a package

from launching import Settings as StartSettings
from serve import server_command

READY_SECONDS = 90
# One kept connection stays with one server process, so that warming up warms what is measured.
KEEP_ALIVE_SECONDS = "600"


@contextmanager
def server(database: Database, application: str, ready: str, extra: dict[str, str]) -> Iterator[int]:
    """Serve ``application`` until the block ends; the port. Raises RuntimeError when it does not get ready."""
    port = _free_port()
    settings = StartSettings("127.0.0.1", port, f"http://localhost:{port}", False, database.instance)
    command = [application if word == "wsgi:app" else word for word in server_command(settings)]
    log = database.instance / f"{application.partition(':')[0]}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [*command, "--keep-alive", KEEP_ALIVE_SECONDS],
            cwd=ROOT,
            env={**database.environment(port), **extra},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=dies_with_parent(),  # noqa: PLW1509 - this process has one thread
        )
    try:
        _wait(process, port, ready, log)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"a server ended at its start; its output is in {log}:\n{tail(log)}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": f"localhost:{port}"})
            if connection.getresponse().status == http.client.OK:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise RuntimeError(f"a server was not ready after {READY_SECONDS} seconds; its output is in {log}:\n{tail(log)}")


def tail(log: Path, lines: int = 20) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def run(command: Sequence[str], environment: dict[str, str]) -> str:
    """Run a program to its end; what it printed."""
    return subprocess.run(  # noqa: S603 - our own interpreter
        command, cwd=ROOT, env=environment, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
