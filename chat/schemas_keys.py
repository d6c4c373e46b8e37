"""The bodies and answers of `chat.api_keys`: devices, vault, key events, identity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints, field_validator

from audit.key_log import KeyLog
from chat.devices import MOST_DEVICES, NAME_LENGTH, FirstKeys
from chat.models import Device, Vault, VaultWrapper
from chat.schemas import Base64, Body, Short
from chat.vaults import MOST_WRAPPERS, SEALED_LIMIT, NewVault

MOST_PEOPLE: Final = 32  # of whom one request asks
MOST_SEEN: Final = 40  # checkpoints: one's own, and those that others told

DeviceName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_LENGTH)]
# One for each thing that an act does: at most, a rotation and the end of all devices but one.
Events = Annotated[list[Short], Field(min_length=1, max_length=MOST_DEVICES)]


class WrapperIn(Body):
    """A credential id has at most 1023 bytes (WebAuthn §4)."""

    unlocker: str = Field(
        pattern=r"^(recovery|passkey:[A-Za-z0-9_-]{1,1364}|device:[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12})$"
    )
    blob: Short


class VaultIn(Body):
    generation: Annotated[int, Field(ge=1, lt=2**53)]
    key: Annotated[int, Field(ge=1, lt=2**53)]
    sealed: Annotated[Base64, Field(max_length=SEALED_LIMIT)]
    head_sig: Short
    wrappers: Annotated[list[WrapperIn], Field(max_length=MOST_WRAPPERS)]

    @field_validator("wrappers")
    @classmethod
    def _once(cls, wrappers: list[WrapperIn]) -> list[WrapperIn]:
        if len({each.unlocker for each in wrappers}) != len(wrappers):
            raise ValueError("one wrapper for each unlocker")
        return wrappers

    def new_vault(self) -> NewVault:
        return NewVault(
            generation=self.generation,
            key=self.key,
            sealed=self.sealed,
            head_sig=self.head_sig,
            wrappers={each.unlocker: each.blob for each in self.wrappers},
        )


class FirstIn(Body):
    identity_key: Short
    history_key: Short
    history_sig: Short
    vault: VaultIn

    def keys(self) -> FirstKeys:
        return FirstKeys(
            identity_key=self.identity_key,
            history_key=self.history_key,
            history_sig=self.history_sig,
            vault=self.vault.new_vault(),
        )


class DeviceIn(Body):
    certificate: Short
    name: DeviceName
    events: Events
    first: FirstIn | None = None


class DeviceCreated(Schema):
    id: UUID


class NameIn(Body):
    name: DeviceName


class RevokeIn(Body):
    reason: Literal["retired", "lost"]
    event: Short


class RotateIn(Body):
    rotation: Short
    certificates: Annotated[list[Short], Field(min_length=1, max_length=MOST_DEVICES)]
    revoked: Annotated[list[UUID], Field(max_length=MOST_DEVICES)]
    events: Events
    vault: VaultIn


class ResetIn(FirstIn):
    certificate: Short
    name: DeviceName
    events: Events


class DeviceOut(Schema):
    id: UUID
    name: str
    created: datetime
    last_seen: datetime | None
    ended: datetime | None
    certificate: Base64


class DevicesOut(Schema):
    devices: list[DeviceOut]

    @classmethod
    def of(cls, devices: Iterable[Device]) -> DevicesOut:
        return cls(
            devices=[
                DeviceOut(
                    id=each.id,
                    name=each.name,
                    created=each.created,
                    last_seen=each.last_seen,
                    ended=each.ended,
                    certificate=bytes(each.certificate),
                )
                for each in devices
            ]
        )


class WrapperOut(Schema):
    unlocker: str
    blob: Base64


class VaultOut(Schema):
    generation: int
    key: int
    sealed: Base64
    head_sig: Base64
    wrappers: list[WrapperOut]

    @classmethod
    def of(cls, vault: Vault, wrappers: Iterable[VaultWrapper]) -> VaultOut:
        return cls(
            generation=vault.generation,
            key=vault.key,
            sealed=bytes(vault.sealed),
            head_sig=bytes(vault.head_sig),
            wrappers=[WrapperOut(unlocker=each.unlocker, blob=bytes(each.blob)) for each in wrappers],
        )


class KeyEventsOut(Schema):
    events: list[Base64]
    rotations: list[Base64]


class KeyLogQuery(Body):
    """Ids of people, and sizes of checkpoints that this client has seen."""

    user: Annotated[list[UUID], Field(max_length=MOST_PEOPLE)] = []
    seen: Annotated[list[Annotated[int, Field(ge=0, lt=2**53)]], Field(max_length=MOST_SEEN)] = []


class LogKeyOut(Schema):
    vkey: str
    note: str | None


class ConsistencyOut(Schema):
    size: int
    path: list[Base64]


class LoggedEventOut(Schema):
    raw: Base64
    index: int | None
    path: list[Base64]


class LoggedPersonOut(Schema):
    user: UUID
    events: list[LoggedEventOut]


class KeyLogOut(Schema):
    keys: list[LogKeyOut]
    checkpoint: str | None
    consistency: list[ConsistencyOut]
    people: list[LoggedPersonOut]

    @classmethod
    def of(cls, log: KeyLog, histories: Mapping[UUID, list[bytes]]) -> KeyLogOut:
        def event(user: UUID, seq: int, raw: bytes) -> LoggedEventOut:
            place = log.places.get((user, seq))
            return LoggedEventOut(
                raw=raw, index=None if place is None else place.index, path=[] if place is None else place.path
            )

        return cls(
            keys=[LogKeyOut(vkey=each.vkey, note=each.note) for each in log.keys],
            checkpoint=log.note,
            consistency=[ConsistencyOut(size=size, path=path) for size, path in log.extends.items()],
            people=[
                LoggedPersonOut(user=user, events=[event(user, seq, raw) for seq, raw in enumerate(events, 1)])
                for user, events in histories.items()
            ],
        )
