"""Tasks for a nursery of the tests: children that say what they can see, and children that misbehave."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

Told = dict[str, object]


def prepare(*tasks: str) -> None:
    """Nothing is imported; a nursery for ``broken`` cannot get ready."""
    if "broken" in tasks:
        raise ImportError("a library is missing")


def serve(request: BinaryIO, answer: BinaryIO) -> None:
    """Do the task that the request names."""
    answer.write(json.dumps(TASKS[request.read().decode()]()).encode())
    answer.flush()


def _look() -> Told:
    own, parent = os.getpid(), os.getppid()
    return {
        "child": own,
        "nursery": parent,
        "environment": dict(os.environ),
        "open": {process: _open_files(number) for process, number in (("child", own), ("nursery", parent))},
        "modules": sorted(name for name in sys.modules if "." not in name),
        "program_modules": sorted(name for name in sys.modules if name.startswith("vetting")),
    }


def _open_files(process: int) -> dict[str, str]:
    found = {}
    for handle in Path(f"/proc/{process}/fd").iterdir():
        try:
            found[handle.name] = str(handle.readlink())
        except FileNotFoundError:  # the folder itself, while it was listed
            continue
    return found


def _die() -> Told:
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}


def _hang() -> Told:
    while True:
        time.sleep(60)


def _complain() -> Told:
    print("this is printed", flush=True)  # noqa: T201 - what the test is about
    raise RuntimeError("something went wrong")


def _kill_nursery() -> Told:
    os.kill(os.getppid(), signal.SIGKILL)
    return _hang()


def _stop_nursery() -> Told:
    os.kill(os.getppid(), signal.SIGSTOP)
    return {}


def _killed() -> Told:
    os.kill(os.getpid(), signal.SIGKILL)
    return {}


def _burn() -> Told:
    resource.setrlimit(resource.RLIMIT_CPU, (1, 2))
    while True:
        pass


TASKS: dict[str, Callable[[], Told]] = {
    "look": _look,
    "die": _die,
    "hang": _hang,
    "complain": _complain,
    "kill nursery": _kill_nursery,
    "stop nursery": _stop_nursery,
    "killed": _killed,
    "burn": _burn,
}
