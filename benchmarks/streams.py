"""How soon a stream is answered: clips are streamed in real time, several at once, against a real server.

    python -m benchmarks.streams [--levels 1,2,4,8] [--verdicts 8]

Prints, for each number of streams at once, how long the verdict took after the last byte (p50, p95), the
processor time of the whole service a second of video, and how many streams found no place. The clips are made
(liveness.synthesis), so the figures are of time alone.
"""

import argparse
import json
import math
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from websockets.sync.client import connect

CHUNK_S = 0.25
READY_S = 120.0
ANSWER_S = 120.0
CLAIM = {"document_type": "passport", "document_number": "E00000001", "name": "艾琳"}
ACTIONS = ("mouth", "nod", "blink")
PASSWORD = "three-quiet-rivers"  # noqa: S105  of accounts that live as long as this run


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording as a browser makes it."""

    data: bytes = field(repr=False)
    seconds: float

    def marked(self, number: int) -> bytes:
        """The same pictures in bytes of their own: no two sessions take the same file."""
        return self.data + b"\xec\x88" + number.to_bytes(8)


@dataclass(frozen=True, slots=True)
class Load:
    """What was measured with so many streams at once."""

    at_once: int
    verdict_s: tuple[float, ...]
    outcomes: tuple[str, ...]
    refused: int
    cpu_s_per_video_s: float

    @property
    def p50_s(self) -> float:
        return statistics.median(self.verdict_s) if self.verdict_s else float("nan")

    @property
    def p95_s(self) -> float:
        ordered = sorted(self.verdict_s)
        return ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))] if ordered else float("nan")


def make_recording(folder: Path) -> Clip:
    """Make one clip in which everything is done in its order."""
    from liveness.synthesis import Camera, Encoding, make_clip
    from liveness.verdict import Action

    made = make_clip(
        folder / "clip.webm",
        actions=[Action(name) for name in ACTIONS],
        camera=Camera(width=480, height=640, fps=24),
        encoding=Encoding(streamed=True),
    )
    return Clip(Path(made.path).read_bytes(), made.duration_ms / 1000)


@contextmanager
def serving(folder: Path, weights_dir: Path, *, streams: int) -> Iterator[tuple[str, int]]:
    """Run `novisit serve` over a folder of its own; gives its address and its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NOVISIT_")}
    environment |= {
        "NOVISIT_DATA_DIR": str(folder / "data"),
        "NOVISIT_WEIGHTS_DIR": str(weights_dir),
        "NOVISIT_CHALLENGE_SOURCE": "fixed",
        "NOVISIT_CHALLENGE_ACTIONS": ",".join(ACTIONS),
        "NOVISIT_PAD_POLICY": "synthetic",
        "NOVISIT_STREAMS": str(streams),
        "NOVISIT_SPARE_STREAMS": str(streams),
        "NOVISIT_PUBLIC_REQUESTS_PER_QUARTER": "10000",
    }
    log = (folder / "serve.log").open("w", encoding="utf-8")
    with (
        log,
        subprocess.Popen(
            [sys.executable, "-m", "api.cli", "serve", "--port", str(port)],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        url = f"http://127.0.0.1:{port}"
        try:
            _await_ready(url)
            _register_portrait(folder, environment)
            yield url, process.pid
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def _register_portrait(folder: Path, environment: Mapping[str, str]) -> None:
    """Enter the portrait of the person in the clip, so that faces are compared as they are in earnest."""
    import cv2
    from skimage import data

    picture = folder / "portrait.jpg"
    portrait = data.astronaut()  # type: ignore[no-untyped-call]  # scikit-image leaves it bare
    cv2.imwrite(str(picture), portrait[:, :, ::-1])
    claim = ["--number", CLAIM["document_number"], "--name", CLAIM["name"], "--document-type", "passport"]
    subprocess.run(
        [sys.executable, "-m", "api.cli", "portraits", "add", str(picture), *claim],
        env=dict(environment),
        check=True,
        capture_output=True,
        timeout=120,
    )


def _await_ready(url: str) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:  # noqa: S310  our own server
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"{url} was not ready in {READY_S} s")


class Caller:
    """One person with a browser, for a few sessions: more are not allowed in half an hour."""

    def __init__(self, url: str, number: int) -> None:
        self._url = url
        self._number = number
        self._keys = 0
        self._browser = httpx.Client(base_url=url, timeout=ANSWER_S)
        credentials = {"username": f"load.{number:05}", "password": PASSWORD}
        self._post("/v1/accounts", credentials)
        self._browser.post("/v1/sign-ins", json=credentials).raise_for_status()

    def open(self) -> str:
        """Open a session that is streamed; gives its address."""
        version = self._browser.get("/v1/consents/current").json()["version"]
        consent = self._post("/v1/consents", {"version": version})["id"]
        body = {"consent_id": consent, "claim": CLAIM, "profile": "ordered"}
        session = self._post("/v1/liveness-sessions", body)["id"]
        return f"{self._url.replace('http', 'ws')}/v1/liveness-sessions/{session}/stream"

    def stream(self, address: str, data: bytes, seconds: float) -> tuple[str, float]:
        """Send a clip as fast as it was recorded; gives the outcome and the seconds after its last byte."""
        cookies = "; ".join(f"{name}={value}" for name, value in self._browser.cookies.items())
        with connect(address, additional_headers={"Cookie": cookies}, compression=None) as ws:
            first = json.loads(ws.recv(timeout=ANSWER_S))
            if first["type"] == "error":
                return str(first["code"]), float("nan")
            step = max(1, round(len(data) * CHUNK_S / seconds))
            began = time.monotonic()
            for number, at in enumerate(range(0, len(data), step)):
                time.sleep(max(0.0, began + (number + 1) * CHUNK_S - time.monotonic()))
                ws.send(data[at : at + step])
            ended = time.monotonic()
            ws.send(json.dumps({"type": "end"}))
            while True:
                message = json.loads(ws.recv(timeout=ANSWER_S))
                if message["type"] in ("verdict", "error", "pending"):
                    took = time.monotonic() - ended
                    return str(message.get("outcome") or message.get("code") or "pending"), took

    def _post(self, path: str, body: Mapping[str, object]) -> dict[str, str]:
        self._keys += 1
        key = {"Idempotency-Key": f"load-{self._number:05}-{self._keys:05}"}
        answer = self._browser.post(path, json=body, headers=key)
        return dict(answer.raise_for_status().json())


def measure(
    levels: Sequence[int], *, verdicts: int, weights_dir: Path, streams: int | None = None
) -> list[Load]:
    """Stream clips, so many at once, until there are `verdicts` of each level, and measure what came of it.

    `streams` is how many have a place.
    """
    with tempfile.TemporaryDirectory(prefix="novisit-load-") as name:
        folder = Path(name)
        clip = make_recording(folder)
        numbers = iter(range(1, 100_000))
        with serving(folder, weights_dir, streams=streams or max(levels)) as (url, pid):
            _one_level(
                url, pid, clip, at_once=1, rounds=1, numbers=numbers
            )  # the first pays for what is lazy
            return [
                _one_level(url, pid, clip, at_once=level, rounds=math.ceil(verdicts / level), numbers=numbers)
                for level in levels
            ]


def _one_level(url: str, pid: int, clip: Clip, *, at_once: int, rounds: int, numbers: Iterator[int]) -> Load:
    answers: list[tuple[str, float]] = []
    cpu_s = 0.0
    for _ in range(rounds):
        callers = [Caller(url, next(numbers)) for _ in range(at_once)]
        calls = [(caller, caller.open(), clip.marked(next(numbers))) for caller in callers]
        time.sleep(3.0)  # spare processes are warm again

        def call(caller: Caller, address: str, data: bytes) -> None:
            answers.append(caller.stream(address, data, clip.seconds))

        before = _cpu_seconds(pid)
        threads = [threading.Thread(target=call, args=each) for each in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        cpu_s += _cpu_seconds(pid) - before
    took = tuple(seconds for _, seconds in answers if seconds == seconds)
    return Load(
        at_once=at_once,
        verdict_s=took,
        outcomes=tuple(outcome for outcome, _ in answers),
        refused=len(answers) - len(took),
        cpu_s_per_video_s=cpu_s / (clip.seconds * max(1, len(took))),
    )


def _cpu_seconds(pid: int) -> float:
    """Processor time of a process and of its children, those that ended included."""
    ticks = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(entry.name) == pid:
            ticks += sum(int(value) for value in fields[11:15])
        elif int(fields[1]) == pid:
            ticks += sum(int(value) for value in fields[11:13])
    return ticks / os.sysconf("SC_CLK_TCK")


def table(loads: Sequence[Load]) -> str:
    """The figures as lines of text."""
    lines = ["at once   p50 s   p95 s   CPU-s/video-s   refused   outcomes"]
    for load in loads:
        counted = ", ".join(f"{load.outcomes.count(name)} {name}" for name in sorted(set(load.outcomes)))
        lines.append(
            f"{load.at_once:7}   {load.p50_s:5.2f}   {load.p95_s:5.2f}   {load.cpu_s_per_video_s:13.2f}"
            f"   {load.refused:7}   {counted}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--levels", default="1,2,4,8")
    parser.add_argument("--verdicts", type=int, default=8, help="at least so many at each level (default 8)")
    parser.add_argument(
        "--streams", type=int, default=None, help="places of the server; default: the highest level"
    )
    given = parser.parse_args()
    weights_dir = Path(os.environ.get("NOVISIT_WEIGHTS_DIR", ".novisit/weights")).resolve()
    levels = [int(level) for level in given.levels.split(",")]
    print(table(measure(levels, verdicts=given.verdicts, weights_dir=weights_dir, streams=given.streams)))


if __name__ == "__main__":
    main()
