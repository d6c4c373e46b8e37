"""No act without its row, no row without its act: nothing that the services do leaves a difference.

What does is in `test_audit_tampers`.
"""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from compliance.correspondences import CORRESPONDENCES
from compliance.reconciliation import differences
from tests.chat_people import a_person, a_team, an_exchange
from tests.factories import GP


@pytest.mark.usefixtures("committed_db")
def test_what_services_do_leaves_no_difference() -> None:
    gp, nurse = a_person(GP), a_person()
    team = a_team(gp, nurse)
    team.end(nurse)
    an_exchange(gp, nurse)

    assert {name: each for name, each in differences() if each} == {}

    said = StringIO()
    call_command("reconcile_audit", stdout=said)
    assert said.getvalue().count("no differences") == len(CORRESPONDENCES)
