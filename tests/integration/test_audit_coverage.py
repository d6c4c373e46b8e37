"""No door without a declaration: each address, HTTP operation and socket action says what it traces, or why not."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from ninja.operation import AsyncOperation, Operation

from audit.acts import ACTS
from audit.doors import declared_act
from config import fhir
from config.api import api

ROOT = Path(__file__).parents[2]
ROOMS = ("audit", "accounts", "directory", "circles", "chat", "compliance", "config")

# Addresses outside the API, and where their trace is made. A new one must be thought about here.
ELSEWHERE = {
    "_allauth/browser/v1/": "accounts.trail records sign-ins and changes of credentials",
    "": "audit.api: hashes and signatures of the log, which are public and about nobody",
    "oauth/token": "circles.careteam.tokens records that a system signs in, and its refusals",
    "^(?!api/|_allauth/|assets/|fhir/|oauth/)": "the page is the same for everybody",
}
SCHEMA_ONLY = {"openapi-json", "openapi-view", "api-root"}  # ninja's own: the API's description


def _operations() -> Iterator[tuple[str, Operation]]:
    get_resolver().url_patterns  # noqa: B018 — ninja binds routers within routers when the addresses are made
    for prefix, router in (*api._routers, *(("/fhir" + prefix, router) for prefix, router in fhir.api._routers)):
        for path, view in router.path_operations.items():
            for operation in view.operations:
                yield f"{'/'.join(operation.methods)} {prefix}{path}", operation


OPERATIONS = dict(_operations())


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_every_http_operation_is_declared(operation: Operation) -> None:
    declared = declared_act(operation.view_func)

    assert declared is not None, "declare it @audited or @not_audited, below the router's decorator"
    assert (declared.act in ACTS) != bool(declared.reason)
    # The transaction of an audited operation is a thread's; asynchronous work belongs behind the socket.
    assert declared.reason or not isinstance(operation, AsyncOperation)


def test_every_socket_action_is_declared() -> None:
    consumers = import_module("chat.consumers")

    bare = [str(frame) for frame, action in consumers.ACTIONS.items() if declared_act(action) is None]

    assert consumers.ACTIONS
    assert bare == []


def test_every_address_is_the_api_or_accounted_for() -> None:
    strangers = []
    for entry in get_resolver().url_patterns:
        route = str(entry.pattern)
        if isinstance(entry, URLResolver) and entry.app_name == "ninja":
            strangers += [str(each.pattern) for each in entry.url_patterns if not _is_ninjas(each)]
        elif route not in ELSEWHERE:
            strangers.append(route)

    assert strangers == []


def test_every_recorded_act_is_in_the_vocabulary() -> None:
    unknown = [
        f"{path.relative_to(ROOT)}:{call.lineno} {act}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for call, act in _recorded(ast.parse(path.read_text()))
        if act not in ACTS
    ]

    assert unknown == []


def _recorded(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """Calls of record, record_refusal and batch.event whose act is written out."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            act = node.args[0].value
            if name in {"record", "record_refusal", "event"} and isinstance(act, str):
                yield node, act


def _is_ninjas(entry: URLPattern | URLResolver) -> bool:
    return isinstance(entry, URLPattern) and (
        entry.name in SCHEMA_ONLY or entry.callback.__module__ == "ninja.operation"
    )
