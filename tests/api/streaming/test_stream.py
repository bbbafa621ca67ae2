"""The stream over a real server: real chunks, real processes, the same judgement as a file gets."""

from pathlib import Path

import pytest

from liveness.synthesis import Encoding
from liveness.verdict import Action
from tests.api.streaming.conftest import Person
from tests.clips import MadeClip

pytestmark = pytest.mark.slow

ORDER = (Action.MOUTH, Action.NOD, Action.BLINK)
RECORDED = Encoding(streamed=True)


@pytest.fixture(scope="session")
def recording(made_clip: MadeClip) -> bytes:
    """What a browser's recorder writes while somebody does what is asked, in the right order."""
    return Path(made_clip(actions=ORDER, suffix=".webm", encoding=RECORDED).path).read_bytes()


def test_a_recording_sent_as_it_was_made_is_judged_at_its_end(person: Person, recording: bytes) -> None:
    session = person.open()
    stream = person.connect(session)
    assert stream.hear() == {"type": "ready", "offset": 0, "profile": "ordered"}
    stream.send(recording)
    verdict = stream.end()
    assert (verdict["type"], verdict["outcome"], verdict["reasons"]) == ("verdict", "passed", [])
    assert stream.hear() is None
    assert stream.close_code == 1000
    assert stream.of("ack")[-1]["offset"] == len(recording)
    assert person.look(session)["state"] == "passed"
