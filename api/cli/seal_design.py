"""`novisit seal design`, `novisit seal preview`: how the next seal of an organ looks, and a picture of it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from api.cli.faults import told
from signing.design import SealCentre, SealDesign, SealRank

if TYPE_CHECKING:
    from api.bootstrap import Services
    from filing.organs import Organ
    from signing.seal import Seal

EX_REFUSED = 1
EX_USAGE = 64
EX_CANNOT_CREATE = 73
FORMS = (".svg", ".png", ".pdf")
DRAFT_SERIAL = "0000000"

OrganId = Annotated[str, typer.Option("--organ", help="机关编号。 The organ's id.")]
Rank = Annotated[
    SealRank | None,
    typer.Option(
        help="规格依据：省级政府、市县区政府、部门及其他单位、其他规定。 Which rule its seal goes by: "
        "government of a province, of a district (prefecture, city, county), a department or other unit, "
        "or other rules."
    ),
]
Diameter = Annotated[
    float | None,
    typer.Option(help="直径，毫米；缺省按规格 50、45、42。 In mm; by default that of the rank: 50, 45, 42."),
]
Centre = Annotated[
    SealCentre | None, typer.Option(help="中央图案：五角星、自有图案、空白。 What stands in the middle.")
]
Emblem = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        readable=True,
        help="机关自有图案的 SVG 文件，单色。 The organ's own SVG for the middle, of one colour.",
    ),
]
Line = Annotated[
    str | None,
    typer.Option(
        help="中央图案下方的文字，如 行政审批专用章；空串为没有。 Line below the middle, for a special seal; "
        "an empty one takes it away."
    ),
]
ShortName = Annotated[
    str | None,
    typer.Option(help="印面用的规范化简称；空串为用全称。 Standard short form of the name for the ring."),
]


@told
def design(  # noqa: PLR0913  one argument an option
    organ: OrganId,
    *,
    rank: Rank = None,
    diameter: Diameter = None,
    centre: Centre = None,
    emblem: Emblem = None,
    line: Line = None,
    short_name: ShortName = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读。 Print one JSON object.")] = False,
) -> None:
    """设定机关下一枚印章的印面；不带选项则显示。 Set how the next seal of an organ looks, or show it.

    What is not named stays as it is. The seal in force keeps its looks: another comes in force by a proposal
    that a second administrator approves (novisit certificates import, /v1/seal-proposals), in a demonstration
    at the next start. Sizes and middles follow 国发〔1999〕25号: governments from the county upward carry the
    national emblem, everyone else a star.

    Exit code: 0 kept, 1 refused with the reason, 64 bad usage.

    Example: novisit seal design --organ jiangan-approval --line 行政审批专用章 --diameter 42
    """
    with _organ(organ) as (services, known):
        wanted = _revised(known.seal_design, rank, diameter, centre, emblem, line, short_name)
        seal = _draft(known, wanted, "")
        if wanted != known.seal_design:
            from api.store.organs import SqlOrgans

            _drawn(seal, ".pdf")
            with services.transaction() as db:
                SqlOrgans(db).redesign_seal(known.id, wanted)
    if as_json:
        typer.echo(json.dumps({"organ": known.id, **_plain(seal)}, ensure_ascii=False, indent=2))
        return
    for name, value in _plain(seal).items():
        typer.echo(f"{name}\t{value}")


@told
def preview(  # noqa: PLR0913  one argument an option
    organ: OrganId,
    *,
    output: Annotated[
        Path, typer.Option("--output", "-o", dir_okay=False, help="写到 .svg、.png 或 .pdf。 Where to.")
    ],
    code: Annotated[
        str, typer.Option(help="13 位印章编码，缺省为区划代码加零。 The seal code; by default zeros.")
    ] = "",
    rank: Rank = None,
    diameter: Diameter = None,
    centre: Centre = None,
    emblem: Emblem = None,
    line: Line = None,
    short_name: ShortName = None,
) -> None:
    """画出机关的印面，供核对；选项只用于这一次。 Draw an organ's seal for looking at.

    It looks as `novisit seal design` has set, with what is named here in place of that, and nothing is kept.
    The file is the drawing that documents get, in its true size: PDF and SVG as vectors, PNG at 300 dots to
    the inch. A picture is no seal: without key and certificate it proves nothing.

    Exit code: 0 drawn, 1 refused with the reason, 64 bad usage, 73 there is such a file already.

    Example: novisit seal preview --organ jiangan-approval --line 行政审批专用章 --output seal.svg
    """
    form = output.suffix.lower()
    if form not in FORMS:
        _fail(f"请写到 {'、'.join(FORMS)} 文件。\nName a file that ends with {', '.join(FORMS)}.", EX_USAGE)
    if output.exists():
        _fail(f"文件已存在：{output}\nThere is a file already: {output}", EX_CANNOT_CREATE)
    with _organ(organ) as (_, known):
        wanted = _revised(known.seal_design, rank, diameter, centre, emblem, line, short_name)
        seal = _draft(known, wanted, code)
    output.write_bytes(_drawn(seal, form))
    typer.echo(
        f"已画出 {seal.shown_name}，直径 {seal.diameter_mm:g} 毫米：{output}\n"
        f"Drew it, {seal.diameter_mm:g} mm wide: {output}"
    )


def _revised(
    known: SealDesign,
    rank: SealRank | None,
    diameter: float | None,
    centre: SealCentre | None,
    emblem: Path | None,
    line: str | None,
    short_name: str | None,
) -> SealDesign:
    from signing.emblem import clean_emblem
    from signing.errors import EmblemRefused

    try:
        return known.revised(
            rank=rank,
            diameter_mm=diameter,
            centre=centre,
            emblem=clean_emblem(emblem.read_bytes()) if emblem else "",
            line=line,
            short_name=short_name,
        )
    except (ValueError, EmblemRefused) as error:
        _refuse(error)


def _draft(organ: "Organ", wanted: SealDesign, code: str) -> "Seal":
    """The seal as it would be, for looking at."""
    from signing.errors import SealUnfit
    from signing.seal import Seal

    try:
        return Seal(organ.id, organ.name_zh, code or f"{organ.numbering_area}{DRAFT_SERIAL}", wanted)
    except (ValueError, SealUnfit) as error:
        _refuse(error)


def _drawn(seal: "Seal", form: str) -> bytes:
    from signing.appearance import draw_seal, draw_seal_png, draw_seal_svg
    from signing.errors import TypesettingFailed

    try:
        match form:
            case ".svg":
                return draw_seal_svg(seal)
            case ".png":
                return draw_seal_png(seal)
            case _:
                return draw_seal(seal)
    except TypesettingFailed as error:
        _refuse(error)


def _plain(seal: "Seal") -> dict[str, object]:
    size = len(seal.design.emblem)
    emblem = f"SVG, {size} bytes" if size else ""
    return {"name": seal.shown_name, **seal.design.as_record(), "emblem": emblem}


@contextmanager
def _organ(organ_id: str) -> "Iterator[tuple[Services, Organ]]":
    """Open the installation and give an organ of it."""
    from api.bootstrap import build
    from api.settings import load_settings
    from api.store.organs import SqlOrgans
    from filing.errors import OrganNotFound

    services = build(load_settings())
    try:
        with services.reading() as db:
            try:
                found = SqlOrgans(db).organ(organ_id)
            except OrganNotFound:
                _fail(f"没有编号为 {organ_id} 的机关。\nThere is no organ of the id {organ_id}.", EX_USAGE)
        yield services, found
    finally:
        services.close()


def _refuse(error: Exception) -> NoReturn:
    _fail(f"印面不符合要求：{error}\nThe seal cannot look so: {error}", EX_REFUSED)


def _fail(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
