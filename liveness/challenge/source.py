"""Where challenges come from: unpredictable bytes, or, in tests, a fixed order."""

import base64
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from liveness.challenge.alternatives import LONGER, NO_ALTERNATIVES, Alternatives
from liveness.challenge.challenge import MOST_REPEATS, WINDOW_MS, Challenge, Step, once_each
from liveness.verdict import STANDARD_ACTIONS, Action

logger = logging.getLogger(__name__)

NONCE_BYTES: Final = 16
SHORTEST_PAUSE_MS: Final = 600
LONGEST_PAUSE_MS: Final = 1800
FEWEST_MOVEMENTS: Final = 4
"""At least four, so that delays that are all alike can be told from those of a person."""
MOST_MOVEMENTS: Final = 5

_DRAW_BYTES: Final = 16

RandomBytes = Callable[[int], bytes]


class ChallengeSource(Protocol):
    """Draws challenges."""

    @property
    def safe_in_production(self) -> bool: ...

    def draw(self, alternatives: Alternatives = NO_ALTERNATIVES) -> Challenge:
        """Draw one challenge."""
        ...

    def again(self, challenge: Challenge, alternatives: Alternatives = NO_ALTERNATIVES) -> Challenge:
        """Ask for the same under a new nonce; draw only what stands in for what cannot be done."""
        ...

    def anew(self, challenge: Challenge, alternatives: Alternatives = NO_ALTERNATIVES) -> Challenge:
        """Ask for the same actions as `again` would, in an order, as often and with pauses drawn anew."""
        ...


class RandomChallengeSource:
    """Every order, every choice of repeats and every pause equally likely, from unpredictable bytes."""

    safe_in_production = True

    def __init__(self, random_bytes: RandomBytes) -> None:
        self._random_bytes = random_bytes

    def draw(self, alternatives: Alternatives = NO_ALTERNATIVES) -> Challenge:
        return self.again(Challenge(self._steps(STANDARD_ACTIONS), self._nonce()), alternatives)

    def again(self, challenge: Challenge, alternatives: Alternatives = NO_ALTERNATIVES) -> Challenge:
        steps = _with_stand_ins(challenge.steps, alternatives, self._shuffled)
        return Challenge(_in_time(steps, alternatives), self._nonce())

    def anew(self, challenge: Challenge, alternatives: Alternatives = NO_ALTERNATIVES) -> Challenge:
        actions = self.again(challenge, alternatives).actions
        return Challenge(_in_time(self._steps(actions), alternatives), self._nonce())

    def _steps(self, actions: Sequence[Action]) -> tuple[Step, ...]:
        repeats = self._one_of(_repeats_of(len(actions)))
        return tuple(
            Step(action, repeats=count, pause_ms=self._pause_ms())
            for action, count in zip(self._shuffled(actions), repeats, strict=True)
        )

    def _nonce(self) -> str:
        return _nonce(self._random_bytes)

    def _below(self, limit: int) -> int:
        # 128 bits over a handful of choices: how far from even they are cannot be measured.
        return int.from_bytes(self._random_bytes(_DRAW_BYTES), "big") % limit

    def _one_of(self, choices: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        return choices[self._below(len(choices))]

    def _pause_ms(self) -> int:
        return SHORTEST_PAUSE_MS + self._below(LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS + 1)

    def _shuffled(self, actions: Sequence[Action]) -> list[Action]:
        left, order = list(actions), []
        while left:
            order.append(left.pop(self._below(len(left))))
        return order


class FixedChallengeSource:
    """UNSAFE: always the same order, for tests. Refused in production; it says so whenever it is built."""

    safe_in_production = False

    def __init__(self, actions: Sequence[Action], random_bytes: RandomBytes) -> None:
        self._steps = once_each(actions)
        self._random_bytes = random_bytes
        logger.warning(
            "UNSAFE: every challenge will ask for %s: anyone can record it beforehand", ", ".join(actions)
        )

    def draw(self, alternatives: Alternatives = NO_ALTERNATIVES) -> Challenge:
        return self.again(Challenge(self._steps, _nonce(self._random_bytes)), alternatives)

    def again(self, challenge: Challenge, alternatives: Alternatives = NO_ALTERNATIVES) -> Challenge:
        steps = _with_stand_ins(challenge.steps, alternatives, list)
        return Challenge(_in_time(steps, alternatives), _nonce(self._random_bytes))

    def anew(self, challenge: Challenge, alternatives: Alternatives = NO_ALTERNATIVES) -> Challenge:
        return self.again(challenge, alternatives)


def _repeats_of(count: int) -> tuple[tuple[int, ...], ...]:
    """Every way to ask `count` actions once or twice that gives four or five movements."""
    ways: list[tuple[int, ...]] = [()]
    for _ in range(count):
        ways = [(*way, repeats) for way in ways for repeats in range(1, MOST_REPEATS + 1)]
    return tuple(way for way in ways if FEWEST_MOVEMENTS <= sum(way) <= MOST_MOVEMENTS)


def _with_stand_ins(
    steps: Sequence[Step],
    alternatives: Alternatives,
    shuffled: Callable[[Sequence[Action]], list[Action]],
) -> tuple[Step, ...]:
    """Put a drawn stand-in in the place of each action that cannot be done; the others stay as they are."""
    kept = {step.action for step in steps} - alternatives.cannot
    others = [action for action in STANDARD_ACTIONS if action not in kept | alternatives.cannot]
    stand_ins = [action for action in alternatives.stand_ins if action not in kept]
    free = [*shuffled(others), *shuffled(stand_ins)]
    return tuple(
        replace(step, action=free.pop()) if step.action in alternatives.cannot else step for step in steps
    )


def _in_time(steps: Sequence[Step], alternatives: Alternatives) -> tuple[Step, ...]:
    window_ms = WINDOW_MS * (LONGER if alternatives.more_time else 1)
    return tuple(replace(step, window_ms=window_ms) for step in steps)


def _nonce(random_bytes: RandomBytes) -> str:
    return base64.urlsafe_b64encode(random_bytes(NONCE_BYTES)).rstrip(b"=").decode()
