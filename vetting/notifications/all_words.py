"""The words of every mail, wherever they are written."""

from __future__ import annotations

from vetting.notifications.words import MESSAGES as OF_CASES
from vetting.notifications.words_between import BETWEEN
from vetting.notifications.words_renewal import RENEWAL

MESSAGES = {**OF_CASES, **BETWEEN, **RENEWAL}
