"""The table of who may do what is complete: every door of the product is in it, and nothing else."""

from __future__ import annotations

from typing import get_args

from django.urls import get_resolver

from chat.envelope import IN_LOG
from chat.policy import Create, Op
from chat.protocol import KINDS
from circles.roles import (
    ABILITIES,
    ACTIONS,
    ORGANISATION_ABILITIES,
    ORGANISATION_ROLE_ABILITIES,
    ORGANISATION_ROLES,
)
from config import fhir
from config.api import api

# What a frame carries has lines of its own.
CARRIERS = {"send", "commit"}
# A commit that changes no policy.
UNCHANGED = {"commit join", "commit update"}


def operations() -> set[str]:
    get_resolver().url_patterns  # noqa: B018 — ninja binds routers within routers when the addresses are made
    return {
        f"{method} {base}{prefix}{path}"
        for base, each in (("/api", api), ("/fhir", fhir.api))
        for prefix, router in each._routers
        for path, view in router.path_operations.items()
        for operation in view.operations
        for method in operation.methods
    }


def test_every_operation_is_in_the_table() -> None:
    assert {action for action in ACTIONS if " /" in action} == operations()


def test_every_frame_is_in_the_table() -> None:
    frames = {f"socket {kind}" for kind in KINDS - CARRIERS}
    envelopes = {f"send {kind.name.lower()}" for kind in IN_LOG}
    # A circle's first change comes with POST /api/circles.
    changes = {f"commit {op.__name__.lower()}" for op in get_args(Op) if op is not Create}

    assert {action for action in ACTIONS if " /" not in action} == frames | envelopes | changes | UNCHANGED


def test_every_ability_is_asked_for_and_every_role_gives_one() -> None:
    asked = set[str]().union(*ACTIONS.values())

    assert set(ABILITIES) <= asked
    assert set(ORGANISATION_ROLE_ABILITIES) == set(ORGANISATION_ROLES)
    assert frozenset[str]().union(*ORGANISATION_ROLE_ABILITIES.values()) == set(ORGANISATION_ABILITIES)
