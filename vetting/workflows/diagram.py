"""Pages for people, written from the tables: a diagram and the rows of each workflow, and who may do what."""

from __future__ import annotations

from collections.abc import Iterator

from vetting.policy import POLICY, Permission
from vetting.workflows.definition import Reason, Step, Workflow
from vetting.workflows.registry import WORKFLOWS

NOTE = "<!-- Written by `flask --app wsgi vetting write-docs`. Change the tables, not this page. -->"


def mermaid(workflow: Workflow) -> str:
    """The state diagram. Steps that stay in a state are listed in the table below it, not drawn."""
    lines = ["stateDiagram-v2", *(f"    {s.value}: {workflow.words[s].office}" for s in workflow.states)]
    for step in workflow.steps:
        if step.starts:
            lines.append(f"    [*] --> {_value(step)}: {step.label}")
        elif step.dest is not None:
            lines += [f"    {source.value} --> {_value(step)}: {step.label}" for source in step.sources]  # type: ignore[union-attr]
    lines += [f"    {state.value} --> [*]" for state in workflow.states if state in workflow.final]
    return "\n".join(lines)


def _value(step: Step) -> str:
    return str(step.dest.value) if step.dest is not None else ""


def page(workflow: Workflow) -> str:
    """One workflow as a page."""
    return "\n".join([*_page(workflow), ""])


def _page(workflow: Workflow) -> Iterator[str]:
    yield from (f"# {workflow.title}", "", NOTE, "", workflow.about, "", "```mermaid", mermaid(workflow), "```", "")
    yield from ("## States", "", "| state | in the office | for the people outside |", "|---|---|---|")
    for state in workflow.states:
        words = workflow.words[state]
        yield f"| `{state.value}` | {words.office} | {words.public} |"
    yield from ("", "## Steps", "", "| step | from | to | who | only if | tells | in the public timeline |")
    yield "|---|---|---|---|---|---|---|"
    for step in workflow.steps:
        yield _row(step)


def _row(step: Step) -> str:
    sources = "(new)" if step.starts else ", ".join(f"`{s.value}`" for s in step.sources)  # type: ignore[union-attr]
    target = f"`{_value(step)}`" if step.dest is not None else "(stays)"
    guards = [guard.__name__.replace("_", " ") for guard in step.guards]
    if step.reason is Reason.REQUIRED:
        guards.append("a reason is given")
    tells = ", ".join(audience.__name__.replace("_", " ") for audience in step.tells)
    told = f"{step.event.value}: {tells}" if step.event else ""
    who = f"`{step.permission.value}`"
    return f"| {step.label} (`{step.name}`) | {sources} | {target} | {who} | {'; '.join(guards)} | {told} | {step.public} |"


def permissions() -> str:
    """The policy table as a page."""
    lines = ["# Who may do what", "", NOTE, "", "A rule says who; whether it can be done now is for the guards.", ""]
    lines += ["| permission | who | steps |", "|---|---|---|"]
    for permission in sorted(Permission):
        steps = sorted(
            {f"{w.name}: {s.name}" for w in WORKFLOWS.values() for s in w.steps if s.permission is permission}
        )
        lines.append(f"| `{permission.value}` | {POLICY[permission].words} | {', '.join(steps)} |")
    return "\n".join([*lines, ""])


def pages() -> dict[str, str]:
    """Every generated page by its path below docs/."""
    found = {f"workflows/{workflow.name}.md": page(workflow) for workflow in WORKFLOWS.values()}
    found["permissions.md"] = permissions()
    return found
