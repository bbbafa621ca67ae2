import re

import cv2
import numpy as np
import pytest

from filing.certificates import CertificateLine
from filing.ofd_ornaments import HEIGHT_MM, WIDTH_MM
from filing.ofd_rendering import DrawnOfd, draw_ofd_certificate
from filing.rendering import DEMONSTRATION_MARK, DEMONSTRATION_NOTE, Printing
from signing.errors import GlyphMissing, TypesettingFailed
from signing.ofd.document import RESOURCES
from signing.ofd.fonts import FontShelf
from signing.ofd.package import pack
from signing.ofd.pages import tag
from tests.filing.test_rendering import make_content
from tests.signing.ofd.drawing import SeenText, read_page, texts

PRINTING = Printing(verify_url="https://example.org/verify?number=JY24201020000018", seal_mm=42)
MARKED = Printing(
    verify_url=PRINTING.verify_url, seal_mm=42, mark=DEMONSTRATION_MARK, mark_note=DEMONSTRATION_NOTE
)
ASCII = "".join(chr(code) for code in range(32, 127))
CHARACTERS = (
    ASCII
    + "小餐饮备案凭证编号经营者名称场所有效期至年月日起长江岸面馆湖北省武汉市区中山大道号行政审批局依据："
    "民共和国食品安全法不免除的任。本文件加盖电子印章，为原打仅供查阅扫码核验真伪（）续责华人演示由认机构没法律力"
)
"""The common cut of these tests: cutting the usual thousands takes some seconds."""


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> FontShelf:
    return FontShelf(tmp_path_factory.mktemp("fonts"), CHARACTERS)


@pytest.fixture(scope="module")
def drawn(shelf: FontShelf) -> DrawnOfd:
    return draw_ofd_certificate(make_content(), PRINTING, shelf)


def lines_of(drawn: DrawnOfd, page: int = 0) -> list[SeenText]:
    return list(texts(pack(drawn.parts), page))


def test_page_says_all_that_the_pdf_says(drawn: DrawnOfd):
    told = [line.text for line in lines_of(drawn)]
    for text in (
        "小餐饮备案凭证",
        "Certificate of Filing: Small Catering",
        "编号  JY24201020000018",
        "江岸小面馆",
        "湖北省武汉市江岸区中山大道 1234 号",
        "2026年3月2日 至 2029年3月1日",
        "江岸区行政审批局",
        "2026年3月2日",
        "备案不免除经营者的食品安全责任。",
        "依据：中华人民共和国食品安全法",
        PRINTING.verify_url,
    ):
        assert text in told


def test_same_content_gives_the_same_parts(drawn: DrawnOfd, shelf: FontShelf):
    assert draw_ofd_certificate(make_content(), PRINTING, shelf) == drawn


def test_nothing_is_set_over_something_else_or_off_the_page(shelf: FontShelf):
    drawn = draw_ofd_certificate(make_content(lines=make_lines(9)), MARKED, shelf)
    assert drawn.seal_place.page == 0
    require_apart(lines_of(drawn))


def test_more_facts_than_a_page_holds_go_on_on_further_pages_and_the_seal_stands_on_the_last(
    shelf: FontShelf,
):
    drawn = draw_ofd_certificate(make_content(lines=make_lines(40)), MARKED, shelf)
    last = drawn.seal_place.page
    pages = [lines_of(drawn, page) for page in range(last + 1)]
    assert last >= 1
    labels = [line.text for page in pages for line in page if line.text.startswith("经营者名称")]
    assert len(labels) == 40
    assert all(any("（续）" in line.text for line in page) for page in pages[1:])
    assert any(line.text == "江岸区行政审批局" for line in pages[-1])
    for page in pages:
        require_apart(page)


def test_long_fact_is_broken_between_words_and_characters(shelf: FontShelf):
    value = "湖北省武汉市江岸区中山大道" * 6 + "，" + "https://example.org/" * 2
    drawn = draw_ofd_certificate(make_content(lines=(make_line(value),)), PRINTING, shelf)
    broken = [
        line.text for line in lines_of(drawn) if "中山大道" in line.text or "example.org/h" in line.text
    ]
    assert "".join(broken) == value
    assert not any(line.startswith("，") for line in broken)


def test_fact_larger_than_a_page_is_refused(shelf: FontShelf):
    with pytest.raises(TypesettingFailed, match="larger than a page"):
        draw_ofd_certificate(make_content(lines=(make_line("江岸" * 2000),)), PRINTING, shelf)


def test_rare_character_brings_a_font_of_its_own(drawn: DrawnOfd, shelf: FontShelf):
    rare = draw_ofd_certificate(make_content(lines=(make_line("江岸㛃小面馆"),)), PRINTING, shelf)
    assert rare.parts[RESOURCES].count(b"<ofd:FontFile>") == 2
    assert drawn.parts[RESOURCES].count(b"<ofd:FontFile>") == 1
    found = {line.text: line for line in lines_of(rare)}
    assert found["㛃"].font != found["江岸"].font
    gap = found["㛃"].box[0] - found["江岸"].box[0]
    assert gap == pytest.approx(2 * 13 * 25.4 / 72, abs=0.01)


def test_character_that_no_font_has_is_refused_by_its_name(shelf: FontShelf):
    with pytest.raises(GlyphMissing) as refused:
        draw_ofd_certificate(make_content(lines=(make_line("江岸𠮷小面馆"),)), PRINTING, shelf)
    assert refused.value.characters == "𠮷"


def test_qr_code_leads_to_the_verify_page(drawn: DrawnOfd):
    found, *_ = cv2.QRCodeDetector().detectAndDecode(qr_picture(drawn))
    assert found == PRINTING.verify_url


def test_seal_covers_organ_and_date(drawn: DrawnOfd):
    place = drawn.seal_place
    for text in ("江岸区行政审批局", "2026年3月2日"):
        line = next(line for line in lines_of(drawn) if line.text == text)
        middle = line.box[0] + line.starts[-1] / 2
        assert abs(middle - place.x_mm) < 5
        assert abs(line.box[1] - place.y_mm) < 21


def test_demonstration_is_marked_across_the_page(shelf: FontShelf):
    marked = lines_of(draw_ofd_certificate(make_content(), MARKED, shelf))
    assert [line.text for line in marked if line.turned] == [DEMONSTRATION_MARK]


def make_line(value: str) -> CertificateLine:
    return CertificateLine("经营者名称", "Operator", value)


def make_lines(count: int) -> tuple[CertificateLine, ...]:
    return tuple(make_line("湖北省武汉市江岸区中山大道 1234 号") for _ in range(count))


def require_apart(lines: list[SeenText]) -> None:
    """No line begins on another, and all stand within the frame."""
    boxes = [
        (
            line.box[0],
            line.box[1] + 0.25 * line.box[3],
            line.box[0] + line.starts[-1],
            line.box[1] + line.box[3],
        )
        for line in lines
        if not line.turned
    ]
    for number, (left, top, right, bottom) in enumerate(boxes):
        assert 17 < left < right < WIDTH_MM - 17
        assert 17 < top < bottom < HEIGHT_MM - 17
        for other in boxes[:number]:
            apart = left >= other[2] or right <= other[0] or top >= other[3] - 0.9 or bottom - 0.9 <= other[1]
            assert apart, (lines[number], other)


def qr_picture(drawn: DrawnOfd) -> "np.typing.NDArray[np.uint8]":
    """The drawing that is a QR code, as a picture with its quiet zone."""
    page, _ = read_page(pack(drawn.parts))
    found = next(
        item
        for item in page.iter(tag("PathObject"))
        if item.get("Boundary", "").startswith("40 ") and item.get("Fill") == "true"
    )
    module = float(found.get("CTM", "").split()[0])
    picture = np.full((400, 400), 255, dtype=np.uint8)
    for rectangle in (found.findtext(tag("AbbreviatedData")) or "").split("C"):
        numbers = [float(number) for number in re.findall(r"[\d.]+", rectangle)]
        if numbers:
            left, top, right, bottom = (round(40 + 320 * numbers[at] * module / 27) for at in (0, 1, 4, 5))
            picture[top:bottom, left:right] = 0
    return picture
