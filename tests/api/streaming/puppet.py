"""Somebody before a camera: a puppet drawn, filmed and encoded while it listens to what it is asked for."""

import io
import itertools
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from liveness.synthesis import Camera, astronaut, frame_portrait
from liveness.synthesis.camera import Hand
from liveness.synthesis.face import Expression, Puppet
from liveness.synthesis.portrait import ImageRgb
from liveness.synthesis.script import PACES
from liveness.verdict import STANDARD_ACTIONS, Action
from tests.api.streaming.conftest import Stream

CAMERA = Camera(width=360, height=480, fps=15)
CHUNK_S = 0.25
AFTERWARDS_S = 0.3
LONGEST_S = 28.0
FRAME_S = 1 / CAMERA.fps
VP8 = {
    "deadline": "realtime",
    "cpu-used": "16",
    "crf": "24",
    "b": "1M",
    "lag-in-frames": "0",
    "g": "1",
    "threads": "1",
}

Reacts = Callable[[dict[str, Any]], float | None]
"""How many seconds after a prompt the movement begins; None for never."""


@dataclass(frozen=True)
class Reel:
    """Frames encoded beforehand, each by itself: a face at rest, and each movement from its begin.

    What is left to do while the camera runs costs nothing, so that the test keeps time on a busy machine.
    """

    rest: tuple[bytes, ...]
    movements: Mapping[Action, tuple[bytes, ...]]


@cache
def make_reel(actions: tuple[Action, ...] = STANDARD_ACTIONS) -> Reel:
    """Draw, film and encode everything once. Who is to smile looks sober at rest."""
    puppet = Puppet(frame_portrait(astronaut(), width=CAMERA.width, height=CAMERA.height))
    hand = Hand(CAMERA, random=np.random.default_rng(7))
    encoder = _encoder()
    smiles = Action.SMILE in actions
    neutral = puppet.draw(_expression(None, 0.0, smiles=smiles))

    def encode(picture: ImageRgb, number: int) -> bytes:
        frame = av.VideoFrame.from_ndarray(hand.take(picture, time_s=number * FRAME_S), format="rgb24")
        frame.pts = number
        (packet,) = encoder.encode(frame)
        return bytes(packet)

    number = itertools.count()
    rest = tuple(encode(neutral, next(number)) for _ in range(round(LONGEST_S * CAMERA.fps) + 1))
    movements = {}
    for action in actions:
        pace = PACES[action]
        amounts = [pace.amount_at((index + 0.5) * FRAME_S) for index in range(int(pace.duration_s / FRAME_S))]
        movements[action] = tuple(
            encode(puppet.draw(_expression(action, amount, smiles=smiles)), next(number))
            for amount in amounts
        )
    return Reel(rest, movements)


def _expression(action: Action | None, amount: float, *, smiles: bool) -> Expression:
    if action is Action.SMILE:
        return Expression(sober=1.0 - amount)
    turn = {Action.TURN_LEFT: amount, Action.TURN_RIGHT: -amount}.get(action, 0.0) if action else 0.0
    moved = {action.value: amount} if action in STANDARD_ACTIONS else {}
    return Expression(turn=turn, sober=float(smiles), **moved)


def _encoder() -> VideoCodecContext:
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = CAMERA.width, CAMERA.height, "yuv420p"
    encoder.time_base = Fraction(1, round(CAMERA.fps))
    encoder.options = VP8
    return encoder


class Recorder:
    """Writes webm as a browser's recorder does: in pieces, while it runs."""

    def __init__(self) -> None:
        self._piece = io.BytesIO()
        options = {"live": "1", "cluster_time_limit": "200", "flush_packets": "1"}
        self._container = av.open(_Sink(self._piece), "w", format="webm", options=options)
        stream = self._container.add_stream("libvpx", rate=round(CAMERA.fps))
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = CAMERA.width, CAMERA.height, "yuv420p"
        stream.time_base = Fraction(1, 1000)
        self._stream = stream

    def take(self, time_ms: int, encoded: bytes) -> None:
        packet = av.Packet(encoded)
        packet.stream, packet.time_base, packet.is_keyframe = self._stream, Fraction(1, 1000), True
        packet.pts = packet.dts = time_ms
        self._container.mux(packet)

    def piece(self) -> bytes:
        """What was written since the last piece."""
        data = self._piece.getvalue()
        self._piece.seek(0)
        self._piece.truncate()
        return data

    def stop(self) -> bytes:
        self._container.close()
        return self.piece()


class _Sink:
    """A file that cannot be gone back in."""

    def __init__(self, target: io.BytesIO) -> None:
        self._target = target

    def write(self, data: bytes) -> int:
        return self._target.write(data)


def perform(
    stream: Stream,
    reacts: Reacts,
    *,
    plays: Sequence[tuple[float, Action]] = (),
    can: tuple[Action, ...] = STANDARD_ACTIONS,
) -> dict[str, Any]:
    """Be filmed until the service has seen enough, do what it asks for, and give its last word.

    plays are movements at times, in seconds, that are made whether or not anybody asks.
    """
    movements, recorder, reel = list(plays), Recorder(), make_reel(can)
    began = time.monotonic()
    sent_s, stop_s = 0.0, LONGEST_S
    while (now_s := time.monotonic() - began) < stop_s:
        recorder.take(round(now_s * 1000), frame_at(now_s, movements, reel))
        if now_s - sent_s >= CHUNK_S and (piece := recorder.piece()):
            sent_s = now_s
            stream.socket.send(piece)
        while (left_s := now_s + FRAME_S - (time.monotonic() - began)) > 0:
            try:
                message = stream.hear(left_s)
            except TimeoutError:
                break
            if message is None or message["type"] in ("verdict", "error"):
                return message or {}
            if message["type"] == "finish":
                stop_s = time.monotonic() - began + AFTERWARDS_S
            if message["type"] == "prompt" and (delay_s := reacts(message)) is not None:
                movements.append((time.monotonic() - began + delay_s, Action(message["action"])))
    stream.socket.send(recorder.stop())
    return stream.end()


def frame_at(now_s: float, movements: Sequence[tuple[float, Action]], reel: Reel | None = None) -> bytes:
    reel = reel or make_reel()
    for begins_s, action in movements:
        index = int((now_s - begins_s) / FRAME_S)
        if now_s >= begins_s and index < len(reel.movements[action]):
            return reel.movements[action][index]
    return reel.rest[int(now_s / FRAME_S)]
