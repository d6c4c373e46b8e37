"""Every state of a care team is kept, whoever changes the tables; a compartment and a team without patient are none."""

from __future__ import annotations

import pytest

from circles.models import CareTeamVersion
from circles.services import change_role, end_membership, join
from tests import factories
from tests.factories import Colleague

pytestmark = pytest.mark.usefixtures("committed_db")


def test_each_change_of_members_is_a_version_and_nothing_else_is(gp: Colleague, nurse: Colleague) -> None:
    circle = factories.a_circle(gp)
    factories.an_invitation(circle, nurse, by=gp)
    versions = CareTeamVersion.objects.filter(team=circle.id).order_by("version")
    assert [each.version for each in versions] == [1]
    join(actor=nurse.actor, circle_id=circle.id)
    change_role(actor=gp.actor, circle_id=circle.id, user_id=nurse.id, role="coordinator", not_after=None)
    end_membership(actor=gp.actor, circle_id=circle.id, user_id=nurse.id, code="removed", reason="départ")
    told = [[(each["role"], each["end"] is None) for each in version.facts["members"]] for version in versions.all()]
    assert told == [
        [("coordinator", True)],
        [("coordinator", True), ("member", True)],
        [("coordinator", True), ("coordinator", True)],
        [("coordinator", True), ("coordinator", False)],
    ]
    assert [each.until for each in versions][:-1] == [each.at for each in versions][1:]
    assert versions.last().until is None  # type: ignore[union-attr]
