"""Attack presentations: what a camera sees when the face is not there.

Species as ISO/IEC 30107-3 uses the word: each is one way of attacking, and rates are reported for each apart.
"""

import tempfile
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from liveness.synthesis.camera import Camera, Hand, film
from liveness.synthesis.clip import PHONE, make_clip, perform, truth_of
from liveness.synthesis.encoding import PLAIN, Encoding, write_video
from liveness.synthesis.mesh import Floats, Mesh, plane_mesh, render
from liveness.synthesis.portrait import ImageRgb, Portrait, astronaut, frame_portrait
from liveness.synthesis.script import Scene, Truth, in_order
from liveness.verdict import Action

Pictures = Iterator[tuple[int, ImageRgb]]

TILT_DEG = 50.0
BEND_TURNS = 0.18
FROZEN_S = 1.4
FROZEN_EDGE_S = 0.1
ALL_ACTIONS = (Action.NOD, Action.MOUTH, Action.BLINK)


class Species(StrEnum):
    """Kinds of attack that can be made.

    print and bent-print: a photograph on paper, tilted where a nod was asked for. replay: a recording on a
    screen. splice: two takes cut together between the actions. freeze: the picture stands still between two
    actions. still: one picture for the whole time.
    """

    PRINT = "print"
    BENT_PRINT = "bent-print"
    REPLAY = "replay"
    SPLICE = "splice"
    FREEZE = "freeze"
    STILL = "still"


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
    gap_s = FROZEN_S + 2 * FROZEN_EDGE_S
    scene = (
        in_order(actions, gap_s=gap_s) if species in {Species.FREEZE, Species.SPLICE} else in_order(actions)
    )
    random = np.random.default_rng(seed)
    times_ms = camera.times_ms(scene.duration_s, random=random)
    hand = Hand(camera, random=random)
    face = portrait or astronaut()
    pictures: Pictures
    match species:
        case Species.PRINT:
            pictures = film(print_out(scene, times_ms, camera=camera, portrait=face, bend=0.0), hand)
        case Species.BENT_PRINT:
            pictures = film(print_out(scene, times_ms, camera=camera, portrait=face, bend=BEND_TURNS), hand)
        case Species.REPLAY:
            pictures = film(replay(scene, camera=camera, portrait=face, seed=seed), hand)
        case Species.SPLICE:
            pictures = film(splice(scene, times_ms, camera=camera, portrait=face), hand)
        case Species.FREEZE:
            pictures = freeze(
                scene, film(perform(scene, times_ms=times_ms, camera=camera, portrait=face), hand)
            )
        case Species.STILL:
            pictures = still(times_ms, camera=camera, portrait=face)
    written = write_video(path, pictures, fps=camera.fps, encoding=encoding)
    return truth_of(path, scene, species=species.value, seed=seed, camera=camera, times_ms=written)


def print_out(
    scene: Scene, times_ms: Sequence[int], *, camera: Camera, portrait: Portrait, bend: float
) -> Pictures:
    """Show a photograph held up by hand: it sways, tilts for each nod and flexes for each open mouth."""
    width, height = round(camera.width * 0.86), round(camera.height * 0.78)
    photograph = _paper(frame_portrait(portrait, width=width, height=height, face_share=0.5).image)
    sheet = plane_mesh(width, height)
    room = _room(camera)
    for time_ms in times_ms:
        time_s = time_ms / 1000
        asked = scene.expression_at(time_s)
        sway = np.sin(2 * np.pi * np.array([0.31, 0.23]) * time_s + np.array([0.4, 1.9]))
        placed = _held_up(
            sheet,
            camera=camera,
            pitch_deg=TILT_DEG * asked.nod + 3 * float(sway[0]),
            yaw_deg=6 * float(sway[1]) + 8 * asked.blink,
            bend=bend * (0.4 + 0.6 * max(asked.mouth, abs(asked.nod)) + 0.2 * float(sway[0])),
        )
        yield time_ms, render(sheet, moved=placed, texture=photograph, onto=room, fill=(0, 0, 0))


def replay(scene: Scene, *, camera: Camera, portrait: Portrait, seed: int) -> Pictures:
    """Show a recording on a screen: encoded twice, with bezel, moire, banding and a cold backlight."""
    width, height = round(camera.width * 0.80) // 2 * 2, round(camera.height * 0.80) // 2 * 2
    shown = Camera(width=width, height=height, fps=camera.fps)
    device = plane_mesh(width, height, columns=2, rows=2)
    room = _room(camera) // 3
    rows, columns = np.mgrid[0 : camera.height, 0 : camera.width].astype(np.float32)
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "recording.mp4"
        make_clip(
            recording,
            actions=scene,
            seed=seed + 1,
            camera=shown,
            encoding=Encoding(crf=30),
            portrait=portrait,
        )
        for time_ms, picture in _decoded(recording):
            time_s = time_ms / 1000
            placed = _held_up(
                device,
                camera=camera,
                pitch_deg=1.5 * float(np.sin(1.7 * time_s)),
                yaw_deg=4 + 2 * float(np.sin(1.1 * time_s)),
                bend=0.0,
            )
            screen = render(device, moved=placed, texture=_bezel(picture), onto=room, fill=(0, 0, 0))
            yield time_ms, _interference(screen, rows=rows, columns=columns, time_s=time_s)


def splice(scene: Scene, times_ms: Sequence[int], *, camera: Camera, portrait: Portrait) -> Pictures:
    """Cut to another take in the middle of the first pause: nearer, elsewhere, in other light."""
    first = scene.movements[0].end_s if scene.movements else scene.duration_s / 2
    second = scene.movements[1].start_s if len(scene.movements) > 1 else scene.duration_s
    cut_ms = 500 * (first + second)
    matrix = np.array([[1.16, 0, -0.12 * camera.width], [0, 1.16, -0.03 * camera.height]], np.float64)
    for time_ms, picture in perform(scene, times_ms=times_ms, camera=camera, portrait=portrait):
        if time_ms < cut_ms:
            yield time_ms, picture
            continue
        moved = cv2.warpAffine(
            picture, matrix, (camera.width, camera.height), borderMode=cv2.BORDER_REFLECT_101
        )
        yield time_ms, np.asarray(cv2.convertScaleAbs(moved, alpha=0.82, beta=4), np.uint8)


def freeze(scene: Scene, filmed: Pictures) -> Pictures:
    """Hold one picture, to the last bit, through the first pause between two actions."""
    begin_s = (scene.movements[0].end_s if scene.movements else 0.0) + FROZEN_EDGE_S
    held: ImageRgb | None = None
    for time_ms, picture in filmed:
        if begin_s <= time_ms / 1000 < begin_s + FROZEN_S:
            held = picture if held is None else held
            yield time_ms, held
        else:
            yield time_ms, picture


def still(times_ms: Sequence[int], *, camera: Camera, portrait: Portrait) -> Pictures:
    """Feed one photograph past the camera for the whole time."""
    picture = frame_portrait(portrait, width=camera.width, height=camera.height).image
    for time_ms in times_ms:
        yield time_ms, picture


def _held_up(sheet: Mesh, *, camera: Camera, pitch_deg: float, yaw_deg: float, bend: float) -> Floats:
    """Place a flat sheet in front of the camera; `bend` is the share of a full turn it is rolled by."""
    flat = sheet.vertices
    size = flat[:, :2].max(axis=0) + 1
    across, down = (flat[:, 0] - size[0] / 2), (flat[:, 1] - size[1] / 2)
    away = np.zeros_like(across)
    if bend:
        radius = size[0] / (2 * np.pi * bend)
        across, away = radius * np.sin(across / radius), radius * (1 - np.cos(across / radius))
    pitch, yaw = np.deg2rad(pitch_deg), np.deg2rad(yaw_deg)
    down, away = np.cos(pitch) * down - np.sin(pitch) * away, np.sin(pitch) * down + np.cos(pitch) * away
    across, away = np.cos(yaw) * across + np.sin(yaw) * away, np.cos(yaw) * away - np.sin(yaw) * across
    distance = 2.2 * camera.width
    near = distance / (distance + away)
    return np.stack([camera.width / 2 + across * near, camera.height / 2 + down * near, away], axis=1).astype(
        np.float32
    )


def _paper(picture: ImageRgb) -> ImageRgb:
    """Give a picture the white rim and the dull blacks of a print on paper."""
    dull = np.asarray(cv2.convertScaleAbs(picture, alpha=0.80, beta=28), np.uint8)
    rim = max(4, picture.shape[1] // 28)
    dull[:rim], dull[-rim:], dull[:, :rim], dull[:, -rim:] = 236, 236, 236, 236
    return dull


def _bezel(picture: ImageRgb) -> ImageRgb:
    """Give a picture the black frame and the cold, bright blacks of a screen."""
    lit = picture.astype(np.float32) * np.array([0.86, 0.92, 1.0], np.float32) + 14
    framed = np.clip(lit, 0, 255).astype(np.uint8)
    rim = max(6, picture.shape[1] // 18)
    framed[: 2 * rim], framed[-2 * rim :], framed[:, :rim], framed[:, -rim:] = 12, 12, 12, 12
    return framed


def _room(camera: Camera) -> ImageRgb:
    """Paint a plain wall with a soft light from above left."""
    rows, columns = np.mgrid[0 : camera.height, 0 : camera.width].astype(np.float32)
    light = 1 - 0.35 * rows / camera.height - 0.15 * columns / camera.width
    wall = light[:, :, None] * np.array([186, 178, 166], np.float32)
    return np.asarray(np.clip(wall, 0, 255), np.uint8)


def _interference(
    picture: ImageRgb, *, rows: npt.NDArray[np.float32], columns: npt.NDArray[np.float32], time_s: float
) -> ImageRgb:
    """Lay moire of the two pixel grids, a little apart for each colour, and refresh bands over a picture."""
    carrier = 2 * np.pi * (columns / 5.3 + rows / 41 + 0.8 * time_s)
    bands = 0.04 * np.sin(2 * np.pi * (1.6 * rows / rows.shape[0] - 1.3 * time_s))
    layers = [1 + bands + 0.07 * np.sin(carrier + phase) for phase in (0.0, 2.1, 4.2)]
    return np.asarray(np.clip(picture * np.stack(layers, axis=2), 0, 255), np.uint8)


def _decoded(path: Path) -> Pictures:
    """Read a recording back, at its presentation times."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield round(1000 * (frame.time or 0.0)), np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
