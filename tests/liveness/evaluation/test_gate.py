import pytest

from liveness.evaluation.errors import GateInvalid
from liveness.evaluation.gate import check_gate, gate_data, read_gate

DATA = {
    "actions": {"blink": {"f1": 0.96, "recall": None}},
    "species": {"print": {"accepted": 0, "interval": [0.0, 0.336], "pad_only": {"accepted": 1}}},
    "findings": {},
    "comparison": {"at": {"0.40": {"fmr": 0.01}}},
}


@pytest.fixture
def gate(tmp_path):
    def read(text):
        path = tmp_path / "gate.toml"
        path.write_text(text, encoding="utf-8")
        return read_gate(path)

    return read


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("[actions.blink]\nf1 = {min = 0.96}", True),
        ("[actions.blink]\nf1 = {min = 0.961}", False),
        ("[species.print]\naccepted = {max = 0}", True),
        ("[species.print.pad_only]\naccepted = {max = 0}", False),
        ("[species.print]\ninterval = {max = 0.34}", True),
        ("[species.print]\ninterval = {max = 0.3}", False),
        ("[species.print]\ninterval = {min = 0.0}", True),
        ('[comparison.at."0.40"]\nfmr = {min = 0.0, max = 0.01}', True),
    ],
)
def test_a_limit_is_kept_up_to_its_value(gate, text, kept):
    assert gate_data(check_gate(gate(text), DATA))["passed"] is kept


@pytest.mark.parametrize(
    "text",
    ["[actions.blink]\nrecall = {min = 0.0}", "[species.replay]\naccepted = {max = 9}"],
    ids=["nothing to measure", "no such species"],
)
def test_what_was_not_measured_keeps_no_limit(gate, text):
    (broken, *_) = gate_data(check_gate(gate(text), DATA))["limits"]
    assert (broken["measured"], broken["kept"]) == (None, False)


@pytest.mark.parametrize(
    "text",
    [
        "[species.print]\naccepted = {max = 0}",
        "[species.print]\ninterval = {max = 1}",
        "[species.print.pad_only]\naccepted = {max = 0}",
        "[bona_fide]\nrejected = {max = 0}",
    ],
)
def test_a_limit_on_nothing_presented_is_not_kept_and_says_so(gate, text):
    nothing = {"presentations": 0, "accepted": 0, "rejected": 0, "interval": [0.0, 1.0]}
    data = {"species": {"print": {**nothing, "pad_only": nothing}}, "bona_fide": nothing}
    limits = gate_data(check_gate(gate(text), data))["limits"]
    assert [limit["kept"] for limit in limits] == [False, True]
    assert limits[0]["why"].startswith("Nothing was presented")
    assert limits[1]["why"] == ""


def test_a_limit_on_how_many_were_presented_is_kept_by_none(gate):
    limits = gate("[species.print]\npresentations = {max = 0}")
    assert gate_data(check_gate(limits, {"species": {"print": {"presentations": 0}}}))["passed"]


def test_a_process_that_died_breaks_a_gate_that_does_not_allow_it(gate):
    one_died = {**DATA, "findings": {"failed": 1}}
    limits = gate("[actions.blink]\nf1 = {min = 0.9}")
    assert gate_data(check_gate(limits, DATA))["passed"] is True
    assert gate_data(check_gate(limits, one_died))["passed"] is False
    allowed = gate("[findings]\nfailed = {max = 1}\n[actions.blink]\nf1 = {min = 0.9}")
    assert gate_data(check_gate(allowed, one_died))["passed"] is True


def test_broken_limits_come_first(gate):
    limits = gate("[actions.blink]\nf1 = {min = 0.5}\n[species.print]\ninterval = {max = 0.1}")
    figures = [one["figure"] for one in gate_data(check_gate(limits, DATA))["limits"]]
    assert figures == ["species.print.interval", "actions.blink.f1", "findings.failed"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "sets no limit"),
        ("[actions.blink]", "sets no limit"),
        ("[actions.blnk]\nf1 = {min = 1}", "no figure is called actions.blnk.f1"),
        ("[actions.blink]\nf1 = 0.9", "must be a table"),
        ("[actions.blink]\nf1 = {min = 'high'}", "must be a number"),
        ("[actions.blink]\nf1 = {min = nan}", "must be a number"),
        ("[actions.blink]\nf1 = {min = true}", "must be a number"),
        ("[actions.blink]\nf1 = {least = 1}", "must be a table"),
        ("[actions", "no TOML"),
    ],
)
def test_a_gate_that_could_let_everything_through_is_refused(gate, text, fault):
    with pytest.raises(GateInvalid, match=fault):
        gate(text)


def test_a_gate_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(GateInvalid, match="No such file"):
        read_gate(tmp_path / "gate.toml")
