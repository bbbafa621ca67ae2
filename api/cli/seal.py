"""`novisit seal`: check the electronic seal on a PDF or an OFD file, offline."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from api.cli.proofs import held_against
from api.cli.seal_batch import batch
from api.cli.seal_design import design, preview
from api.cli.trust import (
    RevocationListFiles,
    TimeStampAnchors,
    lists_in,
    ofd_trust,
    own_lists,
    own_root,
    trusted_in,
)
from api.jobs.ofd_paper import is_ofd
from api.messages import Catalogue, Language

if TYPE_CHECKING:
    from signing.expectations import Expected
    from signing.verdict import SealVerification

EX_USAGE = 64
EXIT_CODES = {"TOTAL_PASSED": 0, "TOTAL_FAILED": 1, "REFUSED": 1, "INDETERMINATE": 2}
STYLES = {"TOTAL_PASSED": "bold green", "TOTAL_FAILED": "bold red", "INDETERMINATE": "bold yellow"}
SIGNS = {
    "passed": ("✓", "green"),
    "failed": ("✗", "red"),
    "undecided": ("?", "yellow"),
    "not_reached": ("·", "dim"),
    "not_asked": ("–", "dim"),
}
REMARKED = frozenset({"failed", "undecided", "not_asked"})
DESCRIPTION_LIMIT = 1000

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="电子印章：验证、批量盖章、印面设计。 Seals: verify a file, seal many certificates, design a seal.",
)


@app.callback()
def seal() -> None:
    """电子印章：验证、批量盖章、印面设计。 Seals: verify a file, seal many certificates, design a seal."""


app.command()(batch)
app.command()(design)
app.command()(preview)


@app.command()
def verify(  # noqa: PLR0913  one argument an option
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, readable=True, help="PDF 或 OFD 文件。 The PDF or OFD."),
    ],
    *,
    anchors: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="信任的根证书（PEM 或 DER），缺省为本机服务的根证书。 "
            "Root certificates to trust; by default that of the service on this machine. For OFD also the "
            "revocation lists, all in PEM: /v1/pki/ofd-trust.pem of the service.",
        ),
    ] = None,
    organ: Annotated[
        str | None,
        typer.Option(help="应当盖章的机关全称。 Full name of the organ that should have sealed it."),
    ] = None,
    number: Annotated[
        str | None, typer.Option(help="文件应有的编号。 The number that the paper should have.")
    ] = None,
    time_stamp_anchors: TimeStampAnchors = None,
    crls: RevocationListFiles = None,
    proof: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="公开日志的证明（验证页可保存）。 A proof of the public log, as the verify page saves it.",
        ),
    ] = None,
    log_key: Annotated[
        list[Path] | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="信任的日志公钥（PEM），缺省为本机的。 "
            "Public key of the log to trust; by default that of this machine.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读。 Print one JSON object.")] = False,
) -> None:
    """验证一份 PDF 或 OFD 上的电子印章，不需要联网。 Verify the seal on a PDF or OFD, without a network.

    Exit code: 0 the seal is valid, 1 it is not, or is another organ's or for another number, 2 it could not
    be decided, 64 bad usage. The steps are those of ETSI EN 319 102-1, and stricter than PDF readers: a
    document that was changed in any way after it was sealed does not pass. What a file is is seen from its
    content.

    Example: novisit seal verify paper.pdf --anchors root.pem --organ 江岸区行政审批局
    """
    from signing.expectations import Expected

    verification = _verify(
        file.read_bytes(), Expected(holder=organ, number=number), anchors, time_stamp_anchors, crls or ()
    )
    if proof is not None:
        verification = held_against(verification, proof, log_key or ())
    if as_json:
        typer.echo(json.dumps(as_plain(verification), ensure_ascii=False, indent=2))
    else:
        _show(Console(), file, verification)
    raise typer.Exit(EXIT_CODES[verification.answer])


def _verify(
    content: bytes,
    expected: "Expected",
    anchors: Path | None,
    time_stamp_anchors: Path | None,
    crls: Sequence[Path],
) -> "SealVerification":
    from api.bootstrap import system_clock

    if is_ofd(content):
        from signing.ofd.verification import verify_ofd

        trust = ofd_trust(anchors, time_stamp_anchors, crls)
        return verify_ofd(content, trust=trust, at=system_clock(), expected=expected)
    from signing.verification import verify_pdf

    return verify_pdf(
        content,
        anchors=trusted_in(anchors or own_root()),
        at=system_clock(),
        expected=expected,
        crls=(*lists_in(crls), *(own_lists() if anchors is None else ())),
        time_stamp_anchors=trusted_in(time_stamp_anchors) if time_stamp_anchors else (),
    )


def as_plain(verification: "SealVerification") -> dict[str, object]:
    """A verification as plain JSON values, with its sentences in both languages."""
    catalogue = Catalogue.load()

    def both(code: str) -> dict[str, str]:
        return {language.value: catalogue.text(code, language) for language in Language}

    by = verification.sealed_by
    return {
        "status": verification.status.value,
        "sub_indication": verification.sub_indication,
        "text": both(f"seal.status.{verification.answer}"),
        "checks": [
            {
                "number": check.number,
                "code": check.code,
                "clause": check.clause,
                "outcome": check.outcome.value,
                "reason": check.reason,
                "title": both(f"seal.step.{check.code}"),
                "text": both(f"seal.reason.{check.reason}"),
            }
            for check in verification.checks
        ],
        "holder": by.holder,
        "organ_id": by.organ_id,
        "seal_code": by.seal_code,
        "certificate_serial": by.certificate_serial,
        "reason": by.reason,
        "sealed_at": by.sealed_at.isoformat() if by.sealed_at else None,
        "demonstration": by.demonstration,
        "seal_digest": by.seal_digest,
        "digest": verification.digest,
        "verified_at": verification.verified_at.isoformat(),
    }


def _show(console: Console, file: Path, verification: "SealVerification") -> None:
    from filing.clock import SHANGHAI

    catalogue = Catalogue.load()

    def both(code: str) -> str:
        return f"{catalogue.text(code, Language.CHINESE)}\n{catalogue.text(code, Language.ENGLISH)}"

    console.print(Text(str(file), style="bold"))
    for check in verification.checks:
        sign, style = SIGNS[check.outcome]
        title = both(f"seal.step.{check.code}").replace("\n", "  ")
        console.print(Text(f" {sign} {check.number:>2}  {title}", style=style))
        if check.outcome in REMARKED:
            console.print(Padding(Text(both(f"seal.reason.{check.reason}"), style=style), (0, 0, 0, 7)))
    console.print()
    by, passed = verification.sealed_by, verification.status == "TOTAL_PASSED"
    if by.holder:
        word = "印章 seal" if passed else "自称 claims to be"
        console.print(Text(f"{word}: {by.holder} ({by.seal_code})"))
    if by.sealed_at:
        console.print(
            Text(f"时间 sealed at: {by.sealed_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S} (Asia/Shanghai)")
        )
    if by.reason:
        console.print(Text(f"事由 for: {by.reason[:DESCRIPTION_LIMIT]}"))
    indication = f" / {verification.sub_indication}" if verification.sub_indication else ""
    console.print(Text(f"{verification.status}{indication}", style=STYLES[verification.status]))
    console.print(Text(both(f"seal.status.{verification.answer}")))
    if by.demonstration:
        console.print(Text(both("seal.demonstration"), style="yellow"))
