"""Counts of uses: never lower than the signatures given out, whatever ends the process."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from signing.errors import KeyExhausted, KeyMissing, KeyUnavailable, SignerUnsafe
from signing.keys.usage import UseCounts


@pytest.fixture
def counts(tmp_path: Path) -> UseCounts:
    counts = UseCounts(tmp_path)
    counts.begin("seal")
    return counts


def test_every_use_is_counted_and_the_count_stays(tmp_path: Path, counts: UseCounts):
    assert [counts.count("seal", limit=None) for _ in range(3)] == [1, 2, 3]
    counts.close()
    assert UseCounts(tmp_path).uses("seal") == 3
    assert UseCounts(tmp_path).count("seal", limit=None) == 4


def test_key_stops_at_its_limit_and_the_count_with_it(counts: UseCounts):
    assert counts.count("seal", limit=1) == 1
    for _ in range(3):
        with pytest.raises(KeyExhausted):
            counts.count("seal", limit=1)
    assert counts.uses("seal") == 1
    assert counts.count("seal", limit=2) == 2


@pytest.mark.parametrize("content", [b"", b"12\n", b"-0000000000000000001\n", b"0" * 20, b"0" * 22 + b"\n"])
def test_unreadable_count_stops_the_key(tmp_path: Path, counts: UseCounts, content: bytes):
    (tmp_path / "seal.uses").write_bytes(content)
    with pytest.raises(KeyUnavailable, match="damaged"):
        counts.count("seal", limit=None)
    with pytest.raises(KeyUnavailable, match="damaged"):
        counts.uses("seal")


def test_count_that_is_gone_stops_the_key_and_is_not_begun_anew(tmp_path: Path, counts: UseCounts):
    counts.count("seal", limit=None)
    with pytest.raises(KeyUnavailable, match="counted before"):
        counts.begin("seal")
    counts.close()
    (tmp_path / "seal.uses").unlink()
    with pytest.raises(KeyUnavailable, match="does not sign without it"):
        counts.count("seal", limit=None)


def test_name_that_leads_elsewhere_is_refused(counts: UseCounts):
    with pytest.raises(KeyMissing):
        counts.uses("../seal")


def test_one_process_counts(tmp_path: Path, counts: UseCounts):
    counts.hold()
    with pytest.raises(SignerUnsafe, match="Another signer"):
        UseCounts(tmp_path).hold()
    counts.close()
    UseCounts(tmp_path).hold()


def test_threads_lose_no_use(counts: UseCounts):
    def many() -> None:
        for _ in range(25):
            counts.count("seal", limit=None)

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts.uses("seal") == 200


COUNTING = """
import sys
from pathlib import Path
from signing.keys.usage import UseCounts
counts = UseCounts(Path(sys.argv[1]))
while True:
    print(counts.count("seal", limit=None), flush=True)
"""


def test_killed_process_never_leaves_less_than_it_gave_out(tmp_path: Path, counts: UseCounts):
    command = [sys.executable, "-c", COUNTING, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = [process.stdout.readline() for _ in range(50)]
        os.kill(process.pid, signal.SIGKILL)
        seen += process.stdout.readlines()
    given_out = int(seen[-1])
    assert given_out >= 50
    assert given_out <= counts.uses("seal") <= given_out + 1
