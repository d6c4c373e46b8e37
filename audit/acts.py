"""The closed vocabulary of acts: what each is in FHIR, how grave it is, how long it is kept. Pure.

One row per act; docs/audit.md shows the same table and a test compares them. An act that is missing here cannot be
declared (`audit.doors`) nor recorded (`audit.services`). Sources: FHIR R4 AuditEvent (type, subtype, action), DICOM
PS3.16 CID 400 and 403, HL7 v3 PurposeOfUse, FHIR R5 AuditEvent.severity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Action = Literal["C", "R", "U", "D", "E"]
Severity = Literal["informational", "notice", "warning", "alert"]
Retention = Literal["access", "security"]  # 36 and 12 months unless the organisation says otherwise


@dataclass(frozen=True, slots=True)
class Act:
    """`type` and `subtype`: DICOM when numeric, else `rest` and a FHIR interaction. `why`: the usual purpose of use."""

    type: str
    subtype: str
    action: Action
    severity: Severity
    retention: Retention
    why: str

    @property
    def reads(self) -> bool:
        """A disclosure without a change: the door itself may write its event. FHIR calls a search an execution."""
        return self.action == "R" or self.subtype == "search"


# DICOM PS3.16: what a row is, in words.
_APPLICATION, _EXPORT, _IMPORT, _PATIENT, _QUERY = "110100", "110106", "110107", "110110", "110112"
_SECURITY, _SIGN_IN, _LOG_USED = "110113", "110114", "110101"
_LOGIN, _LOGOUT, _OVERRIDE, _OVERRIDE_END = "110122", "110123", "110127", "110138"
_LOG_STOPPED, _LOG_STARTED, _RIGHTS, _ROLES, _CREDENTIALS = "110133", "110134", "110135", "110136", "110137"
_CONFIGURATION = "110129"

_TABLE: Final = {
    # People who sign in, their factors, their keys.
    "account.create": Act(_SECURITY, _CREDENTIALS, "C", "notice", "security", "HSYSADMIN"),
    "account.reserve": Act(_SECURITY, _CREDENTIALS, "C", "notice", "security", "COC"),
    "account.claim": Act(_SECURITY, _CREDENTIALS, "U", "notice", "security", "HOPERAT"),
    "account.activate": Act(_SECURITY, _CREDENTIALS, "U", "notice", "security", "HSYSADMIN"),
    "account.deactivate": Act(_SECURITY, _CREDENTIALS, "U", "notice", "security", "HSYSADMIN"),
    "account.link": Act(_SECURITY, _CREDENTIALS, "U", "notice", "security", "HSYSADMIN"),
    "auth.login": Act(_SIGN_IN, _LOGIN, "E", "informational", "security", "HOPERAT"),
    "auth.logout": Act(_SIGN_IN, _LOGOUT, "E", "informational", "security", "HOPERAT"),
    "auth.password": Act(_SECURITY, _CREDENTIALS, "U", "notice", "security", "HOPERAT"),
    "auth.factor": Act(_SECURITY, _CREDENTIALS, "U", "notice", "security", "HOPERAT"),
    "identity.bind": Act(_SECURITY, _CREDENTIALS, "C", "notice", "access", "HOPERAT"),
    "identity.rotate": Act(_SECURITY, _CREDENTIALS, "U", "notice", "access", "HOPERAT"),
    "identity.reset": Act(_SECURITY, _CREDENTIALS, "U", "alert", "access", "HOPERAT"),
    "identity.attest": Act(_SECURITY, _CREDENTIALS, "U", "notice", "access", "HOPERAT"),
    "identity.end": Act(_SECURITY, _CREDENTIALS, "D", "notice", "access", "HOPERAT"),
    "identity.object": Act(_SECURITY, _CREDENTIALS, "E", "alert", "access", "HOPERAT"),
    "device.add": Act(_SECURITY, _CREDENTIALS, "C", "notice", "access", "HOPERAT"),
    "device.connect": Act(_SIGN_IN, _LOGIN, "E", "informational", "security", "HOPERAT"),
    "socket.frame": Act(_SECURITY, "operation", "E", "warning", "security", "HOPERAT"),
    "device.rename": Act(_SECURITY, _CREDENTIALS, "U", "informational", "access", "HOPERAT"),
    "device.rekey": Act(_SECURITY, _CREDENTIALS, "U", "notice", "access", "HOPERAT"),
    "device.revoke": Act(_SECURITY, _CREDENTIALS, "D", "notice", "access", "HOPERAT"),
    "vault.create": Act(_SECURITY, _CREDENTIALS, "C", "notice", "access", "HOPERAT"),
    "vault.read": Act(_SECURITY, _CREDENTIALS, "R", "informational", "access", "HOPERAT"),
    "vault.update": Act(_SECURITY, _CREDENTIALS, "U", "notice", "access", "HOPERAT"),
    "vault.wrap": Act(_SECURITY, _CREDENTIALS, "C", "notice", "access", "HOPERAT"),
    "vault.unwrap": Act(_SECURITY, _CREDENTIALS, "D", "notice", "access", "HOPERAT"),
    "profile.read": Act("rest", "read", "R", "informational", "access", "COC"),
    "profile.update": Act("rest", "update", "U", "informational", "access", "COC"),
    # The patient and the circle.
    "patient.create": Act(_PATIENT, "create", "C", "informational", "access", "TREAT"),
    "patient.read": Act(_PATIENT, "read", "R", "informational", "access", "TREAT"),
    "patient.update": Act(_PATIENT, "update", "U", "notice", "access", "TREAT"),
    "patient.search": Act(_QUERY, "search", "E", "notice", "access", "TREAT"),
    "patient.verify": Act(_QUERY, "operation", "E", "notice", "access", "TREAT"),
    "patient.report": Act(_EXPORT, "operation", "R", "notice", "access", "PATRQT"),
    "patient.erase": Act(_PATIENT, "delete", "D", "warning", "access", "PATRQT"),
    "circle.create": Act("rest", "create", "C", "notice", "access", "TREAT"),
    "circle.list": Act("rest", "search", "E", "informational", "access", "TREAT"),
    "circle.read": Act("rest", "read", "R", "informational", "access", "TREAT"),
    "circle.open": Act("rest", "read", "E", "informational", "access", "TREAT"),
    "circle.listen": Act("rest", "read", "R", "informational", "access", "TREAT"),
    "circle.update": Act("rest", "update", "U", "notice", "access", "TREAT"),
    "circle.close": Act("rest", "update", "U", "notice", "access", "TREAT"),
    "circle.reopen": Act("rest", "update", "U", "notice", "access", "TREAT"),
    "circle.archive": Act("rest", "update", "U", "notice", "access", "HOPERAT"),
    "circle.purge": Act("rest", "delete", "D", "warning", "access", "HOPERAT"),
    "consent.record": Act("rest", "create", "C", "notice", "access", "PATRQT"),
    "consent.withdraw": Act("rest", "update", "U", "warning", "access", "PATRQT"),
    "opposition.record": Act("rest", "create", "C", "warning", "access", "PATRQT"),
    "opposition.lift": Act("rest", "update", "U", "notice", "access", "PATRQT"),
    "breakglass.start": Act(_SECURITY, _OVERRIDE, "E", "alert", "access", "BTG"),
    "breakglass.end": Act(_SECURITY, _OVERRIDE_END, "E", "alert", "access", "BTG"),
    "breakglass.list": Act(_LOG_USED, "search", "E", "notice", "access", "HCOMPL"),
    "breakglass.review": Act(_LOG_USED, "update", "U", "notice", "access", "HCOMPL"),
    "breakglass.forget": Act(_LOG_USED, "delete", "D", "notice", "access", "HOPERAT"),
    # Who is on the rope.
    "candidate.search": Act(_QUERY, "search", "E", "informational", "access", "COC"),
    "member.invite": Act(_SECURITY, _RIGHTS, "C", "notice", "access", "COC"),
    "member.join": Act(_SECURITY, _RIGHTS, "C", "notice", "access", "COC"),
    "member.update": Act(_SECURITY, _RIGHTS, "U", "notice", "access", "COC"),
    "member.role": Act(_SECURITY, _ROLES, "U", "notice", "access", "COC"),
    "member.handover": Act(_SECURITY, _ROLES, "U", "notice", "access", "COC"),
    "member.end": Act(_SECURITY, _RIGHTS, "D", "notice", "access", "COC"),
    "invitation.list": Act("rest", "search", "E", "informational", "access", "COC"),
    "invitation.read": Act("rest", "read", "R", "informational", "access", "COC"),
    "invitation.ask": Act("rest", "create", "C", "notice", "access", "COC"),
    "invitation.asked": Act("rest", "search", "E", "informational", "access", "COC"),
    "invitation.dismiss": Act("rest", "update", "U", "informational", "access", "COC"),
    "invitation.send": Act("rest", "operation", "E", "notice", "access", "COC"),
    "invitation.open": Act(_SECURITY, _CREDENTIALS, "U", "notice", "access", "COC"),
    "invitation.remind": Act("rest", "operation", "E", "informational", "access", "COC"),
    "invitation.decline": Act(_SECURITY, _RIGHTS, "D", "notice", "access", "COC"),
    "invitation.revoke": Act(_SECURITY, _RIGHTS, "D", "notice", "access", "COC"),
    "invitation.expire": Act(_SECURITY, _RIGHTS, "D", "notice", "access", "COC"),
    "invitation.accept": Act("rest", "update", "U", "notice", "access", "COC"),
    "member.admit": Act(_SECURITY, _RIGHTS, "U", "notice", "access", "COC"),
    "member.restore": Act(_SECURITY, _ROLES, "U", "alert", "access", "HSYSADMIN"),
    "order.issue": Act(_SECURITY, _RIGHTS, "D", "notice", "access", "HOPERAT"),
    "steward.set": Act(_SECURITY, _CREDENTIALS, "C", "warning", "access", "HSYSADMIN"),
    "registrar.read": Act("rest", "read", "R", "notice", "access", "HSYSADMIN"),
    "organisation.read": Act("rest", "read", "R", "notice", "access", "HSYSADMIN"),
    "person.depart": Act(_SECURITY, _RIGHTS, "D", "warning", "access", "HSYSADMIN"),
    "perm.change": Act(_SECURITY, _RIGHTS, "U", "warning", "access", "HSYSADMIN"),
    # The conversation, as far as the server knows it.
    "mls.commit": Act("rest", "create", "C", "notice", "access", "TREAT"),
    "mls.read": Act("rest", "read", "R", "informational", "access", "TREAT"),
    "mls.report": Act(_SECURITY, "operation", "E", "warning", "access", "TREAT"),
    "mls.confirm": Act("rest", "create", "C", "informational", "access", "TREAT"),
    "epochkey.read": Act("rest", "read", "R", "informational", "access", "TREAT"),
    "epochkey.repair": Act("rest", "update", "U", "notice", "access", "TREAT"),
    "message.send": Act("rest", "create", "C", "informational", "access", "TREAT"),
    "message.read": Act("rest", "read", "R", "informational", "access", "TREAT"),
    "message.erase": Act("rest", "delete", "D", "notice", "access", "TREAT"),
    "message.ack": Act("rest", "create", "C", "informational", "access", "TREAT"),
    "message.remind": Act("rest", "operation", "E", "informational", "access", "TREAT"),
    "message.escalate": Act("rest", "operation", "E", "notice", "access", "TREAT"),
    "receipt.send": Act("rest", "create", "C", "informational", "access", "TREAT"),
    "receipt.read": Act("rest", "read", "R", "informational", "access", "TREAT"),
    "history.grant": Act(_SECURITY, _RIGHTS, "C", "warning", "access", "TREAT"),
    "attachment.add": Act("rest", "create", "C", "informational", "access", "TREAT"),
    "attachment.read": Act("rest", "read", "R", "informational", "access", "TREAT"),
    "attachment.erase": Act("rest", "delete", "D", "notice", "access", "TREAT"),
    # The network around the circle, and other systems.
    "directory.search": Act(_QUERY, "search", "E", "informational", "security", "COC"),
    "directory.read": Act("rest", "read", "R", "informational", "security", "COC"),
    "directory.sync": Act(_IMPORT, "batch", "E", "informational", "security", "HOPERAT"),
    "contact.ask": Act("rest", "create", "C", "informational", "security", "COC"),
    "contact.answer": Act("rest", "update", "U", "informational", "security", "COC"),
    "contact.block": Act("rest", "update", "U", "notice", "security", "COC"),
    "announcement.post": Act("rest", "create", "C", "informational", "security", "COC"),
    "push.subscribe": Act("rest", "create", "C", "informational", "security", "HOPERAT"),
    "push.unsubscribe": Act("rest", "delete", "D", "informational", "security", "HOPERAT"),
    "careteam.read": Act("rest", "read", "R", "informational", "access", "COC"),
    "careteam.search": Act(_QUERY, "search", "E", "informational", "access", "COC"),
    "careteam.write": Act("rest", "update", "U", "notice", "access", "COC"),
    "careteam.erase": Act("rest", "delete", "D", "warning", "access", "HOPERAT"),
    "proposal.read": Act("rest", "search", "E", "informational", "access", "COC"),
    "proposal.settle": Act("rest", "update", "U", "notice", "access", "COC"),
    "system.list": Act("rest", "search", "E", "informational", "security", "HSYSADMIN"),
    "system.create": Act(_SECURITY, _CREDENTIALS, "C", "warning", "security", "HSYSADMIN"),
    "system.rotate": Act(_SECURITY, _CREDENTIALS, "U", "warning", "security", "HSYSADMIN"),
    "system.end": Act(_SECURITY, _CREDENTIALS, "D", "warning", "security", "HSYSADMIN"),
    "system.login": Act(_SIGN_IN, _LOGIN, "E", "informational", "security", "HOPERAT"),
    # The trail itself and those who read it.
    "subject.bind": Act(_APPLICATION, "create", "C", "informational", "access", "HOPERAT"),
    "subject.resolve": Act(_LOG_USED, "read", "R", "warning", "access", "HCOMPL"),
    "subject.erase": Act(_LOG_USED, "delete", "D", "warning", "access", "PATRQT"),
    "audit.search": Act(_LOG_USED, "search", "E", "notice", "access", "HCOMPL"),
    "audit.read": Act(_LOG_USED, "read", "R", "notice", "access", "HCOMPL"),
    "audit.certify": Act(_LOG_USED, "operation", "R", "notice", "access", "HCOMPL"),
    "audit.review": Act(_LOG_USED, "update", "U", "notice", "access", "HCOMPL"),
    "audit.hold": Act(_LOG_USED, "update", "U", "warning", "access", "HLEGAL"),
    "audit.prune": Act(_LOG_USED, "delete", "D", "warning", "access", "HCOMPL"),
    "audit.anchor": Act(_LOG_USED, "operation", "E", "informational", "access", "HCOMPL"),
    "export.create": Act(_EXPORT, "operation", "R", "warning", "access", "HCOMPL"),
    "export.read": Act(_EXPORT, "read", "R", "warning", "access", "HCOMPL"),
    "setting.change": Act(_SECURITY, _CONFIGURATION, "U", "warning", "security", "HSYSADMIN"),
    "secret.rotate": Act(_SECURITY, _CONFIGURATION, "U", "warning", "security", "HSYSADMIN"),
    "writer.open": Act(_APPLICATION, _LOG_STARTED, "E", "informational", "access", "HOPERAT"),
    "writer.close": Act(_APPLICATION, _LOG_STOPPED, "E", "informational", "access", "HOPERAT"),
}  # fmt: skip

ACTS: Final[Mapping[str, Act]] = MappingProxyType(_TABLE)
