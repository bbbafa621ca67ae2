"""The movements of a clip that still runs, found by the same rules that judge it in the end."""

from dataclasses import dataclass, field
from typing import Final

from liveness.actions.events import ActionRules, settled_events, strongest
from liveness.actions.ordering import required_for
from liveness.observation.signals import Sample, Signals
from liveness.verdict import Action, ActionEvent

EVERY_MS: Final = 200
"""Looking again costs some milliseconds, so not every frame is worth it."""

BASELINE_MS: Final = 1500
BEGUN_SHARE: Final = 0.5


@dataclass(slots=True)
class Watch:
    """Collects samples and finds events among them, a few times a second."""

    rules: ActionRules = field(default_factory=ActionRules)
    events: tuple[ActionEvent, ...] = ()
    _samples: list[Sample] = field(default_factory=list)
    _seen_since_ms: int | None = None
    _due_ms: int = 0
    _begun_due_ms: int = 0

    @property
    def last_ms(self) -> int:
        """Time of the last sample, 0 where there is none."""
        return self._samples[-1].time_ms if self._samples else 0

    @property
    def seen_for_ms(self) -> int:
        """How long a face has been seen without a break."""
        return 0 if self._seen_since_ms is None else self.last_ms - self._seen_since_ms

    @property
    def frame_interval_ms(self) -> float:
        """The usual time between two samples."""
        return self.last_ms / max(1, len(self._samples) - 1)

    def see(self, sample: Sample) -> None:
        """Take one sample, and look for events where it is time to."""
        self._samples.append(sample)
        if not sample.faces:
            self._seen_since_ms = None
        elif self._seen_since_ms is None:
            self._seen_since_ms = sample.time_ms
        if sample.time_ms >= self._due_ms:
            self._due_ms = sample.time_ms + EVERY_MS
            self.events = settled_events(Signals.of(self._samples), self.rules)

    def has_begun(self, action: Action, since_ms: int) -> bool:
        """Whether half of such a movement, though not yet an event, was seen after a time."""
        if self.last_ms < self._begun_due_ms:
            return False
        self._begun_due_ms = self.last_ms + EVERY_MS
        from_ms = since_ms - BASELINE_MS
        recent = [sample for sample in self._samples if sample.time_ms >= from_ms]
        if not recent or recent[-1].time_ms <= since_ms:
            return False
        required = required_for(action, self.rules)
        return strongest(action, Signals.of(recent), self.rules) >= BEGUN_SHARE * required
