"""What the test client notices on a page, however often it has seen pages like it."""

from __future__ import annotations

import pytest

from tests.support.client import PageFault, check
from tests.support.markup import errors_of, shape_of

GOOD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Lemonade Law – the district</title></head>
<body><main id="main"><h1>Lemonade Law</h1>
<table><tbody><tr><td class="a b">Fish &amp; chips</td></tr></tbody></table>
<form action="/x" method="post"><input type="hidden" name="csrf_token" value="t">
<label for="word">Word</label> <input id="word" name="word" value="&#34;quoted&#34;">
<label>Other <select name="other"><option value="1">One</option></select></label>
<textarea id="more" name="more" aria-label="More">a
b</textarea></form>
</main></body></html>"""

SAME_SHAPE = (
    ("Fish &amp; chips", "Bread &lt; butter"),
    ('class="a b"', 'class="other"'),
    ("Lemonade Law", "Öffentliche Orgel"),
    ("a\nb</textarea>", "a much longer text\n\nof two parts</textarea>"),
)

MISTAKES = (
    ("an element that does not end", "<h1>Lemonade Law</h1>", "<h1>Lemonade Law"),
    ("an end without a beginning", "</main>", "</section></main>"),
    ("a name of a character that is none", "Fish &amp; chips", "Fish &chips; chips"),
    ("an attribute that stands twice", 'class="a b"', 'class="a" class="b"'),
    ("a paragraph where a row belongs", "<tbody><tr>", "<tbody><p>fish</p><tr>"),
    ("a form in a form", "<label for", '<form action="/y"></form><label for'),
    ("a value that goes on too long", 'class="a b"', 'class="a > b" c < d"'),
    ("a character that is no character", "Fish", "Fi\x0bsh"),
    ("the beginning of a tag in a text", "Fish &amp; chips", "Fish <3 chips"),
    ("an input in the middle of a table", "<tbody><tr>", '<tbody><input type="text" name="a" aria-label="A"><tr>'),
    ("two ids of one name", 'id="more"', 'id="word"'),
    ("a field without a label", 'for="word"', 'for="wort"'),
    ("a form without a token", 'name="csrf_token"', 'name="csrf"'),
    ("a second heading", "<table>", "<h1>Lemonade Law</h1><table>"),
    ("a title of another page", "<title>Lemonade Law", "<title>Lemonade"),
    ("a script in the page", "</main>", "<script>let a = 1</script></main>"),
    ("a style in the page", 'class="a b"', 'style="color: red"'),
    ("an act in the page", 'class="a b"', 'onclick="go()"'),
)


def test_a_good_page_passes_again_and_again() -> None:
    for _ in range(3):
        check(GOOD)
    for text, other in SAME_SHAPE:
        changed = GOOD.replace(text, other)
        assert shape_of(changed) == shape_of(GOOD)
        check(changed)


@pytest.mark.parametrize(("good", "bad"), [case[1:] for case in MISTAKES], ids=[case[0] for case in MISTAKES])
def test_a_mistake_is_noticed_after_many_good_pages(good: str, bad: str) -> None:
    check(GOOD)
    page = GOOD.replace(good, bad, 1)
    assert page != GOOD
    for _ in range(2):
        with pytest.raises(PageFault):
            check(page)


def test_a_value_that_ends_early_does_not_pass_for_one_that_does_not() -> None:
    assert errors_of(GOOD.replace('class="a b"', 'class="a > b < c"')) == []
    assert errors_of(GOOD.replace('class="a b"', 'class="a > b" q < c"'))
