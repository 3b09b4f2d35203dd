"""Run the tests on SQLite and then, those that touch a database, on PostgreSQL. Arguments go to pytest.

One PostgreSQL server is started for the whole run and shared by all test processes. TEST_DATABASE=sqlite or
TEST_DATABASE=postgresql runs only that half, and then everything that can run there; after SQLite what no database can
change is left out (tests/support/second_pass.py). Under CI each half ends with the tests that took longest.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from tempfile import TemporaryDirectory

from launching import ROOT, say

sys.path.insert(0, str(ROOT))

from tests.support.memory import FOLDER_VARIABLE, roomy
from tests.support.postgres import SERVER_VARIABLE, PostgresServer, PostgresUnavailable
from tests.support.processes import dies_with_parent

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
NOTHING_TO_RUN = 5
OWN_CHOICE = ("-n", "--numprocesses", "--pdb", "--co", "--collect-only")


def run(database: str, arguments: list[str], extra: Mapping[str, str]) -> int:
    """One pass of pytest; its exit code. Compiled modules are kept outside the checkout and shared by all processes."""
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    if not any(argument.startswith(OWN_CHOICE) for argument in arguments):
        # A file's tests share what they set up, so one process runs them all; tests/support/plugin.py has the order.
        command += ["-n", str(max(2, min(4, os.cpu_count() or 2))), "--dist", "loadfile", "--no-loadscope-reorder"]
    if os.environ.get("CI"):
        command += ["--durations", "25", "--durations-min", "1"]
    if os.environ.get("SOAK"):
        command += ["--timeout", "3600"]
    if os.environ.get("SEED"):
        command += [f"--hypothesis-seed={os.environ['SEED']}"]
    say(f"\n— {NAMES[database]} —")
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**_without_habits(os.environ), "TEST_DATABASE": database, **extra},
        stdin=subprocess.DEVNULL if not sys.stdin.isatty() else None,
        preexec_fn=dies_with_parent(signal.SIGTERM),  # noqa: PLW1509 -- this process has one thread
    )
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # pytest got it too and is printing what it has
        except SystemExit:
            process.terminate()
            process.wait()
            raise


def _without_habits(environment: Mapping[str, str]) -> dict[str, str]:
    """Without a person's wish for no compiled modules: hundreds of short processes would each compile everything."""
    return {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run_on_postgresql(arguments: list[str], kept: Mapping[str, str], *, only_database: bool) -> int:
    """The PostgreSQL pass. Without the server's programs its tests skip, each with that reason, or fail under CI."""
    extra = {**kept, **({"TEST_ONLY_DATABASE": "1"} if only_database else {})}
    with ExitStack() as stack:
        if not os.environ.get(SERVER_VARIABLE):
            try:
                server = stack.enter_context(PostgresServer())
                extra[SERVER_VARIABLE] = server.url.render_as_string(hide_password=False)
            except PostgresUnavailable as reason:
                say(f"\n{reason}")
        return run("postgresql", arguments, extra)


def main(arguments: list[str]) -> int:
    """Run what is asked for; 0 when everything that ran has passed and something did."""
    # Ended from outside it still takes its folders away, which may lie in memory.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    began = time.monotonic()
    only = os.environ.get("TEST_DATABASE")
    if only and only not in NAMES:
        print(f"TEST_DATABASE must be sqlite or postgresql, not “{only}”.", file=sys.stderr)
        return 2
    codes = {}
    with ExitStack() as stack:
        compiled = TemporaryDirectory(prefix="vetting-compiled-", ignore_cleanup_errors=True)
        kept = {"PYTHONPYCACHEPREFIX": stack.enter_context(compiled)}
        if memory := roomy():
            folder = TemporaryDirectory(prefix="vetting-tests-", dir=memory, ignore_cleanup_errors=True)
            kept[FOLDER_VARIABLE] = stack.enter_context(folder)
        if only != "postgresql":
            codes["sqlite"] = run("sqlite", arguments, kept)
        if only != "sqlite" and codes.get("sqlite", 0) in (0, 1, NOTHING_TO_RUN):
            codes["postgresql"] = run_on_postgresql(arguments, kept, only_database=only is None)

    words = {0: "passed", 1: "failed", NOTHING_TO_RUN: "nothing to run"}
    results = ", ".join(f"{NAMES[name]}: {words.get(code, f'stopped ({code})')}" for name, code in codes.items())
    say(f"\n{results}. {time.monotonic() - began:.0f} s in all.")
    bad = [code for code in codes.values() if code not in (0, NOTHING_TO_RUN)]
    if bad:
        return bad[0]
    return 0 if 0 in codes.values() else NOTHING_TO_RUN


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
