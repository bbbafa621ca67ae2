"""What every group of parts is built upon: settings, clock, randomness, ids, messages and figures."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from api.composition.parts import Parts, lazily
from api.identifiers import IdSource
from api.messages import Catalogue
from api.metrics import Metrics
from api.settings import Settings

if TYPE_CHECKING:
    from api.auth.passwords import Passwords
    from api.jobs.port import JobRunner
    from api.streaming.stream import StreamLimits
    from liveness.pad.policy import PadPolicy
    from models.comparison import FaceComparator


Clock = Callable[[], datetime]
RandomBytes = Callable[[int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """Parts that tests and demonstrations put in the place of the real ones; refused in production."""

    clock: Clock | None = None
    random_bytes: RandomBytes | None = None
    new_id: IdSource | None = None
    engine: Engine | None = None
    passwords: "Passwords | None" = None
    jobs: "JobRunner | None" = None
    comparator: "FaceComparator | None" = None
    pad_policy: "PadPolicy | None" = None
    stream_limits: "StreamLimits | None" = None

    def any_given(self) -> bool:
        return any(getattr(self, name) is not None for name in self.__dataclass_fields__)


class Foundation(Parts):
    """What a group of parts may count on. Given by api.bootstrap."""

    settings: Settings
    overrides: Overrides
    clock: Clock
    random_bytes: RandomBytes
    new_id: IdSource

    @lazily
    def catalogue(self) -> Catalogue:
        """Messages for people."""
        return Catalogue.load()

    @lazily
    def metrics(self) -> Metrics:
        """Figures for the operator."""
        return Metrics()
