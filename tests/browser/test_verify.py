"""A sealed PDF dropped on the page that verifies it."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api import bootstrap
from api.jobs.paper import SealingOrder, draw_and_seal
from api.settings import Settings
from api.store.filing import filing_services, seal_log
from api.transparency import publish_head
from filing.certificates import Certificate, Reservation, SealedDocument
from filing.docket import SERVICE, DocketKind, Happening
from filing.organs import demonstration_organs
from filing.ports import AsService
from signing.demonstration import open_folder
from signing.transparency.entries import LoggedDocument
from tests.browser.conftest import DESK, Watched
from tests.browser.server import Server
from tests.filing.test_rendering import make_content

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

Visit = Callable[..., Watched]

DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name, { type: "application/pdf" }));
  const zone = document.getElementById("drop");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}"""


def drop(page: Page, content: bytes) -> None:
    page.evaluate(DROP, ["certificate.pdf", base64.b64encode(content).decode()])
    page.wait_for_selector("#answer:visible")


@pytest.fixture(scope="module")
def sealed(server: Server) -> bytes:
    """A certificate whose number the server gave out, under its own demonstration seal."""
    services = bootstrap.build(Settings(data_dir=server.data_dir))
    organ = demonstration_organs()[0]
    with services.transaction() as db:
        filing = filing_services(db, services)
        case = filing.cases.create("nobody", matter_id="catering-under-150", organ_id=organ.id)
        content = make_content(case_id=case.id, organ_name_zh=organ.name_zh)
        reservation = Reservation(organ.id, case.id, content.number, content, services.clock())
        filing.office.certificates.reserve(reservation)
    order = SealingOrder(content, services.seal_setup, server.url, services.clock())
    # A thread of its own: the browser's driver holds this one's event loop, which sealing needs as well.
    with ThreadPoolExecutor(1) as thread:
        pdf = thread.submit(draw_and_seal, order).result().pdf
        thread.submit(issue, services, reservation, pdf).result()
    services.close()
    return pdf


def issue(services: bootstrap.Services, reservation: Reservation, pdf: bytes) -> None:
    """Enter the certificate as the job does that seals it."""
    now = services.clock()
    stored = SealedDocument("evidence", sha256(pdf).hexdigest(), len(pdf), now)
    with services.transaction() as db:
        office = filing_services(db, services).office
        documents = [LoggedDocument(stored.form, stored.sha256)]
        logged = office.log.issue(reservation.number, organ_id=reservation.organ_id, documents=documents)
        log_entry = logged.leaf.hash.hex()
        happening = Happening(DocketKind.CERTIFICATE_ISSUED, SERVICE, now, {"log": log_entry})
        case, entry = office.cases.hold(reservation.case_id, AsService()).recorded(happening)
        office.cases.save(case, entry)
        office.certificates.issue(Certificate(reservation, (stored,), entry.hash, log_entry, now))
    publish_head(services)


def end(server: Server, number: str) -> None:
    """Revoke it, as far as the log goes, which is what tells."""
    services = bootstrap.build(Settings(data_dir=server.data_dir))
    with services.transaction() as db:
        seal_log(db, services).revoke(number)
    services.close()


def test_a_genuine_seal_is_told_with_its_holder(visit: Visit, server: Server, sealed: bytes) -> None:
    page = visit("/verify", viewport=DESK).page
    drop(page, sealed)
    assert page.get_attribute("#answer", "data-answer") == "genuine", page.inner_text("#answer")
    holder = open_folder(server.data_dir / "seals", lambda: datetime.now(UTC)).seals[0].holder  # noqa: TID251  as above
    expect(page.locator("[data-fact=holder]")).to_have_text(holder)
    expect(page.locator("[data-fact=sealed_at]")).to_contain_text("北京时间")
    expect(page.locator("#answer-lead")).to_contain_text("没有法律效力")
    expect(page.locator("#checks [data-code=log]")).to_have_attribute("data-outcome", "passed")
    expect(page.locator("[data-fact=log]")).to_contain_text("第 1 条，共 1 条")
    assert page.locator("#checks li").count() == 12
    assert page.get_attribute("#checks-details", "open") is None


def test_the_proof_is_saved_and_holds_offline(
    visit: Visit, server: Server, sealed: bytes, tmp_path: Path
) -> None:
    page = visit("/verify", viewport=DESK).page
    drop(page, sealed)
    with page.expect_download() as saved:
        page.click(".save-proof")
    assert saved.value.suggested_filename == f"{make_content().number}.proof.json"
    saved.value.save_as(tmp_path / "proof.json")
    (tmp_path / "sealed.pdf").write_bytes(sealed)
    (tmp_path / "log.pem").write_text(server.run("log", "key"))
    said = server.run(
        "seal",
        "verify",
        str(tmp_path / "sealed.pdf"),
        "--proof",
        str(tmp_path / "proof.json"),
        "--log-key",
        str(tmp_path / "log.pem"),
    )
    assert "TOTAL_PASSED" in said
    assert "12  公开日志" in said


def test_a_changed_file_is_told_not_genuine(visit: Visit, sealed: bytes) -> None:
    page = visit("/verify").page
    drop(page, sealed + b"\n1 0 obj\n<< /Added true >>\nendobj\n%%EOF\n")
    assert page.get_attribute("#answer", "data-answer") == "false", page.inner_text("#answer")
    assert page.locator("#checks [data-outcome=failed]").count() >= 1
    expect(page.locator("#checks-details")).to_have_attribute("open", "")


def test_a_file_that_is_no_pdf_is_never_genuine(visit: Visit, tmp_path: Path) -> None:
    page = visit("/verify", locale="en").page
    other = tmp_path / "note.pdf"
    other.write_text("not a PDF")
    page.set_input_files("#file", other)
    page.wait_for_selector("#answer:visible, #failure:visible")
    assert page.get_attribute("#answer", "data-answer") != "genuine"


def test_a_revoked_certificate_is_told_by_file_and_by_number(
    visit: Visit, server: Server, sealed: bytes
) -> None:
    number = make_content().number
    page = visit(f"/verify?number={number}", viewport=DESK).page
    expect(page.locator("#answer")).to_have_attribute("data-answer", "genuine")
    expect(page.locator("[data-fact=log]")).to_contain_text("第 1 条")
    end(server, number)
    page.reload()
    expect(page.locator("#answer-title")).to_contain_text("已被撤销")
    expect(page.locator("[data-fact=ended_at]")).to_contain_text("北京时间")
    drop(page, sealed)
    expect(page.locator("#answer")).to_have_attribute("data-answer", "false")
    expect(page.locator("#answer-lead")).to_contain_text("印章本身是真的")
    expect(page.locator("#checks [data-code=log]")).to_have_attribute("data-outcome", "failed")


def test_an_unknown_number_is_said_to_be_unknown(visit: Visit) -> None:
    watched = visit("/verify?number=NO-SUCH-1")
    watched.page.wait_for_selector("#failure:visible")
    expect(watched.page.locator("#failure")).not_to_be_empty()
    assert watched.page.input_value("#number") == "NO-SUCH-1"
    assert [error for error in watched.errors if "404" not in error and "422" not in error] == []
    watched.errors.clear()
