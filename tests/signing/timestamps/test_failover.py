"""Time stamps over HTTP: only a right answer counts, the next authority is asked, none means no seal."""

import hashlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import tsp

from signing.demonstration import Demonstration, create
from signing.errors import TimeStampUnavailable
from signing.sealing import PdfSealer
from signing.stamp_tokens import request_token
from signing.timestamps import (
    DEMONSTRATION_POLICY,
    Attempt,
    FailoverTimeStamps,
    HttpTimeStampAuthority,
    LocalTimeStampAuthority,
    TimeStampSource,
    read_answer,
)
from signing.timestamps.failover import REST_SECONDS
from signing.verdict import SealStatus
from signing.verification import verify_pdf
from tests.signing.conftest import JIANGAN, PLACE, Hand
from tests.signing.hostile import Materials, seal_as_stamp_authority
from tests.signing.timestamps.servers import StampServer, serving


def request(digest: bytes = b"page", nonce: int | None = 7) -> bytes:
    fields = {
        "version": 1,
        "message_imprint": {
            "hash_algorithm": {"algorithm": "sha256"},
            "hashed_message": hashlib.sha256(digest).digest(),
        },
        "cert_req": True,
    }
    if nonce is not None:
        fields["nonce"] = nonce
    return bytes(tsp.TimeStampReq(fields).dump())


@dataclass
class Client:
    """Builds authorities over servers, closes them, and hears what became of each attempt."""

    anchors: tuple[bytes, ...]
    clock: Callable[[], datetime]
    opened: list[HttpTimeStampAuthority] = field(default_factory=list)
    heard: list[Attempt] = field(default_factory=list)
    seconds: float = 0

    def authority(
        self, server: StampServer | str, policies: tuple[str, ...] = (), timeout_seconds: float = 5
    ) -> HttpTimeStampAuthority:
        url = server if isinstance(server, str) else server.url
        source = TimeStampSource(url, self.anchors, policies, timeout_seconds)
        made = HttpTimeStampAuthority(source, clock=self.clock)
        self.opened.append(made)
        return made

    def over(self, *servers: StampServer | str) -> FailoverTimeStamps:
        return FailoverTimeStamps(
            [self.authority(server) for server in servers],
            on_attempt=self.heard.append,
            monotonic=lambda: self.seconds,
        )

    @property
    def codes(self) -> list[str]:
        return [attempt.code for attempt in self.heard]


@pytest.fixture
def client(authority: Demonstration, clock: Callable[[], datetime]) -> Iterator[Client]:
    made = Client(authority.anchors, clock)
    yield made
    for opened in made.opened:
        opened.close()


@pytest.fixture
def local(authority: Demonstration) -> LocalTimeStampAuthority:
    return authority.time_stamp_authority()


def test_request_and_answer_go_over_http(client: Client, local: LocalTimeStampAuthority):
    with serving(local.respond) as server:
        answer = client.authority(server, policies=(DEMONSTRATION_POLICY,)).respond(request())
        assert read_answer(answer)["status"]["status"].native == "granted"
        assert server.types == {"application/timestamp-query"}


def test_first_is_asked_and_the_second_left_alone(client: Client, local: LocalTimeStampAuthority):
    with serving(local.respond) as first, serving(local.respond) as second:
        client.over(first, second).respond(request())
        assert (first.asked, second.asked, client.codes) == (1, 0, ["granted"])


def replay(respond: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Give the same old answer whatever is asked."""
    old = respond(request(nonce=6))
    return lambda _: old


def other_digest(respond: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    return lambda _: respond(request(b"another page"))


def flipped(respond: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def answer(asked: bytes) -> bytes:
        whole = bytearray(respond(asked))
        whole[-10] ^= 1
        return bytes(whole)

    return answer


BROKEN: dict[str, Callable[[Callable[[bytes], bytes]], Callable[[bytes], bytes]]] = {
    "other_nonce": replay,
    "other_imprint": other_digest,
    "bad_signature": flipped,
    "malformed": lambda _: lambda _: b"<html>busy</html>",
    "malformed, too long": lambda _: lambda _: bytes(100_000),
    "malformed, empty": lambda _: lambda _: b"",
    "refused": lambda respond: lambda _: respond(b"nonsense"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_bad_answer_falls_over_to_the_next(client: Client, local: LocalTimeStampAuthority, name: str):
    with serving(BROKEN[name](local.respond)) as broken, serving(local.respond) as good:
        answer = client.over(broken, good).respond(request())
        assert read_answer(answer)["status"]["status"].native == "granted"
        assert client.codes == [name.partition(",")[0], "granted"]
        assert client.heard[0].host == f"127.0.0.1:{broken.server_port}"


@pytest.mark.parametrize("status", [500, 503, 404, 204])
def test_http_error_falls_over(client: Client, local: LocalTimeStampAuthority, status: int):
    with serving(lambda _: b"", status=status) as broken, serving(local.respond) as good:
        client.over(broken, good).respond(request())
    assert client.codes == ["http_status", "granted"]


def test_redirect_is_not_followed_so_no_other_host_is_called(client: Client, local: LocalTimeStampAuthority):
    with serving(local.respond) as elsewhere, serving(lambda _: elsewhere.url.encode(), status=302) as broken:
        with pytest.raises(TimeStampUnavailable, match="HTTP 302"):
            client.over(broken).respond(request())
        assert elsewhere.asked == 0


def test_closed_port_falls_over(client: Client, local: LocalTimeStampAuthority):
    with socket.create_server(("127.0.0.1", 0)) as closing:
        url = f"http://127.0.0.1:{closing.getsockname()[1]}/"
    with serving(local.respond) as good:
        client.over(url, good).respond(request())
    assert client.codes == ["unreachable", "granted"]


@pytest.mark.parametrize(("seconds", "drip"), [(1.0, 0), (0, 0.05)], ids=["silent", "trickling"])
def test_slow_one_is_given_up_in_time(
    client: Client, local: LocalTimeStampAuthority, seconds: float, drip: float
):
    with serving(local.respond, seconds=seconds, drip=drip) as server:
        with pytest.raises(TimeStampUnavailable) as refused:
            client.authority(server, timeout_seconds=0.3).respond(request())
        assert refused.value.fault == "timeout"


def test_policy_that_is_not_accepted_is_refused(client: Client, local: LocalTimeStampAuthority):
    with serving(local.respond) as server, pytest.raises(TimeStampUnavailable) as refused:
        client.authority(server, policies=("1.2.3",)).respond(request())
    assert refused.value.fault == "other_policy"


def test_token_of_another_root_is_refused(client: Client, tmp_path: Path, started: datetime):
    foreign = create(tmp_path, [JIANGAN], Hand(started)).time_stamp_authority()
    with serving(foreign.respond) as server, pytest.raises(TimeStampUnavailable) as refused:
        client.authority(server).respond(request())
    assert refused.value.fault == "untrusted"


def test_token_by_a_certificate_that_is_not_for_time_stamps_is_refused(
    client: Client, authority: Demonstration, tmp_path: Path
):
    seal = seal_as_stamp_authority(Materials(authority, b"", b"", tmp_path, client.clock))
    with serving(seal.respond) as server, pytest.raises(TimeStampUnavailable) as refused:
        client.authority(server).respond(request())
    assert refused.value.fault in ("untrusted", "malformed")


@pytest.mark.parametrize("minutes", [-6, 6])
def test_token_of_another_time_is_refused(
    client: Client, local: LocalTimeStampAuthority, started: datetime, minutes: int
):
    client.clock = lambda: started + timedelta(minutes=minutes)
    with serving(local.respond) as server, pytest.raises(TimeStampUnavailable) as refused:
        client.authority(server).respond(request())
    assert refused.value.fault == "other_time"


def test_request_without_a_nonce_is_not_asked_for(client: Client, local: LocalTimeStampAuthority):
    with serving(local.respond) as server, pytest.raises(TimeStampUnavailable, match="nonce"):
        client.authority(server).respond(request(nonce=None))


def test_one_that_failed_is_asked_last_for_a_minute(client: Client, local: LocalTimeStampAuthority):
    with serving(lambda _: b"", status=500) as first, serving(local.respond) as second:
        stamps = client.over(first, second)
        for _ in range(3):
            stamps.respond(request())
        assert (first.asked, second.asked) == (1, 3)
        client.seconds = REST_SECONDS + 1
        first.status, first.respond = 200, local.respond
        stamps.respond(request())
        assert (first.asked, second.asked) == (2, 3)


def test_when_all_fail_each_is_named_with_its_fault(client: Client):
    with serving(lambda _: b"", status=500) as first, serving(lambda _: b"junk") as second:
        with pytest.raises(TimeStampUnavailable) as refused:
            client.over(first, second).respond(request())
        said = str(refused.value)
        assert f"127.0.0.1:{first.server_port}: It answered HTTP 500." in said
        assert f"127.0.0.1:{second.server_port}:" in said
    assert len(client.heard) == 2


def sealer(authority: Demonstration, stamps: FailoverTimeStamps, clock: Callable[[], datetime]) -> PdfSealer:
    return PdfSealer(
        authority.credential(JIANGAN.organ_id),
        keys=authority.keys,
        time_stamps=stamps,
        crls=authority.crls,
        clock=clock,
    )


def test_seal_gets_its_stamps_from_the_second_when_the_first_breaks(
    client: Client, authority: Demonstration, local: LocalTimeStampAuthority, page: bytes, started: datetime
):
    with serving(flipped(local.respond)) as broken, serving(local.respond) as good:
        stamps = client.over(broken, good)
        sealed = sealer(authority, stamps, client.clock).seal(page, reason="1", place=PLACE)
    assert verify_pdf(sealed.pdf, anchors=authority.anchors, at=started).status is SealStatus.TOTAL_PASSED
    assert "granted" in client.codes


def test_nothing_is_sealed_without_a_time_stamp(client: Client, authority: Demonstration, page: bytes):
    with serving(lambda _: b"", status=503) as broken, pytest.raises(TimeStampUnavailable):
        sealer(authority, client.over(broken), client.clock).seal(page, reason="1", place=PLACE)


def test_stand_alone_token_comes_the_same_way(
    client: Client, local: LocalTimeStampAuthority, authority: Demonstration
):
    with serving(replay(local.respond)) as broken, serving(local.respond) as good:
        assert request_token(client.over(broken, good), b"data")


@pytest.mark.parametrize(
    ("url", "anchors", "seconds"),
    [("ftp://tsa.example/", (b"x",), 5), ("https://", (b"x",), 5), ("https://tsa.example/", (), 5),
     ("https://tsa.example/", (b"x",), 0), ("https://tsa.example/", (b"x",), 31)],
)  # fmt: skip
def test_source_that_makes_no_sense_is_refused(url: str, anchors: tuple[bytes, ...], seconds: float):
    with pytest.raises(ValueError, match="time-stamp"):
        TimeStampSource(url, anchors, timeout_seconds=seconds)


def test_host_is_named_without_what_may_be_secret():
    source = TimeStampSource("https://user:secret@tsa.example:8443/key?token=1", (b"x",))
    assert source.host == "tsa.example:8443"
