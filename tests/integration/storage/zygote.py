"""A server that answers one request in a process of its own, which may kill itself at any of its steps.

Reads one request as JSON from each line of standard input and forks; the child answers it through the whole
application and writes what it would have told the person. ``kill_at`` counts calls, returns and library calls in the
program's own modules, and commits and statements in the database's, so that it falls between any two steps.

This process itself touches neither database nor store: connections and the store's threads do not survive a fork.
"""

from __future__ import annotations

import base64
import io
import json
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from flask import Flask

from vetting import create_app
from vetting.extensions import db

PROGRAM = str(Path(__file__).parents[3] / "vetting")
DATABASE = "sqlalchemy/engine/default.py"


class Steps:
    """Counts steps, and kills the process at one of them."""

    def __init__(self, kill_at: int | None) -> None:
        self.seen = 0
        self.kill_at = kill_at
        self._ours: dict[str, bool] = {}

    def watch(self, frame: FrameType, event: str, given: Any) -> None:
        name = frame.f_code.co_filename
        ours = self._ours.get(name)
        if ours is None:
            ours = self._ours[name] = name.startswith(PROGRAM) or name.endswith(DATABASE)
        if ours:
            self.seen += 1
            if self.seen == self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)


def answer(app: Flask, asked: dict[str, Any]) -> dict[str, Any]:
    """Send one request as a browser would; its status and the steps it took."""
    browser = app.test_client()
    browser.set_cookie("vetting", asked["cookie"])
    data: Any = dict(asked["data"])
    for field, (name, body) in asked["files"].items():
        data[field] = (io.BytesIO(base64.b64decode(body)), name)
    kind = "multipart/form-data"
    if asked["piece"] is not None:
        data, kind = base64.b64decode(asked["piece"]), "application/octet-stream"
    steps = Steps(asked["kill_at"])
    sys.setprofile(steps.watch)
    try:
        response = browser.post(asked["path"], data=data, content_type=kind, headers=asked["headers"])
    finally:
        sys.setprofile(None)
    return {"status": response.status_code, "steps": steps.seen, "text": response.get_data(as_text=True)}


def say(what: dict[str, Any]) -> None:
    """One line for the test."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    app = create_app()
    with app.app_context():
        db.engine.dispose()
    say({"ready": True})
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            say(answer(app, json.loads(line)))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        # The reader knows by this line that nothing more comes of the child.
        say({"killed": os.waitstatus_to_exitcode(status) == -signal.SIGKILL})


if __name__ == "__main__":
    main()
