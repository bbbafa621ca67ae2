import itertools
import logging
from collections import Counter

import numpy as np
import pytest

from liveness.sessions.challenge import Challenge, FixedChallengeSource, RandomChallengeSource
from liveness.verdict import STANDARD_ACTIONS, Action

ORDERS = set(itertools.permutations(STANDARD_ACTIONS))


def test_every_order_is_drawn_about_equally_often() -> None:
    seeded = np.random.default_rng(7)
    source = RandomChallengeSource(seeded.bytes)
    drawn = Counter(source.draw().actions for _ in range(6000))
    assert set(drawn) == ORDERS
    assert all(850 < count < 1150 for count in drawn.values())


def test_nonces_differ_and_carry_128_bits() -> None:
    seeded = np.random.default_rng(7)
    nonces = {RandomChallengeSource(seeded.bytes).draw().nonce for _ in range(100)}
    assert len(nonces) == 100
    assert all(len(nonce) == 22 for nonce in nonces)


def test_a_fixed_source_warns_and_is_not_for_production(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        source = FixedChallengeSource([Action.BLINK, Action.NOD], np.random.default_rng(1).bytes)
    assert "UNSAFE" in caplog.text
    assert not source.safe_in_production
    assert RandomChallengeSource(np.random.default_rng(1).bytes).safe_in_production
    assert source.draw().actions == source.draw().actions == (Action.BLINK, Action.NOD)
    assert source.draw().nonce != source.draw().nonce


@pytest.mark.parametrize("actions", [(), (Action.NOD, Action.NOD)], ids=["none", "twice"])
def test_an_empty_or_repeated_challenge_is_refused(actions: tuple[Action, ...]) -> None:
    with pytest.raises(ValueError, match="each of its actions once"):
        Challenge(actions, "nonce")
