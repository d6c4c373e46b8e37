"""The leaf's text is RFC 8785, as another implementation writes it; whatever the event, it is one line."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit.acts import ACTS
from audit.events import INTEGER_LIMIT, KEYS, LEAF_LIMIT, OBJECTS, OUTCOMES, PURPOSES, Event, Scalar, canonical, leaf

scalars: st.SearchStrategy[Scalar] = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=100),
    st.integers(-INTEGER_LIMIT + 1, INTEGER_LIMIT - 1),
    st.booleans(),
    st.none(),
)
counts = st.none() | st.integers(0, INTEGER_LIMIT - 1)
digests = st.none() | st.binary(min_size=32, max_size=32)
keyed = st.none() | st.text("0123456789abcdef", min_size=32, max_size=32)
tokens = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:+/-]{0,31}", fullmatch=True)
names = st.none() | st.uuids()
objects = st.builds("{}/{}".format, st.sampled_from(sorted(OBJECTS)), st.uuids() | st.integers(0, 10**10 - 1))
events = st.builds(
    Event,
    id=st.uuids(),
    t=st.datetimes(timezones=st.just(UTC)),
    act=st.sampled_from(sorted(ACTS)),
    n=st.binary(min_size=16, max_size=16),
    node=tokens,
    out=st.sampled_from(sorted(OUTCOMES)),
    err=st.none() | st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True),
    who=names, dev=names, on=names, pat=names, cir=names,
    ses=keyed, net=keyed, req=keyed,
    role=st.none() | tokens,
    org=st.none() | st.uuids().map(str),
    auth=st.none() | tokens,
    obj=st.none() | objects,
    why=st.none() | st.sampled_from(sorted(PURPOSES)),
    rsn=digests, det=digests, sha=digests, ros=digests, pol=digests,
    epo=counts, seq=counts, siz=counts, cnt=counts,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(sorted(KEYS)), scalars))
def test_the_canonical_text_is_that_of_rfc_8785(fields: dict[str, Scalar]) -> None:
    expected = rfc8785.dumps(fields)
    if len(expected) <= LEAF_LIMIT:
        assert canonical(fields) == expected


@given(events, st.integers(1, 2**40), st.integers(1, 2**40))
def test_every_event_is_one_canonical_line(event: Event, writer: int, number: int) -> None:
    line = leaf(event, writer=writer, number=number)

    assert len(line) <= LEAF_LIMIT
    assert line.isascii()
    assert line.decode().isprintable()
    read = json.loads(line)
    assert set(read) <= KEYS
    assert None not in read.values()
    assert rfc8785.dumps(read) == line
    assert (read["w"], read["wn"], read["act"], read["id"]) == (writer, number, event.act, str(event.id))


@given(events)
def test_an_event_keeps_its_time_to_the_microsecond(event: Event) -> None:
    read = json.loads(leaf(event, writer=1, number=2))

    assert read["t"].endswith("Z")
    assert len(read["t"]) == len("2026-11-22T09:15:00.000042Z")
    assert datetime.fromisoformat(read["t"]) == event.t
