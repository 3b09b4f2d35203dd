"""The kinds of agreement as a district has them, parsed once, and the kind that an agreement was begun under."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from vetting.data.agreement_template import AgreementTemplate, agreement_template_from
from vetting.data.agreement_types import AgreementType, AgreementTypes, agreement_types_from
from vetting.models import Agreement, ReferenceKind, ReferenceVersion
from vetting.queries.references import current, keeper

KEY = "agreement-types"

parsed: Callable[[ReferenceVersion], AgreementTypes] = keeper(agreement_types_from)
template: Callable[[ReferenceVersion], AgreementTemplate] = keeper(agreement_template_from)


def in_use(session: Session) -> ReferenceVersion:
    """The kinds that a draft begins under now."""
    return current(session, ReferenceKind.AGREEMENT_TYPES, KEY)


def kinds_of(session: Session, agreement: Agreement) -> AgreementTypes:
    """The kinds as they were when the agreement was begun."""
    if agreement.types_version_id is None:
        return parsed(in_use(session))
    return parsed(session.get_one(ReferenceVersion, agreement.types_version_id))


def type_of(session: Session, agreement: Agreement) -> AgreementType:
    """The kind of an agreement, by what it is about, whether money is paid, and whether its clauses may change."""
    return kinds_of(session, agreement).applying(
        activity=agreement.activity.value, paid=is_paid(agreement), terms=agreement.terms.value
    )


def is_paid(agreement: Agreement) -> bool:
    """Whether money changes hands, as far as the draft says it."""
    return agreement.amount_cents > 0 or agreement.funding_source != "none"
