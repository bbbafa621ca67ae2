"""Made videos: one call, one file and its truth."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from liveness.synthesis.camera import Camera, Hand, film
from liveness.synthesis.encoding import PLAIN, Encoding, write_video
from liveness.synthesis.face import Expression, Puppet
from liveness.synthesis.portrait import ImageRgb, Portrait, astronaut, frame_portrait
from liveness.synthesis.script import Scene, Truth, in_order, true_events
from liveness.verdict import Action

PHONE = Camera()


def make_clip(
    path: Path,
    *,
    actions: Sequence[Action] | Scene,
    seed: int = 0,
    camera: Camera = PHONE,
    encoding: Encoding = PLAIN,
    portrait: Portrait | None = None,
) -> Truth:
    """Write a video of a face that makes the actions in their order, and give its truth.

    `actions` may be a whole Scene, with its own times. The file's suffix chooses container or raw format. The
    same arguments give the same frames on one machine; encoders differ between machines, so fix no file hash.
    """
    scene = actions if isinstance(actions, Scene) else in_order(actions)
    random = np.random.default_rng(seed)
    times_ms = camera.times_ms(scene.duration_s, random=random)
    pictures = perform(scene, times_ms=times_ms, camera=camera, portrait=portrait)
    filmed = film(pictures, Hand(camera, random=random))
    written = write_video(path, filmed, fps=camera.fps, encoding=encoding)
    return truth_of(path, scene, species=None, seed=seed, camera=camera, times_ms=written)


def perform(
    scene: Scene, *, times_ms: Sequence[int], camera: Camera, portrait: Portrait | None
) -> Iterator[tuple[int, ImageRgb]]:
    """Draw the puppet at each time, in the camera's size, without the camera's faults."""
    framed = frame_portrait(portrait or astronaut(), width=camera.width, height=camera.height)
    puppet = Puppet(framed)
    neutral = puppet.draw(Expression())
    for time_ms in times_ms:
        expression = scene.expression_at(time_ms / 1000)
        yield time_ms, (neutral if expression == Expression() else puppet.draw(expression))


def truth_of(
    path: Path, scene: Scene, *, species: str | None, seed: int, camera: Camera, times_ms: tuple[int, ...]
) -> Truth:
    """Put together what a written video holds."""
    return Truth(
        path=str(path),
        events=true_events(scene),
        species=species,
        seed=seed,
        width=camera.width,
        height=camera.height,
        frames=len(times_ms),
        duration_ms=times_ms[-1] + round(1000 / camera.fps),
        times_ms=times_ms,
    )
