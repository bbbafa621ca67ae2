"""A sealed PDF dropped on the page that verifies it."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api import bootstrap
from api.jobs.paper import SealingOrder, draw_and_seal
from api.settings import Settings
from api.store.filing import filing_services
from filing.certificates import Reservation
from filing.organs import demonstration_organs
from signing.demonstration import open_folder
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
    services.close()
    # A thread of its own: the browser's driver holds this one's event loop, which sealing needs as well.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(draw_and_seal, order).result().pdf


def test_a_genuine_seal_is_told_with_its_holder(visit: Visit, server: Server, sealed: bytes) -> None:
    page = visit("/verify", viewport=DESK).page
    drop(page, sealed)
    assert page.get_attribute("#answer", "data-answer") == "genuine", page.inner_text("#answer")
    holder = open_folder(server.data_dir / "seals", lambda: datetime.now(UTC)).seals[0].holder  # noqa: TID251  as above
    expect(page.locator("[data-fact=holder]")).to_have_text(holder)
    expect(page.locator("[data-fact=sealed_at]")).to_contain_text("北京时间")
    expect(page.locator("#answer-lead")).to_contain_text("没有法律效力")
    assert page.locator("#checks li").count() >= 10
    assert page.get_attribute("#checks-details", "open") is None


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


def test_an_unknown_number_is_said_to_be_unknown(visit: Visit) -> None:
    watched = visit("/verify?number=NO-SUCH-1")
    watched.page.wait_for_selector("#failure:visible")
    expect(watched.page.locator("#failure")).not_to_be_empty()
    assert watched.page.input_value("#number") == "NO-SUCH-1"
    assert [error for error in watched.errors if "404" not in error and "422" not in error] == []
    watched.errors.clear()
