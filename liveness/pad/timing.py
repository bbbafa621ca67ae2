"""How the reactions to the prompts scatter: a person's do, a signal's do not.

Whether a reaction was too early, too late or like the others to the frame is judged with the challenge;
here the reviewer is shown the spread.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from liveness.challenge.reactions import Reaction
from liveness.pad.measurement import Measurement, Unit

LEAST_REACTIONS: Final = 3


def reaction_spread(reactions: Sequence[Reaction]) -> Measurement:
    """Standard deviation of the reaction times, in ms; not measurable without prompts."""
    times = [reaction.reaction_ms for reaction in reactions if reaction.reaction_ms is not None]
    if len(times) < LEAST_REACTIONS:
        return Measurement("reaction_spread", None, Unit.MILLISECONDS, looks=len(times))
    return Measurement("reaction_spread", float(np.std(times)), Unit.MILLISECONDS, looks=len(times))
