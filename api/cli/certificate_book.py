"""What the commands of `novisit certificates` share: the installation, its book of certificates, organs."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from api.bootstrap import Services
    from filing.organs import Organ
    from signing.licensed import LicensedSeals

EX_REFUSED = 1
EX_USAGE = 64

OrganId = Annotated[str, typer.Option("--organ", help="机关编号。 The organ's id.")]
KeyName = Annotated[str, typer.Option("--key", help="密钥名，见 novisit keys list。 Name of the key.")]


@contextmanager
def opened() -> "Iterator[Services]":
    """Open the installation; tell why a certificate is refused, in both languages, and end with 1."""
    from api.bootstrap import build
    from api.cli.certificate_tables import sentences
    from api.settings import load_settings
    from signing.errors import CertificateRefused

    services = build(load_settings())
    try:
        yield services
    except CertificateRefused as error:
        fail(sentences(error), EX_REFUSED)
    finally:
        services.close()


def licensed(services: "Services") -> "LicensedSeals":
    """The folder of imported certificates; that of a demonstration takes none."""
    from api.seal_setup import open_licensed

    setup = services.seal_setup
    if setup.is_demonstration:
        fail(
            f"{setup.seal_dir} 是演示机构的文件夹，请把 NOVISIT_SEAL_DIR 设为另一个文件夹。\n"
            f"{setup.seal_dir} is a demonstration's folder: set NOVISIT_SEAL_DIR to another one.",
            EX_REFUSED,
        )
    return open_licensed(setup, services.clock, keys=services.keys, hear=services.hear_of_stamp)


def organ_of(services: "Services", organ_id: str) -> "Organ":
    from api.store.organs import SqlOrgans
    from filing.errors import OrganNotFound

    with services.reading() as db:
        try:
            return SqlOrgans(db).organ(organ_id)
        except OrganNotFound:
            fail(f"没有编号为 {organ_id} 的机关。\nThere is no organ of the id {organ_id}.", EX_USAGE)


def fail(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
