"""Marks sentences for translation where no request is at hand; the views translate them when they are shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


def N_(message: str) -> str:  # noqa: N802 - the name gettext tools look for
    """Return the message unchanged; extraction finds it by this call."""
    return message


@dataclass(frozen=True, slots=True)
class Message:
    """A marked sentence with `%(name)s` places and their values, so that it is translated before it is filled in.

    A value that is read in the reader's language as well is a message itself.
    """

    text: str
    values: Mapping[str, str | int | Message] = field(default_factory=dict, hash=False)

    def translated(self, translate: Callable[[str], str]) -> str:
        """The sentence in the language of `translate` (flask_babel.gettext, for example)."""
        sentence = translate(self.text)
        filled = {key: v.translated(translate) if isinstance(v, Message) else v for key, v in self.values.items()}
        return sentence % filled if filled else sentence

    def __str__(self) -> str:
        return self.text % self.values if self.values else self.text

    def as_data(self) -> dict[str, Any]:
        """The sentence as it is stored, to be shown in the reader's language later on."""
        kept = {key: v.as_data() if isinstance(v, Message) else v for key, v in self.values.items()}
        return {"text": self.text, "values": kept}

    @staticmethod
    def of_data(data: Mapping[str, Any]) -> Message:
        """The sentence that was stored."""
        return Message(
            data["text"], {k: Message.of_data(v) if isinstance(v, dict) else v for k, v in data["values"].items()}
        )


def say(message: str, **values: str | int | Message) -> Message:
    """A `Message` from a sentence marked with `N_`."""
    return Message(message, values)


NAME_IN_MAIL = 100
"""Most letters of a name in a mail to somebody who may not know us."""


def unlinked(name: str) -> str:
    """A name that anybody may have typed, for a mail to somebody else: no mail program makes an address of it."""
    short = name if len(name) <= NAME_IN_MAIL else f"{name[: NAME_IN_MAIL - 1].rstrip()}…"
    return re.sub(r"([.:@])(?=\S)", r"\1 ", short)


def dollars(cents: int, *, short: bool = False) -> str:
    """An amount inside a sentence: `$84,120.07`. Short leaves out a `.00`."""
    text = f"{'-' if cents < 0 else ''}${abs(cents) // 100:,}.{abs(cents) % 100:02d}"
    return text.removesuffix(".00") if short else text


def size_words(count: int) -> str:
    """How large a file is: `340 kB`, `4.2 MB`, `1.9 GB` (1 kB is 1024 bytes, as scripts of the pages count)."""
    if count < 1024**2:
        return f"{-(-count // 1024)} kB"
    unit, name = (1024**2, "MB") if count < 1024**3 else (1024**3, "GB")
    return f"{count / unit:.1f}".removesuffix(".0") + f" {name}"
