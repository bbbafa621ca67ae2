"""Find a text on the pages of a document, to put a seal over it."""

from typing import Final

import pypdfium2 as pdfium

from signing.anchor_choice import Occurrence, choose
from signing.errors import SealRefused
from signing.pdf.source import Source
from signing.seal import SealAnchor, SealPlace

MOST_PAGES: Final = 500
MOST_FOUND: Final = 1000


def find_place(source: Source, anchor: SealAnchor) -> SealPlace:
    """Where the middle of a text lies.

    Raises SealTextUnclear where the document does not have it (so often), or has it more than once and nobody
    said which is meant; SealRefused where it cannot be looked for, or the seal would lie off its page.
    """
    if source.count > MOST_PAGES:
        raise SealRefused(f"A text is looked for on at most {MOST_PAGES} pages; say where the seal goes.")
    found = []
    for page, x, y in _search(source, anchor.text.strip()):
        x_mm, y_mm = source.sheet(page).shown(x, y)
        found.append(Occurrence(page, x_mm, y_mm))
    return choose(found, anchor, size_mm=lambda page: source.sheet(page).size_mm)


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
