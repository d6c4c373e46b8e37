"""Which acts an officer looks for together: each act of the vocabulary in one group. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, get_args

Group = Literal[
    "reading",
    "message",
    "file",
    "member",
    "history",
    "device",
    "breakglass",
    "signin",
    "rights",
    "patient",
    "directory",
    "export",
    "trail",
    "system",
]

GROUPS: Final[tuple[Group, ...]] = get_args(Group)

_ACTS: Final[Mapping[Group, str]] = {
    "reading": "circle.list circle.read circle.open circle.listen message.read receipt.read mls.read epochkey.read"
    " profile.read careteam.read careteam.search proposal.read invitation.list invitation.read invitation.asked"
    " candidate.search",
    "message": "message.send message.erase message.ack message.remind message.escalate receipt.send announcement.post"
    " mls.report",
    "file": "attachment.add attachment.read attachment.erase",
    "member": "circle.create circle.update circle.close circle.reopen circle.archive circle.purge member.invite"
    " member.join member.update member.end member.admit invitation.ask invitation.dismiss invitation.send"
    " invitation.open invitation.remind invitation.decline invitation.revoke invitation.expire invitation.accept"
    " mls.commit mls.confirm order.issue careteam.write careteam.erase proposal.settle",
    "history": "history.grant epochkey.repair",
    "device": "identity.bind identity.rotate identity.reset identity.attest identity.end identity.object device.add"
    " device.rename device.rekey device.revoke vault.create vault.read vault.update vault.wrap vault.unwrap"
    " push.subscribe push.unsubscribe steward.set",
    "breakglass": "breakglass.start breakglass.end breakglass.list breakglass.review breakglass.forget",
    "signin": "auth.login auth.logout auth.password auth.factor device.connect socket.frame system.login",
    "rights": "member.role member.handover member.restore person.depart perm.change registrar.read organisation.read"
    " account.create account.reserve account.claim account.activate account.deactivate account.link",
    "patient": "patient.create patient.read patient.update patient.search patient.verify patient.report patient.erase"
    " consent.record consent.withdraw opposition.record opposition.lift",
    "directory": "directory.search directory.read directory.sync profile.update contact.ask contact.answer"
    " contact.block",
    "export": "export.create export.read",
    "trail": "audit.search audit.read audit.certify audit.review audit.hold audit.prune audit.anchor subject.bind"
    " subject.resolve subject.erase writer.open writer.close",
    "system": "setting.change secret.rotate system.list system.create system.rotate system.end",
}

GROUP_OF: Final[Mapping[str, Group]] = MappingProxyType(
    {act: group for group, acts in _ACTS.items() for act in acts.split()}
)

# What officers do with the trail itself: shown to their own organisation's officers only.
TRAIL_ACTS: Final = frozenset(act for act, group in GROUP_OF.items() if group in ("export", "trail"))


def acts_of(group: Group) -> frozenset[str]:
    return frozenset(_ACTS[group].split())
