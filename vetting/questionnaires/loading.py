"""Read a form from its data file or from stored content, and refuse a faulty one with the key that is wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from vetting.data.conditions import read_condition
from vetting.data.evidence_types import load_evidence_types
from vetting.data.reading import Node, content_hash, content_of, keyed, read_header
from vetting.data.vocabulary import Word, WordList, word_lists
from vetting.questionnaires.faults import faults
from vetting.questionnaires.form import (
    Check,
    Comparison,
    DocumentNeed,
    Form,
    Kind,
    Need,
    Question,
    Section,
    Translation,
)
from vetting.questionnaires.texts import LANGUAGES, texts_of

REGISTRATION = "forms/registration-1.yaml"
PORTFOLIO = "forms/portfolio-1.yaml"

# How long a question takes to answer where the form does not say, in seconds, and how long an answer may be.
SECONDS: Mapping[Kind, int] = MappingProxyType(
    {
        Kind.TEXT: 30,
        Kind.LONGTEXT: 480,
        Kind.CHOICE: 20,
        Kind.CHOICES: 30,
        Kind.NUMBER: 30,
        Kind.YEAR: 20,
        Kind.DATE: 30,
        Kind.YESNO: 15,
        Kind.ACKNOWLEDGE: 20,
        Kind.EMAIL: 20,
        Kind.PHONE: 20,
        Kind.URL: 20,
        Kind.MONEY: 60,
        Kind.EIN: 60,
    }
)
DOCUMENT_SECONDS = 300
MAX_LENGTH: Mapping[Kind, int] = MappingProxyType(
    {Kind.TEXT: 200, Kind.LONGTEXT: 2000, Kind.EMAIL: 254, Kind.PHONE: 40, Kind.URL: 500}
)
CHOOSING = frozenset({Kind.CHOICE, Kind.CHOICES})
COUNTING = frozenset({Kind.NUMBER, Kind.YEAR, Kind.MONEY})


@cache
def load_form(name: str) -> Form:
    """The form in the data file `name`, with the district's words and document types. Raises DataError."""
    return form_from(
        content_of(name), name, words=word_lists(), document_types=frozenset(load_evidence_types().documents)
    )


def form_from(
    content: Mapping[str, Any],
    source: str,
    *,
    words: Mapping[str, WordList],
    document_types: Collection[str],
    unfinished: bool = False,
) -> Form:
    """The form that `content` describes; `source` names it in errors. Raises DataError.

    `unfinished` lets sections be empty that somebody is still writing.
    """
    root = Node(content, source)
    header = read_header(root)
    sections = tuple(_section(node, words, document_types, unfinished) for node in root.nodes("sections"))
    translations = _translations(root.node("translations")) if root.has("translations") else {}
    root.finish()
    keyed(sections, lambda section: section.key, root, "sections")
    form = Form(header, sections, content_hash(content), translations)
    keyed(list(form.questions), lambda question: question.key, root, "sections")
    for fault in faults(form):
        raise root.error("sections", str(fault.message))
    _check_translations(form, root)
    return form


def _translations(node: Node) -> dict[str, dict[str, Translation]]:
    found = {}
    for language in node.value:
        if language not in LANGUAGES:
            raise node.error(language, f"forms come in {', '.join(LANGUAGES)}, and not in {language!r}")
        texts = node.node(language)
        found[language] = {path: _translation(texts.node(path)) for path in texts.value}
    return found


def _translation(node: Node) -> Translation:
    translation = Translation(node.text("text"), node.text("made_from"))
    node.finish()
    return translation


def _check_translations(form: Form, root: Node) -> None:
    known = texts_of(form)
    for language, texts in form.translations.items():
        for path in texts:
            if path not in known:
                raise root.error("translations", f"{language}: there is no text {path!r} in this form")


def _section(node: Node, words: Mapping[str, WordList], document_types: Collection[str], unfinished: bool) -> Section:
    section = Section(
        key=node.text("key"),
        title=node.text("title"),
        help=node.text("help", ""),
        per_program=node.flag("per_program"),
        after=node.texts("after"),
        questions=tuple(_question(child, words) for child in node.nodes("questions", required=False)),
        documents=tuple(_document(child, document_types) for child in node.nodes("documents", required=False)),
        checks=tuple(_check(child) for child in node.nodes("checks", required=False)),
    )
    node.finish()
    if not section.questions and not section.documents and not unfinished:
        raise node.error("questions", "a section asks at least one question or one document")
    return section


def _question(node: Node, words: Mapping[str, WordList]) -> Question:
    kind = node.choice("kind", Kind)
    for key, kinds in (("max_length", frozenset(MAX_LENGTH)), ("min", COUNTING), ("max", COUNTING)):
        if node.has(key) and kind not in kinds:
            raise node.error(key, f"has no meaning for {kind.value}")
    limit = MAX_LENGTH.get(kind)
    question = Question(
        key=node.text("key"),
        kind=kind,
        label=node.text("label"),
        help=node.text("help", ""),
        required=node.flag("required", True),
        max_length=node.integer("max_length", limit, minimum=1) if limit else None,
        minimum=node.optional_integer("min"),
        maximum=node.optional_integer("max"),
        choices=_choices(node, kind, words),
        max_choices=node.optional_integer("max_choices", minimum=1),
        show_if=read_condition(node.node("show_if")) if node.has("show_if") else None,
        seconds=node.integer("minutes", minimum=1) * 60 if node.has("minutes") else SECONDS[kind],
        informs=node.texts("informs"),
        public=node.flag("public"),
        identifies=node.flag("identifies"),
        choices_from=node.text("options_from", ""),
    )
    node.finish()
    if question.minimum is not None and question.maximum is not None and question.minimum > question.maximum:
        raise node.error("min", "is more than max")
    if kind is Kind.ACKNOWLEDGE and not question.required:
        raise node.error("required", "a promise is always required")
    return question


def _choices(node: Node, kind: Kind, words: Mapping[str, WordList]) -> tuple[Word, ...]:
    source = node.optional_text("options_from")
    own = []
    for child in node.nodes("options", required=False):
        own.append(Word(child.text("key"), child.text("name")))
        child.finish()
    if kind not in CHOOSING:
        if source or own:
            raise node.error("options", f"has no meaning for {kind.value}")
        return ()
    if source is not None:
        if source not in words:
            raise node.error("options_from", f"there is no list {source!r}")
        return words[source].items
    if not own:
        raise node.error("options", "name the choices, or the list they come from")
    keyed(own, lambda word: word.key, node, "options")
    return tuple(own)


def _document(node: Node, document_types: Collection[str]) -> DocumentNeed:
    need = DocumentNeed(node.text("type"), node.choice("need", Need))
    node.finish()
    if need.type not in document_types:
        raise node.error("type", f"there is no document type {need.type!r}")
    return need


def _check(node: Node) -> Check:
    check = Check(node.text("question"), node.choice("is", Comparison), node.text("other"), node.text("message"))
    node.finish()
    return check
