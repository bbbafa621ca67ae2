"""What keeps a face from being seen well, told without flickering while there is still time to change it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

MOST_AT_ONCE: Final = 2
"""More than two things to change at once are read by nobody."""

APPEAR_MS: Final = 400
VANISH_MS: Final = 800
FORGIVEN_MS: Final = 200
"""A frame or two without it do not interrupt what is wrong."""


@dataclass(slots=True)
class SteadyHints:
    """Shows a hint once it has been true for a while, and keeps it until it has not been for longer."""

    _since_ms: dict[str, int] = field(default_factory=dict)
    _last_ms: dict[str, int] = field(default_factory=dict)
    _shown: tuple[str, ...] = ()

    def see(self, time_ms: int, codes: Sequence[str]) -> tuple[str, ...] | None:
        """Take the codes of one frame, the weightiest first; give what is to be shown where it changed."""
        for code in codes:
            self._since_ms.setdefault(code, time_ms)
            self._last_ms[code] = time_ms
        for code in [code for code in self._since_ms if code not in codes]:
            patience_ms = VANISH_MS if code in self._shown else FORGIVEN_MS
            if time_ms - self._last_ms[code] > patience_ms:
                del self._since_ms[code]
        # What is on the screen stays in its place; the others follow by their weight.
        ordered = [*self._shown, *(code for code in codes if code not in self._shown)]
        shown = tuple(code for code in ordered if self._is_ripe(code))[:MOST_AT_ONCE]
        if shown == self._shown:
            return None
        self._shown = shown
        return shown

    def _is_ripe(self, code: str) -> bool:
        if code not in self._since_ms:
            return False
        return code in self._shown or self._last_ms[code] - self._since_ms[code] >= APPEAR_MS
