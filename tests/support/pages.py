"""Reads the forms of a page as a browser without scripts would send them."""

from __future__ import annotations

from typing import Any

from tests.support.markup import tree_of


def form_fields(html: str, action: str = "") -> dict[str, Any]:
    """What the page's form to ``action`` (its last form when empty) sends untouched; lists for many values."""
    tree = tree_of(html)
    forms = [f for f in tree.iter("form") if f.attrib.get("method", "get").lower() == "post"]
    fitting = [f for f in forms if action and f.attrib.get("action") == action] or forms
    found: dict[str, Any] = {}
    for node in fitting[-1].iter():
        name = node.get("name")
        if name is not None and (value := _value(node)) is not None:
            _add(found, name, value)
    found.pop("csrf_token", None)
    return found


def _value(node: Any) -> str | None:
    tag = node.tag
    kind = node.attrib.get("type", "text")
    if tag == "textarea":
        # The line break after the tag is not part of the text.
        return "".join(node.itertext()).removeprefix("\n")
    if tag == "select":
        chosen = [o for o in node.iter("option") if "selected" in o.attrib]
        return chosen[0].attrib.get("value", "") if chosen else ""
    if tag != "input" or kind in {"file", "submit"}:
        return None
    if kind in {"radio", "checkbox"} and "checked" not in node.attrib:
        return None
    return str(node.attrib.get("value", "on" if kind == "checkbox" else ""))


def _add(found: dict[str, Any], name: str, value: str) -> None:
    if name in found:
        kept = found[name]
        found[name] = [*kept, value] if isinstance(kept, list) else [kept, value]
    else:
        found[name] = value


def text_of(html: str) -> str:
    """The words of a page with single spaces."""
    return " ".join(" ".join(tree_of(html).itertext()).split())
