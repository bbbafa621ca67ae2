"""The seal's picture at its place, at a text, and in strips over the edges of pages, in OFD."""

from collections.abc import Callable

import pytest

from signing.errors import SealRefused, SealTextUnclear
from signing.expectations import Expected
from signing.ofd.document import SIGNATURE, DocumentFacts, build, font_id, page_ids
from signing.ofd.package import unpack
from signing.ofd.pages import Colour, Page, Text
from signing.ofd.reading import read_signature
from signing.ofd.sealing import SealedOfd
from signing.ofd.stamps import find_place
from signing.ofd.verification import verify_ofd
from signing.seal import CrossingSeal, SealAnchor, SealPlace
from signing.steps import Fault
from signing.verdict import SealStatus
from tests.signing.ofd.drawing import stamp_boxes
from tests.signing.ofd.fixtures import world  # noqa: F401  a fixture
from tests.signing.ofd.world import PLACE, OfdWorld


def line(text: str, *, x_mm: float = 30, y_mm: float = 40, turn_deg: float = 0) -> Text:
    return Text(x_mm, y_mm, 5, text, (5.0,) * (len(text) - 1), font_id(0), Colour(0, 0, 0), turn_deg=turn_deg)


def pages(count: int) -> list[Page]:
    return [Page(210, 297, (line("食品经营备案证"), line("小面馆", y_mm=60))) for _ in range(count)]


def parts(here: OfdWorld, count: int) -> dict[str, bytes]:
    facts = DocumentFacts("0" * 31 + "2", "食品经营备案证 JY1", "江岸区行政审批局", here.now)
    return build(facts, pages(count), [here.shelf.common])


def crossed(here: OfdWorld, count: int, crossing: CrossingSeal) -> SealedOfd:
    return here.sealer().seal(parts(here, count), place=PLACE, crossing=crossing)


def test_strips_lie_at_the_right_edges_and_are_together_the_whole_picture(world: OfdWorld):  # noqa: F811
    sealed = crossed(world, 3, CrossingSeal())
    side, shown = world.seal.diameter_mm, 0.0
    for index, page_id in enumerate(page_ids(parts(world, 3))):
        found = list(stamp_boxes(sealed.ofd, str(page_id)))
        assert [cut is None for _, cut in found] == ([True, False] if index == PLACE.page else [False])
        (x, y, width, height), cut = found[-1]
        assert cut is not None
        assert (width, height, cut[3]) == (side, side, side)
        assert y + side / 2 == pytest.approx(297 / 2)
        assert cut[0] == pytest.approx(shown)
        assert x + cut[0] + cut[2] == pytest.approx(210)
        shown += cut[2]
    assert shown == pytest.approx(side)


def test_our_verifier_passes_a_document_with_a_crossing_seal(world: OfdWorld):  # noqa: F811
    sealed = crossed(world, 13, CrossingSeal(y_mm=100))
    expected = Expected(holder=world.seal.holder)
    verification = verify_ofd(sealed.ofd, trust=world.trust, at=world.now, expected=expected)
    assert verification.status is SealStatus.TOTAL_PASSED


@pytest.mark.parametrize(
    ("count", "crossing", "said"), [(1, CrossingSeal(), "2 to 500"), (2, CrossingSeal(10), "does not fit")]
)
def test_where_it_has_no_room_it_is_refused(
    world: OfdWorld,  # noqa: F811
    count: int,
    crossing: CrossingSeal,
    said: str,
):
    with pytest.raises(SealRefused, match=said):
        crossed(world, count, crossing)


@pytest.mark.parametrize(
    "bend",
    [
        lambda xml: xml.replace(b'ID="2"', b'ID="1"'),
        lambda xml: xml.replace(b"<ofd:StampAnnot", b"<ofd:NoAnnot"),
        lambda xml: xml.replace(
            b"<ofd:Seal>", b"".join(b'<ofd:StampAnnot ID="x%d"/>' % n for n in range(600)) + b"<ofd:Seal>"
        ),
    ],
)
def test_pictures_that_no_seal_has_are_refused(
    world: OfdWorld,  # noqa: F811
    bend: Callable[[bytes], bytes],
):
    found = unpack(crossed(world, 2, CrossingSeal()).ofd)
    assert len(read_signature(found).page_ids) == 2
    with pytest.raises(Fault):
        read_signature({**found, SIGNATURE: bend(found[SIGNATURE])})


def test_a_picture_on_a_page_that_is_not_there_is_no_part_of_the_document(world: OfdWorld):  # noqa: F811
    found = unpack(crossed(world, 2, CrossingSeal()).ofd)
    bent = found[SIGNATURE].replace(b'PageRef="', b'PageRef="9')
    assert not read_signature({**found, SIGNATURE: bent}).page_ids & read_signature(found).page_ids


def test_the_seal_goes_to_the_middle_of_its_text():
    assert find_place(pages(1), SealAnchor("经营", right_mm=1, down_mm=2)) == SealPlace(0, 46, 40.1)


def test_of_several_occurrences_one_is_said():
    assert find_place(pages(3), SealAnchor("小面馆", occurrence=-1)).page == 2
    with pytest.raises(SealTextUnclear, match=r"3 times .*pages 1, 2, 3"):
        find_place(pages(3), SealAnchor("小面馆"))
    with pytest.raises(SealTextUnclear, match="nowhere"):
        find_place(pages(3), SealAnchor("公章"))
    with pytest.raises(SealTextUnclear, match="only 2 times"):
        find_place([Page(210, 297, (line("局长局"),))], SealAnchor("局", occurrence=3))


def test_what_is_printed_across_the_page_is_no_place_for_a_seal():
    assert (
        find_place([Page(210, 297, (line("盖章", turn_deg=-24), line("盖章")))], SealAnchor("盖章")).page == 0
    )


def test_off_the_page_there_is_no_place():
    with pytest.raises(SealRefused, match="off the page"):
        find_place(pages(1), SealAnchor("小面馆", right_mm=300))
