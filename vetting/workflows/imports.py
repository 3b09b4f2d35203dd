"""Bringing the office's present world along: one upload, and the invitations afterwards."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import InvitationBatchState, PartnerImportState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import worker
from vetting.workflows.definition import START, STAY, StateWords, Step, Workflow
from vetting.workflows.effects import imports as do
from vetting.workflows.guards import imports as ask

S = PartnerImportState

PARTNER_IMPORT = Workflow(
    name="partner_import",
    title=N_("Import of partners"),
    about=N_("Partners, programs and partnerships from the office's own list: checked first, then loaded row by row."),
    states=S,
    initial=S.CHECKING,
    final=frozenset({S.LOADED, S.DISCARDED}),
    words={
        S.CHECKING: StateWords(N_("Being checked"), N_("Being checked")),
        S.CHECKED: StateWords(N_("Checked"), N_("Checked")),
        S.LOADING: StateWords(N_("Being loaded"), N_("Being loaded")),
        S.LOADED: StateWords(N_("Loaded"), N_("Loaded")),
        S.DISCARDED: StateWords(N_("Thrown away"), N_("Thrown away")),
    },
    steps=(
        Step("upload", START, S.CHECKING, P.PARTNER_IMPORT, N_("Upload a list"), "",
             event=Event.PARTNER_IMPORT_UPLOADED, tells=(worker,)),
        Step("checked", (S.CHECKING,), S.CHECKED, P.SYSTEM_ACT, N_("Checked"), "", effect=do.file_checked),
        Step("check_again", (S.CHECKED,), S.CHECKING, P.PARTNER_IMPORT, N_("Check again"), "", effect=do.looks_again,
             event=Event.PARTNER_IMPORT_UPLOADED, tells=(worker,)),
        Step("load", (S.CHECKED,), S.LOADING, P.PARTNER_IMPORT, N_("Load"), "", effect=do.begins_again,
             guards=(ask.everything_is_chosen, ask.something_to_load),
             event=Event.PARTNER_IMPORT_STARTED, tells=(worker,)),
        Step("moved", (S.LOADING,), S.CHECKED, P.SYSTEM_ACT, N_("Records changed since the check"), "",
             effect=do.file_checked),
        Step("finish", (S.LOADING,), S.LOADED, P.SYSTEM_ACT, N_("Finish"), "", effect=do.file_loaded),
        Step("discard", (S.CHECKED,), S.DISCARDED, P.PARTNER_IMPORT, N_("Throw away"), "", effect=do.file_discarded),
    ),
)  # fmt: skip

B = InvitationBatchState

INVITATION_BATCH = Workflow(
    name="invitation_batch",
    title=N_("Invitations after an import"),
    about=N_("One invitation for each contact of the organizations that were brought along: planned, shown, then sent."),
    states=B,
    initial=B.PLANNED,
    final=frozenset({B.FINISHED, B.CANCELLED}),
    words={
        B.PLANNED: StateWords(N_("Planned"), N_("Planned")),
        B.RUNNING: StateWords(N_("Being sent"), N_("Being sent")),
        B.FINISHED: StateWords(N_("Sent"), N_("Sent")),
        B.CANCELLED: StateWords(N_("Cancelled"), N_("Cancelled")),
    },
    steps=(
        Step("plan", START, B.PLANNED, P.PARTNER_IMPORT, N_("Plan invitations"), ""),
        Step("start", (B.PLANNED,), B.RUNNING, P.PARTNER_IMPORT, N_("Send the invitations"), "",
             guards=(ask.somebody_to_invite,), event=Event.INVITATIONS_STARTED, tells=(worker,)),
        Step("finish", (B.RUNNING,), B.FINISHED, P.SYSTEM_ACT, N_("Finish"), "", effect=do.batch_finished),
        Step("cancel", (B.PLANNED, B.RUNNING), B.CANCELLED, P.PARTNER_IMPORT, N_("Stop"), "", effect=do.batch_cancelled),
        Step("send_again", (B.FINISHED, B.CANCELLED), STAY, P.PARTNER_IMPORT, N_("Send again"), "",
             effect=do.sent_again, command="send_again"),
    ),
)  # fmt: skip
