"""The product as it is served, with the number of statements of each request in a header. For the benchmark alone."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, g, has_request_context

from bench.browser import QUERIES
from bench.meter import metered
from vetting.app import create_app
from vetting.extensions import db

BOUNDARIES = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def counting(app: Flask) -> Flask:
    """Count every statement but the bounds of transactions."""
    with app.app_context():
        engine = db.engine

    @sa.event.listens_for(engine, "before_cursor_execute")
    def note(connection: object, cursor: object, statement: str, *rest: Any) -> None:
        if has_request_context() and not statement.startswith(BOUNDARIES):
            g.statements = g.get("statements", 0) + 1

    @app.after_request
    def tell(response: Response) -> Response:
        response.headers[QUERIES] = str(g.get("statements", 0))
        return response

    app.wsgi_app = metered(app.wsgi_app)  # type: ignore[method-assign, assignment]
    return app


app = counting(create_app())
