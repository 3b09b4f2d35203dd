"""A child for each task, without waiting for an interpreter: what it sees, how it ends, and who ends with whom."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from vetting.nursery import Lost, Nursery, asking

ROOT = Path(__file__).parents[3]
TASKS = "tests.support.nursery_tasks"
SECONDS = 30.0


@pytest.fixture(autouse=True)
def _patience() -> Iterator[None]:
    """A machine that is busy with other tests is no stuck nursery."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "START_SECONDS", SECONDS)
        patch.setattr(asking, "TAKE_SECONDS", SECONDS)
        yield


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    made = Nursery(TASKS)
    yield made
    made.close()


def look(nursery: Nursery) -> dict[str, Any]:
    ended = nursery.ask(b"look", SECONDS)
    assert ended.code == 0
    told: dict[str, Any] = json.loads(ended.output)
    return told


def gone(process: int) -> bool:
    """Whether a process ends within a while."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], SECONDS)[0])
    finally:
        os.close(handle)


def test_each_task_has_a_child_of_its_own_from_one_nursery(nursery: Nursery) -> None:
    first, second = look(nursery), look(nursery)
    assert first["nursery"] == second["nursery"]
    assert first["child"] != second["child"]
    assert gone(first["child"])
    assert gone(second["child"])


def test_no_secret_reaches_a_nursery_or_its_children(nursery: Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "do not tell")
    with Path(__file__).open() as ours:
        os.set_inheritable(ours.fileno(), True)
        told = look(nursery)
    assert set(told["environment"]) <= {*asking.ENVIRONMENT, "LC_CTYPE"}
    environment = Path(f"/proc/{told['nursery']}/environ").read_bytes()
    assert b"do not tell" not in environment
    # Nothing of the web server is in its memory: neither the application nor its database.
    assert not {"flask", "sqlalchemy", "psycopg", "sqlite3"} & set(told["modules"])
    assert all(name.split(".")[1] in {"nursery", "isolation"} for name in told["program_modules"] if "." in name)
    kinds = {handle: target.partition(":")[0] for handle, target in told["open"]["nursery"].items()}
    assert [kinds.pop(each) for each in "012"] == ["/dev/null"] * 3
    assert set(kinds.values()) <= {"socket", "pipe"}
    assert list(kinds.values()).count("socket") == 1
    # The child can talk to nobody but through its answer: not even to the nursery.
    assert "socket" not in " ".join(told["open"]["child"].values())
    assert not any(str(ROOT) in target for target in told["open"]["child"].values())


def test_a_child_that_crashes_costs_its_own_task_only(nursery: Nursery) -> None:
    before = look(nursery)["nursery"]
    assert nursery.ask(b"die", SECONDS).code == -signal.SIGSEGV
    complained = nursery.ask(b"complain", SECONDS)
    assert complained.code == 1
    assert complained.output == b""
    assert b"this is printed" in complained.errors
    assert b"something went wrong" in complained.errors
    assert look(nursery)["nursery"] == before


def test_a_child_that_takes_too_long_is_ended(nursery: Nursery) -> None:
    ended = nursery.ask(b"hang", 0.2)
    assert (ended.late, ended.code) == (True, -signal.SIGKILL)
    assert look(nursery)["child"]


def test_many_tasks_at_once_get_their_own_answers(nursery: Nursery) -> None:
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _number: look(nursery), range(40)))
    assert len({each["child"] for each in told}) == 40
    assert len({each["nursery"] for each in told}) == 1


def test_a_nursery_is_replaced_after_so_many_children() -> None:
    nursery = Nursery(TASKS, most_children=2)
    nurseries = [look(nursery)["nursery"] for _time in range(5)]
    nursery.close()
    assert [nurseries.index(each) for each in nurseries] == [0, 0, 2, 2, 4]
    assert all(gone(each) for each in nurseries)


def test_who_asks_learns_that_a_nursery_was_lost_and_gets_another_later(
    nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = look(nursery)["nursery"]
    with pytest.raises(Lost):
        nursery.ask(b"kill nursery", SECONDS)
    second = look(nursery)["nursery"]
    assert second != before
    with pytest.raises(Lost):
        nursery.ask(b"kill nursery", SECONDS)
    # After the second it is left in peace for a while, so that one that cannot live is not started again and again.
    with pytest.raises(Lost):
        nursery.ask(b"look", SECONDS)
    monkeypatch.setattr(nursery, "_not_before", 0.0)
    assert look(nursery)["nursery"] not in {before, second}


@pytest.mark.parametrize("task", ["look", "stop nursery"])
def test_a_nursery_that_is_stuck_is_lost_soon_and_replaced_at_once(
    task: str, nursery: Nursery, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it begins with the task, or while its child works: nobody waits as long as the task may take."""
    stuck = look(nursery)["nursery"]
    monkeypatch.setattr(asking, "TAKE_SECONDS", 0.3)
    monkeypatch.setattr(asking, "GRACE_SECONDS", 0.3)
    if task == "look":
        os.kill(stuck, signal.SIGSTOP)
    with pytest.raises(Lost):
        nursery.ask(task.encode(), 3600)
    assert gone(stuck)
    monkeypatch.undo()
    assert look(nursery)["nursery"] != stuck


@pytest.mark.parametrize(
    ("task", "seconds", "outside"), [("killed", SECONDS, True), ("hang", 0.2, False), ("burn", SECONDS, False)]
)
def test_a_child_that_somebody_else_ended_is_told_from_one_that_met_its_limit(
    task: str, seconds: float, outside: bool, nursery: Nursery
) -> None:
    assert nursery.ask(task.encode(), seconds).from_outside is outside


def test_a_nursery_that_cannot_get_ready_is_lost() -> None:
    nursery = Nursery(TASKS, "broken")
    nursery.awaken()
    with pytest.raises(Lost):
        nursery.ask(b"look", SECONDS)
    nursery.close()


def test_a_forked_process_leaves_the_nursery_alone_and_starts_its_own(nursery: Nursery) -> None:
    before = look(nursery)["nursery"]
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        own = look(nursery)["nursery"]
        nursery.close()
        os.write(writer, str(own).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as said:
        other = int(said.read())
    os.waitpid(child, 0)
    assert other != before
    assert gone(other)
    assert look(nursery)["nursery"] == before


def test_a_nursery_and_its_children_end_with_a_process_that_is_killed() -> None:
    program = (
        "import json, os, signal, threading\n"
        "from vetting.nursery import Nursery\n"
        f"nursery = Nursery({TASKS!r})\n"
        "threading.Thread(target=nursery.ask, args=(b'hang', 600), daemon=True).start()\n"
        "print(json.loads(nursery.ask(b'look', 30).output)['nursery'], flush=True)\n"
        "signal.pause()\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    own = int(process.stdout.readline())
    children = [int(each) for each in Path(f"/proc/{own}/task/{own}/children").read_text().split()]
    process.kill()
    process.communicate()
    assert children
    assert gone(own)
    assert all(gone(child) for child in children)


def test_a_nursery_that_nobody_asks_ends_and_the_next_task_starts_another() -> None:
    nursery = Nursery(TASKS, idle_seconds=0.05)
    first = look(nursery)["nursery"]
    assert gone(first)
    nursery.awaken()
    second = look(nursery)["nursery"]
    assert second != first
    assert gone(second)
    nursery.close()
