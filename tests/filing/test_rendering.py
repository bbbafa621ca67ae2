import dataclasses
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import cv2
import pytest

from filing.catalogue import load_catalogue
from filing.certificates import CertificateContent, CertificateLine
from filing.rendering import (
    COMMON_TEMPLATE,
    DEMONSTRATION_MARK,
    DEMONSTRATION_NOTE,
    DrawnCertificate,
    Printing,
    draw_certificate,
    template_for,
)
from signing.errors import GlyphMissing

PRINTING = Printing(verify_url="https://example.org/verify?number=JY24201020000018", seal_mm=42)


def make_content(**changes: Any) -> CertificateContent:
    content = CertificateContent(
        number="JY24201020000018",
        organ_id="jiangan-approval",
        organ_name_zh="江岸区行政审批局",
        organ_name_en="Jiang'an District Approval Bureau",
        seal_id="jiangan-approval",
        case_id="case-1",
        matter_id="catering-under-150",
        matter_version="1",
        matter_name_zh="小餐饮备案",
        matter_name_en="Small catering",
        title_zh="小餐饮备案凭证",
        title_en="Certificate of Filing: Small Catering",
        holder="江岸小面馆",
        lines=(
            CertificateLine("经营者名称", "Operator", "江岸小面馆"),
            CertificateLine("经营场所", "Premises", "湖北省武汉市江岸区中山大道 1234 号"),
        ),
        legal_basis_zh=("中华人民共和国食品安全法",),
        notes_zh=("备案不免除经营者的食品安全责任。",),
        approved_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
        valid_from=date(2026, 3, 2),
        valid_until=date(2029, 3, 1),
    )
    return dataclasses.replace(content, **changes)


@pytest.fixture(scope="module")
def drawn() -> DrawnCertificate:
    return draw_certificate(make_content(), PRINTING)


def run(program: str, *arguments: str | Path) -> str:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed: apt-get install poppler-utils")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout


def text_of(drawn: DrawnCertificate, folder: Path, *where: str) -> str:
    (folder / "page.pdf").write_bytes(drawn.pdf)
    return run("pdftotext", *where, folder / "page.pdf", "-").replace(" ", "")


def test_every_further_page_says_what_it_belongs_to(tmp_path: Path):
    facts = tuple(CertificateLine(f"股东{number}", "Shareholder", "江岸小面馆") for number in range(60))
    drawn = draw_certificate(make_content(lines=facts), PRINTING)
    first, *further = text_of(drawn, tmp_path).split("\f")[:-1]
    assert len(further) == 2
    assert "（续）" not in first
    assert all("小餐饮备案凭证（续）编号JY24201020000018" in page for page in further)


def text_under_the_seal(drawn: DrawnCertificate, folder: Path) -> str:
    """What stands in the square that the seal will cover, at 72 dots an inch."""
    points = [
        str(round(edge / 25.4 * 72))
        for edge in (drawn.seal_place.x_mm - 21, drawn.seal_place.y_mm - 21, 42.0, 42.0)
    ]
    options = [part for pair in zip(("-x", "-y", "-W", "-H"), points, strict=True) for part in pair]
    page = str(drawn.seal_place.page + 1)
    return text_of(drawn, folder, "-f", page, "-l", page, *options)


def test_the_same_content_gives_the_same_bytes(drawn: DrawnCertificate):
    assert draw_certificate(make_content(), PRINTING) == drawn


def test_other_content_gives_other_bytes(drawn: DrawnCertificate):
    assert draw_certificate(make_content(number="JY24201020000026"), PRINTING).pdf != drawn.pdf


def test_it_claims_pdf_a_2b(drawn: DrawnCertificate):
    assert b"<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B" in drawn.pdf.replace(b"\n", b"")


def test_everything_is_on_the_page(drawn: DrawnCertificate, tmp_path: Path):
    text = text_of(drawn, tmp_path)
    for part in (
        "小餐饮备案凭证",
        "JY24201020000018",
        "江岸小面馆",
        "中山大道1234号",
        "2026年3月2日至2029年3月1日",
        "江岸区行政审批局",
        "中华人民共和国食品安全法",
        "example.org/verify",
    ):
        assert part in text


def test_without_an_end_it_says_so(tmp_path: Path):
    assert "长期有效" in text_of(draw_certificate(make_content(valid_until=None), PRINTING), tmp_path)


def test_the_seal_covers_organ_and_date_and_nothing_else(drawn: DrawnCertificate, tmp_path: Path):
    assert text_under_the_seal(drawn, tmp_path).split() == ["江岸区行政审批局", "2026年3月2日"]


@pytest.mark.parametrize("count", [1, 9, 14, 40])
def test_many_facts_never_run_under_the_seal(tmp_path: Path, count: int):
    lines = tuple(
        CertificateLine(f"事项{number}", "Fact", "湖北省武汉市江岸区中山大道" * (1 + number % 3))
        for number in range(count)
    )
    dense = draw_certificate(make_content(lines=lines), PRINTING)
    assert text_under_the_seal(dense, tmp_path).split() == ["江岸区行政审批局", "2026年3月2日"]
    text = text_of(dense, tmp_path)
    assert all(f"事项{number}" in text for number in range(count))


def test_the_qr_code_leads_to_the_verify_page(drawn: DrawnCertificate, tmp_path: Path):
    (tmp_path / "page.pdf").write_bytes(drawn.pdf)
    run("pdftoppm", "-r", "150", "-png", "-singlefile", tmp_path / "page.pdf", tmp_path / "page")
    picture = cv2.imread(str(tmp_path / "page.png"))
    assert picture is not None
    height, width = picture.shape[:2]
    found, *_ = cv2.QRCodeDetector().detectAndDecode(picture[height // 2 :, : width // 2])
    assert found == PRINTING.verify_url


def test_a_glyph_the_font_lacks_is_an_error_that_names_it():
    rare = make_content(lines=(CertificateLine("经营者名称", "Operator", "\U0001f35c面馆"),))
    with pytest.raises(GlyphMissing, match="\U0001f35c") as caught:
        draw_certificate(rare, PRINTING)
    assert "\U0001f35c" in caught.value.characters


@pytest.mark.parametrize("value", ['#panic("x")', "\\ * _ ` $ < @ # [", "= 标题", '"'])
def test_an_applicants_text_is_text_and_never_markup(tmp_path: Path, value: str):
    hostile = make_content(lines=(CertificateLine("经营者名称", "Operator", value),))
    assert value.replace(" ", "") in text_of(draw_certificate(hostile, PRINTING), tmp_path)


def test_a_demonstration_says_so_on_its_face(tmp_path: Path):
    marked = dataclasses.replace(PRINTING, mark=DEMONSTRATION_MARK, mark_note=DEMONSTRATION_NOTE)
    assert "没有法律效力" in text_of(draw_certificate(make_content(), marked), tmp_path)
    assert "没有法律效力" not in text_of(draw_certificate(make_content(), PRINTING), tmp_path)


def test_every_matter_has_a_template():
    for matter in load_catalogue().matters:
        assert template_for(matter.id).is_file()
    assert template_for("../..") == COMMON_TEMPLATE
