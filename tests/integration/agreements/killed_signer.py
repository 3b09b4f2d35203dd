"""Answers one press of the button “Sign” in a process of its own that kills itself at a named point.

python killed_signer.py <point> <file with the request>   writes "told" once the answer is there
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def before(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **kwargs: (die(), function(*args, **kwargs))


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    def run(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        die()
        return result

    return run


def main(point: str, request: dict[str, Any]) -> None:
    from vetting import create_app
    from vetting.views import signing_proof
    from vetting.workflows import engine
    from vetting.workflows.effects import agreements as effects

    points: dict[str, tuple[Any, str, Any]] = {
        "before the proof is used": (signing_proof, "use", before),
        "after the proof is used": (signing_proof, "use", after),
        "before the step": (engine, "run", before),
        "after the signature, before what follows": (effects, "Signature", after),
        "after the step": (engine, "run", after),
        "before the commit": (Session, "commit", before),
        "after the commit": (Session, "commit", after),
    }
    app = create_app()
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie.update(request["cookie"])
    if point in points:
        owner, name, how = points[point]
        setattr(owner, name, how(getattr(owner, name)))
    answer = browser.post(request["path"], data=request["data"])
    if answer.status_code == 303 and answer.location.endswith("/signed"):
        print("told", flush=True)  # noqa: T201 - the parent reads it
    if point == "after the answer":
        die()


if __name__ == "__main__":
    main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()))
