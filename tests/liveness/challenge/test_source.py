"""How challenges are drawn."""

import itertools
import logging
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveness.challenge.alternatives import LEAST_ACTIONS, Alternatives
from liveness.challenge.challenge import WINDOW_MS, Challenge, Step
from liveness.challenge.source import (
    LONGEST_PAUSE_MS,
    SHORTEST_PAUSE_MS,
    FixedChallengeSource,
    RandomChallengeSource,
)
from liveness.verdict import STANDARD_ACTIONS, Action

ORDERS = set(itertools.permutations(STANDARD_ACTIONS))
REPEATS = {(1, 1, 2), (1, 2, 1), (2, 1, 1), (1, 2, 2), (2, 1, 2), (2, 2, 1)}

cannot_do = st.frozensets(st.sampled_from(Action), max_size=len(Action) - LEAST_ACTIONS)


def random_source(seed: int = 7) -> RandomChallengeSource:
    return RandomChallengeSource(np.random.default_rng(seed).bytes)


def test_every_order_and_every_choice_of_repeats_is_drawn_about_equally_often() -> None:
    source = random_source()
    drawn = [source.draw() for _ in range(6000)]
    orders = Counter(challenge.actions for challenge in drawn)
    repeats = Counter(tuple(step.repeats for step in challenge.steps) for challenge in drawn)
    assert set(orders) == ORDERS
    assert set(repeats) == REPEATS
    assert all(850 < count < 1150 for count in (*orders.values(), *repeats.values()))


def test_pauses_fill_their_range_evenly() -> None:
    source = random_source()
    pauses = [step.pause_ms for _ in range(1000) for step in source.draw().steps]
    assert min(pauses) >= SHORTEST_PAUSE_MS
    assert max(pauses) <= LONGEST_PAUSE_MS
    middle = (SHORTEST_PAUSE_MS + LONGEST_PAUSE_MS) / 2
    assert abs(sum(pauses) / len(pauses) - middle) < 30
    assert len(set(pauses)) > 500


def test_nonces_differ_and_carry_128_bits() -> None:
    source = random_source()
    nonces = {source.draw().nonce for _ in range(100)}
    assert len(nonces) == 100
    assert all(len(nonce) == 22 for nonce in nonces)


@given(cannot_do, st.booleans(), st.integers(0, 1000))
def test_nobody_is_asked_for_what_they_cannot_do_and_always_for_three_actions(
    cannot: frozenset[Action], more_time: bool, seed: int
) -> None:
    challenge = random_source(seed).draw(Alternatives(cannot, more_time))
    assert not cannot & set(challenge.actions)
    assert len(set(challenge.actions)) == LEAST_ACTIONS
    assert all(step.window_ms == WINDOW_MS * (2 if more_time else 1) for step in challenge.steps)
    assert 4 <= len(challenge.sequence) <= 5


def test_the_stand_in_is_drawn_and_not_chosen() -> None:
    source = random_source()
    alternatives = Alternatives(frozenset({Action.NOD}))
    drawn = Counter(
        action
        for _ in range(3000)
        for action in source.draw(alternatives).actions
        if action not in STANDARD_ACTIONS
    )
    assert set(drawn) == {Action.TURN_LEFT, Action.TURN_RIGHT, Action.SMILE}
    assert all(850 < count < 1150 for count in drawn.values())


@given(cannot_do, cannot_do, st.integers(0, 1000))
def test_asking_again_changes_only_what_cannot_be_done(
    first: frozenset[Action], then: frozenset[Action], seed: int
) -> None:
    source = random_source(seed)
    before = source.draw(Alternatives(first))
    after = source.again(before, Alternatives(then))
    assert after.nonce != before.nonce
    assert not then & set(after.actions)
    for old, new in zip(before.steps, after.steps, strict=True):
        assert (old.repeats, old.pause_ms) == (new.repeats, new.pause_ms)
        assert new.action is old.action or old.action in then


@given(cannot=cannot_do)
def test_asking_anew_keeps_the_actions_and_draws_all_else(cannot: frozenset[Action]) -> None:
    source, alternatives = random_source(), Alternatives(cannot)
    before = source.draw(alternatives)
    after = [source.anew(before, alternatives) for _ in range(40)]
    assert {frozenset(challenge.actions) for challenge in after} == {frozenset(before.actions)}
    assert len({challenge.actions for challenge in after}) > 2
    assert (
        len({challenge.steps for challenge in after}) == len({challenge.nonce for challenge in after}) == 40
    )


def test_a_fixed_source_warns_and_is_not_for_production(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        source = FixedChallengeSource([Action.BLINK, Action.NOD], np.random.default_rng(1).bytes)
    assert "UNSAFE" in caplog.text
    assert not source.safe_in_production
    assert random_source().safe_in_production
    assert source.draw().sequence == source.draw().sequence == (Action.BLINK, Action.NOD)
    assert source.draw().nonce != source.draw().nonce


def test_a_fixed_source_also_keeps_to_what_a_person_can_do() -> None:
    source = FixedChallengeSource(STANDARD_ACTIONS, np.random.default_rng(1).bytes)
    challenge = source.draw(Alternatives(frozenset({Action.MOUTH})))
    assert isinstance(challenge, Challenge)
    assert Action.MOUTH not in challenge.actions
    assert challenge.steps[0] == Step(Action.NOD)
