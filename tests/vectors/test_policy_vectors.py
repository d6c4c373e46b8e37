"""The operations of a policy, as the browser's code made and bent them: what one side accepts or refuses, so does the
other, code for code, and to the same bytes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chat import policy
from chat.canonical import from_base64
from chat.certificates import read_certificate
from chat.policy import Policy, PolicyRefused

Case = dict[str, Any]
VECTORS: Case = json.loads((Path(__file__).parent / "policy.json").read_text())
CIRCLE = UUID(VECTORS["circle"])
CHAINS = {name: [from_base64(each) for each in changes] for name, changes in VECTORS["operations"]["chains"].items()}


def named(cases: list[Case]) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in cases]


def after(state: Policy | None, raw: bytes) -> Policy | str:
    """The policy after one more change, or the code of its refusal."""
    try:
        change = policy.read_change(raw)
        return policy.begin(change, CIRCLE) if state is None else policy.apply(state, change)
    except PolicyRefused as refused:
        return refused.code


@pytest.mark.parametrize("case", named(VECTORS["operations"]["cases"]))
def test_an_operation_is_allowed_or_refused_alike(case: Case) -> None:
    outcome = after(policy.fold(CHAINS[case["on"]], CIRCLE), from_base64(case["change"]))
    if isinstance(outcome, str):
        assert outcome == case["code"]
    else:
        assert (case["code"], outcome.to_extension()) == (None, from_base64(case["policy"]))


def test_the_cases_are_many_and_of_all_kinds() -> None:
    cases = VECTORS["operations"]["cases"]
    assert len(cases) > 90
    accepted = {json.loads(from_base64(case["change"]))["op"]["type"] for case in cases if case["code"] is None}
    assert accepted == {"admit", "role", "end", "revoke", "rotate", "reset", "restore"}


@pytest.mark.parametrize("case", named(VECTORS["lives"]))
def test_a_random_life_goes_the_same_way(case: Case) -> None:
    state: Policy | None = None
    for attempt in case["attempts"]:
        outcome = after(state, from_base64(attempt["change"]))
        assert (outcome if isinstance(outcome, str) else None) == attempt["code"]
        if not isinstance(outcome, str):
            state = policy.read_policy(outcome.to_extension())
            assert state == outcome
    assert state is not None
    assert state.to_extension() == from_base64(case["policy"])


@pytest.mark.parametrize("case", named(VECTORS["leaves"]["cases"]))
def test_the_same_leaves_must_go(case: Case) -> None:
    roster = [read_certificate(from_base64(each["certificate"])) for each in VECTORS["leaves"]["roster"]]
    before, later = (policy.read_policy(from_base64(each)) for each in (VECTORS["leaves"]["before"], case["after"]))
    assert policy.unfit(before, later, roster, UUID(case["committer"])) == {UUID(device) for device in case["gone"]}
