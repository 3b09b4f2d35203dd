"""What anybody needs to check our seals without us: certificates of all years, lists of withdrawn ones, the program."""

from __future__ import annotations

import io

from flask import Blueprint, abort, current_app, render_template, send_file
from werkzeug.wrappers import Response

from vetting.documents.export import CHECKER, README
from vetting.documents.keys import roots
from vetting.documents.revocation import published_lists, withdrawn
from vetting.extensions import db
from vetting.jobs.seal_keys import KEYS
from vetting.models import SealCertificate
from vetting.policy import Permission
from vetting.queries import seals
from vetting.views.guard import guarded

bp = Blueprint("pki", __name__, url_prefix="/pki")

PROGRAM = {path.name: path for path in (CHECKER, README)}


@bp.get("/")
@guarded(Permission.PUBLIC_READ)
def index() -> str:
    """Every seal that documents carry, with the time it was in use."""
    settings = current_app.config["SETTINGS"]
    lists = published_lists(settings.instance / KEYS)
    used = seals.used(db.session(), production=settings.production)
    return render_template(
        "verify/pki.html",
        used=used,
        lists=sorted(lists),
        withdrawn=withdrawn(lists.values(), [item.seal.chain for item in used]),
        programs=sorted(PROGRAM),
    )


@bp.get("/district-roots.pem")
@guarded(Permission.PUBLIC_READ)
def trusted() -> Response:
    """The root certificates of every seal, in one file."""
    production = current_app.config["SETTINGS"].production
    chains = [seal.chain for seal in seals.on_record(db.session(), production=production)]
    return _file("".join(dict.fromkeys(root for chain in chains for root in roots(chain))), "district-roots.pem")


@bp.get("/<fingerprint>.pem")
@guarded(Permission.PUBLIC_READ, seals.by_fingerprint)
def certificate(subject: SealCertificate) -> Response:
    """One seal's certificate and those it leads back to."""
    if subject.development and current_app.config["SETTINGS"].production:
        abort(404)
    return _file(subject.chain, f"{subject.fingerprint}.pem")


@bp.get("/<name>.crl")
@guarded(Permission.PUBLIC_READ)
def revocations(name: str) -> Response:
    """One list of withdrawn seals."""
    body = published_lists(current_app.config["SETTINGS"].instance / KEYS).get(f"{name}.crl")
    if body is None:
        abort(404)
    return send_file(io.BytesIO(body), "application/pkix-crl", as_attachment=True, download_name=f"{name}.crl")


@bp.get("/program/<name>")
@guarded(Permission.PUBLIC_READ)
def program(name: str) -> Response:
    """The program that checks a document on anybody's own computer, and how to use it."""
    if name not in PROGRAM:
        abort(404)
    return send_file(PROGRAM[name], "text/plain; charset=utf-8", as_attachment=True, download_name=name)


def _file(text: str, name: str) -> Response:
    return send_file(io.BytesIO(text.encode("ascii")), "application/x-pem-file", as_attachment=True, download_name=name)
