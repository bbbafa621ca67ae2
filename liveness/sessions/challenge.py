"""What a person is asked to do: the three actions in an order nobody could know before."""

import base64
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from liveness.verdict import STANDARD_ACTIONS, Action

logger = logging.getLogger(__name__)

NONCE_BYTES = 16
_DRAW_BYTES = 16


@dataclass(frozen=True, slots=True)
class Challenge:
    """Actions in the order asked, and a nonce that binds a recording's evidence to this one request."""

    actions: tuple[Action, ...]
    nonce: str

    def __post_init__(self) -> None:
        if not self.actions or len(set(self.actions)) != len(self.actions):
            raise ValueError("a challenge asks for each of its actions once, and for at least one")
        if not self.nonce:
            raise ValueError("a challenge has a nonce")


class ChallengeSource(Protocol):
    """Draws challenges."""

    @property
    def safe_in_production(self) -> bool: ...

    def draw(self) -> Challenge:
        """Draw one challenge."""
        ...


class RandomChallengeSource:
    """Every order equally likely, from a source of unpredictable bytes."""

    safe_in_production = True

    def __init__(self, random_bytes: Callable[[int], bytes]) -> None:
        self._random_bytes = random_bytes

    def draw(self) -> Challenge:
        return Challenge(actions=self._order(), nonce=_nonce(self._random_bytes))

    def _order(self) -> tuple[Action, ...]:
        left = list(STANDARD_ACTIONS)
        # 128 bits over 3! orders: how far from even they are cannot be measured.
        drawn = int.from_bytes(self._random_bytes(_DRAW_BYTES), "big")
        order = []
        while left:
            drawn, index = divmod(drawn, len(left))
            order.append(left.pop(index))
        return tuple(order)


class FixedChallengeSource:
    """UNSAFE: always the same order, for tests. Refused in production; it says so whenever it is built."""

    safe_in_production = False

    def __init__(self, actions: Sequence[Action], random_bytes: Callable[[int], bytes]) -> None:
        self._actions = tuple(actions)
        self._random_bytes = random_bytes
        logger.warning(
            "UNSAFE: every challenge will ask for %s: anyone can record it beforehand",
            ", ".join(self._actions),
        )

    def draw(self) -> Challenge:
        return Challenge(actions=self._actions, nonce=_nonce(self._random_bytes))


def _nonce(random_bytes: Callable[[int], bytes]) -> str:
    return base64.urlsafe_b64encode(random_bytes(NONCE_BYTES)).rstrip(b"=").decode()
