"""What the service and the process of one stream say to each other."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from liveness.challenge.asked import Asked
from liveness.challenge.schedule import PromptSchedule
from liveness.live.happenings import Happening
from liveness.pad.policy import PadPolicy
from models.weights import WeightStore

if TYPE_CHECKING:
    from liveness.analysis import Analysis


@dataclass(frozen=True, slots=True)
class Setup:
    """What a process is started with. cpu_seconds bounds the processor time of its stream."""

    parent: int
    memory_mib: int
    cpu_seconds: int
    weights: WeightStore
    policy: PadPolicy


@dataclass(frozen=True, slots=True)
class Begin:
    """The stream of a session begins: what it has to answer."""

    asked: Asked


@dataclass(frozen=True, slots=True)
class Piece:
    """The next bytes, and when they came by the clock that all processes of this machine share, in ms."""

    data: bytes = field(repr=False)
    arrived_ms: float


@dataclass(frozen=True, slots=True)
class Attended:
    """Whether anybody is there to be told something; nobody is asked for a movement meanwhile."""

    present: bool


@dataclass(frozen=True, slots=True)
class End:
    """No more bytes come."""


@dataclass(frozen=True, slots=True)
class Ready:
    """The process has loaded everything."""


@dataclass(frozen=True, slots=True)
class Consumed:
    """How many bytes were looked at."""

    offset: int


@dataclass(frozen=True, slots=True)
class Told:
    """What has happened, and when each prompt so far was shown, should the process die over the rest."""

    happenings: tuple[Happening, ...]
    schedule: PromptSchedule | None


@dataclass(frozen=True, slots=True)
class Seen:
    """All frames were looked at. schedule: when each prompt was shown, None where the page asked."""

    schedule: PromptSchedule | None


@dataclass(frozen=True, slots=True)
class Judged:
    """The end."""

    analysis: "Analysis"


@dataclass(frozen=True, slots=True)
class Refused:
    """The video cannot be judged; a code of the message catalogue."""

    code: str


ToWorker = Begin | Piece | Attended | End
FromWorker = Ready | Consumed | Told | Seen | Judged | Refused
