"""`novisit certificates import-ofd`: an official OFD seal, as an authority and a maker of seals sent it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.certificate_book import licensed, opened
from api.cli.faults import told

if TYPE_CHECKING:
    from datetime import datetime

    from api.bootstrap import Services
    from signing.ofd.licensed import OfficialSeal
    from signing.ofd.shelf import SealShelf

SealFile = Annotated[
    Path,
    typer.Option("--seal", exists=True, dir_okay=False, help="制章机构制作的印章文件（.esl）。 The seal."),
]
SignerFile = Annotated[
    Path,
    typer.Argument(
        exists=True, dir_okay=False, help="认证机构签发的 SM2 证书（PEM、DER、p7b）。 The answer."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command to `novisit certificates`."""
    app.command("import-ofd")(import_ofd)


@told
def import_ofd(
    answer: SignerFile,
    seal: SealFile,
    key: Annotated[str, typer.Option("--key", help="SM2 密钥名。 Name of the SM2 key.")],
    organ: Annotated[str, typer.Option("--organ", help="机关编号。 The organ's id.")],
    *,
    chain: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="上级证书。 Issuers sent apart.")
    ] = None,
    root: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="从别处取得的根证书。 The roots.")
    ] = None,
) -> None:
    """导入 OFD 电子印章：SM2 证书和制章机构制作的印章文件；逐项相符才启用。

    Import an official OFD seal: the organ's SM2 certificate and the maker's file. The organ's seal must be in
    force already (`novisit certificates import`), which in production takes two administrators; the OFD seal
    must be of the same organ, name, code and size, signed by its maker, list the certificate, and lead to a
    root. What it replaces is kept as retired, and what that sealed stays good.

    Exit code: 0 in force, 1 refused with the reason, 64 bad usage.

    Example: novisit certificates import-ofd sm2.p7b --seal organ.esl --key sm2-seal-jiangan-approval
    --organ jiangan-approval --root licensed-sm2-root.pem
    """
    from api.cli.trust import trusted_in
    from signing.ofd.licensed import Delivery, check_delivery
    from signing.ofd.office import FOLDER
    from signing.ofd.shelf import SealShelf

    with opened() as services:
        now, shelf = services.clock(), SealShelf(services.settings.seal_dir / FOLDER)
        official = check_delivery(
            Delivery(
                seal_data=seal.read_bytes(),
                answer=answer.read_bytes(),
                others=chain.read_bytes() if chain else b"",
                roots=trusted_in(root) if root else (),
            ),
            seal=licensed(services).credential(organ).seal,
            key_name=key,
            public_key_info=services.keys.public_key_info(key),
            at=now,
        )
        _require_unrevoked(official, shelf, now)
        shelf.install(official)
    typer.echo("OFD 印章已启用。\nThe OFD seal is in force.")


def keep_sm2_list(services: "Services", content: bytes) -> "datetime | None":
    """Keep a list for the OFD seals; give until when it counts, or nothing where SM2 did not sign it."""
    from signing.ofd.office import FOLDER
    from signing.ofd.shelf import SealShelf
    from signing.ofd.trust_files import is_sm2_list

    if not is_sm2_list(content):
        return None
    return SealShelf(services.settings.seal_dir / FOLDER).keep_list(content, services.clock())


def _require_unrevoked(official: "OfficialSeal", shelf: "SealShelf", now: "datetime") -> None:
    """Hold the seal against the lists at hand; where there is none yet sealing waits, and it is said."""
    from signing.errors import CertificateRevoked
    from signing.gm.paths import PathFault, PathRefused

    try:
        official.require_unrevoked(shelf.trust.crls, at=now)
    except PathRefused as refused:
        if refused.fault is not PathFault.UNKNOWN_STATUS:
            raise CertificateRevoked(f"A certificate of the OFD seal is revoked: {refused}.") from None
        typer.echo(
            "尚缺 SM2 吊销列表，导入前不会盖 OFD 印章：novisit certificates crl FILE\n"
            "Nothing is sealed as OFD before the SM2 revocation lists are here: "
            "novisit certificates crl FILE",
            err=True,
        )
