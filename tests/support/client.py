"""A test client that checks every page it is given, so that a house rule needs no test of its own."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.support.markup import errors_of, tree_of
from vetting.extensions import db

TEST_SESSION = "session of the test"


class PageFault(AssertionError):
    """A page breaks a rule of the house."""


class CheckingClient(FlaskClient):
    """Posts carry a valid CSRF token unless ``csrf=False``; every HTML answer is checked."""

    def open(self, *args: Any, csrf: bool = True, **kwargs: Any) -> TestResponse:
        if csrf and kwargs.get("method", "GET") == "POST" and isinstance(kwargs.get("data"), dict | None):
            kwargs["data"] = {**(kwargs.get("data") or {}), "csrf_token": self.csrf_token()}
        self._let_go()
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and response.data:
            check(response.get_data(as_text=True))
        with self.application.app_context():
            pending = db.session.registry.has() and (db.session.new or db.session.dirty)
            if pending:
                raise PageFault("the request left changes that were not committed")
        return response

    def _let_go(self) -> None:
        """End what the test itself was reading: on SQLite an open transaction would keep the server waiting."""
        own = self.application.extensions.get(TEST_SESSION)
        if own is not None and own.in_transaction() and not (own.new or own.dirty or own.deleted):
            own.commit()

    def csrf_token(self) -> str:
        """A token that belongs to this browser's session."""
        from flask_wtf.csrf import generate_csrf

        with self.session_transaction() as cookie:
            kept = dict(cookie)
        with self.application.test_request_context():
            from flask import g, session

            session.update(kept)
            token = generate_csrf()
            fresh = session["csrf_token"]
            g.pop("csrf_token", None)
        with self.session_transaction() as cookie:
            cookie["csrf_token"] = fresh
        return str(token)


def check(html: str) -> None:
    """Raise ``PageFault`` for the first rule of the house that a page breaks."""
    if errors := errors_of(html):
        raise PageFault(f"not well-formed HTML: {errors[:3]}")
    tree = tree_of(html)
    headings = ["".join(node.itertext()).strip() for node in tree.iter("h1")]
    if len(headings) != 1:
        raise PageFault(f"a page has one h1, this one has {len(headings)}: {headings}")
    title = "".join(next(tree.iter("title")).itertext()).strip()
    plain = re.sub(r"\s+", " ", title.removeprefix("Error: "))
    if not plain.startswith(re.sub(r"\s+", " ", headings[0])):
        raise PageFault(f"the title {title!r} does not begin with the h1 {headings[0]!r}")
    _check_ids(tree)
    _check_scripts(tree)
    _check_forms(tree)


def _check_ids(tree: Any) -> None:
    """Two elements of one name: a label then belongs to whichever comes first."""
    ids = Counter(tree.xpath("//@id"))
    twice = sorted(name for name, times in ids.items() if times > 1)
    if twice:
        raise PageFault(f"ids that stand twice: {twice[:5]}")


def _check_scripts(tree: Any) -> None:
    if any("".join(node.itertext()).strip() for node in tree.iter("script", "style")):
        raise PageFault("inline script or style")
    for attribute in tree.xpath("//@*[name() = 'style' or starts-with(name(), 'on')]"):
        raise PageFault(f"inline {attribute.attrname} on {attribute.getparent().tag}")


def _check_forms(tree: Any) -> None:
    labelled = set(tree.xpath("//label/@for"))
    wrapped = set(tree.xpath("//label//*"))
    for form in tree.iter("form"):
        if form.get("method", "get").lower() == "post" and not form.xpath(".//*[@name = 'csrf_token']"):
            raise PageFault(f"the form to {form.get('action')!r} has no CSRF field")
    for node in tree.iter("input", "select", "textarea"):
        if node.get("type", "text") in {"hidden", "submit", "button"} or "hidden" in node.attrib:
            continue
        named = node.get("aria-label") or node.get("aria-labelledby") or node in wrapped
        if not named and node.get("id") not in labelled:
            raise PageFault(f"{node.tag} {node.get('name')!r} has no label")
