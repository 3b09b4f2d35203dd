"""What starting the system needs to know before anything is installed: settings, the port, the instance folder.

Standard library only, because it runs before the virtual environment exists.
"""

import errno
import fcntl
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[1]
VENV = Path(os.environ.get("VETTING_VENV") or ROOT / ".venv")
VENV_PYTHON = VENV / "bin" / "python"


class Problem(Exception):
    """Something a person has to put right; the message is one plain sentence."""


@dataclass(frozen=True)
class Settings:
    """The environment settings of `make run`, checked."""

    host: str
    port: int
    public_url: str
    demo: bool
    instance: Path

    @property
    def logs(self) -> Path:
        """Where everything that is not for the terminal goes."""
        return self.instance / "log"

    def environment(self) -> dict[str, str]:
        """The environment of everything that is started: every setting spelled out."""
        return {
            **os.environ,
            "HOST": self.host,
            "PORT": str(self.port),
            "PUBLIC_URL": self.public_url,
            "DEMO": "1" if self.demo else "0",
            "VETTING_INSTANCE": str(self.instance),
            "PYTHONUNBUFFERED": "1",
        }


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings; an empty value means the default. Raises Problem naming the setting that makes no sense."""

    def value(name: str, default: str) -> str:
        return environment.get(name, "").strip() or default

    port_text = value("PORT", "8000")
    if not (port_text.isascii() and port_text.isdigit() and 1 <= int(port_text) <= 65535):
        raise Problem(f"PORT must be a number from 1 to 65535, not “{port_text}”.")
    port = int(port_text)
    public_url = value("PUBLIC_URL", f"http://localhost:{port}").rstrip("/")
    if not public_url.startswith(("http://", "https://")):
        raise Problem(f"PUBLIC_URL must begin with http:// or https://, not “{public_url}”.")
    production = value("PRODUCTION", "0").lower() in _YES
    demo = value("DEMO", "0" if production else "1").lower()
    if demo not in _YES | _NO:
        raise Problem(f"DEMO must be 1 (the demonstration district) or 0 (an empty district), not “{demo}”.")
    if production and demo in _YES:
        raise Problem("DEMO=1 and PRODUCTION=1 exclude each other: a real district holds no made-up organizations.")
    instance = ROOT / value("VETTING_INSTANCE", "instance")
    return Settings(value("HOST", "127.0.0.1"), port, public_url, demo in _YES, instance)


_YES = {"1", "yes", "true", "on"}
_NO = {"0", "no", "false", "off"}


def check_port(settings: Settings) -> None:
    """Raise Problem unless the server can listen where it is told to."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise Problem(_port_sentence(settings, error)) from error


def _port_sentence(settings: Settings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {settings.port} is already in use: stop the program that uses it, or choose another port, "
            f"for example PORT={settings.port + 1} make run."
        )
    if error.errno == errno.EACCES:
        return f"This account may not use port {settings.port}: choose one above 1023, for example PORT=8000 make run."
    return f"HOST must be an address of this machine, not “{settings.host}”."


def prepare_instance(settings: Settings) -> None:
    """Create the instance folder. Raises Problem when it cannot be written."""
    try:
        settings.instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.logs.mkdir(exist_ok=True)
        probe = settings.instance / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Problem(
            f"The folder {settings.instance} cannot be written ({os.strerror(error.errno or 0)}): "
            "make it writable, or name another with VETTING_INSTANCE."
        ) from error


def lock_instance(settings: Settings) -> IO[str]:
    """Hold the instance for this process; the lock ends with the process or when the returned file is closed.

    Raises Problem when another process holds it.
    """
    held = (settings.instance / "run.lock").open("a+", encoding="utf-8")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.seek(0)
        who = held.read().strip() or "another process"
        held.close()
        raise Problem(
            f"This instance ({settings.instance}) is already running, as {who}: stop it there with Ctrl-C, "
            "or name another folder with VETTING_INSTANCE and another PORT."
        ) from error
    held.truncate(0)
    held.write(f"process {os.getpid()} at {settings.public_url}")
    held.flush()
    return held


def open_log(path: Path) -> IO[Any]:
    """Open a log for appending; one that has grown past 5 MB is put aside first, and one older copy is kept."""
    if path.exists() and path.stat().st_size > 5_000_000:
        path.replace(path.with_suffix(".old.log"))
    return path.open("ab")


def say(line: str) -> None:
    """Print a line for the person at the terminal, at once."""
    print(line, flush=True)


def stop_with(problem: Problem) -> int:
    """Print the problem's sentence; the exit code of a start that did not happen."""
    sys.stdout.flush()
    print(f"\n{problem}", file=sys.stderr, flush=True)
    return 1
