"""What devices say about the epochs of a circle: seen, could not be processed, given to a newcomer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chat.canonical import Fields, NotCanonical, to_base64, to_time
from chat.certificates import Certificate, UnverifiedCertificate, read_certificate
from chat.statements.signed import Kind, Unverified, Verified, verify

_CODE = re.compile(r"[a-z_]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class EpochSeen:
    """A device has processed the commit that made `epoch`; `confirmed` is its confirmed transcript hash."""

    circle: UUID
    epoch: int
    confirmed: bytes
    device: UUID
    time: datetime

    def as_object(self) -> dict[str, object]:
        return {
            "circle": str(self.circle),
            "confirmed": to_base64(self.confirmed),
            "device": str(self.device),
            "epoch": self.epoch,
            "time": to_time(self.time),
        }


def _epoch_seen(fields: Fields) -> EpochSeen:
    return EpochSeen(
        circle=fields.uuid("circle"),
        epoch=fields.integer("epoch"),
        confirmed=fields.bytes("confirmed", 32),
        device=fields.uuid("device"),
        time=fields.time("time"),
    )


@dataclass(frozen=True, slots=True)
class Report:
    """A device could not process the commit (SHA-256 of its MLSMessage) that would have made `epoch`."""

    circle: UUID
    epoch: int
    commit: bytes
    reason: str
    device: UUID
    time: datetime

    def as_object(self) -> dict[str, object]:
        return {
            "circle": str(self.circle),
            "commit": to_base64(self.commit),
            "device": str(self.device),
            "epoch": self.epoch,
            "reason": self.reason,
            "time": to_time(self.time),
        }


def _report(fields: Fields) -> Report:
    report = Report(
        circle=fields.uuid("circle"),
        epoch=fields.integer("epoch"),
        commit=fields.bytes("commit", 32),
        reason=fields.text("reason"),
        device=fields.uuid("device"),
        time=fields.time("time"),
    )
    if not _CODE.fullmatch(report.reason):
        raise NotCanonical("the reason is not a code")
    return report


@dataclass(frozen=True, slots=True)
class HistoryGrant:
    """A coordinator gives a person the keys of the epochs `first` to `last`, both included."""

    circle: UUID
    id: UUID
    user: UUID
    first: int
    last: int
    certificate: UnverifiedCertificate
    time: datetime

    def as_object(self) -> dict[str, object]:
        return {
            "cert": to_base64(self.certificate.raw),
            "circle": str(self.circle),
            "from": self.first,
            "id": str(self.id),
            "time": to_time(self.time),
            "to": self.last,
            "user": str(self.user),
        }


def _history_grant(fields: Fields) -> HistoryGrant:
    grant = HistoryGrant(
        circle=fields.uuid("circle"),
        id=fields.uuid("id"),
        user=fields.uuid("user"),
        first=fields.integer("from"),
        last=fields.integer("to"),
        certificate=read_certificate(fields.bytes("cert")),
        time=fields.time("time"),
    )
    if grant.first > grant.last:
        raise NotCanonical("the last epoch comes before the first")
    return grant


def verify_grant(statement: Unverified[HistoryGrant], certificate: Certificate) -> Verified[HistoryGrant]:
    """Raises NotCanonical unless the device of `certificate`, which the statement carries, signed it. Whether its
    person is a coordinator is the caller's to ask.
    """
    if statement.says.certificate.raw != certificate.raw:
        raise NotCanonical("signed with another certificate than it carries")
    return verify(statement, certificate.key)


EPOCH_SEEN: Final = Kind("CordeeEpochSeen", _epoch_seen)
REPORT: Final = Kind("CordeeReport", _report)
HISTORY_GRANT: Final = Kind("CordeeHistoryGrant", _history_grant)
