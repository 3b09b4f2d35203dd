"""What the store keeps, on its way to a browser: piece by piece, and in part where a part is asked for."""

from __future__ import annotations

import os
from datetime import datetime
from http import HTTPStatus

from flask import current_app, request, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wrappers import Response

from vetting.extensions import db
from vetting.storage import Store


def store() -> Store:
    """Where bytes are kept."""
    kept: Store = current_app.extensions["store"]
    return kept


def send_stored(
    key: str, *, mimetype: str, name: str, etag: str = "", last_modified: datetime | None = None
) -> Response:
    """The bytes behind a key as a download called ``name``. Raises ``Missing`` and ``StoreUnreachable``.

    The bytes under a key never change; with an ``etag`` a browser may ask whether it has them, and for a part.
    A browser that has them already is told so before the store is asked. Ends the reading of the database: nothing of
    it is held while a file travels.
    """
    if db.session.registry.has():
        db.session.rollback()
    if etag and request.if_none_match and request.if_none_match.contains_weak(etag):
        return _still_the_same(etag, last_modified)
    stream = store().open(key)
    size = stream.seek(0, os.SEEK_END)
    stream.seek(0)
    response: Response = send_file(
        stream,
        mimetype,
        as_attachment=True,
        download_name=name,
        last_modified=last_modified,
        conditional=not etag,
        etag=False,
    )
    response.content_length = size
    if etag:
        response.set_etag(etag)
        try:
            response.make_conditional(request.environ, accept_ranges=True, complete_length=size)
        except RequestedRangeNotSatisfiable:
            stream.close()
            raise
    return response


def _still_the_same(etag: str, last_modified: datetime | None) -> Response:
    response = Response(status=HTTPStatus.NOT_MODIFIED)
    response.set_etag(etag)
    response.last_modified = last_modified
    return response
