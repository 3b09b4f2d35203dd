"""The district's last signature: agreements put aside for a time, and many of identical terms signed by one act."""

from __future__ import annotations

from vetting.events import Event
from vetting.models import SigningBatchState, SigningHoldState, SigningItemState
from vetting.policy import Permission as P
from vetting.text import N_
from vetting.workflows.audiences import the_drafter, the_signer_and_drafter_while_it_waits, worker
from vetting.workflows.definition import START, Reason, StateWords, Step, Workflow
from vetting.workflows.effects import countersigning as do
from vetting.workflows.guards import countersigning as ask

H = SigningHoldState

SIGNING_HOLD = Workflow(
    name="signing_hold",
    title=N_("Signature on hold"),
    about=N_("A signer puts an agreement aside until a day, with a reason that its drafter reads."),
    states=H,
    initial=H.HELD,
    final=frozenset({H.LIFTED, H.WOKEN}),
    words={
        H.HELD: StateWords(N_("On hold"), N_("On hold")),
        H.LIFTED: StateWords(N_("Taken off hold"), N_("Taken off hold")),
        H.WOKEN: StateWords(N_("Came back by itself"), N_("Came back by itself")),
    },
    steps=(
        Step("hold", START, H.HELD, P.AGREEMENT_SIGN, N_("Put on hold"), N_("Signature put on hold"),
             guards=(ask.waits_for_the_holder, ask.wakes_later), effect=do.hold, reason=Reason.REQUIRED,
             event=Event.SIGNATURE_HELD, tells=(the_drafter,)),
        Step("lift", (H.HELD,), H.LIFTED, P.AGREEMENT_SIGN, N_("Take off hold"), N_("Taken off hold"),
             effect=do.end_hold, event=Event.SIGNATURE_WOKEN, tells=(the_drafter,)),
        Step("wake", (H.HELD,), H.WOKEN, P.SYSTEM_ACT, N_("Come back"), N_("Came back by itself"),
             effect=do.end_hold, event=Event.SIGNATURE_WOKEN, tells=(the_signer_and_drafter_while_it_waits,)),
    ),
)  # fmt: skip

B = SigningBatchState

SIGNING_BATCH = Workflow(
    name="signing_batch",
    title=N_("Agreements signed together"),
    about=N_("Agreements of identical terms, shown as a list and signed by one act, text by text."),
    states=B,
    initial=B.DRAWN_UP,
    final=frozenset({B.FINISHED, B.DROPPED}),
    words={
        B.DRAWN_UP: StateWords(N_("Not signed yet"), N_("Not signed yet")),
        B.RUNNING: StateWords(N_("Being signed"), N_("Being signed")),
        B.FINISHED: StateWords(N_("Finished"), N_("Finished")),
        B.DROPPED: StateWords(N_("Dropped"), N_("Dropped")),
    },
    steps=(
        Step("draw_up", START, B.DRAWN_UP, P.AGREEMENT_SIGN, N_("Draw up the list"), "",
             guards=(ask.texts_belong_together,), effect=do.draw_up),
        Step("sign", (B.DRAWN_UP,), B.RUNNING, P.AGREEMENT_SIGN, N_("Sign these agreements"), "",
             guards=(ask.list_is_the_one_shown,), effect=do.sign_together, command="sign_together",
             event=Event.SIGNING_BATCH_STARTED, tells=(worker,)),
        Step("finish", (B.RUNNING,), B.FINISHED, P.SYSTEM_ACT, N_("Finish"), "", effect=do.finish),
        Step("drop", (B.DRAWN_UP, B.RUNNING), B.DROPPED, P.AGREEMENT_SIGN, N_("Drop this list"), "", effect=do.drop),
    ),
)  # fmt: skip

I = SigningItemState  # noqa: E741 - one letter as in every table here

SIGNING_ITEM = Workflow(
    name="signing_item",
    title=N_("One agreement signed with others"),
    about=N_("Either signed with everything that follows from it, or untouched."),
    states=I,
    initial=I.WAITING,
    final=frozenset({I.SIGNED, I.REFUSED, I.DROPPED}),
    words={
        I.WAITING: StateWords(N_("Waiting"), N_("Waiting")),
        I.SIGNED: StateWords(N_("Signed"), N_("Signed")),
        I.REFUSED: StateWords(N_("Not signed"), N_("Not signed")),
        I.DROPPED: StateWords(N_("Not signed, list dropped"), N_("Not signed, list dropped")),
    },
    steps=(
        Step("add", START, I.WAITING, P.SYSTEM_ACT, N_("Add"), ""),
        Step("done", (I.WAITING,), I.SIGNED, P.SYSTEM_ACT, N_("Signed"), "", effect=do.item_settled),
        Step("refuse", (I.WAITING,), I.REFUSED, P.SYSTEM_ACT, N_("Not signed"), "", effect=do.item_settled),
        Step("drop", (I.WAITING,), I.DROPPED, P.SYSTEM_ACT, N_("Drop"), ""),
    ),
)  # fmt: skip
