"""Anyone may fetch what certificates point at, and ask whether they are revoked."""

import base64
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.bootstrap import Services
from filing.organs import demonstration_organs
from signing.demonstration import Demonstration

ORGAN = demonstration_organs()[0].id
OCSP = {"content-type": "application/ocsp-request"}


def certificates(authority: Demonstration) -> tuple[x509.Certificate, x509.Certificate]:
    seal = x509.load_der_x509_certificate(authority.credential(ORGAN).certificate)
    return seal, x509.load_der_x509_certificate(authority.published("issuing.crt"))


def request(authority: Demonstration, nonce: bytes | None = None) -> bytes:
    builder = ocsp.OCSPRequestBuilder().add_certificate(*certificates(authority), hashes.SHA256())
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(serialization.Encoding.DER)


def test_certificates_and_lists_are_given_out_in_der(client: TestClient, authority: Demonstration):
    root = client.get("/v1/pki/root.crt")
    assert root.headers["content-type"] == "application/pkix-cert"
    assert root.content == authority.anchors[0]
    issuing = x509.load_der_x509_certificate(client.get("/v1/pki/issuing.crt").content)
    issuing.verify_directly_issued_by(x509.load_der_x509_certificate(root.content))
    revoked = client.get("/v1/pki/issuing.crl")
    assert revoked.headers["content-type"] == "application/pkix-crl"
    assert x509.load_der_x509_crl(revoked.content).issuer == issuing.subject


def test_lists_are_renewed_when_they_are_asked_for(client: TestClient, authority: Demonstration, clock):
    clock.move(days=40)
    fresh = x509.load_der_x509_crl(client.get("/v1/pki/root.crl").content)
    assert fresh.next_update_utc is not None
    assert fresh.next_update_utc > clock.now


@pytest.mark.parametrize("name", ["passphrase", "tsa.crt", "keys", "root.key", "..%2Fpassphrase"])
def test_nothing_else_is_given_out(client: TestClient, authority: Demonstration, name: str):
    assert client.get(f"/v1/pki/{name}").status_code in (404, 422)


def test_without_seals_there_is_nothing_to_give_out(client: TestClient):
    assert client.get("/v1/pki/root.crt").status_code == 404
    assert client.post("/v1/pki/ocsp", content=b"", headers=OCSP).status_code == 404
    assert client.get("/v1/pki/ocsp/MAMC").status_code == 404


def test_posted_request_is_answered_for_its_asker_alone(client: TestClient, authority: Demonstration, clock):
    told = client.post("/v1/pki/ocsp", content=request(authority, bytes(32)), headers=OCSP)
    assert (told.status_code, told.headers["content-type"]) == (200, "application/ocsp-response")
    assert told.headers["cache-control"] == "no-store"
    found = ocsp.load_der_ocsp_response(told.content)
    assert found.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert found.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == bytes(32)
    authority.revoke(ORGAN, since=clock.now)
    again = client.post("/v1/pki/ocsp", content=request(authority), headers=OCSP)
    assert ocsp.load_der_ocsp_response(again.content).certificate_status is ocsp.OCSPCertStatus.REVOKED


def test_request_in_the_address_is_answered_in_a_form_that_caches_keep(
    client: TestClient, authority: Demonstration
):
    path = quote(base64.b64encode(request(authority)).decode(), safe="")
    told = client.get(f"/v1/pki/ocsp/{path}")
    assert ocsp.load_der_ocsp_response(told.content).certificate_status is ocsp.OCSPCertStatus.GOOD
    assert told.headers["cache-control"] == "public, max-age=3600, no-transform, must-revalidate"
    assert {"etag", "expires", "last-modified"} <= set(told.headers)
    asked = base64.b64encode(request(authority, b"once")).decode()
    assert client.get(f"/v1/pki/ocsp/{quote(asked, safe='')}").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("body", [b"", b"no request", bytes(100_000)])
def test_nonsense_is_malformed_and_not_an_error(client: TestClient, authority: Demonstration, body: bytes):
    told = client.post("/v1/pki/ocsp", content=body, headers=OCSP)
    status = ocsp.load_der_ocsp_response(told.content).response_status
    assert (told.status_code, status) == (200, ocsp.OCSPResponseStatus.MALFORMED_REQUEST)
    assert client.get("/v1/pki/ocsp/not-base64").content == told.content


@pytest.fixture
def served(app: FastAPI, services: Services) -> Iterator[str]:
    """The application on a port of this machine, without its work in the background."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def test_openssl_asks_over_http(
    served: str, authority: Demonstration, services: Services, clock, tmp_path: Path
):
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: apt-get install openssl")
    seal, issuing = certificates(authority)
    root = x509.load_der_x509_certificate(authority.anchors[0])
    for name, certificate in (("seal", seal), ("issuing", issuing), ("root", root)):
        (tmp_path / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def ask() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["openssl", "ocsp", "-url", f"{served}/v1/pki/ocsp", "-issuer", "issuing.pem",
             "-cert", "seal.pem", "-CAfile", "root.pem", "-verify_other", "issuing.pem",
             "-attime", str(int(clock().timestamp())), "-validity_period", "1000000000"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )  # fmt: skip

    told = ask()
    assert "Response verify OK" in told.stderr
    assert "WARNING: no nonce" not in told.stderr
    assert "seal.pem: good" in told.stdout
    authority.revoke(ORGAN, since=clock.now)
    assert "seal.pem: revoked" in ask().stdout
