"""The work of one stream, in a process of its own that is thrown away afterwards."""

import hashlib
import queue
import resource
from multiprocessing.connection import Connection

from api.jobs.pool import prepare_process
from api.streaming.clock import clock_ms
from api.streaming.pipe import (
    Attended,
    Begin,
    Consumed,
    End,
    FromWorker,
    Judged,
    Piece,
    Ready,
    Refused,
    Seen,
    Setup,
    Told,
    ToWorker,
)
from liveness.analysis import AnalysisRules, Inspection
from liveness.errors import VideoError
from liveness.live.analysis import LiveAnalysis, LiveParts
from liveness.pad.detector import EvidenceDetector
from liveness.video.pushing import PushedVideo
from models.comparators.sface import SfaceEmbedder

TICK_S = 0.03
"""How often prompts are thought of while no bytes come."""


Inbox = queue.SimpleQueue[ToWorker | None]


def work(pipe: Connection, inbox: Inbox, setup: Setup) -> None:
    """Load everything, wait for a stream, serve it, end. Runs in the spawned process."""
    prepare_process(setup.parent, setup.memory_mib, ())
    embedder = SfaceEmbedder(setup.weights)
    embedder.ready()
    rules = AnalysisRules()
    with Inspection(setup.weights, embedder=embedder) as inspection:
        parts = LiveParts(inspection, EvidenceDetector(setup.policy), embedder, rules)
        pipe.send(Ready())
        begin = inbox.get()
        if not isinstance(begin, Begin):
            return
        _limit_processor_time(setup.cpu_seconds)
        with PushedVideo(limits=rules.video_for(begin.asked)) as video:
            _Serving(pipe, inbox, LiveAnalysis(begin.asked, parts), video).run()


class _Serving:
    """One stream from its first byte to its answer."""

    def __init__(
        self,
        pipe: Connection,
        inbox: Inbox,
        live: LiveAnalysis,
        video: PushedVideo,
    ) -> None:
        self._pipe = pipe
        self._inbox = inbox
        self._live = live
        self._video = video
        self._digest = hashlib.sha256()
        self._offset = 0
        self._present = True

    def run(self) -> None:
        try:
            while self._step():
                self._tell()
        except VideoError as error:
            self._say(Refused(error.code))

    def _step(self) -> bool:
        """Take the next message; false after the last one."""
        try:
            message = self._inbox.get(timeout=TICK_S)
        except queue.Empty:
            return True
        match message:
            case Piece(data=data, arrived_ms=arrived_ms):
                self._take(data, arrived_ms)
            case Attended(present=present):
                self._present = present
            case End():
                self._conclude()
                return False
            case _:
                return False
        return True

    def _take(self, data: bytes, arrived_ms: float) -> None:
        self._digest.update(data)
        self._video.push(data)
        self._look(arrived_ms)
        self._offset += len(data)
        self._say(Consumed(self._offset))

    def _look(self, arrived_ms: float) -> None:
        for frame in self._video.frames(self._live.wants):
            self._live.see(frame, arrived_ms=arrived_ms)
            self._tell()

    def _tell(self) -> None:
        if not self._present:
            return
        happenings = self._live.tell(clock_ms())
        if happenings:
            self._say(Told(tuple(happenings), self._live.schedule))

    def _conclude(self) -> None:
        self._video.end()
        self._look(clock_ms())
        self._say(Seen(self._live.schedule))
        self._say(Judged(self._live.judge(self._video, video_sha256=self._digest.hexdigest())))

    def _say(self, message: FromWorker) -> None:
        self._pipe.send(message)


def _limit_processor_time(seconds: int) -> None:
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
