"""Runs in the document child only: HTML to a PDF that is PDF/A-3a and PDF/UA-1 at once.

WeasyPrint declares one profile per file, so the second identifier is written into the same XMP block in the finisher. A
checkbox named in the task becomes an empty signature field: WeasyPrint tags form widgets properly, signing libraries
do not.
"""

import io
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pydyf
import weasyprint
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from vetting.isolation import Refused

ASSET = "asset:"

# The PDF/UA identifier, and the description PDF/A asks for of any property it does not define itself.
PDFUA_XMP = b"""<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about=""
 xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about=""
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the document conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""


class MissingAsset(LookupError):
    """The page names a packaged asset that was not handed over."""


class AssetsOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Serves the asset table and nothing else; the first other address ends the rendering."""

    def __init__(self, table: Mapping[str, tuple[bytes, str]]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self.table = table
        self.refused: list[str] = []

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        if not url.startswith(ASSET):
            self.refused.append(url)
            raise PermissionError(url)
        name = url.removeprefix(ASSET)
        if name not in self.table:
            raise MissingAsset(name)
        body, mime = self.table[name]
        return URLFetcherResponse(url, body, {"Content-Type": mime})


def render(data: Mapping[str, Any], parts: Mapping[str, bytes]) -> tuple[dict[str, object], dict[str, bytes]]:
    """The answer of a render task: `{"outcome": "done", ...}` with the PDF, or the kind of failure and its detail."""
    warnings = _Warnings()
    logger = logging.getLogger("weasyprint")
    logger.handlers = [warnings]
    logger.setLevel(logging.WARNING)
    fetcher = AssetsOnly({name: (parts[f"asset/{name}"], mime) for name, mime in data["assets"].items()})
    try:
        pdf = _render(data, parts, fetcher)
    except FatalURLFetchingError as error:
        cause = error.__cause__
        outcome = "missing_asset" if isinstance(cause, MissingAsset) else "refused"
        return _failure(outcome, str(cause))
    except Refused as error:
        return _failure("refused", str(error))
    except MemoryError:
        return _failure("too_large", "")
    # Inside a drawing the renderer swallows the refusal and goes on.
    if fetcher.refused:
        return _failure("refused", fetcher.refused[0])
    # The renderer logs and goes on when an image or a font cannot be used; a document must not lack a part in silence.
    left_out = [text for level, text in warnings.seen if level >= logging.ERROR or text.startswith("Failed to")]
    if left_out:
        return _failure("failed", left_out[0])
    return {"outcome": "done", "warnings": [text for _, text in warnings.seen]}, {"pdf": pdf}


def _failure(outcome: str, detail: str) -> tuple[dict[str, object], dict[str, bytes]]:
    return {"outcome": outcome, "detail": detail[:300]}, {}


class _Warnings(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append((record.levelno, record.getMessage()))


def _render(data: Mapping[str, Any], parts: Mapping[str, bytes], fetcher: AssetsOnly) -> bytes:
    fonts = FontConfiguration()
    html = weasyprint.HTML(string=parts["html"].decode("utf-8"), base_url=ASSET, url_fetcher=fetcher)
    styles = [
        weasyprint.CSS(
            string=parts[f"style/{name}"].decode("utf-8"), base_url=ASSET, url_fetcher=fetcher, font_config=fonts
        )
        for name in data["styles"]
    ]
    attachments = [
        weasyprint.Attachment(
            file_obj=io.BytesIO(parts[f"attachment/{item['name']}"]),
            base_url=ASSET,
            url_fetcher=fetcher,
            name=item["name"],
            description=item["description"],
            relationship=item["relationship"],
            created=datetime.fromisoformat(item["created"]),
            modified=datetime.fromisoformat(item["created"]),
        )
        for item in data["attachments"]
    ]
    document = html.render(font_config=fonts, stylesheets=styles, pdf_forms=True)
    document.metadata.title = data["title"]
    document.metadata.lang = data["lang"]
    pdf: bytes = document.write_pdf(
        finisher=lambda _document, file: _finish(file, data["seal_field"]),
        pdf_variant="pdf/a-3a",
        pdf_identifier=bytes.fromhex(data["identifier"]),
        pdf_forms=True,
        attachments=attachments,
    )
    return pdf


def _finish(pdf: pydyf.PDF, seal_field: str | None) -> None:
    _declare_pdfua(pdf)
    if seal_field is not None:
        _make_signature_field(pdf, seal_field)


def _declare_pdfua(pdf: pydyf.PDF) -> None:
    metadata = pdf.objects[int(pdf.catalog["Metadata"].split()[0])]
    before, end, after = metadata.stream[0].rpartition(b"</rdf:RDF>")
    if not end:
        raise ValueError("The metadata has no RDF block to extend.")
    metadata.stream[0] = before + PDFUA_XMP + end + after


def _make_signature_field(pdf: pydyf.PDF, name: str) -> None:
    field = next(
        item
        for item in pdf.objects
        if isinstance(item, dict) and item.get("Subtype") == "/Widget" and item["T"].data == pydyf.String(name).data
    )
    x1, y1, x2, y2 = field["Rect"]
    left, right = sorted((x1, x2))
    bottom, top = sorted((y1, y2))
    blank = pydyf.Stream(
        [b"q Q"],
        {"Type": "/XObject", "Subtype": "/Form", "BBox": pydyf.Array([0, 0, right - left, top - bottom])},
    )
    pdf.add_object(blank)
    for key in ("V", "AS", "MK", "DA", "Ff", "Border"):
        field.pop(key, None)
    field["FT"] = "/Sig"
    field["Rect"] = pydyf.Array([left, bottom, right, top])
    field["AP"] = pydyf.Dictionary({"N": blank.reference})
    form = pdf.catalog["AcroForm"]
    form.pop("NeedAppearances", None)
    form.pop("DR", None)
    form["SigFlags"] = 3
