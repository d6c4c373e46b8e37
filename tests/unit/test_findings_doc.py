"""docs/threat-model.md says what each finding of the auditor's look into the database means."""

from __future__ import annotations

import re
from pathlib import Path

from audit import inspection

DOCS = Path(__file__).parents[2] / "docs" / "threat-model.md"


def test_each_code_that_the_auditor_may_be_shown_is_in_the_threat_model() -> None:
    source = Path(inspection.__file__).read_text()
    codes = set(re.findall(r'Finding\(\s*"(\w+)"', source)) | {f"{reason}_differs" for reason in inspection._REASONS}
    section = DOCS.read_text().partition("### What a superuser types")[2].partition("\n## ")[0]

    assert len(codes) > 15
    assert codes - set(re.findall(r"`(\w+)`", section)) == set()
