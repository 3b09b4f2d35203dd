"""A form for one section of a questionnaire: fields from its questions, and what was typed as answers or problems.

Beside each question travels the version of the answer that the page showed, and a short digest of the shown text. So an
untouched field never writes, and a touched one never overwrites what somebody else wrote meanwhile.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from flask_babel import format_date
from flask_babel import gettext as _
from wtforms import Field, StringField

from vetting.data.vocabulary import Word
from vetting.forms.base import BaseForm, trimmed
from vetting.forms.question_fields import BUILDERS, Needed
from vetting.questionnaires.answers import EMPTY, Problem, validate_answer
from vetting.questionnaires.form import Form, Kind, Question, Section
from vetting.questionnaires.sections import section_problems, visible_questions
from vetting.sealing import Sealer
from vetting.text import N_, Message, dollars

AGAIN = "_again"
SEEN = "seen-"
PAGE = "page"
PAGE_MARK = re.compile(r"[\w-]{1,24}(?:\.\d{1,7})?", re.ASCII)
NAME = "q_"


@dataclass(frozen=True)
class Kept:
    """A stored answer as the form needs it: value, version, who wrote it last, and on which open page."""

    value: Any
    version: int
    by: str = ""
    page: str = ""


@dataclass(frozen=True)
class Clash:
    """Somebody else changed an answer after this page was made. Both texts, as people read them."""

    question: Question
    yours: str
    theirs: str
    by: str


@dataclass
class Reading:
    """What a submitted section says: values to store, and what is wrong with the rest, by question.

    ``agreed`` is the text of each field that says what is stored, or will when ``values`` are.
    """

    values: dict[str, Any] = field(default_factory=dict)
    agreed: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    clashes: list[Clash] = field(default_factory=list)


def shown(question: Question, value: Any) -> str:
    """A stored value as the text of its field."""
    if value in (None, "", []) or question.kind is Kind.EIN:
        return ""
    if question.kind is Kind.MONEY:
        return dollars(int(value), short=True).removeprefix("$")
    if question.kind is Kind.NUMBER:
        return f"{int(value)}"
    return str(value)


def in_words(question: Question, value: Any) -> str:
    """A stored value as people read it: the names of choices, dollars, a masked tax id."""
    if value in (None, "", []):
        return ""
    words = WORDS.get(question.kind)
    return words(question, value) if words else str(value)


def _names(question: Question, value: Any) -> str:
    names = {choice.key: _(choice.name) for choice in _choices(question)}
    keys = value if isinstance(value, list) else [value]
    return ", ".join(names.get(str(key), str(key)) for key in keys)


WORDS: Mapping[Kind, Callable[[Question, Any], str]] = {
    Kind.CHOICE: _names,
    Kind.CHOICES: _names,
    Kind.YESNO: _names,
    Kind.ACKNOWLEDGE: lambda question, value: str(_("I agree")),
    Kind.MONEY: lambda question, value: dollars(int(value), short=True),
    Kind.EIN: lambda question, value: f"**-***{value['last4']}" if isinstance(value, Mapping) else "",
    Kind.DATE: lambda question, value: str(format_date(date.fromisoformat(str(value)), "long")),
}


def only_if(form: Form, question: Question) -> str:
    """When a question applies, in words, or nothing when it always does."""
    if question.show_if is None:
        return ""
    asked = {other.key: other for other in form.questions}
    parts = []
    for key in dict.fromkeys(question.show_if.questions()):
        other = asked[key]
        fitting = [word for word in _choices(other) if question.show_if.holds({key: word.key})]
        others = [word for word in _choices(other) if word not in fitting]
        # The shorter list is the one a person can keep in mind.
        sentence = N_("Only if you answer %(answers)s to “%(question)s”.")
        if 0 < len(others) < len(fitting):
            fitting, sentence = others, N_("Leave it empty if you answer %(answers)s to “%(question)s”.")
        answers = " / ".join(f"“{_(word.name)}”" for word in fitting)
        parts.append(_(sentence, answers=answers, question=_(other.label)))
    return " ".join(parts)


def _choices(question: Question) -> tuple[Word, ...]:
    if question.kind in {Kind.YESNO, Kind.ACKNOWLEDGE}:
        return (Word("yes", "Yes"), Word("no", "No"))
    return question.choices


class SectionForm(BaseForm):
    """The base of section forms. Answers are read by `read`, not by the validators of the fields."""


def section_form(
    form: Form,
    section: Section,
    kept: Mapping[str, Kept],
    *,
    answers: Mapping[str, Any],
) -> SectionForm:
    """The form of a section with the stored answers in it, or with what was submitted."""
    applies = {question.key for question in visible_questions(section, answers)}
    fields: dict[str, Any] = {}
    data: dict[str, Any] = {}
    for question in section.questions:
        name = NAME + question.key
        needed = question.required and question.key in applies
        hint = " ".join(part for part in (only_if(form, question), _(question.help) if question.help else "") if part)
        fields[name] = BUILDERS[question.kind](question, hint, [Needed()] if needed else [])
        value = kept[question.key].value if question.key in kept else None
        data[name] = value if question.kind is Kind.CHOICES else shown(question, value)
        if question.kind is Kind.ACKNOWLEDGE:
            data[name] = value == "yes"
        if question.kind is Kind.EIN:
            _add_ein(question, fields, value, needed, hint)
    built: SectionForm = type("BuiltSectionForm", (SectionForm,), fields)(data=data)
    return built


def _add_ein(question: Question, fields: dict[str, Any], value: Any, needed: bool, hint: str) -> None:
    rules = [Needed()] if needed and not value else []
    if value:
        masked = in_words(question, value)
        hint = f"{_('We have %(masked)s. Leave both boxes empty to keep it.', masked=masked)} {hint}"
    options = {"autocomplete": "off", "inputmode": "numeric", "maxlength": "12", "spellcheck": "false"}
    fields[NAME + question.key] = StringField(_(question.label), rules, description=hint, render_kw=options)
    fields[NAME + question.key + AGAIN] = StringField(
        _("%(label)s again", label=_(question.label)),
        rules,
        description=_("Type it a second time. A wrong number is the most common mistake."),
        render_kw=options,
    )


def seen_fields(section: Section, kept: Mapping[str, Kept]) -> dict[str, str]:
    """The hidden fields of a page: version and digest of each answer it shows."""
    return {SEEN + question.key: _seen(question, kept.get(question.key)) for question in section.questions}


def narrowed(
    section: Section, *, only: Collection[str] | None = None, choices: Mapping[str, Collection[str]] | None = None
) -> Section:
    """The section with some of its questions, or with fewer choices, as a round offers only its own categories."""
    questions = []
    for question in section.questions:
        if only is not None and question.key not in only:
            continue
        allowed = (choices or {}).get(question.key)
        kept = tuple(c for c in question.choices if allowed is None or c.key in allowed)
        questions.append(replace(question, choices=kept))
    return replace(section, questions=tuple(questions))


def _seen(question: Question, kept: Kept | None) -> str:
    value = kept.value if kept else None
    return f"{kept.version if kept else 0}.{_digest(_comparable(question, value))}"


def _comparable(question: Question, value: Any) -> str:
    if question.kind is Kind.CHOICES:
        return "\n".join(sorted(value or ()))
    return str(trimmed(shown(question, value)))


def agreed_fields(reading: Reading, kept: Mapping[str, Kept]) -> dict[str, str]:
    """New marks for the fields that say what is stored.

    A mark for anything else would let a page that never showed a colleague's answer overwrite it unseen.
    """
    return {SEEN + key: f"{kept[key].version}.{_digest(text)}" for key, text in reading.agreed.items() if key in kept}


def page_mark(posted: Mapping[str, str]) -> str:
    """The mark of the open page that a form came from, with the number of its save; empty for one that carries none."""
    mark = posted.get(PAGE, "")
    return mark if PAGE_MARK.fullmatch(mark) else ""


def _turn(mark: str) -> tuple[str, int]:
    """A page and the number of the save within it."""
    page, _dot, turn = mark.partition(".")
    return page, int(turn or 0)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def read_section(
    form: SectionForm,
    section: Section,
    posted: Mapping[str, str],
    kept: Mapping[str, Kept],
    sealer: Sealer,
) -> Reading:
    """Read every question that was on the page. A field left as it was shown says nothing.

    An answer that this very page wrote before is the person's own, even if the page never heard that it was saved. A
    save that was held up on the way and comes in after a later one of its page says nothing.
    """
    found = Reading()
    page, turn = _turn(page_mark(posted))
    for question in section.questions:
        mark = posted.get(SEEN + question.key)
        if mark is None or NAME + question.key not in form:
            continue
        stored = kept.get(question.key)
        if stored is not None and page:
            wrote, at = _turn(stored.page)
            if wrote == page and at > turn:
                continue
            if wrote == page:
                mark = _seen(question, stored)
        _read_one(form, question, mark, stored, sealer, found)
    return found


def _read_one(
    form: SectionForm, question: Question, mark: str, kept: Kept | None, sealer: Sealer, found: Reading
) -> None:
    raw = _raw(form, question)
    version, _dot, digest = mark.partition(".")
    typed = "\n".join(sorted(raw)) if isinstance(raw, list) else str(trimmed(raw))
    again = str(form[NAME + question.key + AGAIN].data or "") if question.kind is Kind.EIN else ""
    if digest == _digest(typed) and not again:
        return
    # An empty answer may be saved; the section itself says what is missing.
    answer = validate_answer(replace(question, required=False), raw)
    if isinstance(answer, Problem):
        found.problems[question.key] = _said(answer.message)
        return
    value: Any = answer.value
    if question.kind is Kind.EIN:
        value = _sealed(question, str(value), again, kept, sealer, found)
        if value is None:
            return
    if kept is not None and kept.value == value:
        found.agreed[question.key] = typed
        return
    if kept is not None and version != str(kept.version):
        found.clashes.append(Clash(question, in_words(question, value), in_words(question, kept.value), kept.by))
        return
    if value is not None or kept is not None:
        found.values[question.key] = value
        found.agreed[question.key] = typed


def _raw(form: SectionForm, question: Question) -> str | list[str]:
    data = form[NAME + question.key].data
    if question.kind is Kind.CHOICES:
        return [str(item) for item in data or ()]
    if question.kind is Kind.ACKNOWLEDGE:
        return "yes" if data else ""
    return str(data or "")


def _sealed(
    question: Question, number: str, again: str, kept: Kept | None, sealer: Sealer, found: Reading
) -> dict[str, str] | None:
    """The sealed tax id when both boxes agree; None when there is nothing to store or they do not."""
    second = validate_answer(replace(question, required=False), again)
    if isinstance(second, Problem) or second.value != number:
        found.problems[question.key + AGAIN] = _("The two tax IDs are not the same. Type both again")
        return None
    sealed = sealer.seal(number)
    unchanged = kept is not None and isinstance(kept.value, Mapping) and kept.value.get("digest") == sealed["digest"]
    return None if unchanged else sealed


def missing_in(section: Section, answers: Mapping[str, Any]) -> dict[str, str]:
    """A sentence for each question that applies, must be answered and is not; and for answers that do not fit."""
    problems = {
        question.key: _(EMPTY[question.kind])
        for question in visible_questions(section, answers)
        if question.required and answers.get(question.key) in (None, "", [])
    }
    return problems | {key: _said(message) for key, message in section_problems(section, answers).items()}


def show_problems(form: SectionForm, problems: Mapping[str, str]) -> None:
    """Put each sentence beside its field."""
    for key, text in problems.items():
        if NAME + key in form:
            control = form[NAME + key]
            control.errors = [named_problem(control, text)]


def named_problem(control: Field, text: str) -> str:
    """A sentence that stands for itself in the list of mistakes, where the field is not beside it."""
    return str(_("%(name)s: %(problem)s", name=str(control.label.text).rstrip(".?"), problem=text))


def _said(message: Message) -> str:
    return message.translated(_)
