import math
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.evaluation.matching import LabelledEvent, Score, match_one_to_one, overlaps, score_events
from liveness.verdict import Action
from tests.liveness.evaluation.builders import event


def label(start_s, end_s, *, neutral=False):
    return LabelledEvent(start_s, end_s, neutral)


def blink(start_s, end_s):
    return event(Action.BLINK, start_s, end_s)


@pytest.mark.parametrize(
    ("start_s", "end_s", "expected"),
    [(0.5, 0.75, True), (0.5, 0.74, False), (2.25, 3.0, True), (2.26, 3.0, False), (1.2, 1.3, True)],
)
def test_times_match_up_to_a_quarter_of_a_second_apart(start_s, end_s, expected):
    assert overlaps(label(1.0, 2.0), blink(start_s, end_s)) is expected


def test_one_found_event_meets_one_label_only():
    assert score_events([label(1.0, 1.2), label(1.4, 1.6)], [blink(1.0, 1.6)]) == Score(hits=1, misses=1)


def test_two_found_events_over_one_label_are_a_hit_and_an_error():
    assert score_events([label(1.0, 2.0)], [blink(1.0, 1.2), blink(1.5, 1.7)]) == Score(hits=1, false=1)


def test_an_early_match_does_not_rob_a_later_label():
    # The first event reaches both labels, the second the first label only.
    labels = [label(1.0, 1.2), label(1.5, 1.7)]
    assert score_events(labels, [blink(1.2, 1.5), blink(0.8, 0.9)]) == Score(hits=2)


def test_neutral_labels_are_neither_hits_nor_errors():
    labels = [label(1.0, 2.0, neutral=True)]
    assert score_events(labels, [blink(1.1, 1.2), blink(1.5, 1.6), blink(4.0, 4.1)]) == Score(false=1)
    assert score_events(labels, []) == Score()


def test_an_event_that_a_neutral_label_excuses_is_left_to_it():
    labels = [label(1.0, 1.2), label(1.4, 1.6, neutral=True)]
    assert score_events(labels, [blink(1.3, 1.5), blink(0.9, 1.0)]) == Score(hits=1)


def test_rates_follow_from_the_counts():
    score = Score(hits=6, misses=2, false=1) + Score(hits=2, misses=0, false=1)
    assert score.events == 10
    assert score.precision == pytest.approx(8 / 10)
    assert score.recall == pytest.approx(8 / 10)
    assert score.f1 == pytest.approx(16 / 20)


def test_rates_of_nothing_pass_no_bound():
    nothing = Score()
    assert all(math.isnan(rate) for rate in (nothing.precision, nothing.recall, nothing.f1))
    assert not nothing.f1 >= 0


times = st.integers(0, 60)
spans = st.tuples(times, st.integers(0, 6)).map(lambda span: (span[0] / 10, (span[0] + span[1]) / 10))


@given(
    st.lists(spans, max_size=5), st.lists(spans, max_size=5), st.lists(st.booleans(), min_size=5, max_size=5)
)
def test_matching_is_one_to_one_and_as_large_as_can_be(labelled, found, last):
    labels = [label(*span) for span in labelled]
    events = [blink(*span) for span in found]
    pairs = match_one_to_one(labels, events, last=last[: len(events)])
    assert len({one for one, _ in pairs}) == len({other for _, other in pairs}) == len(pairs)
    assert all(overlaps(labels[one], events[other]) for one, other in pairs)
    best = 0
    for order in permutations(range(len(events))):
        reached = sum(overlaps(one, events[at]) for one, at in zip(labels, order, strict=False))
        best = max(best, reached)
    if len(labels) > len(events):
        best = max(
            (
                sum(overlaps(labels[at], one) for one, at in zip(events, order, strict=False))
                for order in permutations(range(len(labels)))
            ),
            default=0,
        )
    assert len(pairs) == best


@given(
    st.lists(st.tuples(spans, st.booleans()), max_size=8),
    st.lists(spans, max_size=8),
)
def test_every_label_and_every_event_is_counted_at_most_once(labelled, found):
    labels = [label(*span, neutral=neutral) for span, neutral in labelled]
    score = score_events(labels, [blink(*span) for span in found])
    assert score.hits + score.misses == sum(not one.neutral for one in labels)
    assert score.hits + score.false <= len(found)
