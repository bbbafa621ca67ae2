"""Changes written behind a seal: what most programs show without a word."""

import zlib

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.signing.hostile.materials import Change, first_page, stream


def replace_content(writer: IncrementalPdfFileWriter) -> None:
    page = first_page(writer)
    page["/Contents"] = writer.add_object(stream(b"0 0 1 rg 0 0 600 800 re f"))


def overlay(writer: IncrementalPdfFileWriter) -> None:
    writer.add_stream_to_page(0, writer.add_object(stream(b"1 g 100 600 300 100 re f")))


def swap_seal_picture(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"].raw_get(0).get_object()
    picture = stream(b"1 0 0 rg 0 0 100 100 re f")
    picture["/Type"], picture["/Subtype"] = pdf_name("/XObject"), pdf_name("/Form")
    picture["/BBox"] = generic.ArrayObject([generic.NumberObject(edge) for edge in (0, 0, 119, 119)])
    field["/AP"] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(picture)})
    writer.update_container(field)


def hide_seal(writer: IncrementalPdfFileWriter) -> None:
    field = writer.root["/AcroForm"]["/Fields"].raw_get(0).get_object()
    field["/F"] = generic.NumberObject(2)
    writer.update_container(field)


def add_script(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/OpenAction"] = generic.DictionaryObject(
        {pdf_name("/S"): pdf_name("/JavaScript"), pdf_name("/JS"): pdf_string("app.alert(1)")}
    )
    writer.update_root()


def add_page(writer: IncrementalPdfFileWriter) -> None:
    page = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Page"),
            pdf_name("/MediaBox"): generic.ArrayObject(
                [generic.NumberObject(edge) for edge in (0, 0, 595, 842)]
            ),
            pdf_name("/Resources"): generic.DictionaryObject(),
            pdf_name("/Contents"): writer.add_object(stream(b"0 g 0 0 9 9 re f")),
        }
    )
    writer.insert_page(page)


def add_note(writer: IncrementalPdfFileWriter) -> None:
    page = first_page(writer)
    note = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Contents"): pdf_string("valid until 2099"),
            pdf_name("/DA"): pdf_string("/Helv 12 Tf 0 g"),
            pdf_name("/Rect"): generic.ArrayObject(
                [generic.NumberObject(edge) for edge in (90, 600, 300, 640)]
            ),
        }
    )
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page["/Annots"])


def add_text_field(writer: IncrementalPdfFileWriter) -> None:
    field = generic.DictionaryObject(
        {
            pdf_name("/FT"): pdf_name("/Tx"),
            pdf_name("/T"): pdf_string("name"),
            pdf_name("/V"): pdf_string("someone else"),
        }
    )
    fields = writer.root["/AcroForm"]["/Fields"]
    fields.append(writer.add_object(field))
    writer.update_container(fields)


def swap_page_for_hidden_one(writer: IncrementalPdfFileWriter) -> None:
    """Shadow replace: the page tree points at another page object."""
    old = first_page(writer)
    new = generic.DictionaryObject(dict(old))
    new[pdf_name("/Contents")] = writer.add_object(stream(b"0 1 0 rg 0 0 600 800 re f"))
    pages = writer.root["/Pages"]
    pages["/Kids"] = generic.ArrayObject([writer.add_object(new)])
    writer.update_container(pages)


def cover(writer: IncrementalPdfFileWriter) -> None:
    """Before the seal: a white sheet over the text, an object of its own that can be changed later."""
    page = first_page(writer)
    sheet = stream(b"1 g 0 0 600 850 re f")
    sheet["/Type"], sheet["/Subtype"] = pdf_name("/XObject"), pdf_name("/Form")
    sheet["/BBox"] = generic.ArrayObject([generic.NumberObject(edge) for edge in (0, 0, 600, 850)])
    resources = generic.DictionaryObject({pdf_name("/XObject"): generic.DictionaryObject()})
    resources["/XObject"]["/Cover"] = writer.add_object(sheet)
    old = page["/Resources"]
    merged = generic.DictionaryObject(dict(old))
    merged[pdf_name("/XObject")] = resources["/XObject"]
    page[pdf_name("/Resources")] = merged
    drawn = writer.add_object(stream(b"q /Cover Do Q"))
    page[pdf_name("/Contents")] = generic.ArrayObject([page.raw_get("/Contents"), drawn])


def uncover(writer: IncrementalPdfFileWriter) -> None:
    """Shadow hide: the sheet becomes empty, and what lay under it is shown."""
    page = writer.root["/Pages"]["/Kids"].raw_get(0).get_object()
    sheet = page["/Resources"]["/XObject"].raw_get("/Cover")
    empty = stream(b" ")
    for name in ("/Type", "/Subtype", "/BBox"):
        empty[name] = sheet.get_object()[name]
    writer.objects[(sheet.generation, sheet.idnum)] = empty


CHANGES: dict[str, Change] = {
    "replaced content": replace_content,
    "overlay": overlay,
    "swapped image": swap_seal_picture,
    "hidden seal": hide_seal,
    "added script": add_script,
    "added page": add_page,
    "added note": add_note,
    "added text field": add_text_field,
    "shadow replace": swap_page_for_hidden_one,
}


def loop_fields(writer: IncrementalPdfFileWriter) -> None:
    fields = writer.root["/AcroForm"]["/Fields"]
    reference = fields.raw_get(0)
    field = reference.get_object()
    field["/Kids"] = generic.ArrayObject([reference])
    writer.update_container(field)


def loop_pages(writer: IncrementalPdfFileWriter) -> None:
    reference = writer.root.raw_get("/Pages")
    pages = reference.get_object()
    pages["/Kids"] = generic.ArrayObject([reference])
    writer.update_container(pages)


def add_bomb(writer: IncrementalPdfFileWriter) -> None:
    bomb = zlib.compress(zlib.compress(bytes(50_000_000), 9), 9)
    content = generic.StreamObject(encoded_data=bomb)
    content["/Filter"] = generic.ArrayObject([pdf_name("/FlateDecode"), pdf_name("/FlateDecode")])
    first_page(writer)["/Contents"] = writer.add_object(content)
