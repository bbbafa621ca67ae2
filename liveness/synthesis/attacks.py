"""Attack presentations: what a camera sees when the face is not there.

Species as ISO/IEC 30107-3 uses the word: each is one way of attacking, and rates are reported for each apart.
"""

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import numpy as np

from liveness.synthesis.attack_cuts import (
    FROZEN_EDGE_S,
    FROZEN_S,
    LOOP_S,
    Pictures,
    freeze,
    loop,
    splice,
    still,
)
from liveness.synthesis.attack_paper import print_out
from liveness.synthesis.attack_screen import replay
from liveness.synthesis.camera import Camera, Hand, film
from liveness.synthesis.clip import PHONE, perform, truth_of
from liveness.synthesis.encoding import PLAIN, Encoding, write_video
from liveness.synthesis.portrait import Portrait, astronaut
from liveness.synthesis.script import Truth, in_order
from liveness.verdict import Action

ALL_ACTIONS = (Action.NOD, Action.MOUTH, Action.BLINK)


class Species(StrEnum):
    """Kinds of attack that can be made. The seed chooses how each is done.

    print and bent-print: a photograph on paper, tilted, turned and slid where a nod was asked for. replay: a
    recording on a screen. splice: two takes cut together between the actions, plainly, behind held pictures
    or behind a flash. freeze: the picture stands still for 0.9 s and more between two actions. still: one
    picture for the whole time. loop: a stretch comes twice. injected: a file fed past the camera at an even
    clock, rendered by no sensor (even seeds) or recorded before (odd).
    """

    PRINT = "print"
    BENT_PRINT = "bent-print"
    REPLAY = "replay"
    SPLICE = "splice"
    FREEZE = "freeze"
    STILL = "still"
    LOOP = "loop"
    INJECTED = "injected"


PAUSES_S = {
    Species.FREEZE: FROZEN_S + 2 * FROZEN_EDGE_S,
    Species.SPLICE: FROZEN_S + 2 * FROZEN_EDGE_S,
    Species.LOOP: 2 * LOOP_S,
}


def make_attack(
    path: Path,
    species: Species,
    *,
    actions: Sequence[Action] = ALL_ACTIONS,
    seed: int = 0,
    camera: Camera = PHONE,
    encoding: Encoding = PLAIN,
    portrait: Portrait | None = None,
) -> Truth:
    """Write a video of an attack that tries to show the actions in their order, and give its truth.

    The truth's events are what the attacker attempts: a print tilts for a nod and cannot blink at all.
    """
    scene = in_order(actions, gap_s=PAUSES_S[species]) if species in PAUSES_S else in_order(actions)
    random = np.random.default_rng(seed)
    camera = _camera_of(species, camera, seed=seed)
    times_ms = camera.times_ms(scene.duration_s, random=random)
    hand = Hand(camera, random=random)
    face = portrait or astronaut()
    pictures: Pictures
    match species:
        case Species.PRINT | Species.BENT_PRINT:
            bent = species is Species.BENT_PRINT
            shown = print_out(scene, times_ms, camera=camera, portrait=face, random=random, bent=bent)
            pictures = film(shown, hand)
        case Species.REPLAY:
            pictures = film(replay(scene, camera=camera, portrait=face, seed=seed, random=random), hand)
        case Species.SPLICE:
            pictures = splice(scene, times_ms, camera=camera, portrait=face, hand=hand, random=random)
        case Species.STILL:
            pictures = still(times_ms, camera=camera, portrait=face)
        case Species.FREEZE | Species.LOOP | Species.INJECTED:
            taken = film(perform(scene, times_ms=times_ms, camera=camera, portrait=face), hand)
            match species:
                case Species.FREEZE:
                    pictures = freeze(scene, taken, random=random)
                case Species.LOOP:
                    pictures = loop(scene, taken)
                case Species.INJECTED:
                    pictures = taken
    written = write_video(path, pictures, fps=camera.fps, encoding=encoding)
    return truth_of(path, scene, species=species.value, seed=seed, camera=camera, times_ms=written)


def _camera_of(species: Species, camera: Camera, *, seed: int) -> Camera:
    """The camera as it is; for what is fed past it none, or an even clock."""
    if species is not Species.INJECTED:
        return camera
    if seed % 2:
        return replace(camera, variable_rate=0.0)
    return replace(camera, tremor_px=0.0, noise_sigma=0.0, gain=0.0, variable_rate=0.0)
