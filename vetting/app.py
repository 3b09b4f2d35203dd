"""The composition root: settings, extensions, security headers, blueprints, errors."""

from __future__ import annotations

import logging
import secrets
import sys
from contextlib import suppress
from typing import Any, TextIO, cast

import structlog
from flask import Flask, Response, abort, g, request
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

import config
from vetting import extensions
from vetting.documents.renditions import Renditions
from vetting.scanning import scanner_at
from vetting.sealing import Sealer
from vetting.spool import Spool
from vetting.storage import Store
from vetting.storage.opening import WrongAddress, open_store
from vetting.views import acting, arrival, chrome, errors, lapse_notes
from vetting.views.arriving import ArrivingRequest
from vetting.workflows import anchors
from vetting.workflows.registry import WORKFLOWS

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'; "
    "manifest-src 'self'"
)


def create_app(settings: config.Settings | None = None) -> Flask:
    """Build the application. Raises ``SettingsError`` for unsafe settings and ``WorkflowError`` for a wrong table."""
    settings = settings or config.load()
    settings.instance.mkdir(parents=True, exist_ok=True)
    app = Flask("vetting", static_folder=str(chrome.STATIC), template_folder="templates")
    app.request_class = ArrivingRequest
    app.config.from_mapping(_flask_settings(settings))
    app.extensions["store"] = _store(settings)
    app.extensions["spool"] = Spool(settings.spool)
    app.extensions["renditions"] = Renditions(settings.instance / "previews")
    app.extensions["scanner"] = scanner_at(settings.scanner_url)
    app.extensions["sealer"] = Sealer(settings.secret_key, settings.secret_keys_before)
    app.extensions["workflows"] = WORKFLOWS
    anchors.use(settings.instance / "anchors")
    _logging(settings)
    _extensions(app)
    _blueprints(app)
    _requests(app)
    errors.register(app)
    chrome.register(app)
    acting.register(app)
    lapse_notes.register(app)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app, root=str(chrome.STATIC), prefix="static/", max_age=31536000, add_headers_function=_static_headers
    )
    if settings.proxy_hops:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxy_hops, x_proto=settings.proxy_hops, x_host=0
        )
    return app


def _store(settings: config.Settings) -> Store:
    try:
        return open_store(
            settings.store_url, settings.instance / "store", settings.store_access_key, settings.store_secret_key
        )
    except WrongAddress as error:
        raise config.SettingsError(str(error)) from error


def _flask_settings(settings: config.Settings) -> dict[str, Any]:
    cookie = "__Host-vetting" if settings.secure else "vetting"
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": list(settings.secret_keys_before),
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {} if settings.sqlite else {"pool_pre_ping": True, "pool_size": 10},
        "SESSION_COOKIE_NAME": cookie,
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "TRUSTED_HOSTS": list(settings.trusted_hosts),
        "MAX_UPLOAD_BYTES": settings.max_upload_bytes,
        # Beside its files a form holds text.
        "MAX_CONTENT_LENGTH": settings.max_upload_bytes + config.MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": 2 * config.MEGABYTE,
        "MAX_FORM_PARTS": 1000,
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": settings.secure,
        "BABEL_DEFAULT_TIMEZONE": "America/New_York",
        "BABEL_DEFAULT_LOCALE": "en",
    }


def _extensions(app: Flask) -> None:
    extensions.db.init_app(app)
    extensions.migrate.init_app(app, extensions.db, directory="migrations")
    extensions.babel.init_app(app, default_translation_directories="translations")
    extensions.csrf.init_app(app)
    with app.app_context():
        extensions.prepare_engine(extensions.db.engine)
        app.extensions[extensions.ENGINES] = extensions.engines_of(extensions.db.engine)
    from vetting.views.account import setup

    setup.init_security(app)


def _blueprints(app: Flask) -> None:
    from vetting.cli import vetting_cli
    from vetting.views import BLUEPRINTS

    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.cli.add_command(vetting_cli)


def _requests(app: Flask) -> None:
    log = structlog.get_logger()

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id, method=request.method, path=request.path)
        extensions.writing.set(request.method not in SAFE)
        if "\0" in request.path:
            # No database can be asked for it, so nothing of ours has such an address.
            abort(404)
        view = app.view_functions.get(request.endpoint or "")
        if view is not None and not hasattr(view, "__permission__") and request.endpoint != "static":
            log.error("route_without_permission", endpoint=request.endpoint)
            abort(500)

    # CSRF protection parses the form, so the whole body has arrived before a transaction begins.
    app.before_request_funcs[None].insert(0, app.before_request_funcs[None].pop())
    arrival.register(app)

    @app.after_request
    def finish(response: Response) -> Response:
        return _secured(response)

    @app.teardown_request
    def forget(error: BaseException | None) -> None:
        extensions.writing.set(True)


def _secured(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    headers.setdefault("X-Request-Id", g.get("request_id", ""))
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
    elif not (response.cache_control.public or response.cache_control.no_store):
        # What is sent as a file names no reader of its own; a proxy between us and people would keep it for the next.
        response.cache_control.private = True
    return response


def _static_headers(headers: Any, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


class _Log:
    """Standard output, which may be a file on a full disk: a line that finds no room costs that line alone."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stdout.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stdout.flush()


def _logging(settings: config.Settings) -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    logging.getLogger("transitions").setLevel(logging.WARNING)
    for chatty in ("alembic", "fontTools", "pikepdf"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _Log())),
    )
