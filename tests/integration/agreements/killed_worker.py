"""Runs the execution job in a process of its own that kills itself at a named point.

python killed_worker.py <point> <agreement id>
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session, sessionmaker


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


def main(point: str, agreement_id: int) -> None:
    from vetting import create_app
    from vetting.documents import execute as documents
    from vetting.extensions import db
    from vetting.jobs import agreements as job
    from vetting.storage import LocalStore
    from vetting.workflows import engine

    points: dict[str, tuple[Any, str, Any]] = {
        "before the seal is on record": (job, "enter", before),
        "after the seal is on record": (job, "enter", after),
        "before rendering": (documents, "executed_pdf", before),
        "after rendering": (documents, "executed_pdf", after),
        "after sealing": (documents, "seal_pdf", after),
        "after checking": (documents, "self_check", after),
        "after putting aside": (job, "_put_aside", after),
        "after storing": (LocalStore, "put", after),
        "before the last step": (engine, "run", before),
        "after the last step": (job.engine, "run", after),
        "before the commit": (Session, "commit", before),
        "after the commit": (Session, "commit", after),
    }
    app = create_app()
    with app.app_context():
        sessions = sessionmaker(db.engine, expire_on_commit=False)
    if point in points:
        owner, name, how = points[point]
        setattr(owner, name, how(getattr(owner, name)))
    job.execute(sessions, app.extensions["store"], app.config["SETTINGS"], agreement_id)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
