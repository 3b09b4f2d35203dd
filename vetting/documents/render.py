"""HTML to PDF/A-3a + PDF/UA-1, in a limited child, from packaged assets only. The same input gives the same bytes."""

import html as html_text
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from vetting import fonts
from vetting.documents.errors import AssetMissing, RenderFailed, RenderRefused, RenderTimedOut
from vetting.documents.process import Answer, ChildDied, ChildKilled, ChildTimedOut, Limits, run_child

LARGEST_PAGE = 4_000_000


@dataclass(frozen=True, slots=True)
class Asset:
    """A packaged file a page may name as `asset:<name>`."""

    body: bytes
    mime: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF. `created` is UTC and becomes part of the bytes, so it must come from the record.

    `relationship` is the PDF/A-3 word: Source, Supplement, Data, Alternative or Unspecified.
    """

    name: str
    body: bytes
    description: str
    relationship: str
    created: datetime


def render_pdf(  # noqa: PLR0913 - each is named at the call
    html: str,
    *,
    title: str,
    lang: str,
    attachments: Sequence[Attachment],
    identifier: bytes,
    assets: Mapping[str, Asset],
    styles: Sequence[str] = (),
    seal_field: str | None = None,
    limits: Limits | None = None,
) -> bytes:
    """Render `html`; `styles` are style sheet texts, `seal_field` names the checkbox that becomes a signature field.

    `identifier` (any bytes, for example a digest) becomes the file identifier. The fonts the text needs are added here;
    a character that no packaged font has is printed as its code, `[U+1F600]`, never dropped.

    Raises RenderRefused (an address outside `assets`), AssetMissing, RenderTimedOut or RenderFailed.
    """
    if not title.strip() or not lang.strip():
        raise RenderFailed("A document needs a title and a language.")
    if len(html.encode("utf-8")) > LARGEST_PAGE:
        raise RenderFailed("The document is too long to print.")
    try:
        page = fonts.printable(html, html_text.unescape(html))
        faces = fonts.select(html_text.unescape(page) + "".join(styles))
        table = {**assets, **{face.asset: Asset(face.body(), "font/ttf") for face in faces}}
    except fonts.FontsMissing as error:
        raise AssetMissing(str(error)) from None
    sheets = [fonts.style_sheet(faces), *styles]
    parts = {
        "html": page.encode("utf-8"),
        **{f"asset/{name}": asset.body for name, asset in table.items()},
        **{f"style/{number}": sheet.encode("utf-8") for number, sheet in enumerate(sheets)},
        **{f"attachment/{item.name}": item.body for item in attachments},
    }
    data: dict[str, object] = {
        "title": title,
        "lang": lang,
        "identifier": identifier.hex(),
        "seal_field": seal_field,
        "assets": {name: asset.mime for name, asset in table.items()},
        "styles": [str(number) for number in range(len(sheets))],
        "attachments": [
            {
                "name": item.name,
                "description": item.description,
                "relationship": item.relationship,
                "created": item.created.isoformat(),
            }
            for item in attachments
        ],
    }
    return _result(_run(data, parts, limits or Limits()))


def _run(data: Mapping[str, object], parts: Mapping[str, bytes], limits: Limits) -> Answer:
    try:
        return run_child("render", data, parts, limits)
    except ChildTimedOut:
        raise RenderTimedOut("Printing the document took too long and was stopped.") from None
    except ChildKilled as error:
        raise RenderFailed("Printing the document was ended from outside. It is tried again.") from error
    except ChildDied as error:
        raise RenderFailed("The document could not be printed.") from error


def _result(answer: Answer) -> bytes:
    detail = str(answer.data.get("detail", ""))
    match answer.data["outcome"]:
        case "done":
            return answer.parts["pdf"]
        case "refused":
            raise RenderRefused(f"The document points outside its own packaged files: {detail}")
        case "missing_asset":
            raise AssetMissing(f"The document needs the file {detail}, which is not there.")
        case "too_large":
            raise RenderFailed("The document needs more memory than a document may use.")
        case _:
            raise RenderFailed(f"Part of the document could not be printed: {detail}")
