"""The routes of signing in, under the name Flask-Security and Flask-Login know: ``security``."""

from __future__ import annotations

from flask import Blueprint, Flask, render_template

from vetting.policy import Permission
from vetting.views.guard import guarded


def register(app: Flask) -> None:
    """Bind the pages."""
    bp = Blueprint("security", __name__)

    @bp.get("/sign-in", endpoint="login")
    @guarded(Permission.PUBLIC_READ)
    def login() -> str:
        return render_template("security/sign_in.html")

    @bp.post("/sign-out", endpoint="logout")
    @guarded(Permission.PUBLIC_READ)
    def logout() -> str:
        return render_template("security/sign_in.html")

    app.register_blueprint(bp)
