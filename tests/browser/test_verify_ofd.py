"""A sealed OFD file dropped on the page that verifies it, before and after the service has OFD seals."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api import bootstrap
from api.settings import Settings
from api.store.filing import filing_services
from api.transparency import publish_head
from filing.certificates import Certificate, CertificateContent, Reservation, SealedDocument
from filing.docket import SERVICE, DocketKind, Happening
from filing.ofd_rendering import draw_ofd_certificate
from filing.organs import demonstration_organs
from filing.ports import AsService
from filing.rendering import Printing
from signing.demonstration import create as create_base
from signing.ofd.demonstration import create
from signing.ofd.fonts import FontShelf
from signing.ofd.package import pack, unpack
from signing.office import DemonstrationOffice
from signing.seal import Seal
from signing.transparency.entries import DocumentForm, LoggedDocument
from tests.browser.conftest import DESK, Watched
from tests.browser.server import Server
from tests.filing.test_ofd_rendering import CHARACTERS
from tests.filing.test_rendering import make_content
from tests.signing.ofd.fixtures import CHARACTERS as FEW
from tests.signing.ofd.world import PLACE, make_parts

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

NUMBER = "JY24201020000026"
PAGE = "Doc_0/Pages/Page_0/Content.xml"
Visit = Callable[..., Watched]

DROP = """([name, content]) => {
  const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
  const carried = new DataTransfer();
  carried.items.add(new File([bytes], name));
  document.getElementById("drop").dispatchEvent(
    new DragEvent("drop", { dataTransfer: carried, bubbles: true, cancelable: true }));
}"""


def drop(page: Page, content: bytes) -> None:
    page.evaluate(DROP, ["certificate.ofd", base64.b64encode(content).decode()])
    page.wait_for_selector("#answer:visible")


def now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the machine's clock, as the server's


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole OFD file under the seal of another service."""
    folder = tmp_path_factory.mktemp("foreign")
    seal = Seal("jiangan-market", "武汉市江岸区市场监督管理局", "4201020012345")
    create_base(folder, [], now)
    authority = create(folder, DemonstrationOffice(folder, now), [seal], now)
    parts = make_parts(FontShelf(folder / "fonts", FEW), now())
    return authority.sealer(seal.organ_id).seal(parts, place=PLACE).ofd


@pytest.fixture(scope="module")
def sealed(server: Server, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A certificate that the server issued as OFD, under its own demonstration seal."""
    services = bootstrap.build(Settings(data_dir=server.data_dir))
    organ = demonstration_organs()[0]
    with services.transaction() as db:
        filing = filing_services(db, services)
        case = filing.cases.create("nobody", matter_id="catering-under-150", organ_id=organ.id)
        content = make_content(number=NUMBER, case_id=case.id, organ_name_zh=organ.name_zh)
        reservation = Reservation(organ.id, case.id, NUMBER, content, services.clock())
        filing.office.certificates.reserve(reservation)
    fonts = tmp_path_factory.mktemp("fonts")
    # A thread of its own: the browser's driver holds this one's event loop, which sealing needs as well.
    with ThreadPoolExecutor(1) as thread:
        ofd = thread.submit(seal_it, services, content, fonts, server.url).result()
        thread.submit(issue, services, reservation, ofd).result()
    services.close()
    return ofd


def seal_it(services: bootstrap.Services, content: CertificateContent, fonts: Path, url: str) -> bytes:
    folder = services.settings.seal_dir
    base = DemonstrationOffice(folder, services.clock, services.keys)
    authority = create(folder, base, base.seals, services.clock)
    sealer = authority.sealer(content.organ_id)
    printing = Printing(f"{url}/verify?number={NUMBER}", sealer.seal_of.diameter_mm)
    drawn = draw_ofd_certificate(content, printing, FontShelf(fonts, CHARACTERS))
    return sealer.seal(drawn.parts, place=drawn.seal_place).ofd


def issue(services: bootstrap.Services, reservation: Reservation, ofd: bytes) -> None:
    """Enter the certificate as the job does that seals it."""
    at = services.clock()
    stored = SealedDocument("evidence", sha256(ofd).hexdigest(), len(ofd), at, DocumentForm.OFD)
    with services.transaction() as db:
        office = filing_services(db, services).office
        documents = [LoggedDocument(stored.form, stored.sha256)]
        logged = office.log.issue(reservation.number, organ_id=reservation.organ_id, documents=documents)
        log_entry = logged.leaf.hash.hex()
        happening = Happening(DocketKind.CERTIFICATE_ISSUED, SERVICE, at, {"log": log_entry})
        case, entry = office.cases.hold(reservation.case_id, AsService()).recorded(happening)
        office.cases.save(case, entry)
        office.certificates.issue(Certificate(reservation, (stored,), entry.hash, log_entry, at))
    publish_head(services)


def test_without_ofd_seals_the_page_says_what_is_missing(visit: Visit, foreign: bytes) -> None:
    page = visit("/verify", viewport=DESK).page
    drop(page, foreign)
    assert page.get_attribute("#answer", "data-answer") == "undecided", page.inner_text("#answer")
    expect(page.locator("#checks [data-code=integrity]")).to_have_attribute("data-outcome", "passed")
    missing = page.locator("#checks [data-code=certificate]")
    expect(missing).to_have_attribute("data-outcome", "undecided")
    expect(missing).to_contain_text("没有启用 OFD 印章")


def test_a_genuine_seal_is_told_with_its_holder(visit: Visit, sealed: bytes) -> None:
    page = visit("/verify", viewport=DESK).page
    drop(page, sealed)
    assert page.get_attribute("#answer", "data-answer") == "genuine", page.inner_text("#answer")
    expect(page.locator("[data-fact=holder]")).to_have_text(demonstration_organs()[0].name_zh)
    expect(page.locator("[data-fact=number]")).to_contain_text(NUMBER)
    expect(page.locator("[data-own-check=passed]")).to_contain_text("您的浏览器已自行验算")
    expect(page.locator("#answer-lead")).to_contain_text("没有法律效力")
    assert page.locator("#checks li").count() == 12
    assert page.locator("#checks [data-outcome=failed]").count() == 0


def test_a_changed_file_is_told_at_its_step(visit: Visit, sealed: bytes) -> None:
    page = visit("/verify").page
    parts = unpack(sealed)
    drop(page, pack({**parts, PAGE: parts[PAGE].replace("武汉".encode(), "北京".encode())}))
    assert page.get_attribute("#answer", "data-answer") == "false", page.inner_text("#answer")
    changed = page.locator("#checks [data-code=integrity]")
    expect(changed).to_have_attribute("data-outcome", "failed")
    expect(changed).to_contain_text("与盖章时不同")


def test_a_file_that_nobody_signed_is_told_at_its_step(visit: Visit, sealed: bytes, tmp_path: Path) -> None:
    page = visit("/verify").page
    added = tmp_path / "certificate.ofd"
    added.write_bytes(pack({**unpack(sealed), "Doc_0/Attachs/note.xml": b"<x/>"}))
    page.set_input_files("#file", added)
    page.wait_for_selector("#answer:visible")
    assert page.get_attribute("#answer", "data-answer") == "false", page.inner_text("#answer")
    expect(page.locator("#checks [data-code=coverage]")).to_have_attribute("data-outcome", "failed")
