"""Made videos for tests, each made once a session and shared."""

from collections.abc import Callable
from pathlib import Path

import pytest

from liveness.synthesis import Camera, Encoding, Scene, Species, Truth, make_attack, make_clip
from liveness.verdict import Action

SMALL = Camera(width=360, height=640, fps=20)
"""Large enough to be judged and quick to make: about 2 s for a clip of three actions."""

MadeClip = Callable[..., Truth]


@pytest.fixture(scope="session")
def made_clip(tmp_path_factory: pytest.TempPathFactory) -> MadeClip:
    """A maker of test videos: made_clip(actions=..., attack=None, suffix=".mp4", seed=0, ...) gives a Truth.

    The same arguments give the same file, so never write to it.
    """
    folder = tmp_path_factory.mktemp("clips")
    made: dict[object, Truth] = {}

    def make(
        *,
        actions: tuple[Action, ...] | Scene = (Action.NOD, Action.MOUTH, Action.BLINK),
        attack: Species | None = None,
        suffix: str = ".mp4",
        seed: int = 0,
        camera: Camera = SMALL,
        encoding: Encoding | None = None,
    ) -> Truth:
        how = encoding or Encoding()
        key = (actions, attack, suffix, seed, camera, how)
        if key not in made:
            path: Path = folder / f"{len(made):03}{suffix}"
            if attack is None:
                made[key] = make_clip(path, actions=actions, seed=seed, camera=camera, encoding=how)
            elif isinstance(actions, Scene):
                raise TypeError("an attack takes actions, not a scene")
            else:
                made[key] = make_attack(path, attack, actions=actions, seed=seed, camera=camera, encoding=how)
        return made[key]

    return make
