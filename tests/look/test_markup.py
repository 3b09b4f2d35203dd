"""What the macros write: wiring for screen readers, escaping, and the rules every page keeps."""

import re
from pathlib import Path

import html5lib
import pytest
from markupsafe import escape
from wtforms import FieldList, FileField, Form, FormField, StringField
from wtforms.validators import InputRequired

from tests.look.conftest import ROOT, STATIC, TEMPLATES, Render

LAYOUTS = ("base", "public", "desk", "form", "error")
XHTML = "{http://www.w3.org/1999/xhtml}"


def _tree(html: str) -> html5lib.treebuilders.base.TreeBuilder:
    return html5lib.parse(html, treebuilder="etree")


def _ids(html: str) -> list[str]:
    return [element.get("id") for element in _tree(html).iter() if element.get("id")]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_title_begins_with_the_only_heading_of_level_one(render: Render, layout: str) -> None:
    html = render(f'{{% extends "layouts/{layout}.html" %}}{{% set h1 = "A page about <b>" %}}')
    headings = re.findall(r"<h1>(.*?)</h1>", html)
    assert headings == ["A page about &lt;b&gt;"]
    assert "<title>A page about &lt;b&gt; - Partner Vetting</title>" in html


def test_a_page_with_mistakes_says_so_first_in_its_title_and_lists_them_above_the_heading(render: Render) -> None:
    class Sheet(Form):
        name = StringField("Name", [InputRequired("Enter a name")])

    form = Sheet()
    form.validate()
    html = render(
        '{% extends "layouts/form.html" %}{% from "components/field.html" import field %}{% set h1 = "Name" %}'
        "{% block fields %}{{ field(form.name) }}{% endblock %}",
        form=form,
    )
    assert "<title>Error: Name - Partner Vetting</title>" in html
    assert html.index("There is a problem") < html.index("<h1>")
    assert '<a href="#name">Enter a name</a>' in html


def test_what_a_person_typed_is_shown_again_as_text(render: Render) -> None:
    class Sheet(Form):
        name = StringField("Name", [InputRequired()])

    hostile = '"><script>alert(1)</script>'
    html = render(
        '{% extends "layouts/form.html" %}{% from "components/field.html" import field %}{% set h1 = "Name" %}'
        "{% block fields %}{{ field(form.name) }}{% endblock %}",
        form=Sheet(data={"name": hostile}),
    )
    assert "<script>alert" not in html
    assert f'value="{escape(hostile)}"' in html


def test_every_field_has_a_label_and_points_at_its_hint_and_mistake(gallery: str) -> None:
    tree = _tree(gallery)
    ids = {element.get("id") for element in tree.iter() if element.get("id")}
    labelled = {element.get("for") for element in tree.iter(f"{XHTML}label")}
    controls = [
        element
        for name in ("input", "select", "textarea")
        for element in tree.iter(XHTML + name)
        if element.get("type") not in ("hidden", "submit")
    ]
    assert len(controls) > 30
    assert [control.get("name") for control in controls if control.get("id") not in labelled] == []
    pointed = {
        target
        for element in tree.iter()
        for name in ("aria-describedby", "aria-labelledby")
        for target in (element.get(name) or "").split()
    }
    assert pointed <= ids


def test_every_link_of_the_summary_leads_to_something_on_the_page(gallery: str) -> None:
    summary = gallery.split('class="summary-of-errors"')[1].split("</ul>", maxsplit=1)[0]
    targets = re.findall(r'href="#([^"]+)"', summary)
    assert len(targets) == 10
    assert set(targets) <= set(_ids(gallery))


def test_mistakes_inside_lists_of_fields_are_linked_to_the_row_they_belong_to(render: Render) -> None:
    class Row(Form):
        school = StringField("School", [InputRequired("Enter a school")])

    class Sheet(Form):
        rows = FieldList(FormField(Row), min_entries=2)

    form = Sheet(data={"rows": [{"school": "Mather"}, {"school": ""}]})
    form.process(data={"rows": [{"school": "Mather"}, {"school": ""}]})
    form.validate()
    html = render(
        '{% extends "layouts/form.html" %}{% from "components/field.html" import field %}{% set h1 = "Schools" %}'
        "{% block fields %}{{ field(form.rows) }}{% endblock %}",
        form=form,
    )
    assert '<a href="#rows-1-school">Enter a school</a>' in html
    assert 'id="rows-1-school"' in html


def test_ids_are_used_once(gallery: str) -> None:
    ids = _ids(gallery)
    assert sorted(ids) == sorted(set(ids))


def test_every_form_that_posts_carries_the_token(gallery: str) -> None:
    posts = re.findall(r'<form method="post".*?</form>', gallery, re.DOTALL)
    assert len(posts) >= 4
    assert all('name="csrf_token" value="the-token"' in form for form in posts)


def test_a_form_with_a_file_is_sent_in_parts_and_says_its_limits_before_the_choice(render: Render) -> None:
    class Sheet(Form):
        paper = FileField("Certificate")

    html = render(
        '{% extends "layouts/form.html" %}{% from "components/file_input.html" import file_input %}{% set h1 = "A" %}'
        '{% block fields %}{{ file_input(form.paper, "PDF or JPEG", 20) }}{% endblock %}',
        form=Sheet(),
    )
    assert 'enctype="multipart/form-data"' in html
    assert html.index("Up to 20 MB.") < html.index('type="file"')


def test_optional_is_said_in_words(render: Render) -> None:
    class Sheet(Form):
        needed = StringField("Needed", [InputRequired()])
        spare = StringField("Spare")

    html = render(
        '{% from "components/field.html" import field %}{{ field(form.needed) }}{{ field(form.spare) }}', form=Sheet()
    )
    assert re.search(r"Needed</label>", html)
    assert re.search(r'Spare <span class="optional">\(optional\)</span></label>', html)
    grouped = render('{% from "components/field.html" import field %}{{ field(form.spare, mark=false) }}', form=Sheet())
    assert "Spare</label>" in grouped, "its group says it"


def test_a_state_with_an_unknown_tone_keeps_its_words_and_writes_no_foreign_class(render: Render) -> None:
    html = render(
        '{% from "components/status_tag.html" import status_tag %}{{ status_tag("On hold", "x\\" onclick") }}'
    )
    assert html.strip() == '<span class="tag tone-neutral">On hold</span>'


def test_nothing_is_inline(gallery: str) -> None:
    for element in _tree(gallery).iter():
        assert element.get("style") is None, element.tag
        assert not [name for name in element.attrib if name.startswith("on")], element.tag
        if element.tag == f"{XHTML}script":
            assert element.get("src")
    assert "<style" not in gallery


def test_the_guide_names_every_macro_and_shows_its_arguments() -> None:
    guide = (ROOT / "docs" / "look.md").read_text()
    inner = {"mistakes", "mistakes_of", "optional_word", "control", "choices", "self_field", "flashes", "tab_link"}
    for path in (TEMPLATES / "components").glob("*.html"):
        for name, arguments in re.findall(r"{% macro (\w+)\((.*?)\) -?%}", path.read_text()):
            if name in inner:
                continue
            assert f"| `{path.stem}` |" in guide, path.name
            shown = re.search(rf"\b{name}\((.*?)\)(?:`| %}})", guide)
            assert shown, name
            assert shown.group(1) == arguments, name


def test_every_icon_used_is_in_the_sprite_list() -> None:
    listed = set((ROOT / "vetting" / "assets" / "icons.txt").read_text().split())
    used = {name for path in TEMPLATES.rglob("*.html") for name in re.findall(r'icon\("([a-z_]+)"', path.read_text())}
    assert used <= listed


def test_the_stylesheet_is_small() -> None:
    built: Path = STATIC / "vendor" / "vetting.css"
    assert built.exists(), "run bin/assets"
    assert built.stat().st_size < 120_000


def test_every_class_a_page_names_is_known_to_a_stylesheet_or_a_script() -> None:
    """A class that nothing knows is a page that looks other than its author thought."""
    known = set(re.findall(r"\.([a-z][\w-]*)", (STATIC / "vendor" / "vetting.css").read_text()))
    scripts = "".join(path.read_text() for path in (STATIC / "js").glob("*.js"))
    unknown = {
        (path.relative_to(TEMPLATES).as_posix(), name)
        for path in TEMPLATES.rglob("*.html")
        if path.parent.name not in ("documents", "emails")
        for written in re.findall(r'class="([^"]*)"', path.read_text())
        for name in re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " | ", written).split()
        if re.fullmatch(r"[a-z][\w-]*[a-z\d]", name) and name not in known and name not in scripts
    }
    assert unknown == set()
