"""`novisit portraits`: the local register of reference portraits."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from api.bootstrap import Services
    from models.comparison import IdentityClaim

EX_DATAERR = 65

app = typer.Typer(
    no_args_is_help=True,
    help="本地照片库：登记、删除、计数。 The local register of portraits: add, remove, count.",
)

DocumentNumber = Annotated[str, typer.Option("--number", help="证件号码。 Document number.")]
Name = Annotated[str, typer.Option("--name", help="姓名。 Name as on the document.")]
Document = Annotated[
    str,
    typer.Option(
        "--document-type",
        help="证件类型。 resident_id, passport, hk_macao_permit or taiwan_permit.",
    ),
]


@app.command()
def add(
    image: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="JPEG / PNG")],
    *,
    number: DocumentNumber,
    name: Name,
    document_type: Document = "resident_id",
) -> None:
    """登记一张照片，须有且只有一张人脸。 Register a portrait with exactly one face in it."""
    from models.errors import ModelsError
    from models.pictures import read_face

    services = _services()
    portrait = image.read_bytes()
    try:
        read_face(portrait, services.weights)
    except ModelsError as error:
        Console(stderr=True).print(f"[red]✗[/red] {error}", highlight=False)
        raise typer.Exit(EX_DATAERR) from None
    claim = _claim(document_type, number, name)
    with services.transaction() as connection:
        services.portraits.add(
            claim, portrait, connection=connection, origin="register", now=services.clock()
        )
    Console().print("[green]✓[/green] 已登记 registered")


@app.command()
def remove(*, number: DocumentNumber, name: Name, document_type: Document = "resident_id") -> None:
    """删除一张照片。 Forget a portrait."""
    from models.errors import PersonUnknown

    services = _services()
    try:
        with services.transaction() as connection:
            services.portraits.remove(_claim(document_type, number, name), connection=connection)
    except PersonUnknown as error:
        Console(stderr=True).print(f"[red]✗[/red] {error}", highlight=False)
        raise typer.Exit(EX_DATAERR) from None
    Console().print("[green]✓[/green] 已删除 removed")


@app.command()
def count() -> None:
    """库中人数。 How many people the register holds."""
    typer.echo(_services().portraits.count())


def _services() -> "Services":
    from api.bootstrap import build
    from api.settings import load_settings

    return build(load_settings())


def _claim(document_type: str, number: str, name: str) -> "IdentityClaim":
    from models.comparison import DocumentType, IdentityClaim

    try:
        return IdentityClaim(DocumentType(document_type), number, name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
