"""Each frame of the socket, each envelope and each commit, as anybody would send it about a circle.

Used by the access matrix. What a frame says is honest, so that only who sends it decides; people who are in no group
send what a coordinator's device made.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Final
from uuid import UUID

from django.conf import settings
from nacl.signing import SigningKey
from uuid_utils.compat import uuid7

from chat.canonical import from_base64
from chat.models import Item
from tests import factories
from tests.access_world import Caller, Target, World
from tests.chat_commits import Rope
from tests.chat_members import Fields, id_of, text
from tests.chat_people import CareCircle, Person, a_person, opening
from tests.chat_socket import Socket, told
from tests.chat_statements import epoch_seen, giving, history_grant, report
from tests.integration.test_commit_keys import inviting, lost, rotated
from tests.server import Server

KINDS: Final = {"message": 1, "urgent": 2, "notice": 3, "ack": 5, "erase": 6}
Made = tuple[Fields, Rope]
Making = Callable[[Person], Made]


class Sockets:
    """One connection for each person; who has not signed in is told 4401."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._open: dict[str, Socket] = {}

    def __enter__(self) -> Sockets:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for socket in self._open.values():
            socket.close()

    def of(self, caller: Caller) -> Socket:
        if caller.name not in self._open:
            self._open[caller.name] = caller.person.socket(self._server)
        return self._open[caller.name]

    def refused(self, caller: Caller) -> str:
        cookies = "; ".join(f"{name}={each.value}" for name, each in caller.browser.cookies.items())
        with Socket(self._server, cookies or None) as socket:
            return str(socket.close_code())

    def hello(self, caller: Caller, owner: Person) -> str:
        """The caller's session, with somebody's device."""
        with Socket(self._server, caller.person.cookie) as socket:
            socket.send(owner.device.hello(from_base64(socket.expect("challenge")["nonce"])))
            return told(socket.read())


class Frames:
    """Frames about a circle that change nothing of who is in it."""

    def __init__(self, world: World, sockets: Sockets) -> None:
        self._sockets = sockets
        self._circles = {
            "home": world.home,
            "closed": world.closed,
            "foreign": world.foreign,
            "absent": replace(world.home, id=uuid7()),
        }
        self._writers = {"home": world.callers["member"], "foreign": world.callers["of another circle"]}

    def targets(self, action: str) -> list[Target]:
        if action in ("socket ping", "socket leave"):
            return [Target("home", {})]
        return [
            Target(name, {}, circle.id, self._author(action, name), exists=name != "absent")
            for name, circle in self._circles.items()
        ]

    def _author(self, action: str, place: str) -> UUID | None:
        return self._writers[place].person.id if action == "send erase" and place in self._writers else None

    def ask(self, action: str, target: Target, caller: Caller) -> str:
        circle, device = self._circles[target.name], caller.person.device
        socket = self._sockets.of(caller)
        joined = socket.listen(circle.id)
        group, where = circle.rope.group, circle.id
        match action.split(" "):
            case ["socket", "join"]:
                return told(joined)
            case ["socket", "leave"]:
                return self._quiet(socket, {"t": "leave", "circle": str(where)})
            case ["socket", "ping"]:
                socket.send({"t": "ping"})
                return told(socket.expect("pong"))
            case ["socket", "receipt"]:
                return self._quiet(socket, device.send(where, circle.epoch, kind=4) | {"t": "receipt"})
            case ["socket", "received"]:
                return self._quiet(socket, {"t": "received", "circle": str(where), "seq": 1})
            case ["socket", "seen"]:
                return self._quiet(socket, {"t": "seen", "statement": text(epoch_seen(device, where, group))})
            case ["socket", "report"]:
                item = Item.objects.filter(group_id=where, kind=Item.Kind.COMMIT).last()
                digest, epoch = (bytes(item.digest), item.epoch) if item else (os.urandom(32), 1)
                said = report(device, where, commit=digest, epoch=epoch)
                return self._quiet(socket, {"t": "report", "statement": text(said)})
            case ["socket", "grant"]:
                grant = history_grant(device, where, caller.person.id, first=0, last=0)
                return told(socket.commit(giving(grant, where, 0, 0)))
            case ["send", "erase"]:
                erasure = device.erasure(where, circle.epoch, self._written(target.name, circle))
                return told(socket.post({"t": "send", "env": text(erasure)}))
            case ["send", kind]:
                return told(socket.post(device.send(where, circle.epoch, kind=KINDS[kind])))
            case _:
                raise KeyError(action)

    def _quiet(self, socket: Socket, frame: Fields) -> str:
        """For frames that are answered only when they are refused."""
        socket.send(frame)
        return next((told(each) for each in socket.fence() if each["t"] == "error"), "ok")

    def _written(self, place: str, circle: CareCircle) -> bytes:
        """A message to erase; in a circle that takes none, one that was never there."""
        writer = self._writers.get(place)
        if writer is None:
            return os.urandom(400)
        frame = writer.person.device.send(circle.id, circle.epoch)
        socket = self._sockets.of(writer)
        socket.listen(circle.id)
        socket.send(frame)
        assert told(socket.answer(id_of(frame))) == "ack"
        return from_base64(str(frame["env"]))


class Commits:
    """A circle of its own, in which places change. After each commit that is accepted there is another subject."""

    def __init__(self, world: World, sockets: Sockets) -> None:
        self._world, self._sockets = world, sockets
        self._seed = os.urandom(32)
        registrar = world.callers["registrar"].person
        registrar.shows_presence()
        steward = bytes(SigningKey(self._seed).verify_key)
        path = f"organisations/{world.organisation}/steward"
        assert registrar.put(path, {"key": text(steward)}) == (200, {})
        self._coordinator, self._member = world.callers["coordinator"].person, world.callers["member"].person
        rope, shown = Rope.begun(self._coordinator.device, uuid7(), steward=steward)
        assert self._coordinator.post("circles", opening(shown, rope.circle))[0] == 200
        self.circle = CareCircle(rope.circle, rope, self._coordinator)
        world.populate(self.circle)
        inside = ("coordinator", "member", "guest", "delegate")
        self._inside = {world.callers[name].person.id for name in inside}
        self._elsewhere = world.foreign.id

    def targets(self, action: str) -> list[Target]:
        here = self.circle.id
        home = [Target("own circle", {}, here), Target("another's circle", {}, self._elsewhere)]
        match action:
            case "commit restore":
                home = [Target("by order", {}, here, due=True)]
            case "commit end":
                home.append(Target("by order", {}, here, due=True))
            case "commit revoke":
                home.append(Target("by order", {}, here, due=True))
                home.append(Target("a device of the member", {}, here, owner=self._member.id))
        return home

    def ask(self, action: str, target: Target, callers: list[Caller]) -> dict[str, str]:
        """What each is told, in this order; who is refused changes nothing for the next. Nobody commits to a circle of
        their own what was made for another.
        """
        answers, making = {}, self._prepare(action, target)
        for caller in callers:
            if target.place == self._elsewhere and self._elsewhere in caller.holds:
                continue
            signer = caller.person if caller.person.id in self._inside or action == "commit join" else None
            frame, after = making(signer or self._coordinator)
            if target.place == self._elsewhere:
                frame |= {"circle": str(self._elsewhere)}
            answer = told(self._sockets.of(caller).commit(frame))
            answers[caller.name] = answer
            if answer == "committed":
                self.circle.rope = after
                making = self._prepare(action, target)
        return answers

    def _prepare(self, action: str, target: Target) -> Making:
        rope = self.circle.rope
        subject = a_person()
        match action:
            case "commit join":
                return self._joining
            case "commit update":
                return lambda by: rope.update(by.device)
            case "commit invite":
                return lambda by: rope.invite(by.device, subject.keys, subject.role_id)
            case "commit admit":
                pending = self._pending()
                return lambda by: self._changing(by, self.circle.rope.chain.admit(pending.keys))
        self.circle.with_members(subject)
        chain = self.circle.rope.chain
        match action:
            case "commit role":
                op = chain.role(subject.id, "member", factories.in_days(7).replace(microsecond=0))
            case "commit end":
                order = chain.end_order(settings.ORDER_KEY, subject.id) if target.due else None
                code = "left" if target.due else "removed"
                return lambda by: self.circle.rope.end(by.device, subject.id, code=code, order=order)
            case "commit revoke":
                if target.owner is not None:
                    subject = self._member.further_device()
                    self.circle.join(subject)
                    chain = self.circle.rope.chain
                revoked = subject.device.id
                order = (
                    chain.end_order(settings.ORDER_KEY, subject.id, device=revoked, code="revoked")
                    if target.due
                    else None
                )
                op = chain.revoke(subject.id, revoked, order)
            case "commit rotate":
                op = chain.rotate(rotated(subject)[1])
            case "commit reset":
                op = chain.reset(lost(subject).keys)
            case "commit restore":
                op = chain.restore(chain.restore_order(self._seed, subject.id))
            case _:
                raise KeyError(action)
        return lambda by: self._changing(by, op)

    def _changing(self, by: Person, op: Fields) -> Made:
        return self.circle.rope.change(by.device, op)

    def _joining(self, by: Person) -> Made:
        """Again, for who is in the group."""
        leaves = self.circle.rope.leaves_of(by.id)
        return self.circle.rope.join(by.device, resync=leaves[0] if leaves else None)

    def _pending(self) -> Person:
        """Somebody who was invited without keys, has them now and asks to be let in."""
        invitee = a_person(registered=False)
        self.circle.accepts(self._coordinator, inviting(self.circle, self._coordinator, invitee))
        invitee.register(first=invitee.keys.first(f"device:{invitee.device.id}"))
        [mine] = invitee.get("invitations")[1]["invitations"]
        assert invitee.post(f"invitations/{mine['id']}/accept", {}) == (200, {})
        return invitee
