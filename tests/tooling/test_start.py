"""`bin/run`: from nothing to a running system, and one clear sentence for everything that can be in the way."""

import http.client
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.launch import Checkout, Watch


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("checkout"))
    with made.start() as first:
        first.until("Ctrl-C stops everything")
        first.process.send_signal(signal.SIGINT)
        assert first.end() == 0
    made.first_start = first.said
    yield made
    made.close()


def health(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/health/ready")
    status = connection.getresponse().status
    connection.close()
    return status


def assert_one_sentence(said: str, *words: str) -> None:
    assert "Traceback" not in said
    sentence = said.strip().splitlines()[-1]
    assert sentence.endswith((".", "make run.")), sentence
    for word in words:
        assert word in sentence


def test_the_first_start_says_what_it_does_and_ends_with_the_address(checkout: Checkout) -> None:
    said = checkout.first_start
    for line in ("Making a virtual environment", "Installing Python packages", "Bringing the database up to date"):
        assert line in said
    assert f"Ready: http://localhost:{checkout.port}" in said
    assert "Coordinator: coordinator@district.example" in said
    assert checkout.commands()[:2] == ["migrate", "demo"]


def test_the_second_start_installs_nothing_and_ctrl_c_stops_everything(checkout: Checkout) -> None:
    with checkout.start() as running:
        running.until("Ctrl-C stops everything")
        worker = checkout.next_started("worker")
        assert health(checkout.port) == 200
        started = running.children()
        assert worker in started
        assert len(started) == 2
        watch = Watch(started)
        running.process.send_signal(signal.SIGINT)
        assert running.end() == 0
        assert watch.all_ended()
    assert "Installing" not in running.said
    assert "virtual environment" not in running.said


def test_an_empty_district_prints_the_set_up_link(checkout: Checkout) -> None:
    with checkout.start(DEMO="0", VETTING_INSTANCE="empty") as running:
        said = running.until("Ctrl-C stops everything")
    assert "Set-up link for the first administrator: /setup/once" in said
    assert "demonstration" not in said
    assert (checkout.folder / "empty" / "commands").read_text().split()[0] == "migrate"


def test_nothing_survives_when_it_is_killed(checkout: Checkout) -> None:
    with checkout.start() as running:
        running.until("Ctrl-C stops everything")
        watch = Watch(running.children())
        running.process.send_signal(signal.SIGKILL)
        running.end()
        assert watch.all_ended()


def test_a_worker_that_dies_is_started_again(checkout: Checkout) -> None:
    with checkout.start() as running:
        running.until("Ctrl-C stops everything")
        worker = checkout.next_started("worker")
        os.kill(worker, signal.SIGKILL)
        running.until("The worker stopped unexpectedly (exit code -9); starting it again in 1 s")
        assert checkout.next_started("worker") != worker
        assert health(checkout.port) == 200


def test_a_server_that_dies_is_started_again(checkout: Checkout) -> None:
    with checkout.start() as running:
        running.until("Ctrl-C stops everything")
        server = checkout.next_started("server")
        os.kill(server, signal.SIGKILL)
        running.until("The server stopped unexpectedly")
        assert checkout.next_started("server") != server
        assert health(checkout.port) == 200


def test_a_server_that_cannot_start_is_one_sentence_and_nothing_stays(checkout: Checkout) -> None:
    (checkout.folder / "broken").touch()
    with checkout.start() as running:
        assert running.end() == 1
        running.until("The server could not start")
        assert checkout.processes() == []
    (checkout.folder / "broken").unlink()
    assert_one_sentence(running.said, "server.log")
    assert "broken" in (checkout.folder / "instance" / "log" / "server.log").read_text()


def test_a_taken_port_is_said_before_anything_is_installed(checkout: Checkout, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = checkout.try_to_start(PORT=str(port), VETTING_VENV=str(tmp_path / "venv"))
    assert result.returncode == 1
    assert_one_sentence(result.stderr, f"Port {port} is already in use", f"PORT={port + 1} make run")
    assert not (tmp_path / "venv").exists()


def test_a_second_start_on_the_same_instance_is_refused(checkout: Checkout) -> None:
    with checkout.start() as running:
        running.until("Ctrl-C stops everything")
        result = checkout.try_to_start(PORT="1")
        assert health(checkout.port) == 200
    assert result.returncode == 1
    assert_one_sentence(result.stderr, "is already running", f"process {running.process.pid}", str(checkout.port))


def test_a_failing_migration_passes_its_own_words_on_without_a_traceback(checkout: Checkout) -> None:
    (checkout.folder / "unreadable").touch()
    result = checkout.try_to_start()
    (checkout.folder / "unreadable").unlink()
    assert result.returncode == 1
    assert_one_sentence(result.stderr, "The database is from a newer version", "setup.log")


def test_an_interrupted_installation_is_begun_anew(checkout: Checkout) -> None:
    """Half of a package on the disk looks installed to the installer, so the whole environment is made again."""
    (package,) = (checkout.folder / ".venv").glob("lib/*/site-packages/gunicorn")
    (package / "__main__.py").unlink()
    (checkout.folder / ".venv" / ".installing").touch()
    with checkout.start() as running:
        running.until("Ctrl-C stops everything")
        assert health(checkout.port) == 200


def test_a_half_made_environment_is_made_again(checkout: Checkout) -> None:
    (checkout.folder / ".venv" / "bin" / "python").unlink()
    with checkout.start() as running:
        said = running.until("Ctrl-C stops everything")
    assert "Making a virtual environment" in said


def test_an_unreachable_index_is_one_sentence_and_the_next_start_recovers(checkout: Checkout, tmp_path: Path) -> None:
    unreachable = {
        "VETTING_VENV": str(tmp_path / "venv"),
        "PIP_NO_INDEX": "",
        "PIP_FIND_LINKS": "",
        "PIP_INDEX_URL": "http://127.0.0.1:1/simple",
        "PIP_RETRIES": "0",
    }
    result = checkout.try_to_start(**unreachable)
    assert result.returncode == 1
    assert_one_sentence(result.stderr, "the package index could not be reached", "setup.log", "Run it again")
    with checkout.start(VETTING_VENV=str(tmp_path / "venv")) as running:
        running.until("Ctrl-C stops everything")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"PORT": "eighty"}, ("PORT must be a number from 1 to 65535", "eighty")),
        ({"PORT": "0"}, ("PORT must be a number",)),
        ({"PORT": "65536"}, ("PORT must be a number",)),
        ({"DEMO": "perhaps"}, ("DEMO must be 1", "perhaps")),
        ({"DEMO": "1", "PRODUCTION": "1"}, ("exclude each other",)),
        ({"PUBLIC_URL": "partners.example"}, ("PUBLIC_URL must begin with http:// or https://",)),
        ({"HOST": "192.0.2.1"}, ("HOST must be an address of this machine", "192.0.2.1")),
        ({"VETTING_INSTANCE": "/dev/null/instance"}, ("/dev/null/instance cannot be written", "VETTING_INSTANCE")),
    ],
    ids=lambda value: " ".join(f"{name}={text}" for name, text in value.items()) if isinstance(value, dict) else "",
)
def test_a_setting_that_makes_no_sense_is_named(
    checkout: Checkout, settings: dict[str, str], words: tuple[str, ...]
) -> None:
    result = checkout.try_to_start(**settings)
    assert result.returncode == 1
    assert result.stdout == ""
    assert_one_sentence(result.stderr, *words)


def test_a_missing_python_is_one_sentence(checkout: Checkout, tmp_path: Path) -> None:
    for program in ("bash", "env", "dirname"):
        (tmp_path / program).symlink_to(f"/usr/bin/{program}")
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    result = subprocess.run(
        ["/bin/bash", "bin/run"],
        cwd=checkout.folder,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert_one_sentence(result.stderr, "Python 3.11 is needed")
