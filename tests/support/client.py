"""A test client that checks every page it is given, so that a house rule needs no test of its own."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from vetting.extensions import db

XHTML = "{http://www.w3.org/1999/xhtml}"
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
    parser = html5lib.HTMLParser(strict=False)
    tree = parser.parse(html)
    errors = [code for _, code, _ in parser.errors]
    if errors:
        raise PageFault(f"not well-formed HTML: {errors[:3]}")
    headings = ["".join(node.itertext()).strip() for node in tree.iter(f"{XHTML}h1")]
    if len(headings) != 1:
        raise PageFault(f"a page has one h1, this one has {len(headings)}: {headings}")
    title = "".join(next(tree.iter(f"{XHTML}title")).itertext()).strip()
    plain = re.sub(r"\s+", " ", title.removeprefix("Error: "))
    if not plain.startswith(re.sub(r"\s+", " ", headings[0])):
        raise PageFault(f"the title {title!r} does not begin with the h1 {headings[0]!r}")
    _check_ids(tree)
    _check_scripts(tree)
    _check_forms(tree)


def _check_ids(tree: Any) -> None:
    """Two elements of one name: a label then belongs to whichever comes first."""
    ids = Counter(node.attrib["id"] for node in tree.iter() if isinstance(node.tag, str) and "id" in node.attrib)
    twice = sorted(name for name, times in ids.items() if times > 1)
    if twice:
        raise PageFault(f"ids that stand twice: {twice[:5]}")


def _check_scripts(tree: Any) -> None:
    for node in tree.iter():
        if not isinstance(node.tag, str):
            continue
        if node.tag in {f"{XHTML}script", f"{XHTML}style"} and "".join(node.itertext()).strip():
            raise PageFault("inline script or style")
        for name in node.attrib:
            if name == "style" or name.startswith("on"):
                raise PageFault(f"inline {name} on {node.tag.removeprefix(XHTML)}")


def _check_forms(tree: Any) -> None:
    labelled = {node.attrib.get("for") for node in tree.iter(f"{XHTML}label")}
    wrapped = {id(c) for label in tree.iter(f"{XHTML}label") for c in label.iter()}
    for form in tree.iter(f"{XHTML}form"):
        names = {node.attrib.get("name") for node in form.iter()}
        if form.attrib.get("method", "get").lower() == "post" and "csrf_token" not in names:
            raise PageFault(f"the form to {form.attrib.get('action')!r} has no CSRF field")
    for tag in ("input", "select", "textarea"):
        for node in tree.iter(XHTML + tag):
            kind = node.attrib.get("type", "text")
            if kind in {"hidden", "submit", "button"} or "hidden" in node.attrib:
                continue
            named = node.attrib.get("aria-label") or node.attrib.get("aria-labelledby") or id(node) in wrapped
            if not named and node.attrib.get("id") not in labelled:
                raise PageFault(f"{tag} {node.attrib.get('name')!r} has no label")
