"""Every name prints, whatever the machine has installed; what cannot be printed is said."""

from pathlib import Path

import pytest

from vetting.documents.errors import AssetMissing
from vetting.documents.fonts import printable, select, style_sheet, uncovered


@pytest.mark.parametrize(
    "name",
    [
        "Dolores Peña",
        "Nguyễn Thị Ánh Tuyết",
        "Ğülşen Çelik",
        "محمد عبد الله",
        "王小明",
        "陳大文",
        "Олег",
        "Αθηνά",
        "Jo\u00e3o",
        "Ayaan",
    ],
)
def test_names_of_the_district_can_be_printed(name: str) -> None:
    assert uncovered(name) == []


def test_what_no_font_has_is_named_once_and_printed_as_its_code() -> None:
    assert uncovered("ok 😀 ཨ 😀\u200d\t") == ["😀", "ཨ"]
    page = "<p>a😀b&#128512;&#x1f600;&amp;c\x00</p>"
    assert printable(page, "a😀b😀😀&c") == "<p>a[U+1F600]b[U+1F600][U+1F600]&amp;c</p>"


def test_a_document_carries_only_the_fonts_its_text_needs() -> None:
    plain = {face.subset.package for face in select("Plain text")}
    chinese = select("Plain text 王")
    assert plain == {"source-sans-3"}
    assert len({face.subset for face in chinese if face.subset.package == "noto-sans-sc"}) == 1
    assert '"noto-sans-sc ' in style_sheet(chinese)


def test_a_missing_font_package_is_said_not_worked_around(tmp_path: Path) -> None:
    with pytest.raises(AssetMissing, match="bin/assets"):
        select("x", tmp_path)
