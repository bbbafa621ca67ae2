"""What a person is told from frame to frame: hints, prompts and progress, without ever a score."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from liveness.live.asking import Asking
from liveness.live.happenings import Happening, HintsChanged
from liveness.live.hints import SteadyHints
from liveness.live.watch import Watch
from liveness.observation.signals import Sample


@dataclass(slots=True)
class Guide:
    """Sees every analysed frame once, and is asked now and then what is to be told."""

    asking: Asking
    watch: Watch = field(default_factory=Watch)
    _hints: SteadyHints = field(default_factory=SteadyHints)
    _changed: HintsChanged | None = None

    def see(self, sample: Sample, codes: Sequence[str]) -> None:
        """Take one frame: what was measured, and the codes of what is wrong with it."""
        shown = self._hints.see(sample.time_ms, codes)
        if shown is not None:
            self._changed = HintsChanged(shown)
        self.watch.see(sample)

    def tell(self, now_ms: float) -> list[Happening]:
        """Give what has happened since the last time, at a time of the server in ms."""
        told: list[Happening] = [] if self._changed is None else [self._changed]
        self._changed = None
        return told + self.asking.advance(now_ms=now_ms, watch=self.watch)
