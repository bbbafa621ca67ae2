"""Find a text on the pages of a document, to put a seal over it."""

from typing import Final

import pypdfium2 as pdfium

from signing.errors import SealRefused
from signing.pdf.source import Source
from signing.seal import SealAnchor, SealPlace

MOST_PAGES: Final = 500
MOST_FOUND: Final = 1000
MOST_TOLD: Final = 20


def find_place(source: Source, anchor: SealAnchor) -> SealPlace:
    """Where the middle of a text lies.

    Raises SealRefused where the document does not have it (so often), or has it more than once and nobody
    said which is meant.
    """
    if source.count > MOST_PAGES:
        raise SealRefused(f"A text is looked for on at most {MOST_PAGES} pages; say where the seal goes.")
    found = _search(source, anchor.text.strip())
    if anchor.occurrence is None and len(found) > 1:
        pages = ", ".join(str(page + 1) for page in sorted({page for page, _, _ in found})[:MOST_TOLD])
        raise SealRefused(
            f"The text for the seal, {anchor.text!r}, stands {len(found)} times in this document (pages "
            f"{pages}): say which is meant (occurrence: 1 the first, -1 the last), or take a longer text."
        )
    occurrence = 1 if anchor.occurrence is None else anchor.occurrence
    wanted = occurrence - 1 if occurrence > 0 else occurrence
    try:
        page, x, y = found[wanted]
    except IndexError:
        times = f"only {len(found)} times" if found else "nowhere"
        raise SealRefused(
            f"The text for the seal, {anchor.text!r}, stands {times} in this document. Check how it "
            "is written there; a scanned page has no text."
        ) from None
    x_mm, y_mm = source.sheet(page).shown(x, y)
    x_mm, y_mm = x_mm + anchor.right_mm, y_mm + anchor.down_mm
    width_mm, height_mm = source.sheet(page).size_mm
    if not (0 <= x_mm <= width_mm and 0 <= y_mm <= height_mm):
        raise SealRefused("Moved so far from its text, the seal would lie off the page.")
    return SealPlace(page, x_mm, y_mm)


def _search(source: Source, text: str) -> list[tuple[int, float, float]]:
    """Page and middle, in points of the page's own space, of each occurrence in reading order."""
    try:
        document = pdfium.PdfDocument(source.pdf)
    except pdfium.PdfiumError:
        raise SealRefused("The text of this document cannot be read; say where the seal goes.") from None
    try:
        found: list[tuple[int, float, float]] = []
        for number in range(min(source.count, len(document))):
            found.extend((number, x, y) for x, y in _on_page(document, number, text))
            if len(found) > MOST_FOUND:
                raise SealRefused(
                    f"The text for the seal stands more than {MOST_FOUND} times in this document."
                )
    finally:
        document.close()
    return found


def _on_page(document: pdfium.PdfDocument, number: int, text: str) -> list[tuple[float, float]]:
    page = document[number]
    words = page.get_textpage()
    search = words.search(text, match_case=True)
    middles = []
    while (hit := search.get_next()) is not None:
        first, count = hit
        boxes = [words.get_charbox(index) for index in range(first, first + count)]
        left, right = min(box[0] for box in boxes), max(box[2] for box in boxes)
        lower, upper = min(box[1] for box in boxes), max(box[3] for box in boxes)
        middles.append(((left + right) / 2, (lower + upper) / 2))
    search.close()
    words.close()
    page.close()
    return middles
