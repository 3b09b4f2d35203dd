"""Files and walks that the applicant's tests share."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pikepdf
import pytest
from PIL import Image


@pytest.fixture
def pdf() -> bytes:
    """A PDF of one page."""
    out = BytesIO()
    document = pikepdf.new()
    document.add_blank_page()
    document.save(out)
    return out.getvalue()


@pytest.fixture
def png() -> bytes:
    """A small picture."""
    out = BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def draft(make: Any) -> Any:
    """A registration in draft with nothing answered."""
    return make.registration()


@pytest.fixture
def owner(make: Any, draft: Any, browser_for: Any) -> Any:
    """The browser of the person who registered the organization of ``draft``."""
    return browser_for(make.owner_of(draft.organization))
