"""Other movements for people who cannot do one that is asked of everybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from liveness.errors import TooFewActions
from liveness.verdict import STANDARD_ACTIONS, Action

STAND_INS: Final = (Action.TURN_LEFT, Action.TURN_RIGHT, Action.SMILE)
LEAST_ACTIONS: Final = len(STANDARD_ACTIONS)
"""However much a person cannot do, a challenge keeps this many different actions."""

LONGER: Final = 2
"""Windows last this many times as long for those who ask for more time."""


@dataclass(frozen=True, slots=True)
class Alternatives:
    """What a person says they cannot do, and whether they need more time.

    The person names what they cannot do and never what they would rather do: the stand-in is drawn.
    Raises TooFewActions where less than three different actions would be left.
    """

    cannot: frozenset[Action] = frozenset()
    more_time: bool = False

    def __post_init__(self) -> None:
        if len(set(Action) - self.cannot) < LEAST_ACTIONS:
            raise TooFewActions

    @property
    def is_empty(self) -> bool:
        return not self.cannot and not self.more_time

    def taken(self, actions: Sequence[Action]) -> tuple[str, ...]:
        """The stand-ins among the actions of a challenge, and `more_time`, by name."""
        names = [action.value for action in STAND_INS if action in actions]
        return (*names, *(("more_time",) if self.more_time else ()))

    @property
    def stand_ins(self) -> tuple[Action, ...]:
        """The movements that may stand in for one that cannot be done."""
        return tuple(action for action in STAND_INS if action not in self.cannot)


NO_ALTERNATIVES: Final = Alternatives()
