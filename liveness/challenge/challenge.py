"""What a person is asked to do: actions in an order nobody could know, each once or twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from liveness.verdict import Action

MOST_REPEATS: Final = 2
PAUSE_MS: Final = 800
WINDOW_MS: Final = 4000
LONGEST_WINDOW_MS: Final = 2 * WINDOW_MS


@dataclass(frozen=True, slots=True)
class Step:
    """One action asked for `repeats` times.

    Before each time nothing is asked for `pause_ms`; then there are `window_ms` to begin the movement.
    """

    action: Action
    repeats: int = 1
    pause_ms: int = PAUSE_MS
    window_ms: int = WINDOW_MS

    def __post_init__(self) -> None:
        if not 1 <= self.repeats <= MOST_REPEATS:
            raise ValueError(f"an action is asked for once or up to {MOST_REPEATS} times")
        if self.pause_ms < 0:
            raise ValueError("a pause has no negative length")
        if not 0 < self.window_ms <= LONGEST_WINDOW_MS:
            raise ValueError(f"a window lasts up to {LONGEST_WINDOW_MS} ms")


@dataclass(frozen=True, slots=True)
class Challenge:
    """Steps in the order asked, and a nonce that binds a recording's evidence to this one request."""

    steps: tuple[Step, ...]
    nonce: str

    def __post_init__(self) -> None:
        if not self.steps or len(set(self.actions)) != len(self.steps):
            raise ValueError("a challenge asks for each of its actions in one step, and for at least one")
        if not self.nonce:
            raise ValueError("a challenge has a nonce")

    @classmethod
    def of(cls, actions: Sequence[Action], nonce: str) -> Self:
        """A challenge that asks for each action once."""
        return cls(once_each(actions), nonce)

    @property
    def actions(self) -> tuple[Action, ...]:
        """The actions in their order, one each."""
        return tuple(step.action for step in self.steps)

    @property
    def sequence(self) -> tuple[Action, ...]:
        """Every movement that is asked for, in order, repeats and all."""
        return sequence_of(self.steps)


def once_each(actions: Sequence[Action]) -> tuple[Step, ...]:
    """Steps that ask for each action once, with the usual pause and window."""
    return tuple(Step(action) for action in actions)


def sequence_of(steps: Sequence[Step]) -> tuple[Action, ...]:
    """Every movement that steps ask for, in order, repeats and all."""
    return tuple(step.action for step in steps for _ in range(step.repeats))
