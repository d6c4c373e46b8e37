"""Fifty devices that commit at the same time, two hundred times: real groups in one Node process, a real server.

For bench_mls.py, with Django set up on the server's database. This side makes the people, the policy chain and what
the server has to be shown before a race; `frontend/test/load/races.ts` holds the groups and the sockets.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from uuid_utils.compat import uuid7

from chat.canonical import from_base64
from chat.mls import PublicGroup
from chat.models import Item
from circles.selectors import order_key
from tests.chat_chain import Chain
from tests.chat_commits import Rope, sealed_keys
from tests.chat_log import check_log
from tests.chat_members import Fields, now, text
from tests.chat_people import CareCircle, Person, a_person, opening
from tests.factories import GP
from tests.mls_members import RULES

ROOT = Path(__file__).resolve().parents[2]
DEVICES_A_PERSON = 8


class Devices:
    """The Node process that holds the devices' groups."""

    def __init__(self) -> None:
        command = [str(ROOT / ".venv" / "bin" / "node"), "test/load/races.ts"]
        self._process = subprocess.Popen(
            command, cwd=ROOT / "frontend", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def do(self, order: str, **told: object) -> dict[str, Any]:
        if self._process.stdin is None or self._process.stdout is None:
            raise ValueError("the process has pipes")
        self._process.stdin.write(json.dumps({"do": order} | told) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("The devices' process ended.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()


def figures(url: str, *, clients: int, rounds: int) -> dict[str, float]:
    """Ends the run when a round had not exactly one winner, or two devices came to hold different groups."""
    devices = Devices()
    try:
        circle, people = gathered(devices, clients)
        before = circle.epoch
        outcome = devices.do(
            "race",
            url=url,
            rounds=rounds,
            circle={"id": str(circle.id), "users": sorted({str(each.id) for each in people})},
            clients=[{"cookie": each.cookie, "device": str(each.device.id)} for each in people],
        )
    finally:
        devices.end()
    commits = sum(item.kind == Item.Kind.COMMIT for item in check_log(circle.id))
    if outcome["unfair"] or outcome["forks"] or commits != before + rounds or outcome["winners"] != rounds:
        raise SystemExit(f"The races did not converge: {outcome}, {commits} commits in the log, {before} before.")
    return {f"races_{name}": outcome[name] for name in ("clients", "rounds", "winners", "forks", "round_ms")}


def gathered(devices: Devices, clients: int) -> tuple[CareCircle, list[Person]]:
    """A circle with so many devices, each joined by its own external commit."""
    founder = a_person(GP)
    people = [founder]
    circle = begun(devices, founder)
    while len(people) < clients:
        newcomer = a_person(GP)
        invite(devices, circle, newcomer)
        more = min(DEVICES_A_PERSON, clients - len(people)) - 1
        for device in (newcomer, *(newcomer.further_device() for _ in range(more))):
            made = devices.do("join", device=told(device), data=text(circle.rope.chain.note()))
            circle.accepts(device, framed(circle.rope, made, circle.rope.chain, {"do": "join"}))
            people.append(device)
    return circle, people


def begun(devices: Devices, founder: Person) -> CareCircle:
    circle = uuid7()
    chain = Chain.begun(circle, founder.device, orders=order_key())
    shown = devices.do("create", circle=text(circle.bytes), device=told(founder), policy=text(chain.extension()))
    tree = from_base64(shown["tree"])
    group = PublicGroup.create(from_base64(shown["group_info"]), ratchet_tree=tree, rules=RULES)
    changes = [text(each) for each in chain.changes]
    status, answer = founder.post("circles", opening(shown | {"changes": changes, "keys": sealed_keys(group)}, circle))
    if status != 200:
        raise SystemExit(f"The circle was refused: {answer}")
    return CareCircle(circle, Rope(group, chain), founder)


def invite(devices: Devices, circle: CareCircle, newcomer: Person) -> None:
    moment, founder = now(), circle.opened_by
    chain = circle.rope.chain.copy()
    change = chain.signed_by(founder.device, chain.invite(newcomer.keys.person("member")), time=moment)
    chain.append(change)
    invitation = chain.invitation(founder.device, newcomer.keys, created=moment)
    made = devices.do("policy", policy=text(chain.extension()), data=text(chain.note(change, time=moment)))
    act: Fields = {"do": "invite", "role_id": str(newcomer.role_id), "invitation": text(invitation)}
    circle.accepts(founder, framed(circle.rope, made, chain, act))


def framed(rope: Rope, made: dict[str, Any], chain: Chain, act: Fields) -> tuple[Fields, Rope]:
    after = rope.group.apply(rope.group.verify_commit(from_base64(made["commit"]), rules=RULES))
    frame = {"t": "commit", "ref": str(uuid7()), "circle": str(rope.circle), "keys": sealed_keys(after), "act": act}
    return frame | made, Rope(after, chain)


def told(person: Person) -> Fields:
    device = person.device
    return {"certificate": text(device.certificate), "seed": text(device.seed), "key": text(device.signature_key)}
