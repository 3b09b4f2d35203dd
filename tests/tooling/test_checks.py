"""The checks of bin/lint that are our own find what they are for, and leave alone what is right."""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest
from jinja2 import Environment

ROOT = Path(__file__).parents[2]


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "bin" / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


strings = load("check_strings")
locks = load("check_locks")


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>Save your answers</p>", [(1, "Save your answers")]),
        ("<p>{{ _('Save your answers') }}</p>", []),
        ("<p>\n{% trans %}Save your answers{% endtrans %}\n</p>", []),
        ("{% trans %}\nSaved\n{% endtrans %}\n<b>Again</b>", [(4, "Again")]),
        ('<img alt="The school">', [(1, 'alt="The school"')]),
        ('<img alt="{{ _(\'The school\') }}" class="school">', []),
        ("{{ button('Save and continue') }}", [(1, "Save and continue")]),
        ("{{ button(_('Save and continue'), kind='primary') }}", []),
        ("<p>{{ count }} / {{ total }} · &nbsp;–</p>", []),
        ("{% block kind %}desk{% endblock %}<p>{% block main %}Here{% endblock %}</p>", [(1, "Here")]),
        ("<code>flask vetting verify</code>", []),
    ],
)
def test_untranslated_text_in_a_template_is_found(tmp_path: Path, template: str, found: list[tuple[int, str]]) -> None:
    page = tmp_path / "page.html"
    page.write_text(template)
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    assert list(strings.untranslated_in_template(environment, page)) == found


def test_an_untranslated_line_of_a_plain_text_mail_is_found(tmp_path: Path) -> None:
    mail = tmp_path / "mail.txt"
    mail.write_text("{% trans %}Dear partner{% endtrans %}\n\nYour reference is {{ reference }}\n")
    environment = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    assert [line for line, _ in strings.untranslated_in_template(environment, mail)] == [3]


def test_untranslated_words_of_forms_and_views_are_found(tmp_path: Path) -> None:
    module = tmp_path / "form.py"
    module.write_text(
        'name = StringField("Name of the program", description=_("As families know it"))\n'
        'place = StringField(_("Place"), validators=[Length(max=80, message="Use fewer words")])\n'
        'flash("Saved")\n'
        'flash(_("Saved"), "success")\n'
        'log.info("saved", label=label)\n'
    )
    assert sorted(strings.untranslated_in_python(module)) == [
        (1, "Name of the program"),
        (2, "Use fewer words"),
        (3, "Saved"),
    ]


@pytest.fixture
def copied_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "bin").mkdir()
    for name in (*locks.PYTHON_LOCKS, *locks.INPUTS, "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(locks, "ROOT", tmp_path)
    return tmp_path


def test_the_locks_are_in_order(copied_locks: Path) -> None:
    assert locks.problems() == []


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("requirements.txt", "flask==", "--index-url https://packages.example/simple\nflask=="),
        ("requirements.in", "flask==", "extra @ git+ssh://packages.example/extra\nflask=="),
        ("requirements.txt", "\nflask==", "\nunpinned\nflask=="),
        ("bin/uv-requirement.txt", "--hash=sha256:", "--hash=md5:"),
        ("bin/uv-requirement.txt", "uv==", "uv==0."),
        (".npmrc", "fund=", "registry=https://packages.example\nfund="),
        ("package-lock.json", '"integrity":', '"resolved":'),
    ],
)
def test_an_address_or_a_missing_hash_in_a_lock_is_found(copied_locks: Path, name: str, old: str, new: str) -> None:
    file = copied_locks / name
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))
    assert any(problem.startswith(name) for problem in locks.problems())
