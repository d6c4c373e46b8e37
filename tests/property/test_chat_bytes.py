"""Whatever bytes come, each reader of `chat` answers with its own refusal; and what one field says, only it says.

hypothesis chooses the bytes; half of them are honest bytes with one alteration, which come further than noise.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from uuid_utils.compat import uuid7

from chat import canonical, certificates, policy, protocol
from chat.canonical import NotCanonical
from chat.envelope import BadEnvelope, read_envelope
from chat.invitations import check_invitation
from chat.policy import Invite, PolicyRefused
from chat.protocol import BadFrame
from tests.chat_commits import Rope
from tests.chat_members import ChatDevice, PersonKeys, now

ONE, OTHER = ChatDevice(PersonKeys(uuid7())), ChatDevice(PersonKeys(uuid7()))
ROPE, _ = Rope.begun(ONE, uuid7())
FRAME, INVITED = ROPE.invite(ONE, OTHER.owner, uuid7())
CHAIN = INVITED.chain
LAST = policy.read_change(CHAIN.changes[1])
INVITATION = CHAIN.invitation(ONE, OTHER.owner, created=LAST.time)


def _invitation(raw: bytes) -> None:
    assert isinstance(LAST.op, Invite)
    head = policy.Head(1, LAST.hash())
    first = policy.read_change(CHAIN.changes[0]).hash()
    check_invitation(raw, change=LAST, person=LAST.op.person, change0=first, head=head)


READERS: dict[str, tuple[Callable[[bytes], object], type[Exception], bytes]] = {
    "canonical JSON": (lambda raw: canonical.decode(raw, limit=4096), NotCanonical, CHAIN.extension()),
    "certificate": (certificates.read_certificate, NotCanonical, ONE.certificate),
    "change": (policy.read_change, PolicyRefused, CHAIN.changes[1]),
    "chain": (lambda raw: policy.fold([CHAIN.changes[0], raw], CHAIN.circle), PolicyRefused, CHAIN.changes[1]),
    "extension": (policy.read_policy, PolicyRefused, CHAIN.extension()),
    "note": (policy.read_note, PolicyRefused, CHAIN.note(CHAIN.changes[1])),
    "invitation": (_invitation, NotCanonical, INVITATION),
    "envelope": (read_envelope, BadEnvelope, ONE.envelope(CHAIN.circle, 0)),
    "frame": (protocol.decode, BadFrame, json.dumps(FRAME).encode()),
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("name", READERS)
def test_the_honest_bytes_are_read(name: str) -> None:
    read, _, honest = READERS[name]
    read(honest)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=100, deadline=None)
@given(raw=st.binary(max_size=600) | JSON.map(lambda value: json.dumps(value).encode()))
def test_noise_is_refused_in_the_readers_own_words(name: str, raw: bytes) -> None:
    read, refusal, _ = READERS[name]
    with suppress(refusal):
        read(raw)


@pytest.mark.parametrize("name", READERS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_an_alteration_is_refused_in_the_readers_own_words(name: str, data: st.DataObject) -> None:
    read, refusal, honest = READERS[name]
    start = data.draw(st.integers(0, len(honest)))
    end = data.draw(st.integers(start, min(start + 8, len(honest))))
    with suppress(refusal):
        read(honest[:start] + data.draw(st.binary(max_size=8)) + honest[end:])


@pytest.mark.parametrize("name", sorted(READERS.keys() - {"frame", "envelope"}))
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_any_value_in_any_field_is_refused_in_the_readers_own_words(name: str, data: st.DataObject) -> None:
    read, refusal, honest = READERS[name]
    content = json.loads(honest)
    content[data.draw(st.sampled_from(sorted(content)))] = data.draw(JSON)
    with suppress(refusal, UnicodeEncodeError):
        read(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode())


@given(
    value=st.dictionaries(
        st.text("abcXYZ _-", max_size=5), st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
    )
)
def test_what_is_written_is_read_back(value: dict[str, object]) -> None:
    with suppress(UnicodeEncodeError):  # half a surrogate pair is no text
        assert canonical.decode(canonical.encode(value), limit=10**6) == value


@given(moment=st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)))  # noqa: DTZ001 — given a zone below
def test_times_are_read_back_to_the_millisecond(moment: datetime) -> None:
    known = moment.replace(tzinfo=UTC, microsecond=moment.microsecond // 1000 * 1000)
    assert canonical.Fields({"t": canonical.to_time(known)}).time("t") == known


@given(back=st.integers(0, 10**9))
def test_envelopes_tell_the_senders_clock_to_the_millisecond(back: int) -> None:
    created = now() - timedelta(milliseconds=back)
    assert read_envelope(ONE.envelope(CHAIN.circle, 0, created=created)).created == created
