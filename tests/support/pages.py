"""Reads the forms of a page as a browser without scripts would send them."""

from __future__ import annotations

from typing import Any

import html5lib

XHTML = "{http://www.w3.org/1999/xhtml}"


def form_fields(html: str, action: str = "") -> dict[str, Any]:
    """What the page's form to ``action`` (its last form when empty) sends untouched; lists for many values."""
    tree = html5lib.parse(html)
    forms = [f for f in tree.iter(f"{XHTML}form") if f.attrib.get("method", "get").lower() == "post"]
    fitting = [f for f in forms if action and f.attrib.get("action") == action] or forms
    found: dict[str, Any] = {}
    for node in fitting[-1].iter():
        name = node.attrib.get("name") if isinstance(node.tag, str) else None
        if name is not None and (value := _value(node)) is not None:
            _add(found, name, value)
    found.pop("csrf_token", None)
    return found


def _value(node: Any) -> str | None:
    tag = node.tag.removeprefix(XHTML)
    kind = node.attrib.get("type", "text")
    if tag == "textarea":
        return "".join(node.itertext())
    if tag == "select":
        chosen = [o for o in node.iter(f"{XHTML}option") if "selected" in o.attrib]
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
    return " ".join(" ".join(html5lib.parse(html).itertext()).split())
