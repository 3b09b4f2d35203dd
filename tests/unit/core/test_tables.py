"""A wrong row keeps the program from starting, and the message names the row."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from vetting.events import Event
from vetting.policy import Permission as P  # noqa: N817 - reads as in the tables
from vetting.workflows.definition import START, STAY, StateWords, Step, Workflow, WorkflowError
from vetting.workflows.past import PAST, said_of
from vetting.workflows.registry import SUBJECTS, WORKFLOWS, subject_type


class Lamp(enum.StrEnum):
    OFF = "off"
    ON = "on"
    BROKEN = "broken"


class Door(enum.StrEnum):
    SHUT = "shut"


WORDS = {state: StateWords(state.value.title(), f"It is {state.value}") for state in Lamp}
MAKE = Step("make", START, Lamp.OFF, P.SYSTEM_ACT, "Make", "Made")
SWITCH_ON = Step("switch_on", (Lamp.OFF,), Lamp.ON, P.ACCOUNT_OWN, "Switch on", "On")
SWITCH_OFF = Step("switch_off", (Lamp.ON,), Lamp.OFF, P.ACCOUNT_OWN, "Switch off", "Off")
BREAK = Step("break", (Lamp.ON, Lamp.OFF), Lamp.BROKEN, P.SYSTEM_ACT, "Break", "Broken")
GOOD = (MAKE, SWITCH_ON, SWITCH_OFF, BREAK)


def lamp(steps: Iterable[Step] = GOOD, **more: Any) -> Workflow:
    table: dict[str, Any] = {
        "name": "lamp",
        "title": "Lamp",
        "states": Lamp,
        "initial": Lamp.OFF,
        "final": frozenset({Lamp.BROKEN}),
        "words": WORDS,
        "steps": tuple(steps),
    }
    return Workflow(**{**table, **more})


def test_a_right_table_is_built() -> None:
    assert [step.name for step in lamp().steps_from(Lamp.ON)] == ["switch_off", "break"]


def silent(state: Lamp) -> dict[Lamp, StateWords]:
    return {**WORDS, state: StateWords("Something", "")}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a state that cannot be reached": (
        {"steps": (MAKE, SWITCH_ON, SWITCH_OFF)},
        "state 'broken' cannot be reached",
    ),
    "a state reached only from one that is not": (
        {
            "steps": (
                MAKE,
                Step("mend", (Lamp.BROKEN,), Lamp.ON, P.SYSTEM_ACT, "Mend", "Mended"),
                Step("break", (Lamp.ON,), Lamp.BROKEN, P.SYSTEM_ACT, "Break", "Broken"),
            ),
            "final": frozenset({Lamp.OFF}),
        },
        "state 'on' cannot be reached",
    ),
    "a dead end": ({"steps": (MAKE, SWITCH_ON, replace(BREAK, sources=(Lamp.OFF,)))}, "state 'on' is a dead end"),
    "a dead end with a step that stays": (
        {
            "steps": (
                MAKE,
                SWITCH_ON,
                replace(BREAK, sources=(Lamp.OFF,)),
                Step("polish", (Lamp.ON,), STAY, P.ACCOUNT_OWN, "Polish", ""),
            )
        },
        "state 'on' is a dead end",
    ),
    "a final state that can be left": (
        {"steps": (*GOOD, Step("mend", (Lamp.BROKEN,), Lamp.ON, P.SYSTEM_ACT, "Mend", "Mended"))},
        "state 'broken' is final but can be left",
    ),
    "a step nobody may take": (
        {"steps": (MAKE, replace(SWITCH_ON, permission="lamp.touch"), SWITCH_OFF, BREAK)},
        "step 'switch_on' can be taken by nobody",
    ),
    "two rows for one step and source": (
        {"steps": (*GOOD, replace(SWITCH_ON, dest=Lamp.BROKEN))},
        "step 'switch_on' has two rows from 'off'",
    ),
    "a source of another workflow": (
        {"steps": (MAKE, replace(SWITCH_ON, sources=(Lamp.OFF, Door.SHUT)), SWITCH_OFF, BREAK)},
        "step 'switch_on' starts from",
    ),
    "a destination of another workflow": (
        {"steps": (MAKE, SWITCH_ON, replace(SWITCH_OFF, dest=Door.SHUT), BREAK)},
        "step 'switch_off' leads to",
    ),
    "a step from nowhere": (
        {"steps": (MAKE, SWITCH_ON, SWITCH_OFF, BREAK, replace(BREAK, name="drop", sources=()))},
        "step 'drop' has no source state",
    ),
    "a step without a label": (
        {"steps": (MAKE, replace(SWITCH_ON, label=""), SWITCH_OFF, BREAK)},
        "step 'switch_on' has no label",
    ),
    "a step that tells people nothing": (
        {"steps": (MAKE, replace(SWITCH_ON, tells=(lambda s, c: [],)), SWITCH_OFF, BREAK)},
        "step 'switch_on' tells people but names no event",
    ),
    "a state without a public label": ({"words": silent(Lamp.ON)}, "state 'on' has no public label"),
    "a state without any words": (
        {"words": {state: words for state, words in WORDS.items() if state is not Lamp.BROKEN}},
        "state 'broken' has no public label",
    ),
}


@pytest.mark.parametrize("fault", WRONG)
def test_a_wrong_table_is_refused_and_the_row_named(fault: str) -> None:
    wrong, sentence = WRONG[fault]
    with pytest.raises(WorkflowError, match=r"^workflow lamp: ") as refused:
        lamp(**wrong)
    assert sentence in str(refused.value)


def test_every_wrong_row_is_named_at_once() -> None:
    with pytest.raises(WorkflowError) as refused:
        lamp(words=silent(Lamp.ON), steps=(MAKE, SWITCH_ON, replace(SWITCH_OFF, label=""), BREAK))
    assert "'switch_off' has no label" in str(refused.value)
    assert "'on' has no public label" in str(refused.value)


def test_a_step_that_tells_somebody_something_is_right() -> None:
    told = replace(SWITCH_ON, event=Event.ACCOUNT_MAIL, tells=(lambda s, c: ["user:1"],))
    assert lamp((MAKE, told, SWITCH_OFF, BREAK)).step("switch_on", Lamp.OFF) is told


def test_everything_with_a_state_has_a_table() -> None:
    """A column called state that no workflow moves would be a second way to change things."""
    from vetting.models import Base

    stateful = {mapper.class_ for mapper in Base.registry.mappers if "state" in mapper.columns}
    assert stateful == set(SUBJECTS.values())


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_machine_is_bound_to_nothing(name: str) -> None:
    assert WORKFLOWS[name].machine.models == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_states_of_the_table_are_the_states_of_the_column(name: str) -> None:
    workflow = WORKFLOWS[name]
    column = subject_type(name).__table__.c.state
    assert set(column.type.enums) == {state.value for state in workflow.states}


STEPS = [(workflow.name, step) for workflow in WORKFLOWS.values() for step in workflow.steps]


@pytest.mark.parametrize(("workflow", "step"), STEPS, ids=lambda item: item if isinstance(item, str) else item.name)
def test_every_step_has_words_for_a_history_that_are_no_button(workflow: str, step: Step) -> None:
    assert step.name in PAST.get(workflow, {}), "say in vetting/workflows/past.py what it is called once it was taken"
    said = said_of(workflow, step.name)
    assert step.by_system or said != step.label, "a history tells what was done, not what to do"


def test_a_step_of_an_earlier_program_goes_by_its_name() -> None:
    assert said_of("application", "polish") == said_of("lamp", "polish") == "polish"
