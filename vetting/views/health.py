"""Whether the server lives, and whether it can do its work."""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from flask import Blueprint, Response, jsonify

from vetting.extensions import db
from vetting.models import OutboxMessage, protected
from vetting.policy import Permission
from vetting.storage import StoreProblem
from vetting.views.guard import guarded
from vetting.views.stored import store

bp = Blueprint("health", __name__, url_prefix="/health")

log = structlog.get_logger()


@bp.get("/live")
@guarded(Permission.PUBLIC_READ)
def live() -> Response:
    """The process answers. It asks nothing else, so that a slow dependency kills no process."""
    return jsonify(status="live")


@bp.get("/ready")
@guarded(Permission.PUBLIC_READ)
def ready() -> tuple[Response, int]:
    """The database answers and is protected, and files can be stored. Details go to the log, not to strangers."""
    problems = [*_database(), *_store()]
    for problem in problems:
        log.error("not_ready", problem=problem)
    status = "not ready" if problems else "ready"
    return jsonify(status=status), 503 if problems else 200


def _database() -> list[str]:
    try:
        gaps = protected.missing(db.session.connection())
        db.session.execute(sa.select(OutboxMessage.id).limit(1))
    except sa.exc.SQLAlchemyError as error:
        return [f"database: {type(error).__name__}"]
    return [f"database: {len(gaps)} protections missing"] if gaps else []


def _store() -> list[str]:
    try:
        store().check()
    except StoreProblem as problem:
        return [f"store: {type(problem).__name__}: {problem}"]
    return []
