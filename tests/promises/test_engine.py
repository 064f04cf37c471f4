"""The engine against clocks told another way, on any events."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from duecare.promises import engine
from duecare.promises.terms import CLOCKS
from promises.slow_clocks import Contact, Event, Span

EVENT = st.one_of(
    st.tuples(st.integers(0, 40), st.just(engine.STATE), st.integers(0, 5)),
    st.tuples(st.integers(0, 40), st.just(engine.PRIORITY), st.integers(0, 3)),
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(
            [
                engine.MESSAGE,
                engine.REPLY,
                engine.MESSAGE,
                engine.REPLY,
                engine.QUEUED,
                engine.ANSWERED,
                engine.FINISHED,
                engine.TRANSFERRED,
            ]
        ),
        st.just(-1),
    ),
    st.tuples(st.integers(0, 40), st.sampled_from([engine.ABANDONED, engine.DEFLECTED, engine.MERGED]), st.just(-1)),
)
CONTACT = st.tuples(st.integers(0, 5), st.lists(EVENT, max_size=14).map(lambda events: sorted(events, key=lambda event: event[0])))


def by_engine(contacts: list[tuple[int, list[Event]]]) -> list[list[Span]]:
    """Ask the engine, and put its spans and pieces in the other form."""
    flat = [event for _, events in contacts for event in events]
    first = np.cumsum([0, *(len(events) for _, events in contacts)])
    at = np.array([event[0] for event in flat], dtype=np.int64)
    what = np.array([event[1] for event in flat], dtype=np.uint8)
    value = np.array([event[2] for event in flat], dtype=np.int8)
    out = engine.spans_of(np.array([opened for opened, _ in contacts], dtype=np.int64), first.astype(np.int64), at, what, value)
    pieces: dict[int, list[tuple[int, int]]] = {}
    for span, start, end in zip(out.piece.tolist(), out.piece_start.tolist(), out.piece_end.tolist(), strict=True):
        pieces.setdefault(span, []).append((start, end))
    found: list[list[Span]] = [[] for _ in contacts]
    for n, (c, clock, start, end, ended) in enumerate(zip(out.contact, out.clock, out.start, out.end, out.ended, strict=True)):
        span = Span(CLOCKS[clock], int(start), int(end), int(ended), int(out.frozen[n]), int(out.severity[n]), tuple(pieces.get(n, ())))
        found[int(c)].append(span)
    return [sorted(spans) for spans in found]


@given(st.lists(CONTACT, min_size=1, max_size=6))
def test_every_span_and_every_piece_are_those_of_the_slow_clocks(contacts: list[tuple[int, list[Event]]]) -> None:
    assert by_engine(contacts) == [Contact(opened, events).spans() for opened, events in contacts]


def test_no_contacts_have_no_spans() -> None:
    assert by_engine([]) == []
