"""Runs the start scripts in a copied folder with tiny stand-ins for the packages, where the script is what is tested.

The stand-in `gunicorn` answers /health/ready, the stand-in `flask` has the product's commands; both come as wheels in a
folder, so that the real pip installs them with real hashes and no network.
"""

import contextlib
import hashlib
import os
import select
import shutil
import socket
import subprocess
import sys
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.processes import dies_with_parent

ROOT = Path(__file__).parents[2]
SECONDS = 60

GUNICORN = """
import http.server, os, sys

if os.path.exists("broken"):
    sys.exit("ModuleNotFoundError: the application is broken")


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/health/ready" else 404)
        self.end_headers()


host, port = sys.argv[sys.argv.index("--bind") + 1].rsplit(":", 1)
server = http.server.ThreadingHTTPServer((host, int(port)), Answers)
with open("started", "w") as started:
    print("server", os.getpid(), file=started)
server.serve_forever()
"""

FLASK = """
import os, signal, sys

command = sys.argv[sys.argv.index("vetting") + 1]
with open(os.path.join(os.environ["VETTING_INSTANCE"], "commands"), "a") as commands:
    print(command, file=commands)
if command == "worker":
    with open("started", "w") as started:
        print("worker", os.getpid(), file=started)
    signal.pause()
if command == "migrate" and os.path.exists("unreadable"):
    sys.exit("Traceback (most recent call last):\\n  ...\\nError: The database is from a newer version.")
if command == "sign-ins":
    print("Coordinator: coordinator@district.example")
if command == "create-admin":
    print("Set-up link for the first administrator: /setup/once")
"""


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def make_wheel(folder: Path, name: str, main: str) -> Path:
    """A wheel of one module that runs `main` with ``python -m name``."""
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    files = {
        f"{name}/__init__.py": "",
        f"{name}/__main__.py": main,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in files.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"]))
    return wheel


class Checkout:
    """A copy of the start scripts, with stand-in packages, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        shutil.copytree(ROOT / "bin", folder / "bin", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "bin" / "assets").write_text("#!/bin/sh\n")
        wheels = folder / "wheels"
        wheels.mkdir()
        self._lock("requirements.txt", make_wheel(wheels, "gunicorn", GUNICORN), make_wheel(wheels, "flask", FLASK))
        self._lock("bin/uv-requirement.txt", make_wheel(wheels, "quick", ""))
        os.mkfifo(folder / "started")
        self._started = os.open(folder / "started", os.O_RDWR)
        self._announced: list[list[str]] = []
        self.first_start = ""

    def _lock(self, path: str, *wheels: Path) -> None:
        lines = [
            f"{wheel.name.split('-')[0]}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
            for wheel in wheels
        ]
        (self.folder / path).write_text("".join(lines))

    def environment(self, **settings: str) -> dict[str, str]:
        """What the scripts see: no settings but these, and no package index but the folder of wheels."""
        dropped = {"DEMO", "HOST", "PUBLIC_URL", "VETTING_INSTANCE", "VETTING_VENV", "DATABASE_URL", "CI", "PRODUCTION"}
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.folder / "wheels"), "PIP_CONFIG_FILE": os.devnull}
        return {**kept, **index, "PORT": str(self.port), "PYTHON": sys.executable, **settings}

    def try_to_start(self, **settings: str) -> subprocess.CompletedProcess[str]:
        """Run bin/run to its end, for a start that is expected to fail."""
        return subprocess.run(
            ["bin/run"],
            cwd=self.folder,
            env=self.environment(**settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def start(self, **settings: str) -> "Running":
        """Run bin/run in the background; forgets what earlier ones announced."""
        while select.select([self._started], [], [], 0)[0]:
            os.read(self._started, 4096)
        self._announced.clear()
        return Running(
            subprocess.Popen(
                ["bin/run"],
                cwd=self.folder,
                env=self.environment(**settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                preexec_fn=dies_with_parent(),  # noqa: PLW1509 -- it only makes one system call
            )
        )

    def next_started(self, name: str) -> int:
        """The process id of the next `worker` or `server` that starts; what the other one announced meanwhile stays."""
        while not any(announced[0] == name for announced in self._announced):
            ready, _, _ = select.select([self._started], [], [], SECONDS)
            assert ready, f"no {name} started"
            self._announced += [line.split() for line in os.read(self._started, 4096).decode().splitlines()]
        found = next(announced for announced in self._announced if announced[0] == name)
        self._announced.remove(found)
        return int(found[1])

    def processes(self) -> list[int]:
        """Whatever still runs in this folder."""
        running = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (process / "cwd").readlink().is_relative_to(self.folder):
                    running.append(int(process.name))
        return running

    def commands(self) -> list[str]:
        """The product's commands that were run, in order."""
        return (self.folder / "instance" / "commands").read_text().split()

    def close(self) -> None:
        """Give the line back on which starts are announced."""
        os.close(self._started)


class Running:
    """A start that is under way; stopped for good on leaving."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.said = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        watch = Watch(self.children() if self.process.poll() is None else [])
        self.process.kill()
        self.process.wait()
        watch.all_ended()
        assert self.process.stdout
        self.process.stdout.close()

    def until(self, words: str) -> str:
        """Read what is printed until `words` appear, or the end; everything printed so far."""
        assert self.process.stdout
        output = self.process.stdout.fileno()
        while words not in self.said:
            ready, _, _ = select.select([output], [], [], SECONDS)
            assert ready, f"“{words}” was not printed: {self.said}"
            some = os.read(output, 4096)
            if not some:
                break
            self.said += some.decode()
        assert words in self.said, self.said
        return self.said

    def end(self) -> int:
        """Wait until it has ended by itself; the exit code."""
        return self.process.wait(timeout=SECONDS)

    def children(self) -> list[int]:
        """Everything it has started and that is still there."""
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]


class Watch:
    """Notices the end of processes that are not our children."""

    def __init__(self, pids: list[int]) -> None:
        self._handles = {pid: os.pidfd_open(pid) for pid in pids}

    def all_ended(self) -> bool:
        """Wait until all have ended; False when one has not after a minute."""
        ended = [bool(select.select([handle], [], [], SECONDS)[0]) for handle in self._handles.values()]
        for handle in self._handles.values():
            os.close(handle)
        return all(ended)
