from pathlib import Path

from liveness.evaluation.gate import read_gate

GATE = Path(__file__).resolve().parents[3] / "benchmarks" / "liveness-gate.toml"


def test_the_gate_of_this_project_names_figures_that_are_measured():
    bars = {(limit.figure, limit.bound): limit.value for limit in read_gate(GATE)}
    assert bars["actions.blink.f1", "min"] == 0.95
    assert bars["species.print.accepted", "max"] == 0
    assert bars["bona_fide.bpcer", "max"] == 0.05
