"""The stream over a real server: real chunks, real processes, the same judgement as a file gets."""

import os
import signal
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import av
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from api.jobs import analysis
from api.jobs.port import RunningJob
from api.liveness_desk import desk
from api.streaming import finishing
from liveness.analysis import analyse_video
from liveness.challenge.asked import Asked
from liveness.synthesis import Encoding
from liveness.verdict import Action
from models.errors import ComparatorUnavailable
from models.weights import WeightStore
from tests.api.streaming.conftest import Person, Service, Stream, eventually
from tests.clips import MadeClip

pytestmark = pytest.mark.slow

ORDER = (Action.MOUTH, Action.NOD, Action.BLINK)
RECORDED = Encoding(streamed=True)
FULL = 4503


@pytest.fixture(scope="session")
def recording(made_clip: MadeClip) -> bytes:
    """What a browser's recorder writes while somebody does what is asked, in the right order."""
    return Path(made_clip(actions=ORDER, suffix=".webm", encoding=RECORDED).path).read_bytes()


def another_recording(recording: bytes, mark: int) -> bytes:
    """The same pictures in other bytes, since no two sessions take the same file: an empty element behind."""
    return recording + b"\xec\x88" + mark.to_bytes(8)


def worker_pids(service: Service) -> set[int]:
    return {worker.pid for worker in service.services.stream_workers._busy if worker.pid is not None}


def begin(person: Person, recording: bytes, *, share: float = 0.4) -> tuple[dict[str, object], Stream]:
    """A stream that has come so far, and knows it."""
    session = person.open()
    stream = person.connect(session)
    stream.hear_until("ready")
    part = recording[: int(share * len(recording))]
    stream.send(part)
    while stream.hear_until("ack")["offset"] < len(part):
        pass
    return session, stream


def test_the_stream_and_the_file_of_the_same_bytes_are_judged_alike(
    service: Service, person: Person, recording: bytes, tmp_path: Path, weights: WeightStore
) -> None:
    session = person.open()
    stream = person.connect(session, headers={"Origin": service.url})
    assert stream.hear() == {"type": "ready", "offset": 0, "profile": "ordered"}
    stream.send(recording)
    verdict = stream.end()
    assert (verdict["type"], verdict["outcome"], verdict["reasons"]) == ("verdict", "passed", [])
    assert stream.hear() is None
    assert stream.close_code == 1000
    assert stream.of("ack")[-1]["offset"] == len(recording)
    assert [told["action"] for told in stream.of("progress") if told["share"] == 1] == [*ORDER]
    assert [told["type"] for told in stream.told].count("finish") == 1
    assert person.look(session)["state"] == "passed"

    file = tmp_path / "video.webm"
    file.write_bytes(recording)
    as_file = analyse_video(file, asked=Asked.of(ORDER), weights=weights, policy=service.services.pad_policy)
    with service.services.reading() as db:
        found = desk(db, service.services).look(str(session["id"]), person.account_id)[0]
    assert found.decision is not None
    assert found.decision.verdict == as_file.verdict


def test_what_safari_records_is_judged_while_it_comes(
    person: Person, made_clip: MadeClip, tmp_path: Path
) -> None:
    """H.264 in an mp4 of short fragments, sent in real pieces; movements are told before the last of them."""
    path = tmp_path / "safari.mp4"
    options = {"movflags": "empty_moov+default_base_moof", "frag_duration": "200000"}
    with av.open(made_clip(actions=ORDER).path) as whole, av.open(str(path), "w", options=options) as file:
        stream_of_file = file.add_stream_from_template(whole.streams.video[0])
        for packet in whole.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream_of_file
                file.mux(packet)
    data = path.read_bytes()
    assert data.count(b"moof") > 20
    session = person.open()
    stream = person.connect(session)
    stream.hear_until("ready")
    most = int(0.9 * len(data))
    stream.send(data[:most])
    while stream.hear_until("progress") != {"type": "progress", "action": "nod", "share": 1.0}:
        pass
    stream.send(data[most:])
    assert stream.end()["outcome"] == "passed", stream.told[-1]
    assert [told["action"] for told in stream.of("progress") if told["share"] == 1] == [*ORDER]


def test_a_dropped_stream_goes_on_where_its_bytes_were_acknowledged(person: Person, recording: bytes) -> None:
    mine = another_recording(recording, 1)
    session, stream = begin(person, mine)
    stream.socket.close()
    again = person.connect(session)
    ready = again.hear_until("ready")
    assert ready["offset"] == stream.of("ack")[-1]["offset"]
    repeated = ready["offset"] - 10_000
    again.say("resume", offset=repeated)
    again.send(mine[repeated:])
    assert again.end()["outcome"] == "passed"
    # Whoever lost the connection at the very end is told once more.
    late = person.connect(session)
    assert late.hear_until("verdict")["outcome"] == "passed"


def test_a_second_socket_takes_the_place_of_the_first_and_a_stream_that_was_left_ends_as_expired(
    person: Person, recording: bytes
) -> None:
    session, stream = begin(person, recording, share=0.1)
    again = person.connect(session)
    again.hear_until("ready")
    while stream.hear() is not None:
        pass
    assert stream.close_code == 4000
    again.say("resume", offset=10**9)
    assert again.hear_until("error")["code"] == "stream.out_of_place"
    assert again.hear() is None
    assert again.close_code == 4409
    eventually(lambda: person.look(session)["state"] == "expired")
    late = person.connect(session)
    assert late.hear_until("error")["code"] == "session.expired"
    assert late.hear() is None
    assert late.close_code == 4410


def test_a_stream_that_stands_still_is_ended_and_its_session_used_up(
    person: Person, recording: bytes
) -> None:
    session, stream = begin(person, recording, share=0.1)
    assert stream.hear_until("error")["code"] == "stream.too_slow"
    assert stream.hear() is None
    assert stream.close_code == 4408
    eventually(lambda: person.look(session)["state"] == "undecided")
    upload = person.browser.put(f"/v1/liveness-sessions/{session['id']}/video", content=recording)
    assert (upload.status_code, upload.json()["code"]) == (409, "session.already_used")


def test_a_sender_who_trickles_is_ended_when_the_time_for_all_of_it_is_over(
    service: Service, person: Person, recording: bytes
) -> None:
    session, stream = begin(person, recording, share=0.05)
    running = service.services.streams._streams[str(session["id"])]
    running._limits = replace(running._limits, total_s=1.5)
    at = stream.of("ack")[-1]["offset"]
    with suppress(ConnectionClosed):
        while stream.told[-1]["type"] != "error":
            stream.send(recording[at : at + 1])
            at += 1
            with suppress(TimeoutError):
                stream.hear(0.2)
    assert stream.told[-1]["code"] == "stream.too_slow"
    eventually(lambda: person.look(session)["state"] == "undecided")


def test_no_other_site_no_stranger_and_no_other_account_gets_a_stream(
    person: Person, another: Person
) -> None:
    session = person.open()
    with pytest.raises(InvalidStatus) as foreign:
        person.connect(session, headers={"Origin": "https://evil.example"})
    assert foreign.value.response.status_code == 403
    with pytest.raises(InvalidStatus) as stranger:
        person.connect(session, headers={"Cookie": ""})
    assert stranger.value.response.status_code == 401
    other = another.connect(session)
    assert other.hear_until("error")["code"] == "session.not_found"
    assert other.hear() is None
    assert other.close_code == 4404


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"no video at all, whatever its name says" * 100, "video.not_a_video"),
        (b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 200, "video.not_a_video"),
    ],
    ids=["text", "the first bytes of a webm and then nothing of the kind"],
)
def test_bytes_that_are_no_video_are_refused_by_name(person: Person, sent: bytes, code: str) -> None:
    session = person.open()
    stream = person.connect(session)
    stream.send(sent)
    last = stream.end()
    told = [last.get("code"), *(reason["code"] for reason in last.get("reasons", ()))]
    assert code in told
    eventually(lambda: person.look(session)["state"] == "undecided")


def test_damage_in_the_middle_is_no_pass(person: Person, recording: bytes) -> None:
    middle = len(recording) // 3
    damaged = recording[:middle] + os.urandom(len(recording) // 2) + recording[-1000:]
    session = person.open()
    stream = person.connect(session)
    stream.send(damaged)
    assert stream.end()["type"] == "verdict"
    assert person.look(session)["state"] in ("undecided", "failed")


def test_a_killed_process_fails_its_own_stream_and_no_other(
    service: Service, person: Person, another: Person, recording: bytes
) -> None:
    eventually(lambda: not worker_pids(service))
    session, stream = begin(person, recording)
    (pid,) = worker_pids(service)
    _, healthy = begin(another, another_recording(recording, 2))
    os.kill(pid, signal.SIGKILL)
    assert stream.hear_until("error")["code"] == "work.lost"
    eventually(lambda: person.look(session)["state"] == "undecided")
    left = person.look(session)["attempts_left"]
    assert left == person.open()["attempts_left"], "it was not the person's failure"
    mine = another_recording(recording, 2)
    healthy.send(mine[healthy.of("ack")[-1]["offset"] :])
    assert healthy.end()["outcome"] == "passed"


def test_a_process_killed_over_a_whole_video_leaves_the_answer_to_the_job_and_there_is_one(
    service: Service, person: Person, recording: bytes
) -> None:
    eventually(lambda: not worker_pids(service))
    mine = another_recording(recording, 3)
    session, stream = begin(person, mine, share=0.9)
    (pid,) = worker_pids(service)
    running = service.services.streams._streams[str(session["id"])]
    eventually(lambda: running._consumed == running._intake.offset, seconds=60)
    os.kill(pid, signal.SIGSTOP)
    stream.send(mine[int(0.9 * len(mine)) :])
    stream.say("end")
    eventually(lambda: running._ending is not None)
    os.kill(pid, signal.SIGKILL)
    assert stream.hear_until("pending") == {"type": "pending"}
    assert person.look(session)["state"] == "uploaded"
    job = RunningJob("analysis-1", "analysis", {"session_id": session["id"]})  # type: ignore[dict-item]
    analysis.handle(service.services, job)
    first = person.look(session)
    assert first["state"] == "passed"
    analysis.handle(service.services, job)
    assert person.look(session) == first


@pytest.mark.parametrize(
    ("error", "told"),
    [(ComparatorUnavailable("away"), "pending"), (OSError("no space"), "error")],
    ids=["the comparison is away", "something nobody thought of"],
)
def test_whoever_waits_is_told_whatever_goes_wrong_with_the_answer(
    person: Person, recording: bytes, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(finishing, "file", fail)
    session = person.open()
    stream = person.connect(session)
    stream.send(another_recording(recording, 4 + (told == "error")))
    assert stream.end()["type"] == told
    assert stream.hear() is None
    assert person.look(session)["state"] == ("uploaded" if told == "pending" else "undecided")
    assert person.look(session)["attempts_left"] == 3


def test_two_sockets_at_once_store_every_byte_once(person: Person, recording: bytes) -> None:
    """The older one goes on sending while the newer one asks where to go on."""
    mine = another_recording(recording, 6)
    session = person.open()
    older = person.connect(session)
    older.hear_until("ready")

    def go_on() -> None:
        with suppress(ConnectionClosed):
            older.send(mine, chunk=2_000)

    sending = threading.Thread(target=go_on)
    sending.start()
    older.hear_until("ack")
    newer = person.connect(session)
    newer.send(mine[newer.hear_until("ready")["offset"] :])
    sending.join(20)
    assert newer.end()["outcome"] == "passed"


def test_beyond_the_last_place_the_other_way_is_named_and_the_session_is_not_used_up(
    service: Service, person: Person, another: Person, recording: bytes
) -> None:
    eventually(lambda: not worker_pids(service))
    streams = [begin(somebody, recording, share=0.05)[1] for somebody in (person, another)]
    session = person.open()
    refused = person.connect(session)
    problem = refused.hear_until("error")
    assert (problem["code"], problem["status"]) == ("stream.full", 503)
    assert "Upload a recording" in problem["detail"]
    assert refused.hear() is None
    assert refused.close_code == FULL
    for stream in streams:
        stream.socket.close()
    eventually(lambda: not worker_pids(service))
    assert person.connect(session).hear_until("ready")["offset"] == 0


def test_metrics_count_streams_and_the_time_to_the_verdict(service: Service, person: Person) -> None:
    del person
    figures = service.services.metrics.text().decode()
    assert "novisit_streams " in figures
    assert "novisit_stream_verdict_seconds_bucket" in figures
