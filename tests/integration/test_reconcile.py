"""No act without its row, no row without its act: nothing that the services do leaves a difference.

What does is in `test_audit_tampers`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from uuid_utils.compat import uuid7

from audit.acts import ACTS
from audit.models import Event
from compliance.correspondences import CORRESPONDENCES
from compliance.reconciliation import Difference, differences
from tests.chat_people import a_person, a_team, an_exchange
from tests.factories import GP
from tests.integration.conftest import Sql
from tests.log import seal
from tests.old_events import OldWriter


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


@pytest.mark.usefixtures("committed_db")
def test_what_is_pruned_of_one_class_hides_nothing_of_the_other(as_role: Callable[[str], Sql]) -> None:
    old, of = OldWriter(as_role("postgres")), {months: uuid7() for months in (9, 14, 20)}
    pruned = old.write("contact.ask", months=14, obj=f"Contact/{of[14]}")
    old.write("contact.ask", months=9, obj=f"Contact/{of[9]}")
    old.write("device.add", months=20, obj=f"Device/{of[20]}")
    seal()
    call_command("prune_audit", execute=True, stdout=StringIO())
    assert not Event.objects.get(id=pruned).leaf

    found = {name: each for name, each in differences() if each}
    assert found == {
        "devices": [Difference("devices", "row", str(of[20]))],
        "contacts": [Difference("contacts", "row", str(of[9]))],
    }


def test_each_line_names_the_class_of_all_its_acts() -> None:
    for line in CORRESPONDENCES:
        acts = re.findall(r"'([a-z]+\.[a-z]+)'", line.acts)
        assert {ACTS[name].retention for name in acts} <= {line.retention}, line.name
