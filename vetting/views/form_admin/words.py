"""Forms, conditions and differences in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from vetting.data.conditions import Compare, Condition, Group
from vetting.data.vocabulary import Word
from vetting.forms.form_editor import COMPARISON_WORDS, KIND_WORDS, NEED_WORDS, PROVENANCE_WORDS
from vetting.queries import tasklist
from vetting.questionnaires.comparing import Change, Detail, Difference, What
from vetting.questionnaires.form import Check, DocumentNeed, Form, Kind, Question
from vetting.questionnaires.texts import LANGUAGES
from vetting.text import dollars

TONES = {What.ADDED: "good", What.REMOVED: "bad", What.CHANGED: "warn"}


def condition_words(condition: Condition | None, form: Form) -> str:
    """When a question is asked, as a clause: “Status” is “Nonprofit”."""
    questions = {question.key: question for question in form.questions}
    if isinstance(condition, Compare):
        return _compared(condition, questions.get(condition.question))
    if not isinstance(condition, Group):
        return str(_("always"))
    parts: list[str] = [condition_words(part, form) for part in condition.parts]
    if condition.operator == "not":
        return str(_("not (%(condition)s)", condition=parts[0]))
    joint = _(" and ") if condition.operator == "all" else _(" or ")
    return str(joint).join(parts)


def _compared(part: Compare, question: Question | None) -> str:
    label = question.label if question else part.question
    if part.operator == "at_least":
        number = part.operand[0]
        if question is not None and question.kind is Kind.MONEY:
            number = dollars(int(number), short=True)
        return str(_("“%(question)s” is at least %(number)s", question=label, number=number))
    names = {word.key: _(word.name) for word in answers_of(question)} if question else {}
    answers = _(" or ").join(f"“{names.get(key, key)}”" for key in part.operand)
    if part.operator == "is_not":
        return str(_("“%(question)s” is not %(answers)s", question=label, answers=answers))
    return str(_("“%(question)s” is %(answers)s", question=label, answers=answers))


def answers_of(question: Question) -> tuple[Word, ...]:
    """The answers that a condition can wait for."""
    if question.kind in {Kind.YESNO, Kind.ACKNOWLEDGE}:
        return (Word("yes", "Yes"), Word("no", "No"))
    return question.choices


def told(difference: Difference, old: Form, new: Form) -> list[dict[str, Any]]:
    """Every change as the page lists it: where, what happened, and a line for each property."""
    rows: list[dict[str, Any]] = []
    if difference.about:
        lines = [_line(detail, None, old, new) for detail in difference.about]
        rows.append({"title": _("The form itself"), "place": "", "what": _("Changed"), "tone": "warn", "lines": lines})
    rows += [_row(change, old, new) for change in difference.changes]
    for texts in difference.texts:
        parts = [
            ngettext("%(num)s text added", "%(num)s texts added", texts.added) if texts.added else "",
            ngettext("%(num)s text changed", "%(num)s texts changed", texts.changed) if texts.changed else "",
            ngettext("%(num)s text removed", "%(num)s texts removed", texts.removed) if texts.removed else "",
        ]
        name = LANGUAGES[texts.language]
        line = {"text": ", ".join(part for part in parts if part)}
        rows.append({"title": name, "place": _("Translation"), "what": _("Changed"), "tone": "warn", "lines": [line]})
    return rows


def _row(change: Change, old: Form, new: Form) -> dict[str, Any]:
    words = {What.ADDED: _("Added"), What.REMOVED: _("Removed"), What.CHANGED: _("Changed")}
    part = change.question
    lines = [_line(detail, part, old, new) for detail in change.details]
    if part is not None and change.what is What.ADDED:
        facts = [str(KIND_WORDS[part.kind][0]), _("Required") if part.required else _("Optional")]
        if part.show_if is not None:
            facts.append(_("Asked only if %(condition)s", condition=condition_words(part.show_if, new)))
        lines.append({"text": " · ".join(facts)})
    return {
        "title": part.label if part else change.section.title,
        "place": change.section.title if part else _("Section"),
        "what": words[change.what],
        "tone": TONES[change.what],
        "lines": lines,
    }


def _line(detail: Detail, question: Question | None, old: Form, new: Form) -> dict[str, str]:
    """A property before and after. Long lists are told by what came and what went."""
    if detail.field in {"choices", "documents", "after", "checks", "informs"}:
        return _listed(detail, new)
    if detail.field == "order":
        return {"text": _("The order changed. Now: %(order)s", order=" · ".join(detail.after))}
    name = str(field_words()[detail.field])
    if detail.field == "show_if":
        return {
            "name": name,
            "before": condition_words(detail.before, old),
            "after": condition_words(detail.after, new),
        }
    return {"name": name, "before": _value(detail.field, detail.before), "after": _value(detail.field, detail.after)}


def _listed(detail: Detail, new: Form) -> dict[str, str]:
    say = ITEM_WORDS[detail.field]
    titles = {section.key: section.title for section in new.sections}
    labels = {question.key: question.label for question in new.questions}
    before = [say(item, {**titles, **labels}) for item in detail.before]
    after = [say(item, {**titles, **labels}) for item in detail.after]
    came = [item for item in after if item not in before]
    went = [item for item in before if item not in after]
    parts = [_("added %(items)s", items="; ".join(came)) if came else ""]
    parts += [_("removed %(items)s", items="; ".join(went)) if went else ""]
    text = ". ".join(part for part in parts if part) or _("in another order")
    return {"text": f"{field_words()[detail.field]}: {text}"}


def _document(need: DocumentNeed, _titles: Mapping[str, str]) -> str:
    return f"{_(tasklist.evidence_types().documents[need.type].name)} ({NEED_WORDS[need.need]})"


def _check(check: Check, labels: Mapping[str, str]) -> str:
    one, other = labels.get(check.question, check.question), labels.get(check.other, check.other)
    return f"“{one}” {COMPARISON_WORDS[check.comparison]} “{other}” ({check.message})"


ITEM_WORDS: Mapping[str, Callable[[Any, Mapping[str, str]], str]] = {
    "choices": lambda word, titles: f"“{_(word.name)}”",
    "documents": _document,
    "after": lambda key, titles: f"“{titles.get(key, key)}”",
    "checks": _check,
    "informs": lambda key, titles: str(key),
}


def _value(field: str, value: Any) -> str:
    if value is None or value == "":
        return str(_("nothing"))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if field == "kind":
        return str(KIND_WORDS[value][0])
    if field == "provenance":
        return str(PROVENANCE_WORDS[value])
    if field == "seconds":
        return str(ngettext("%(num)s second", "%(num)s seconds", value))
    return str(value)


def field_words() -> dict[str, Any]:
    """What each property is called."""
    return {
        "title": _("Title"),
        "provenance": _("Whose questions these are"),
        "provenance_note": _("Where they come from"),
        "help": _("Help"),
        "per_program": _("Each program answers for itself"),
        "after": _("Waits for sections"),
        "documents": _("Documents"),
        "checks": _("Checks between answers"),
        "label": _("Question"),
        "kind": _("Kind of answer"),
        "required": _("Must be answered"),
        "max_length": _("Most characters"),
        "minimum": _("Smallest answer"),
        "maximum": _("Largest answer"),
        "choices": _("Answers"),
        "choices_from": _("List the answers come from"),
        "max_choices": _("Most answers to choose"),
        "show_if": _("Asked"),
        "seconds": _("Time to answer"),
        "informs": _("Standards it informs"),
        "public": _("Shown to the public"),
        "identifies": _("Says who applies"),
        "section": _("Section"),
    }


def minutes_words(minutes: int, seconds: int) -> str:
    """Added minutes: “3 minutes longer”, “2 minutes shorter”; ``seconds`` tell nothing from almost nothing."""
    if minutes == 0:
        return str(_("less than a minute of difference") if seconds else _("as long as before"))
    if minutes > 0:
        return str(ngettext("%(num)s minute longer", "%(num)s minutes longer", minutes))
    return str(ngettext("%(num)s minute shorter", "%(num)s minutes shorter", -minutes))


def hours_words(hours: int) -> str:
    """Added hours over a year, of all applicants together."""
    if hours == 0:
        return str(_("less than an hour"))
    if hours > 0:
        return str(ngettext("%(num)s hour more", "%(num)s hours more", hours))
    return str(ngettext("%(num)s hour less", "%(num)s hours less", -hours))
