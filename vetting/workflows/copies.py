"""An organization's own copies: asked for by a person, made by the worker, kept for a short time."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import CopyState as S
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import worker
from vetting.workflows.definition import START, StateWords, Step, Workflow
from vetting.workflows.effects import renewals as do

OWN_COPY = Workflow(
    name="own_copy",
    title=N_("Own copy"),
    about=N_("A copy that an organization asked for. The worker makes it, and it is kept for a short time."),
    states=S,
    initial=S.ASKED,
    final=frozenset({S.REMOVED}),
    words={
        S.ASKED: StateWords(N_("Being made"), N_("We are making your copy.")),
        S.READY: StateWords(N_("Ready"), N_("Your copy is ready.")),
        S.FAILED: StateWords(N_("Not made"), N_("We could not make your copy.")),
        S.REMOVED: StateWords(N_("Removed"), N_("This copy is no longer kept.")),
    },
    steps=(
        Step("ask", START, S.ASKED, P.COPY_TAKE, N_("Take a copy"), "", event=Event.COPY_ASKED, tells=(worker,)),
        Step("ready", (S.ASKED,), S.READY, P.SYSTEM_ACT, N_("Copy made"), "", effect=do.copy_made),
        Step("fail", (S.ASKED,), S.FAILED, P.SYSTEM_ACT, N_("Copy not made"), ""),
        Step("remove", (S.READY, S.FAILED), S.REMOVED, P.SYSTEM_ACT, N_("Remove the copy"), ""),
    ),
)  # fmt: skip
