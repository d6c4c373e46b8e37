"""Whoever writes lines, control characters or a megabyte into a field writes neither into the trail nor, as lines, into
the operator's log.
"""

from __future__ import annotations

import json
import logging
from typing import Final
from urllib.parse import quote

import pytest

from audit.details import open_detail
from audit.models import Detail, Event
from circles.services import close
from tests.chat_people import Person, a_person, a_team
from tests.factories import GP

FORGED: Final = '{"act":"subject.erase","out":0,"v":1}'
LINES: Final = {
    "a line": f"\n{FORGED}\n",
    "a line of another system": f"\r\n{FORGED}",
    "separators of Unicode": f"\u2028{FORGED}\u2029",
    "controls": f"\x00\x1b[2J\x08{FORGED}",
    "the end of a string": f'","act":"subject.erase","x":"{FORGED}',
    "a turn of direction": "\u202e" + FORGED,
    "a megabyte": FORGED + "x" * 1_048_576,
}


def asked(person: Person, line: str) -> list[int]:
    """The line in a path, a query, headers and bodies: the answers."""
    browser, headers = person.browser, {"X-Request-ID": line, "User-Agent": line, "X-Forwarded-For": line}
    return [
        browser.get(f"/api/circles/{quote(line[:500])}").status_code,
        browser.get("/api/circles", {"q": line}, headers=headers).status_code,
        browser.post("/api/circles", {"id": line, "kind": line}, "application/json").status_code,
        browser.post("/api/circles", line, "application/json").status_code,
        person.post("breakglass", {"reason": line, "patient": line})[0],
    ]


@pytest.mark.usefixtures("committed_db")
def test_what_is_typed_is_no_part_of_a_leaf(caplog: pytest.LogCaptureFixture) -> None:
    gp = a_person(GP)

    with caplog.at_level(logging.DEBUG):
        answers = {name: asked(gp, line) for name, line in LINES.items()}

    assert [name for name, each in answers.items() if max(each) >= 500] == []
    assert answers["a megabyte"][2:] == [413, 413, 413]
    for leaf in Event.objects.values_list("leaf", flat=True):
        assert leaf.isascii()
        assert leaf.isprintable()
        assert len(leaf) < 1_000
    assert not Event.objects.filter(act="subject.erase").exists()
    said = [str(record.msg) for record in caplog.records if record.name.startswith(("audit", "config", "circles"))]
    assert [one for one in said if "subject.erase" in one] == []


@pytest.mark.usefixtures("committed_db")
def test_a_reason_keeps_its_lines_where_words_are_sealed() -> None:
    gp = a_person(GP)
    reason = "ligne 1\n" + FORGED
    close(actor=gp.actor, circle_id=a_team(gp).id, reason=reason)

    event = Event.objects.get(act="circle.close")
    assert FORGED not in event.leaf
    assert json.loads(open_detail(Detail.objects.get(event=event, key="rsn"))[0]) == reason
