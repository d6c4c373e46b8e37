"""Which leaf a commit may bring: the policy before it says who commits, the policy after it what may stand there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from chat import policy
from chat.mls import MlsError, PublicGroup
from chat.policy import Policy
from chat.rules import CircleRules
from tests.chat_chain import Chain
from tests.chat_commits import circle_extensions
from tests.chat_members import ChatDevice, Fields, PersonKeys, now
from tests.mls_members import RULES, replace_extensions


class Circle:
    """A coordinator with two devices and a nurse with one, each a leaf; nobody has committed anything yet."""

    def __init__(self) -> None:
        self.moment = now()
        owner = PersonKeys(uuid7())
        self.gp, self.tablet, self.nurse = ChatDevice(owner), ChatDevice(owner), ChatDevice(PersonKeys(uuid7()))
        self.chain = Chain.begun(uuid7(), self.gp, time=self.moment)
        self.append(self.gp, self.chain.invite(self.nurse.owner.person()))
        group_info, tree = self.gp.create(self.chain.circle.bytes, *circle_extensions(self.chain.extension()))
        self.group = PublicGroup.create(group_info, ratchet_tree=tree, rules=RULES)
        for device in (self.tablet, self.nurse):
            self.group = self.group.apply(self.group.verify_commit(device.join(self.group), rules=RULES))

    def append(self, device: ChatDevice, op: Fields) -> None:
        self.chain.append(self.chain.signed_by(device, op, time=self.moment))

    def policy(self) -> Policy:
        return policy.fold(self.chain.changes, self.chain.circle)

    def commit(self, device: ChatDevice, *ops: Fields, certificate: bytes | None = None) -> str | None:
        """With which code the rules refuse a commit of these changes, after which the leaf has this certificate."""
        before = self.policy()
        for op in ops:
            self.append(device, op)
        device.identity = certificate or device.identity
        extensions = [replace_extensions(*circle_extensions(self.chain.extension()))] if ops else []
        message = device.commit(self.group, *extensions, data=self.chain.note(time=self.moment))
        return self.refusal(message, before)

    def refusal(self, message: bytes, before: Policy) -> str | None:
        try:
            self.group.verify_commit(message, rules=CircleRules(before, self.policy(), self.moment))
        except MlsError as refused:
            return refused.code
        return None


@pytest.fixture
def circle() -> Circle:
    return Circle()


def renewed(device: ChatDevice) -> PersonKeys:
    return PersonKeys(device.user)


def test_a_leaf_keeps_its_certificate(circle: Circle) -> None:
    assert circle.commit(circle.nurse) is None
    another = circle.nurse.owner.certify(circle.nurse.id, circle.nurse.signature_key)
    assert circle.commit(circle.nurse, certificate=another) == "leaf_changes_hands"


def test_a_rotation_brings_the_certificate_under_the_new_key(circle: Circle) -> None:
    new = renewed(circle.gp)
    rotate = circle.chain.rotate(circle.gp.owner.rotation(new))
    certificate = new.certify(circle.gp.id, circle.gp.signature_key, created=circle.moment)
    assert circle.commit(circle.gp, rotate, certificate=certificate) is None


def test_a_rotation_leaves_no_certificate_under_the_old_key(circle: Circle) -> None:
    rotate = circle.chain.rotate(circle.gp.owner.rotation(renewed(circle.gp)))
    assert circle.commit(circle.gp, rotate) == "bad_certificate"


@pytest.mark.parametrize("whose", ["another device's", "another person's"])
def test_a_rotation_hands_no_leaf_over(circle: Circle, whose: str) -> None:
    new = renewed(circle.gp)
    other = new if whose == "another device's" else circle.nurse.owner
    certificate = other.certify(uuid7(), circle.gp.signature_key, created=circle.moment)
    rotate = circle.chain.rotate(circle.gp.owner.rotation(new))
    assert circle.commit(circle.gp, rotate, certificate=certificate) == "leaf_changes_hands"


def test_somebody_elses_rotation_changes_nothing_at_ones_own_leaf(circle: Circle) -> None:
    rotate = circle.chain.rotate(circle.gp.owner.rotation(renewed(circle.gp)))
    another = circle.nurse.owner.certify(circle.nurse.id, circle.nurse.signature_key, created=circle.moment)
    assert circle.commit(circle.nurse, rotate, certificate=another) == "leaf_changes_hands"


def test_nobody_commits_after_a_revocation_nor_their_own(circle: Circle) -> None:
    revoke = circle.chain.revoke(circle.gp.user, circle.gp.id)
    assert circle.commit(circle.gp, revoke) == "device_revoked"
    assert circle.commit(circle.gp) == "device_revoked"
    assert circle.commit(circle.tablet) is None


def test_nobody_commits_who_was_ended(circle: Circle) -> None:
    before = circle.policy()
    circle.append(circle.gp, circle.chain.end(circle.nurse.user))
    message = circle.nurse.commit(circle.group, data=circle.chain.note(time=circle.moment))
    assert circle.refusal(message, circle.policy()) == "not_in_policy"
    assert circle.refusal(message, before) == "not_in_policy"


def test_nobody_past_their_end_commits_the_change_that_lifts_it(circle: Circle) -> None:
    end = circle.moment + timedelta(seconds=1)
    circle.append(circle.gp, circle.chain.role(circle.nurse.user, "guest", end))
    circle.moment = end
    before = circle.policy()
    circle.append(circle.gp, circle.chain.role(circle.nurse.user, "member"))
    for device, code in ((circle.nurse, "membership_past_end"), (circle.gp, None)):
        message = device.commit(circle.group, data=circle.chain.note(time=circle.moment))
        assert circle.refusal(message, before) == code


def test_who_is_pending_has_no_leaf(circle: Circle) -> None:
    pending = ChatDevice(PersonKeys(uuid7()))
    circle.append(circle.gp, circle.chain.invite(pending.owner.pending(bytes(32))))
    message = pending.join(circle.group, data=circle.chain.note(time=circle.moment))
    assert circle.refusal(message, circle.policy()) == "not_in_policy"
    circle.append(circle.gp, circle.chain.admit(pending.owner))
    assert circle.refusal(message, circle.policy()) is None
