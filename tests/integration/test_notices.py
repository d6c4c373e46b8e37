"""GET /api/notices and POST /api/notices/seen: what I was told beside the conversation."""

from __future__ import annotations

import pytest
from django.db import transaction
from uuid_utils.compat import uuid7

from circles.models import Circle, Notice
from circles.notices import SHOWN, tell
from circles.services import change_role, end_membership
from tests import factories
from tests.cast import Browser
from tests.chat_people import Scene
from tests.factories import Colleague

Rows = list[dict[str, object]]


@pytest.fixture
def circle(gp: Colleague, nurse: Colleague) -> Circle:
    return factories.a_circle(gp, nurse)


def listed(browser: Browser, person: Colleague) -> Rows:
    rows: Rows = browser(person).get("/api/notices").json()["notices"]
    return rows


def see(browser: Browser, person: Colleague | None, ids: list[object]) -> tuple[int, str | None]:
    body = {"ids": [str(each) for each in ids]}
    response = browser(person).post("/api/notices/seen", body, content_type="application/json")
    return response.status_code, response.json().get("code")


def test_each_act_is_told_to_whom_it_concerns_and_not_to_who_did_it(
    circle: Circle, gp: Colleague, nurse: Colleague, coordinator: Colleague, stranger: Colleague, browser: Browser
) -> None:
    factories.a_member(circle, coordinator, by=gp, role="coordinator")
    change_role(actor=gp.actor, circle_id=circle.id, user_id=nurse.id, role="coordinator", not_after=None)
    end_membership(actor=gp.actor, circle_id=circle.id, user_id=gp.id, code="left", reason="")
    end_membership(actor=nurse.actor, circle_id=circle.id, user_id=coordinator.id, code="removed", reason="")
    assert [row["what"] for row in listed(browser, nurse)] == ["left", "role_changed", "invited"]
    assert [row["what"] for row in listed(browser, coordinator)] == ["removed", "left", "invited"]
    assert listed(browser, gp) == listed(browser, stranger) == []


def test_a_notice_names_the_colleague_and_no_patient(
    circle: Circle, gp: Colleague, nurse: Colleague, browser: Browser
) -> None:
    [row] = listed(browser, nurse)
    by = row.pop("by")
    assert isinstance(by, dict)
    assert by["name"] == "Dr Hélène ROUSSELOT"
    assert row.keys() == {"id", "what", "circle", "created", "seen"}
    assert (row["what"], row["circle"]) == ("invited", str(circle.id))


def test_who_has_answered_is_not_called_to_the_invitation_any_more(
    circle: Circle, gp: Colleague, nurse: Colleague, coordinator: Colleague, stranger: Colleague, browser: Browser
) -> None:
    assert listed(browser, nurse)[0]["seen"] is not None  # has joined
    for invitee in (coordinator, stranger):
        factories.an_invitation(circle, invitee, by=gp)
        assert listed(browser, invitee)[0]["seen"] is None
        end_membership(actor=gp.actor, circle_id=circle.id, user_id=invitee.id, code="removed", reason="")
        assert listed(browser, invitee)[0]["seen"] is not None


def test_seeing_is_for_ones_own_notices_only(circle: Circle, gp: Colleague, nurse: Colleague, browser: Browser) -> None:
    tell(users=[nurse.id], what="role_changed", circle_id=circle.id, by=gp.id)
    row = listed(browser, nurse)[0]
    assert see(browser, None, [row["id"]]) == (401, "signed_out")
    assert see(browser, gp, [row["id"], uuid7()]) == (200, None)
    assert browser(nurse).get("/api/notices").json()["unseen"] == 1
    assert see(browser, nurse, [row["id"]]) == (200, None)
    first = Notice.objects.get(id=str(row["id"])).seen
    assert see(browser, nurse, [row["id"]]) == (200, None)
    assert Notice.objects.get(id=str(row["id"])).seen == first
    assert browser(nurse).get("/api/notices").json()["unseen"] == 0


def test_a_list_too_long_is_refused(nurse: Colleague, browser: Browser) -> None:
    assert see(browser, nurse, [uuid7()] * (SHOWN + 1)) == (422, "bad_input")
    assert browser(None).get("/api/notices").status_code == 401


def test_only_the_newest_are_shown_and_all_are_counted(nurse: Colleague, browser: Browser) -> None:
    for _ in range(SHOWN + 1):
        tell(users=[nurse.id], what="reminded")
    answer = browser(nurse).get("/api/notices").json()
    assert (len(answer["notices"]), answer["unseen"]) == (SHOWN, SHOWN + 1)


def test_an_open_browser_is_told_once_the_act_stands(scene: Scene) -> None:
    with scene.nurse.socket(scene.server) as socket:
        with transaction.atomic():
            tell(users=[scene.nurse.id], what="closed")
            transaction.set_rollback(True)
        assert not [frame for frame in socket.fence() if frame.get("what") == "notices"]
        tell(users=[scene.nurse.id], what="closed")
        socket.expect("changed", what="notices", circle=None)
