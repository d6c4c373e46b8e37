"""A malicious server and malicious members against the product's own client: each attack is refused, and said.

The attacks are in `frontend/test/evil/`: a man in the middle (real HTTP and WebSocket proxies) between real clients
and the real server. Expected in each: the client refuses or heals, keeps its state, says what happened, and the
attacker reads nothing. docs/attacks.md is the list.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from audit import key_file
from config.frontend import NODE
from tests.evil.cast import accounts
from tests.server import Server

SCRIPT = Path(__file__).resolve().parents[2] / "frontend" / "test" / "evil" / "run.ts"
PATIENCE_SECONDS = 120


def _run(*names: str, task: object = None) -> list[dict[str, Any]]:
    done = subprocess.run(
        [NODE, SCRIPT, *names],
        input=json.dumps(task).encode(),
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


ATTACKS = _run("--list")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack["name"])
def test_an_attack_is_refused_and_said(attack: dict[str, Any], evil_house: Server) -> None:
    seed = base64.b64encode(key_file.read(Path(evil_house.environment["CORDEE_LOG_KEY_FILE"]))).decode()
    [outcome] = _run(attack["name"], task={"url": evil_house.url, "accounts": accounts(6), "logSeed": seed})
    assert outcome["told"] == attack["expected"]
    assert outcome["kept"], "the victim's state moved"
    assert not outcome["readable"], "the attacker read something"


def test_the_page_of_attacks_is_true() -> None:
    page = (SCRIPT.parents[3] / "docs" / "attacks.md").read_text()
    rows = [f"| {each['name']} | {each['by']} | {each['what']} | {each['expected']} |" for each in ATTACKS]
    assert re.findall(r"^\| (?!attack |---).+$", page, re.MULTILINE) == rows
