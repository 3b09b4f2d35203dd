"""Install what is missing: system libraries, a virtual environment, packages, styles; then database and demonstration.

`prepare.py run` gets ready to serve and hands over to serve.py; `prepare.py test` installs the test tools as well.
Standard library only. Every long step prints a line; what the tools themselves say goes to a log. A failure is one
sentence and the log's path, and running again picks up where it stopped.
"""

import ctypes
import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from launching import (
    ROOT,
    VENV,
    VENV_PYTHON,
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

RUNTIME_LOCK = ROOT / "requirements.txt"
TEST_LOCK = ROOT / "requirements-dev.txt"
UV_LOCK = ROOT / "bin" / "uv-requirement.txt"

# What the PDF library loads at run time, and the Debian package that brings it.
SHARED_LIBRARIES = {
    "libgobject-2.0.so.0": "libpango-1.0-0",
    "libpango-1.0.so.0": "libpango-1.0-0",
    "libfontconfig.so.1": "libpango-1.0-0",
    "libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
    "libharfbuzz.so.0": "libpango-1.0-0",
    "libharfbuzz-subset.so.0": "libharfbuzz-subset0",
}
# What the program that drives the browser loads, and the Debian package that brings it.
TEST_LIBRARIES = {"libatomic.so.1": "libatomic1"}
# Programs that only tests use, and the Debian package that brings each.
TEST_PROGRAMS: dict[str, tuple[str, str]] = {
    "chromium": ("chromium", "/usr/bin/chromium*"),
    "initdb": ("postgresql", "/usr/lib/postgresql/*/bin/initdb"),
    "pdftoppm": ("poppler-utils", "/usr/bin/pdftoppm"),
    "clamd": ("clamav-daemon", "/usr/sbin/clamd"),
    "softhsm2-util": ("softhsm2", "/usr/bin/softhsm2-util"),
    "qpdf": ("qpdf", "/usr/bin/qpdf"),
    "certutil": ("libnss3-tools", "/usr/bin/certutil"),
}

# What a tool's output means for the person who reads it: the first meaning with a pattern that matches.
EXPLANATIONS = {
    "the disk is full": ("No space left on device",),
    "a package is not the one that was pinned": ("DO NOT MATCH THE HASHES", "[Hh]ash mismatch", "EINTEGRITY"),
    "another package installation is running": ("Could not get lock", "Unable to acquire the dpkg"),
    "the package index could not be reached: check the network connection": (
        "Temporary failure (in name )?resolution", "Could not resolve", "[Ff]ailed to fetch", "Unable to fetch",
        "dns error", "NewConnectionError", "ConnectTimeout", "ReadTimeout", "Connection refused", "ENOTFOUND",
        "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ECONNRESET", "error sending request", "Unable to locate package",
        "from versions: none", "Network is unreachable", "ProxyError", "Max retries exceeded",
        "could not be installed from the Python package index",
    ),
    "a folder cannot be written by this account": ("Permission denied", "EACCES", "Read-only file system"),
}  # fmt: skip

Command = Sequence[str | Path]


class Steps:
    """Runs the steps, one progress line each, with the tools' own words in a log."""

    def __init__(self, log: Path, environment: Mapping[str, str]) -> None:
        self.log = log
        self.environment = {**environment, **_caches()}

    @contextmanager
    def step(self, doing: str) -> Iterator[None]:
        """Announce a step, and say how long it took when it is done."""
        say(f"{doing} …")
        began = time.monotonic()
        yield
        say(f"  done in {time.monotonic() - began:.0f} s")

    def run(self, doing: str, *commands: Command, visible: bool = False) -> None:
        """Run the first command that succeeds; raise Problem when none does. `visible` shows its output."""
        said = ""
        for command in commands:
            code, said = self._run(command, visible)
            if code == 0:
                return
        raise Problem(f"{doing} failed: {explain(said)}. Details: {self.log}. Run it again when that is put right.")

    def _run(self, command: Command, visible: bool) -> tuple[int, str]:
        with open_log(self.log) as log:
            log.write(f"\n$ {' '.join(map(str, command))}\n".encode())
            log.flush()
            start = log.tell()
            try:
                code = subprocess.run(
                    command,
                    cwd=ROOT,
                    env=self.environment,
                    stdin=subprocess.DEVNULL,
                    stdout=None if visible else log,
                    stderr=log,
                    check=False,
                ).returncode
            except OSError as error:
                return 1, str(error)
        with self.log.open("rb") as log:
            log.seek(start)
            return code, log.read().decode(errors="replace")


def _caches() -> dict[str, str]:
    """Where the installers keep what they download, for an account without a home of its own."""
    if os.access(Path.home(), os.W_OK):
        return {}
    cache = VENV.with_name(f"{VENV.name}.cache")
    return {
        "UV_CACHE_DIR": str(cache / "uv"),
        "PIP_CACHE_DIR": str(cache / "pip"),
        "npm_config_cache": str(cache / "npm"),
    }


def explain(said: str) -> str:
    """What went wrong, in words, from what a tool said: a known cause, its own last error line, or neither."""
    for meaning, patterns in EXPLANATIONS.items():
        if any(re.search(pattern, said) for pattern in patterns):
            return meaning
    errors = re.findall(r"^(?:Error|assets|[\w.]*SettingsError|[\w.]*WorkflowError): (.+)$", said, flags=re.MULTILINE)
    return errors[-1].rstrip(".") if errors else "the reason is in the log"


# --- system packages ---------------------------------------------------------------------------------------------


def missing_system_packages() -> list[str]:
    """Debian packages without which the product cannot be set up or cannot make a PDF."""
    missing = {package for library, package in SHARED_LIBRARIES.items() if not _loads(library)}
    if not _can_make_environments() and not _environment_is_whole():
        missing.add("python3-venv")
    return sorted(missing)


def missing_test_packages() -> list[str]:
    """Debian packages that only the tests want."""
    missing = [package for library, package in TEST_LIBRARIES.items() if not _loads(library)]
    return sorted(missing) + sorted(
        package
        for program, (package, places) in TEST_PROGRAMS.items()
        if not shutil.which(program) and not list(Path("/").glob(places.lstrip("/")))
    )


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _can_make_environments() -> bool:
    return importlib.util.find_spec("ensurepip") is not None and importlib.util.find_spec("venv") is not None


def install_system_packages(steps: Steps, packages: list[str]) -> None:
    """Install them with apt when this is root; otherwise raise Problem saying what to type."""
    names = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Problem(
            f"These system packages are missing and this account may not install them; "
            f"ask an administrator to run: apt-get install -y {names}"
        )
    steps.environment["DEBIAN_FRONTEND"] = "noninteractive"
    apt = ["apt-get", "-o", "DPkg::Lock::Timeout=120", "-o", "Acquire::Retries=2"]
    install = [*apt, "install", "-y", "--no-install-recommends", *packages]
    with steps.step(f"Installing system packages ({names})"):
        # A fresh machine has no package lists yet, and an old one has stale lists: then they are fetched first.
        steps.run(
            "Installing system packages",
            install,
            ["sh", "-c", f'{" ".join(apt)} update && exec "$@"', "sh", *install],
        )


# --- Python packages ---------------------------------------------------------------------------------------------


@contextmanager
def only_set_up_here(environment: Path) -> Iterator[None]:
    """One set-up at a time for this environment; a second one waits."""
    try:
        lock = environment.with_name(f"{environment.name}.lock").open("w")
    except OSError as error:
        raise Problem(f"The folder {environment.parent} cannot be written by this account.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("Waiting for another set-up in this folder to finish …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install_python_packages(steps: Steps, locks: Sequence[Path]) -> None:
    """Make the environment hold what the locks say; does nothing when it already does."""
    unfinished = VENV / ".installing"
    wanted = {VENV / f".installed-{lock.stem}": _fingerprint(lock) for lock in locks}
    whole = _environment_is_whole() and not unfinished.exists()
    if whole and all(stamp.exists() and stamp.read_text() == digest for stamp, digest in wanted.items()):
        return
    if not whole:
        with steps.step("Making a virtual environment"):
            shutil.rmtree(VENV, ignore_errors=True)
            steps.run("Making a virtual environment", [sys.executable, "-m", "venv", VENV])
    with steps.step("Installing Python packages (about a minute the first time)"):
        unfinished.touch()
        files = [word for lock in locks for word in ("-r", str(lock))]
        hashed = ("install", "--require-hashes")
        pip: Command = (VENV_PYTHON, "-m", "pip", "--disable-pip-version-check", *hashed)
        uv: Command = (VENV / "bin" / "uv", "pip", *hashed, "--python", VENV_PYTHON)
        # pip brings the quicker installer, and takes over where that one finds no index (a mirror in pip's settings).
        steps.run("Installing Python packages", [*pip, "-r", UV_LOCK])
        steps.run("Installing Python packages", [*uv, *files], [*pip, *files])
        for stamp, digest in wanted.items():
            stamp.write_text(digest)
        unfinished.unlink()


def _fingerprint(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _environment_is_whole() -> bool:
    """Whether there is an environment of this Python that starts and can install."""
    if not VENV_PYTHON.exists():
        return False
    probe = "import sys, pip; print(*sys.version_info[:2], sys.prefix != sys.base_prefix)"
    try:
        said = subprocess.run([VENV_PYTHON, "-c", probe], capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return said.stdout.split() == [*map(str, sys.version_info[:2]), "True"]


# --- the two commands --------------------------------------------------------------------------------------------


def build_assets(steps: Steps) -> None:
    """Styles, icons and fonts; says a line only when there is something to build."""
    say("Checking styles, icons and fonts …")
    steps.run("Building styles, icons and fonts", ["bash", ROOT / "bin" / "assets"])


def prepare_run(settings: Settings, steps: Steps) -> None:
    """Everything before the server starts."""
    flask: Command = (VENV_PYTHON, "-m", "flask", "--app", "wsgi", "vetting")
    packages = missing_system_packages()
    if packages:
        install_system_packages(steps, packages)
    with only_set_up_here(VENV):
        install_python_packages(steps, [RUNTIME_LOCK])
        build_assets(steps)
    say("Bringing the database up to date …")
    steps.run("Bringing the database up to date", [*flask, "migrate"])
    if settings.demo:
        say("Loading the demonstration district (nothing to do when it is there) …")
        steps.run("Loading the demonstration district", [*flask, "demo"], visible=True)


def prepare_test(steps: Steps) -> None:
    """Runtime and test packages. Programs that are still missing skip their tests, or stop here when CI is set."""
    packages = missing_system_packages()
    if packages:
        install_system_packages(steps, packages)
    tools = missing_test_packages()
    if tools:
        try:
            install_system_packages(steps, tools)
        except Problem as problem:
            if os.environ.get("CI"):
                raise
            say(f"{problem}\nThe tests that need them will be skipped, each with its reason.")
    with only_set_up_here(VENV):
        install_python_packages(steps, [RUNTIME_LOCK, TEST_LOCK])
        build_assets(steps)


def run() -> int:
    """Prepare, then become the server."""
    settings = read_settings(os.environ)
    prepare_instance(settings)
    with lock_instance(settings):
        check_port(settings)
        prepare_run(settings, Steps(settings.logs / "setup.log", settings.environment()))
    os.chdir(ROOT)
    os.execve(VENV_PYTHON, [str(VENV_PYTHON), str(ROOT / "bin" / "serve.py")], settings.environment())  # noqa: S606


def test() -> int:
    """Prepare the tools of tests and lint."""
    settings = read_settings(os.environ)
    prepare_instance(settings)
    prepare_test(Steps(settings.logs / "setup.log", os.environ))
    return 0


COMMANDS: dict[str, Callable[[], int]] = {"run": run, "test": test}


def main(arguments: list[str]) -> int:
    """Run the named command; the exit code."""
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(f"Usage: prepare.py {'|'.join(COMMANDS)}", file=sys.stderr)
        return 2
    try:
        return COMMANDS[arguments[0]]()
    except Problem as problem:
        return stop_with(problem)
    except KeyboardInterrupt:
        say("\nStopped before it was ready; run it again to go on.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
