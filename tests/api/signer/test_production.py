"""Production, whole: two users, licensed credentials, two administrators, and a paper that is sealed."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import pytest

from api.bootstrap import system_clock
from signing.demonstration import create
from signing.keys import EncryptedKeyFolder
from signing.seal import Seal
from signing.verdict import SealStatus
from signing.verification import verify_pdf
from tests.api.filing.world import PDF
from tests.api.signer.machine import Machine, can_part_users, made_machine
from tests.api.signer.office import Authorities, Browser, authorities
from tests.api.signer.users import SERVICE_UID, SHARED_GID, SIGNER_UID, as_user, wait_for
from tests.browser.server import free_port
from tests.filing.builders import CATERING, COMPLETE_CATERING

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not can_part_users(), reason="hardware: only root can become other users"),
]

ORGAN, NAME, CODE = "jiangan-approval", "江岸区行政审批局", "4201020000001"
CREDIT_CODE = "11420102MB1A000019"
KEY = f"seal-{ORGAN}"
STAFF = (
    ("admin.one", "--role", "administrator"),
    ("admin.two", "--role", "administrator"),
    ("shen.pi", "--role", "reviewer", "--organ", ORGAN),
)
READY_SECONDS = 90
SEALED_SECONDS = 60


@dataclass
class Production:
    """The machine, who certifies and stamps for it, the checked answer for a seal, accounts of STAFF."""

    machine: Machine
    outside: Authorities
    proposal: dict[str, str]
    opened: tuple[dict[str, str], ...]

    def refusal(self, uid: int = SERVICE_UID, **changes: str) -> str:
        """Why `novisit serve` does not start."""
        done = self.machine.ended(uid, "serve", "--port", str(free_port()), **changes)
        assert done.returncode == 78, f"{done.returncode}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stderr


@pytest.fixture(scope="module")
def production(weights_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """The ceremony of docs/guide/keys.md up to the proposal; the signer runs."""
    with ExitStack() as stack:
        outside = stack.enter_context(authorities(tmp_path_factory.mktemp("tsa"), system_clock))
        machine = stack.enter_context(made_machine(weights_dir, **settings_for(outside)))
        root = machine.root / "public" / "root.pem"
        root.write_bytes(outside.root)
        machine.run(SIGNER_UID, *(("keys", "generate", purpose) for purpose in (KEY, "log")))
        stack.enter_context(machine.running(SIGNER_UID, "signer"))
        wait_for((machine.root / "run" / "signer.sock").is_socket, seconds=60)
        entered = ("--name", NAME, "--name-en", "Approval Bureau", "--credit-code", CREDIT_CODE)
        *_, request = machine.run(
            SERVICE_UID,
            ("keyring", "create"),
            ("db", "upgrade"),
            ("organs", "add", ORGAN, *entered, "--area", "420102"),
            ("certificates", "csr", "--key", KEY, "--organ", ORGAN),
        )
        answer = machine.root / "public" / "answer.pem"
        answer.write_bytes(outside.licensed.answer(request.encode(), organization_id=CREDIT_CODE))
        taken = ("--key", KEY, "--organ", ORGAN, "--code", CODE, "--root", str(root))
        told, *opened = machine.run(
            SERVICE_UID,
            ("certificates", "import", str(answer), *taken),
            *(("accounts", "add", *words, "--json") for words in STAFF),
        )
        yield Production(machine, outside, json.loads(told), tuple(map(json.loads, opened)))


def settings_for(outside: Authorities) -> dict[str, str]:
    return {
        "public_url": "https://office.example",
        "crl_urls": f"{outside.url}/root.crl,{outside.url}/issuing.crl",
    }


@pytest.fixture(scope="module")
def served(production: Production) -> Iterator[Browser]:
    """The service, as its own user, with nothing in force yet."""
    port = free_port()
    machine = production.machine
    with (
        machine.running(SERVICE_UID, "serve", "--port", str(port), **stamping(production)) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http,
    ):
        until = time.monotonic() + READY_SECONDS
        while not _answers(http):
            assert process.poll() is None, machine.log("serve")
            assert time.monotonic() < until, machine.log("serve")
            time.sleep(0.1)
        yield Browser(http)


def stamping(production: Production) -> dict[str, str]:
    anchors = str(production.machine.root / "public" / "root.pem")
    return {"time_stamps": json.dumps([{"url": production.outside.url, "anchors": anchors}])}


def _answers(http: httpx.Client) -> bool:
    try:
        return http.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_two_users_two_administrators_one_paper(production: Production, served: Browser) -> None:
    machine = production.machine
    # The first look at every backend imports what it needs, which takes long on a busy machine.
    wait_for(lambda: missing(served) == ["seals"], seconds=60)
    bring_in_force(production, served)
    wait_for(lambda: served.ask("GET", "/readyz").status_code == 200, seconds=60)

    applicant = Browser(served.http)
    applicant.sign_in_as_applicant("wang.fang")
    reviewer = signed_in(production, served, 2)
    case_id = filed(machine, applicant)
    reviewer.done("POST", f"/v1/review/cases/{case_id}/claim")
    decided = reviewer.done("POST", f"/v1/review/cases/{case_id}/decision", json={"decision": "approve"})
    paper = f"/v1/cases/{case_id}/certificate"
    until = time.monotonic() + SEALED_SECONDS
    while not applicant.ask("GET", paper).is_success:
        assert time.monotonic() < until, machine.log("serve")
        time.sleep(0.5)
    pdf = applicant.done("GET", paper)

    anchor = production.outside.licensed.anchor
    found = verify_pdf(pdf, anchors=[anchor], at=system_clock(), time_stamp_anchors=[anchor])
    assert found.status is SealStatus.TOTAL_PASSED, found
    assert (found.sealed_by.holder, found.sealed_by.organ_id) == (NAME, CREDIT_CODE)
    assert not found.sealed_by.demonstration
    kind = {"content-type": "application/pdf"}
    told = Browser(served.http).done("POST", "/v1/seal-verifications", content=pdf, headers=kind)
    assert (told["status"], told["certificate_number"]) == ("TOTAL_PASSED", decided["certificate_number"])
    assert told["log"]["proof"]["head"]["tree_size"] == 1
    (uses,) = machine.run(SIGNER_UID, ("keys", "usage", KEY))
    assert uses.split()[1] == "2", "the request for its certificate, and one seal"


def missing(served: Browser) -> list[str]:
    """What is not ready yet."""
    checks = served.ask("GET", "/readyz").json()["checks"]
    return [name for name, check in checks.items() if not check["ready"]]


def bring_in_force(production: Production, served: Browser) -> None:
    """One administrator proposes what `certificates import` printed, another approves."""
    one, other = (signed_in(production, served, number) for number in (0, 1))
    proposed = one.done("POST", "/v1/seal-proposals", json=production.proposal)
    url = f"/v1/seal-proposals/{proposed['id']}"
    own = one.ask("POST", f"{url}/approval")
    assert (own.status_code, own.json()["code"]) == (403, "proposal.own")
    other.done("POST", f"{url}/approval")
    wait_for(lambda: other.done("GET", url)["state"] == "in_force", seconds=60)


def signed_in(production: Production, served: Browser, number: int) -> Browser:
    """One of STAFF."""
    browser = Browser(served.http)
    browser.sign_in_as_staff(production.opened[number], system_clock)
    return browser


def filed(machine: Machine, applicant: Browser) -> str:
    """A case handed in by somebody whose face was checked: that check alone is entered by hand."""
    case_id: str = applicant.done("POST", "/v1/cases", json={"matter_id": CATERING, "organ_id": ORGAN})["id"]
    for name in ("application", "business_licence", "layout", "safety_rules"):
        applicant.done("PUT", f"/v1/cases/{case_id}/materials/{name}", content=PDF)
    applicant.done("PATCH", f"/v1/cases/{case_id}", json={"form": dict(COMPLETE_CATERING)})
    account_id = applicant.done("GET", "/v1/accounts/me")["id"]
    machine.python(SERVICE_UID, "-m", "tests.api.signer.proof", account_id, case_id)
    applicant.done("POST", f"/v1/cases/{case_id}/submission")
    return case_id


def test_the_service_cannot_open_a_key(production: Production) -> None:
    keys = production.machine.keys
    files = [path for path in keys.rglob("*") if path.is_file()]
    assert {f"{KEY}.key", "log.key", "passphrase", "keys.log"} <= {path.name for path in files}
    for path, way in [
        (keys, os.O_RDONLY),
        *((file, way) for file in files for way in (os.O_RDONLY, os.O_WRONLY)),
    ]:
        with pytest.raises(PermissionError):
            as_user(SERVICE_UID, partial(os.open, path, way), gids=(SHARED_GID,))
    with pytest.raises(PermissionError):
        as_user(SERVICE_UID, (keys / "put-here").touch, gids=(SHARED_GID,))


def test_it_does_not_start_under_one_user(production: Production) -> None:
    told = production.refusal(SIGNER_UID, data_dir=own_data(production, "of-the-signer", SIGNER_UID))
    assert "NOVISIT_SIGNER_USER is the service's own user" in told
    assert "is open to the service" in told
    assert "runs as root" in production.refusal(0, data_dir=own_data(production, "of-root", 0))


def own_data(production: Production, name: str, uid: int) -> str:
    """A folder of its own with a keyring, so that the users are all that is wrong."""
    folder = production.machine.root / name
    folder.mkdir(mode=0o700)
    os.chown(folder, uid, uid)
    production.machine.run(uid, ("keyring", "create"), data_dir=str(folder))
    return str(folder)


def test_it_does_not_start_where_it_could_read_the_keys(production: Production) -> None:
    keys = production.machine.keys
    keys.chmod(0o755)
    try:
        assert f"{keys} is open to the service" in production.refusal()
    finally:
        keys.chmod(0o700)


def test_it_does_not_start_on_a_demonstrations_seals(production: Production) -> None:
    folder = production.machine.root / "public" / "demonstration"
    keys = EncryptedKeyFolder(production.machine.root / "demonstration-keys", b"of a demonstration")
    create(folder, [Seal(ORGAN, NAME, CODE)], system_clock, sealing_keys=keys)
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert "holds demonstration keys" in production.refusal(seal_dir=str(folder))
    (folder / "DEMONSTRATION").unlink()
    assert "comes from a demonstration authority" in production.refusal(seal_dir=str(folder))
