"""What a monitor finds in the log of everybody's keys (`audit/verify.py`, `Keys`)."""

from __future__ import annotations

import base64
from uuid import uuid4

import pytest
from uuid_utils.compat import uuid7

from audit.verify import Keys, Report
from tests.chat_members import KeyAct, PersonKeys

DEVICE, PHONE = uuid7(), uuid7()
BIND: KeyAct = ("bind", None, None)
ADD: KeyAct = ("add", DEVICE, bytes(32))


def events(keys: PersonKeys, *done: KeyAct, before: tuple[str, ...] = (), **changes: object) -> tuple[str, ...]:
    chain = [base64.b64decode(each) for each in keys.key_events([each.encode() for each in before], *done, **changes)]
    return (*before, *(each.decode() for each in chain))


def found(*leaves: str, whole: bool = True) -> set[str]:
    report, keys = Report(), Keys(whole=whole)
    for index, leaf in enumerate(leaves):
        keys.leaf(index, leaf, report)
    keys.end(report)
    return {each.code for each in report.statements if not each.ok}


def test_histories_of_several_people_hold() -> None:
    camille, amadou = PersonKeys(uuid4()), PersonKeys(uuid4())
    one = events(camille, BIND, ADD, ("revoke", DEVICE, None))
    other = events(amadou, BIND, ("add", PHONE, bytes(32)))
    assert found(one[0], other[0], one[1], other[1], one[2]) == set()


CAMILLE = PersonKeys(uuid4())
KNOWN = events(CAMILLE, BIND, ADD)


@pytest.mark.parametrize(
    ("code", "leaves"),
    [
        ("key_event", (KNOWN[0], KNOWN[1].replace(str(DEVICE), str(PHONE)))),
        ("key_event", (KNOWN[0], "{}")),
        ("key_history", (KNOWN[1],)),
        ("key_history", (*KNOWN, KNOWN[1])),
        ("key_history", (*KNOWN, *events(CAMILLE, BIND, ("add", PHONE, bytes(32))))),
        ("key_identity", (*KNOWN, events(PersonKeys(CAMILLE.user), ("add", PHONE, bytes(32)), before=KNOWN)[-1])),
        ("key_identity", (*KNOWN, events(PersonKeys(CAMILLE.user), BIND, before=KNOWN)[-1])),
        ("key_device", (*KNOWN, events(CAMILLE, ADD, before=KNOWN)[-1])),
        ("key_device", (*KNOWN, events(CAMILLE, ("revoke", PHONE, None), before=KNOWN)[-1])),
    ],
)
def test_what_is_no_history_of_that_person_is_found(code: str, leaves: tuple[str, ...]) -> None:
    assert code in found(*leaves)


def test_of_a_filtered_export_each_event_is_looked_at_alone() -> None:
    assert found(KNOWN[1], whole=False) == set()
    assert found(KNOWN[1].replace(str(DEVICE), str(PHONE)), whole=False) == {"key_event"}
