from itertools import pairwise

import av
import numpy as np
import pytest

from liveness.synthesis import Camera, Species
from liveness.synthesis.attack_cuts import SpliceManner
from liveness.verdict import Action
from tests.clips import MadeClip

TINY = Camera(width=180, height=320, fps=10)


def frames(path: str) -> list[np.ndarray]:
    with av.open(path) as container:
        return [frame.to_ndarray(format="gray").astype(np.int16) for frame in container.decode(video=0)]


@pytest.mark.parametrize("species", Species)
def test_every_species_names_itself_and_its_attempts(made_clip: MadeClip, species: Species) -> None:
    truth = made_clip(attack=species, actions=(Action.BLINK, Action.NOD), camera=TINY)
    assert truth.species == species
    assert [event.action for event in truth.events] == [Action.BLINK, Action.NOD]
    assert len(frames(truth.path)) == truth.frames


def test_a_frozen_clip_stands_still_between_actions_and_only_there(made_clip: MadeClip) -> None:
    truth = made_clip(attack=Species.FREEZE, actions=(Action.BLINK, Action.NOD), camera=TINY)
    moved = [float(np.abs(one - other).mean()) for one, other in pairwise(frames(truth.path))]
    frozen = [
        change
        for change, time_ms in zip(moved, truth.times_ms[1:], strict=True)
        if truth.events[0].end_ms + 300 < time_ms < truth.events[1].start_ms - 200
    ]
    assert len(frozen) > 8
    assert np.median(frozen) < 0.3
    assert np.median(moved) > 3 * np.median(frozen)


def test_a_splice_jumps_once(made_clip: MadeClip) -> None:
    truth = made_clip(attack=Species.SPLICE, actions=(Action.BLINK, Action.NOD), camera=TINY)
    moved = [float(np.abs(one - other).mean()) for one, other in pairwise(frames(truth.path))]
    assert sum(change > 10 for change in moved) == 1


def test_splices_are_made_plainly_behind_held_pictures_and_behind_flashes() -> None:
    random = np.random.default_rng(0)
    manners = [SpliceManner.draw(random, camera=TINY) for _ in range(200)]
    assert not any(manner.held_s and manner.flash_s for manner in manners)
    assert 30 <= sum(manner.held_s > 0 for manner in manners) <= 70
    assert 30 <= sum(manner.flash_s > 0 for manner in manners) <= 70


def test_a_print_keeps_its_rim_in_the_picture(made_clip: MadeClip) -> None:
    truth = made_clip(attack=Species.PRINT, actions=(Action.BLINK, Action.NOD), camera=TINY)
    first = frames(truth.path)[0]
    assert first[first.shape[0] // 2].max() > 200
