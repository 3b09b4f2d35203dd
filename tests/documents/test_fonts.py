"""Every name prints, whatever the machine has installed; what cannot be printed is said."""

import io
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from vetting import fonts
from vetting.fonts import FontsMissing, printable, select, style_sheet, uncovered

NAMES = {
    "Latin": "Dolores Peña João Ayaan Ğülşen Çelik",
    "Vietnamese": "Nguyễn Thị Ánh Tuyết",
    "Haitian and Cape Verdean": "Jèzila Pòl, Nhâ Bélinha Ñandu",
    "Cyrillic": "Олег Їжак",
    "Greek": "Αθηνά ᾿Αθῆναι",
    "Arabic": "محمد عبد الله",
    "Persian": "پژمان گلچین",
    "Hebrew": "שָׂרָה לֵוִי",
    "Armenian": "Արամ Պետրոսյան",
    "Georgian": "გიორგი",
    "Amharic": "አበበ ቢቂላ",
    "Hindi": "प्रिया शर्मा",
    "Bengali": "রবীন্দ্রনাথ",
    "Gujarati": "ગાંધી",
    "Punjabi": "ਹਰਪ੍ਰੀਤ ਕੌਰ",
    "Tamil": "தமிழ்ச்செல்வி",
    "Telugu": "లక్ష్మి",
    "Thai": "สมชาย ใจดี",
    "Lao": "ສົມສັກ",
    "Khmer": "សុខា ចាន់",
    "Burmese": "အောင်ဆန်း",
    "Chinese, simplified": "王小明 张伟",
    "Chinese, traditional": "陳大文 龔鑫",
    "Japanese": "山田 太郎 さくら ヴィクトリア",
    "Korean": "김민준 힝",
}


@pytest.mark.parametrize("script", NAMES)
def test_names_of_the_district_can_be_printed(script: str) -> None:
    assert uncovered(NAMES[script]) == []


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


def test_a_weight_is_taken_out_of_a_font_of_all_weights_the_same_every_time() -> None:
    regular, bold = (face for face in select("王") if face.subset.package == "noto-sans-sc")
    assert (regular.weight, bold.weight, regular.path) == (400, 700, bold.path)
    bodies = [regular.body(), bold.body()]
    fonts._unpacked.cache_clear()
    assert [regular.body(), bold.body()] == bodies
    with TTFont(io.BytesIO(bodies[0])) as font:
        assert "fvar" not in font
    assert bodies[0] != bodies[1]


def test_a_missing_font_package_is_said_not_worked_around(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing, match="bin/assets"):
        select("x", tmp_path)
