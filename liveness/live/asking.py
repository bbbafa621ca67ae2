"""Who asks for the movements of a challenge: the server, one by one, or the page, all in their order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from liveness.challenge.challenge import Step, sequence_of
from liveness.challenge.schedule import PromptSchedule
from liveness.live.happenings import Finished, Happening, Progressed
from liveness.live.watch import Watch

AFTERGLOW_MS: Final = 400
"""The face at rest after its last movement."""

BEGUN: Final = 0.5
SEEN: Final = 1.0


class Asking(Protocol):
    """Follows the movements and says what is to be asked for next."""

    def advance(self, *, now_ms: float, watch: Watch) -> list[Happening]:
        """Look at what is known at a time of the server, in ms; give what happened since the last time."""
        ...

    def schedule(self) -> PromptSchedule | None:
        """When each prompt was shown, by the clip's clock; None where the server showed none."""
        ...


@dataclass(slots=True)
class Following:
    """Watches a person who was told all movements before: tells which were seen, and when all were."""

    steps: Sequence[Step]
    _done: int = 0
    _free_from_ms: int = 0
    _share: float = 0.0
    _finished: bool = field(default=False)

    def advance(self, *, now_ms: float, watch: Watch) -> list[Happening]:  # noqa: ARG002  it asks for nothing
        told: list[Happening] = []
        wanted = sequence_of(self.steps)
        while self._done < len(wanted):
            action = wanted[self._done]
            event = min(
                (e for e in watch.events if e.action is action and e.start_ms >= self._free_from_ms),
                key=lambda event: event.end_ms,
                default=None,
            )
            if event is None:
                if self._share < BEGUN and watch.has_begun(action, self._free_from_ms):
                    self._share = BEGUN
                    told.append(Progressed(action, BEGUN))
                return told
            self._done, self._free_from_ms, self._share = self._done + 1, event.end_ms, 0.0
            told.append(Progressed(action, SEEN))
        if not self._finished and watch.last_ms >= self._free_from_ms + AFTERGLOW_MS:
            self._finished = True
            told.append(Finished())
        return told

    def schedule(self) -> PromptSchedule | None:
        return None
