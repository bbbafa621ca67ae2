"""A sealed PDF dropped on the page that verifies it."""

import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Page, Route, expect

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
from signing.transparency.heads import TreeHead, log_id
from signing.transparency.merkle import MemoryNodes, completed_by, consistency_proof, inclusion_proof, root
from tests.browser.conftest import DESK, Watched
from tests.browser.server import Server
from tests.filing.test_rendering import make_content

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

Visit = Callable[..., Watched]
Plain = dict[str, Any]

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
    expect(page.locator("[data-own-check=passed]")).to_contain_text("您的浏览器已自行验算")
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


def flipped(text: str) -> str:
    """The same hexadecimal digits but for the first."""
    return ("1" if text[0] == "0" else "0") + text[1:]


def of_another_root(proof: Plain) -> None:
    proof["head"]["root_hash"] = flipped(proof["head"]["root_hash"])


def of_another_day(proof: Plain) -> None:
    proof["head"]["timestamp_ms"] += 1


def of_another_path(proof: Plain) -> None:
    proof["entries"][0]["path"] = ["0" * 64]


def of_another_place(proof: Plain) -> None:
    proof["entries"][0]["index"] = 1


def of_another_entry(proof: Plain) -> None:
    proof["entries"][0]["leaf"] = proof["entries"][0]["leaf"].replace("jiangan", "jianghan")


def of_another_file(proof: Plain) -> None:
    proof["opening"]["documents"]["pdf"] = flipped(proof["opening"]["documents"]["pdf"])


def of_another_salt(proof: Plain) -> None:
    proof["opening"]["salt"] = flipped(proof["opening"]["salt"])


def without_opening(proof: Plain) -> None:
    proof["opening"] = None


def signed_by_a_stranger(proof: Plain) -> None:
    head = {name: proof["head"][name] for name in ("timestamp_ms", "tree_size", "root_hash")}
    key = ec.generate_private_key(ec.SECP256R1())
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    public = key.public_key().public_bytes(*form)
    tree_head = TreeHead(
        log_id(public), head["timestamp_ms"], head["tree_size"], bytes.fromhex(head["root_hash"])
    )
    signature = key.sign(tree_head.signed_bytes, ec.ECDSA(hashes.SHA256()))
    proof["head"] |= {"log_id": log_id(public).hex(), "signature": base64.b64encode(signature).decode()}
    proof["public_key"] = base64.b64encode(public).decode()


TAMPERINGS = (
    of_another_root,
    of_another_day,
    of_another_path,
    of_another_place,
    of_another_entry,
    of_another_file,
    of_another_salt,
    without_opening,
    signed_by_a_stranger,
)


def tampered_by(tamper: Callable[[Plain], None]) -> Callable[[Route], None]:
    """Lets the service answer, and changes the proof on its way."""

    def answer(route: Route) -> None:
        fetched = route.fetch()
        told = fetched.json()
        tamper(told["log"]["proof"])
        route.fulfill(response=fetched, json=told)

    return answer


def test_a_service_that_gives_a_false_proof_is_found_out_by_the_browser(visit: Visit, sealed: bytes) -> None:
    page = visit("/verify", viewport=DESK).page
    for tamper in TAMPERINGS:
        page.route("**/v1/seal-verifications", tampered_by(tamper))
        page.evaluate("document.getElementById('answer').hidden = true")
        drop(page, sealed)
        found = page.get_attribute("#answer", "data-answer"), page.inner_text("#answer-title")
        assert found == ("false", "公开日志的证明不成立"), tamper.__name__
        expect(page.locator("[data-own-check=failed]")).to_contain_text("证明不成立")
        page.unroute("**/v1/seal-verifications")
    drop(page, sealed)
    expect(page.locator("#answer")).to_have_attribute("data-answer", "genuine")


def test_a_log_written_anew_is_found_by_what_the_browser_remembers(visit: Visit, sealed: bytes) -> None:
    watched = visit("/verify", viewport=DESK)
    page = watched.page
    drop(page, sealed)
    expect(page.locator("[data-own-check=passed]")).to_be_visible()
    forget = """(change) => {
      const heads = JSON.parse(localStorage.getItem("novisit_log_heads"));
      for (const head of Object.values(heads)) Object.assign(head, change);
      localStorage.setItem("novisit_log_heads", JSON.stringify(heads));
    }"""
    # It saw another tree of this size, or a longer one that the service no longer knows.
    for change in ({"root_hash": "0" * 64}, {"tree_size": 9}):
        page.evaluate(forget, change)
        page.evaluate("document.getElementById('answer').hidden = true")
        drop(page, sealed)
        expect(page.locator("#answer")).to_have_attribute("data-answer", "false")
        expect(page.locator("#answer-title")).to_contain_text("证明不成立")
    # That the service knows no such size is what the browser was told.
    assert [error for error in watched.errors if "422" not in error and "404" not in error] == []
    watched.errors.clear()


def test_without_a_secure_connection_the_page_says_that_it_did_not_check(visit: Visit, sealed: bytes) -> None:
    absent = "Object.defineProperty(globalThis.crypto, 'subtle', {value: undefined})"
    page = visit("/verify", viewport=DESK, init_script=absent).page
    drop(page, sealed)
    expect(page.locator("#answer")).to_have_attribute("data-answer", "genuine")
    expect(page.locator("[data-own-check=unchecked]")).to_contain_text("不能自行验算")


CHECK_ALL = """async (proofs) => {
  const { checkInclusion, checkConsistency, ProofRefused } = await import("/static/log_proof.js");
  const outcomes = [];
  for (const { inclusion, consistency } of proofs) {
    try {
      if (inclusion) await checkInclusion({ ...inclusion, leaf: Uint8Array.from(inclusion.leaf) });
      else await checkConsistency(...consistency);
      outcomes.push(true);
    } catch (error) {
      if (!(error instanceof ProofRefused)) throw error;
      outcomes.push(false);
    }
  }
  return outcomes;
}"""


def head_at(roots: list[bytes], size: int) -> Plain:
    return {"tree_size": size, "root_hash": roots[size].hex()}


def test_the_browser_and_the_library_agree_on_every_proof_of_small_trees(visit: Visit) -> None:
    cases: list[tuple[bool, Plain]] = []
    leaves = [sha256(bytes([number])).digest() for number in range(20)]
    tree = MemoryNodes()
    roots = [b""]
    for number, leaf in enumerate(leaves):
        for node in completed_by(tree, number, leaf):
            tree.add(*node)
        roots.append(root(tree, number + 1))
    for size in range(1, len(leaves) + 1):
        for index in range(size):
            path = [hash_.hex() for hash_ in inclusion_proof(tree, index, size)]
            plain = {"leaf": list(leaves[index]), "index": index, "size": size, "path": path}
            cases.append((True, {"inclusion": plain | {"root": roots[size].hex()}}))
            cases.append((False, {"inclusion": plain | {"root": flipped(roots[size].hex())}}))
            longer = plain | {"root": roots[size].hex(), "path": [*path, "0" * 64]}
            cases.append((False, {"inclusion": longer}))
        for first in range(1, size):
            path = [hash_.hex() for hash_ in consistency_proof(tree, first, size)]
            old, new = (head_at(roots, at) for at in (first, size))
            cases.append((True, {"consistency": [old, new, path]}))
            other = {**old, "root_hash": flipped(old["root_hash"])}
            cases.append((False, {"consistency": [other, new, path]}))
            cases.append((False, {"consistency": [old, new, path[:-1]]}))
    page = visit("/verify").page
    found = page.evaluate(CHECK_ALL, [case for _, case in cases])
    assert found == [holds for holds, _ in cases]


def test_a_revoked_certificate_is_told_by_file_and_by_number(
    visit: Visit, server: Server, sealed: bytes
) -> None:
    number = make_content().number
    page = visit(f"/verify?number={number}", viewport=DESK).page
    expect(page.locator("#answer")).to_have_attribute("data-answer", "genuine")
    expect(page.locator("[data-fact=log]")).to_contain_text("第 1 条")
    # By a number alone nobody but the service knows whose entry that is, and the page does not claim it.
    expect(page.locator("[data-own-check=entry]")).to_contain_text("只有用文件验证才能确认")
    expect(page.locator("[data-own-check=passed]")).to_have_count(0)
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
