"""A made person before the camera of a page, who moves when the page asks: what `getUserMedia` gives instead.

The pictures are drawn beforehand; the page shows them on a canvas, whose stream is the camera's.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np

from liveness.synthesis.face import Expression, Puppet
from liveness.synthesis.portrait import astronaut, frame_portrait
from liveness.synthesis.script import PACES, Movement, Scene
from liveness.verdict import Action

WIDTH, HEIGHT = 360, 480
STEP_MS = 50
DELAYS_MS = (420, 760, 540, 910, 620)
"""How long the person takes to react, prompt by prompt: not a constant."""


@dataclass(frozen=True, slots=True)
class MadePerson:
    """Who sits before the camera: what they react to, and after how long. Without delays they never move."""

    reacts_to: Sequence[Action]
    delays_ms: Sequence[int] = DELAYS_MS

    def script(self) -> str:
        """The script that a page runs first."""
        sober = float(Action.SMILE in self.reacts_to)
        films = {action.value: drawn(action, sober=sober) for action in self.reacts_to}
        given = {
            "still": drawn_still(sober=sober),
            "films": films,
            "delays": list(self.delays_ms),
            "step": STEP_MS,
            "width": WIDTH,
            "height": HEIGHT,
        }
        return f"({_CAMERA})({json.dumps(given)})"


@cache
def _puppet() -> Puppet:
    return Puppet(frame_portrait(astronaut(), width=WIDTH, height=HEIGHT))


@cache
def drawn_still(*, sober: float) -> str:
    """The face at rest, as a data address. Who is to smile looks sober."""
    return _address(Expression(sober=sober))


@cache
def drawn(action: Action, *, sober: float) -> list[str]:
    """The frames of one movement, as data addresses."""
    duration_ms = 1000 * PACES[action].duration_s
    scene = Scene((Movement(action, 0.0),), duration_s=duration_ms / 1000)
    shown = [scene.expression_at(time / 1000) for time in np.arange(0, duration_ms, STEP_MS)]
    if action is not Action.SMILE:
        shown = [replace(expression, sober=sober) for expression in shown]
    return [_address(expression) for expression in shown]


def _address(expression: Expression) -> str:
    picture = cv2.cvtColor(_puppet().draw(expression), cv2.COLOR_RGB2BGR)
    _written, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])
    return f"data:image/jpeg;base64,{base64.b64encode(jpeg.tobytes()).decode()}"


_CAMERA = """({ still, films, delays, step, width, height }) => {
  const picture = (address) => Object.assign(new Image(), { src: address });
  const rest = picture(still);
  const frames = Object.fromEntries(Object.entries(films).map(([name, film]) => [name, film.map(picture)]));
  let playing = [];
  let answered = 0;

  function react() {
    const { action, number, state } = document.getElementById("prompt")?.dataset ?? {};
    if (!number) answered = 0;
    if (state !== "asking" || !number || Number(number) <= answered) return;
    answered = Number(number);
    const delay = delays[(answered - 1) % delays.length];
    if (delay !== undefined && frames[action]) setTimeout(() => (playing = [...frames[action]]), delay);
  }

  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const pen = canvas.getContext("2d");
    let beat = 0;
    setInterval(() => {
      beat += 1;
      // A hand that holds a phone is never still.
      const sway = (rate) => 2.5 * Math.sin((beat * step * rate) / 1000);
      pen.setTransform(1.02, 0, 0, 1.02, sway(2.1) - 5, sway(1.3) - 5);
      pen.drawImage(playing.shift() ?? rest, 0, 0);
    }, step);
    new MutationObserver(react).observe(document.body, {
      attributes: true, subtree: true, attributeFilter: ["data-state", "data-number", "data-action"],
    });
    return canvas.captureStream(1000 / step);
  };
}"""
