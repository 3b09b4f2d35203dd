"""A whole agreement, its certificate and a letter, all made up."""

import copy
import hashlib
from typing import Any

from vetting.documents.content import content_sha256

CONTENT: dict[str, Any] = {
    "schema": "scope-of-service/1",
    "reference": "AGR-7K2Q-9FXM",
    "version": 2,
    "title": "Scope-of-service agreement",
    "school": {"dese_id": "00350227", "name": "Mather Elementary", "address": "1 Parish Street, Dorchester, MA 02122"},
    "organization": {
        "reference": "ORG-3M8T-2CVB",
        "legal_name": "Harbor Strings, Inc.",
        "address": "12 Made-up Wharf, Boston, MA 02128",
    },
    "district": {"name": "Example Public Schools"},
    "program": {"name": "After-school orchestra"},
    "school_year": "2026-27",
    "fiscal_year": "FY27",
    "starts_on": "2026-09-14",
    "ends_on": "2027-06-18",
    "services": "Small-group lessons on violin, viola and cello.\nA full orchestra rehearsal every Wednesday.",
    "schedule": "Mondays and Wednesdays, 3:00 to 5:00 p.m., on school days",
    "place": "Music room 114 and the auditorium",
    "students_planned": 48,
    "grades": "3, 4, 5",
    "roles_school": "Give the rooms and a school contact.\nTell families in the languages they read.",
    "roles_partner": "Bring two teachers for every 24 students.\nBring the instruments and keep them in repair.",
    "contacts": [
        {"side": "School", "name": "Dolores Peña", "title": "Principal", "email": "principal@mather.example"},
        {"side": "Partner", "name": "Nguyễn Thị Ánh", "title": "Program director", "email": "anh@strings.example"},
    ],
    "communication_rhythm": "A call every second Friday; a visit each term.",
    "improvement_goal": "More students feel that they belong at school.",
    "goals": [
        {"goal": "Steady attendance", "measure": "Share of sessions attended", "target": "85 percent"},
        {"goal": "Growth in playing", "measure": "Teacher rubric in January and June", "target": "One level up"},
    ],
    "data_terms": "The partner gets no student records. It reports counts only.",
    "money": {
        "amount_cents": 1850000,
        "source": "partnership_fund",
        "source_label": "Partnership Fund of the school",
        "payment_schedule": "Three equal parts after the reports",
    },
    "reporting_dates": ["2026-12-18", "2027-03-26", "2027-06-25"],
    "termination": "Either side may end this agreement with 30 days of written notice.",
    "clauses": [
        {"heading": "Insurance", "text": "The partner keeps general liability insurance for the whole term."},
        {"heading": "Changes", "text": "A change is a new version that everyone signs again."},
    ],
    "template_note": "Example text, not the district's.",
    "signers": [
        {
            "order": order,
            "role": role,
            "role_label": label,
            "name": name,
            "title": title,
            "organization": organization,
            "email": email,
        }
        for order, role, label, name, title, organization, email in (
            (
                1,
                "partner_signer",
                "Partner",
                "Kofi Asante",
                "Executive director",
                "Harbor Strings, Inc.",
                "kofi@s.example",
            ),
            (2, "school_leader", "School", "Dolores Peña", "Principal", "Mather Elementary", "dp@mather.example"),
            (
                3,
                "district_signatory",
                "District",
                "Wei Chen 陈伟",
                "Director",
                "Example Public Schools",
                "wc@d.example",
            ),
        )
    ],
    "made_up": True,
}

DELEGATION: dict[str, Any] = {
    "name": "Nguyễn Thị Hoa",
    "title": "Board chair",
    "reason": "I am on leave until the end of the month.",
    "until": "2026-09-30",
    "made_at": "2026-08-31T12:00:00+00:00",
}

CERTIFICATE: dict[str, Any] = {
    "verify_code": "k7q2m9x4t3v8r6p5n1w0z2y4u6",
    "verify_url": "http://localhost:8000/verify/k7q2m9x4t3v8r6p5n1w0z2y4u6",
    "content_sha256": content_sha256(CONTENT),
    "chain_head": "5f" * 32,
    "template_version": "scope-of-service/1",
    "executed_at": "2026-09-10T18:03:11+00:00",
    "seal_subject": "DEVELOPMENT - NOT VALID seal",
    "seal_fingerprint": "ab" * 32,
    "development": True,
    "time_stamp": None,
    "signers": [
        {
            **{key: signer[key] for key in ("order", "role_label", "name", "title", "organization", "email")},
            "method": "Code sent by e-mail",
            "consent_version": "electronic-business/1",
            "invited_at": f"2026-09-0{signer['order']}T13:00:00+00:00",
            "opened_at": f"2026-09-0{signer['order']}T14:30:00+00:00" if signer["order"] != 2 else None,
            "consented_at": f"2026-09-0{signer['order']}T14:31:10+00:00",
            "signed_at": f"2026-09-0{signer['order']}T14:33:42+00:00",
            "ip": "203.0.113.7",
            "agent": "Firefox on Windows",
            "intent": "I am allowed to sign for my organization, and I sign this agreement.",
            "typed_name": signer["name"],
            "proof": "Passkey" if signer["order"] != 2 else None,
            "proven_at": f"2026-09-0{signer['order']}T14:33:01+00:00" if signer["order"] != 2 else None,
            "authority": f"I may sign for {signer['organization']}. My title: {signer['title']}.",
            "opened_copy": "c0" * 32,
            **({"delegation": DELEGATION} if signer["order"] == 1 else {}),
        }
        for signer in CONTENT["signers"]
    ],
}

SCANS = {"signed-on-paper-1.pdf": b"%PDF-1.7\n% a scan, byte for byte\n%%EOF\n"}


def on_paper(certificate: dict[str, Any], scans: dict[str, bytes] = SCANS) -> dict[str, Any]:
    """The same certificate where the first signer signed on paper."""
    signers = copy.deepcopy(certificate["signers"])
    signers[0]["paper"] = {"name": "Dolores Peña", "title": "Director", "signed_on": "2026-09-08"}
    marks = {
        f"{act}_{end}": "Rita Recorder" if end == "by" else "2026-09-09T12:00:00+00:00"
        for act in ("recorded", "compared", "confirmed")
        for end in ("by", "at")
    }
    kept = [{"file": name, "sha256": hashlib.sha256(body).hexdigest(), **marks} for name, body in scans.items()]
    return {**copy.deepcopy(certificate), "signers": signers, "scans": kept}


AUDIT: list[dict[str, Any]] = [
    {"seq": 1, "event": "drafted", "at": "2026-09-01T12:00:00+00:00", "previous": "", "hash": "11" * 32},
    {"seq": 2, "event": "executed", "at": "2026-09-10T18:03:11+00:00", "previous": "11" * 32, "hash": "5f" * 32},
]

LETTER: dict[str, Any] = {
    "reference": "VET-7K2Q-9F",
    "organization": "Harbor Strings, Inc.",
    "program": "After-school orchestra",
    "date": "2026-05-04",
    "outcome_sentence": "Your program is now part of the Opportunity Portfolio",
    "paragraphs": ["Thank you for your application.\nTwo people read it, each on their own."],
    "findings": [
        {
            "standard": "Safe and supportive environment",
            "family": "Program",
            "result": "Met",
            "reason": "Safety plan, p. 3.",
        },
        {
            "standard": "Money and planning",
            "family": "Organization",
            "result": "Met with advice",
            "reason": "Short reserve.",
        },
    ],
    "next_steps": ["Schools can find you in the directory from tomorrow.", "Renew by 30 June 2028."],
    "signed_by": "Wei Chen 陈伟, Director of partnerships",
    "made_up": True,
}


def with_content(**changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A changed agreement with the certificate that belongs to it."""
    content = {**copy.deepcopy(CONTENT), **changes}
    return content, {**copy.deepcopy(CERTIFICATE), "content_sha256": content_sha256(content)}
