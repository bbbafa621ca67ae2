"""Readiness and figures tell of the signer, and of the uses of its keys."""

from fastapi.testclient import TestClient

from signing.keys import KeyAlgorithm
from signing.keys.custody import KeyCustody


def test_signer_that_is_away_is_not_ready_and_its_figure_says_so(client: TestClient):
    check = client.get("/readyz").json()["checks"]["signer"]
    assert check["ready"] is False
    assert "novisit_signer_up 0.0" in client.get("/metrics").text


def test_signer_that_answers_is_ready_and_its_keys_are_counted(client: TestClient, signer: KeyCustody):
    signer.make("log", algorithm=KeyAlgorithm.P256, since=None, by="test")
    signer.set_limit("log", 5, by="test")
    signer.sign("log", b"head")
    assert client.get("/readyz").json()["checks"]["signer"]["ready"] is True
    told = client.get("/metrics").text
    assert "novisit_signer_up 1.0" in told
    assert 'novisit_key_uses{key="log"} 1.0' in told
    assert 'novisit_key_limit{key="log"} 5.0' in told
    signer.set_limit("log", None, by="test")
    assert "novisit_key_limit{" not in client.get("/metrics").text
