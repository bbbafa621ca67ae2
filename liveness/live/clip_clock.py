"""The server's clock and the clip's, brought together without trusting the phone's."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class ClipClock:
    """Maps server times to times of the clip, both in ms, the clip's from its first frame.

    A frame can arrive only after it was taken. So the clip began no later than `arrival - time of the frame`,
    for every frame that has come, and the earliest of these moments is the nearest to the truth. What the
    network delays then only lengthens reactions: nobody who is honest looks early. A recording that is sent
    faster than it plays moves its own beginning back, and with it every prompt to a later time of the clip,
    behind the movements that were in it already.
    """

    _began_ms: float | None = None
    _heard: list[tuple[float, float]] = field(default_factory=list)

    @property
    def is_running(self) -> bool:
        """Whether a frame has come yet."""
        return self._began_ms is not None

    def hear(self, *, arrived_ms: float, held_ms: float) -> None:
        """Take note that at `arrived_ms` of the server the frames up to `held_ms` of the clip were here."""
        began_ms = arrived_ms - held_ms
        self._heard.append((held_ms, began_ms))
        self._began_ms = began_ms if self._began_ms is None else min(self._began_ms, began_ms)

    def clip_ms(self, server_ms: float) -> int:
        """Give the time of the clip at a time of the server, never before its first frame. Needs a frame."""
        if self._began_ms is None:
            raise ValueError("no frame has come yet")
        return max(0, round(server_ms - self._began_ms))

    def late_ms(self, from_ms: float, to_ms: float) -> int:
        """How much later than the quickest frames of the clip the slowest between two of its times came."""
        began = [began_ms for held_ms, began_ms in self._heard if from_ms <= held_ms <= to_ms]
        return 0 if self._began_ms is None or not began else round(max(began) - self._began_ms)
