"""One byte form for one meaning: canonical JSON, and digests that say what they are for.

The form equals RFC 8785 for the values it accepts: text, whole numbers, booleans, nothing, lists and objects with text
keys. Floats are refused, because two machines may print one float differently; money is in cents, dates are ISO text.
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Json: TypeAlias = bool | int | str | Sequence["Json"] | Mapping[str, "Json"] | None

# Beyond this, readers that keep numbers as doubles (RFC 8785 assumes them) would see another number.
LARGEST_INTEGER = 2**53 - 1


def canonical_json(value: object) -> bytes:
    """The one UTF-8 form of `value`: NFC text with `\\n` line ends, sorted keys, no spaces.

    Raises TypeError for floats and for anything that is not JSON (dates, bytes, sets: write them as text first), and
    ValueError for text that cannot be stored (lone surrogates), two keys that become the same key, and integers
    outside +-(2**53 - 1).
    """
    return json.dumps(_normal(value), ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def digest(domain: str, value: object) -> str:
    """SHA-256 as lower-case hex of `domain`, a zero byte and the canonical form.

    The domain (for example `content.v1`) keeps a digest made for one purpose from being passed off for another.
    """
    if not domain or "\0" in domain:
        raise ValueError("A digest needs a domain name without a zero byte.")
    return hashlib.sha256(domain.encode("utf-8") + b"\0" + canonical_json(value)).hexdigest()


def _normal(value: object) -> Json:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ValueError("A whole number in canonical JSON must lie within 53 bits.")
        return int(value)
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, (list, tuple)):
        return [_normal(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no canonical form; store text or a whole number instead.")


def _text(value: str) -> str:
    text = unicodedata.normalize("NFC", str(value).replace("\r\n", "\n").replace("\r", "\n"))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("Text with half a character (a lone surrogate) cannot be stored.") from None
    return text


def _object(value: Mapping[object, object]) -> dict[str, Json]:
    plain: dict[str, Json] = {}
    for key, item in value.items():
        if not isinstance(key, str):
            raise TypeError("Keys in canonical JSON are text.")
        name = _text(key)
        if name in plain:
            raise ValueError(f"Two keys have the same canonical form: {name!r}.")
        plain[name] = _normal(item)
    # RFC 8785 orders keys by UTF-16 code units, which differs from code points only outside the basic plane.
    return dict(sorted(plain.items(), key=lambda pair: pair[0].encode("utf-16-be")))
