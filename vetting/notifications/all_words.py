"""The words of every mail, wherever they are written."""

from __future__ import annotations

from vetting.notifications.words import MESSAGES as OF_CASES
from vetting.notifications.words_agreements import AGREEMENTS
from vetting.notifications.words_between import BETWEEN
from vetting.notifications.words_delegations import DELEGATIONS
from vetting.notifications.words_evidence import EVIDENCE
from vetting.notifications.words_lapses import LAPSES
from vetting.notifications.words_renewal import RENEWAL
from vetting.notifications.words_signing import SIGNING

MESSAGES = {**OF_CASES, **BETWEEN, **RENEWAL, **EVIDENCE, **LAPSES, **AGREEMENTS, **DELEGATIONS, **SIGNING}
