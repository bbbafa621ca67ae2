"""One presentation as attack detection sees it: everything known of a clip, and nothing decided yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from liveness.challenge.reactions import Reaction
from liveness.observation.observer import Observations
from liveness.pad.samplers import PadSamplers
from liveness.verdict import ActionEvent


@dataclass(frozen=True, slots=True)
class Presentation:
    """What was observed, which movements it holds, and how they answered the prompts, where there were any.

    samplers: what was measured of the pixels in the same pass; None leaves all evidence that needs them
    unmeasured.
    """

    seen: Observations = field(repr=False)
    events: Sequence[ActionEvent]
    samplers: PadSamplers | None = field(repr=False, default=None)
    reactions: Sequence[Reaction] = ()
