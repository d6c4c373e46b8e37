"""The state of a circle's policy and its bytes: the data of group-context extension 0xF0C1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from chat.canonical import Fields, NotCanonical, decode, encode, to_base64
from chat.policy.persons import Person, read_person
from chat.policy.refused import PolicyRefused

EXTENSION_TYPE: Final = 0xF0C1
EXTENSION_LIMIT: Final = 256 * 1024
MOST_PERSONS: Final = 250  # e2ee.md: what a circle of carers can be, and what one commit can carry


@dataclass(frozen=True, slots=True)
class Head:
    n: int
    hash: bytes

    def as_object(self) -> dict[str, object]:
        return {"hash": to_base64(self.hash), "n": self.n}


@dataclass(frozen=True, slots=True)
class Policy:
    """The state after change `head.n`. `orders` and `steward` are the keys that change 0 pinned for good."""

    circle: UUID
    suite: int
    persons: Mapping[UUID, Person]
    orders: bytes | None
    steward: bytes | None
    head: Head

    def to_extension(self) -> bytes:
        return encode(
            {
                "circle": str(self.circle),
                "head": self.head.as_object(),
                "persons": [self.persons[user].as_object() for user in sorted(self.persons, key=str)],
                "settings": {"orders": None if self.orders is None else to_base64(self.orders)},
                "steward": None if self.steward is None else to_base64(self.steward),
                "suite": self.suite,
                "v": 1,
            }
        )

    def coordinators(self) -> int:
        """How many there are who have, or had, a device to act with."""
        return sum(person.role == "coordinator" and person.keys is not None for person in self.persons.values())


def read_settings(fields: Fields) -> bytes | None:
    """The order key."""
    settings = Fields(fields.object("settings"))
    orders = settings.bytes_or_none("orders", 32)
    settings.end()
    return orders


def read_policy(extension: bytes) -> Policy:
    """The state written in an extension; says nothing of its chain. Raises PolicyRefused `bad_policy`."""
    try:
        fields = Fields(decode(extension, limit=EXTENSION_LIMIT))
        fields.version()
        head = Fields(fields.object("head"))
        persons = [read_person(each) for each in fields.list("persons", most=MOST_PERSONS)]
        policy = Policy(
            circle=fields.uuid("circle"),
            suite=fields.integer("suite"),
            persons={person.user: person for person in persons},
            orders=read_settings(fields),
            steward=fields.bytes_or_none("steward", 32),
            head=Head(head.integer("n"), head.bytes("hash", 32)),
        )
        head.end()
        fields.end()
    except NotCanonical as error:
        raise PolicyRefused("bad_policy") from error
    if policy.to_extension() != extension:  # also persons out of order, or twice
        raise PolicyRefused("bad_policy")
    return policy
