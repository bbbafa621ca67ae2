"""`novisit evidence verify`: check the signed record of a liveness decision, offline."""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from api.cli.trust import TimeStampAnchors, own_root, trusted_in
from api.messages import Catalogue, Language

if TYPE_CHECKING:
    from api.records import EvidenceVerification

EX_USAGE = 64
EXIT_CODES = {"holds": 0, "fails": 1, "undecided": 2}
STYLES = {"holds": "bold green", "fails": "bold red", "undecided": "bold yellow"}
SIGNS = {
    "holds": ("✓", "green"),
    "fails": ("✗", "red"),
    "undecided": ("?", "yellow"),
    "not_asked": ("·", "dim"),
}
LARGEST_RECORD = 4 << 20

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="核身证据：验证签名的记录。 Evidence of liveness checks: verify a signed record.",
)


@app.callback()
def evidence() -> None:
    """核身证据：验证签名的记录。 Evidence of liveness checks: verify a signed record."""


@app.command()
def verify(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="签名的记录。 The record.")
    ],
    *,
    video: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="记录所说的那段视频，核对它的摘要。 The video it speaks of, to compare its digest.",
        ),
    ] = None,
    anchors: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="信任的根证书（PEM 或 DER），缺省为本机服务的根证书。 "
            "Root certificates to trust; by default that of the service on this machine.",
        ),
    ] = None,
    signer: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="持牌机构签发的签名证书（由对方提供）。 The signer's certificate from a licensed authority.",
        ),
    ] = None,
    time_stamp_anchors: TimeStampAnchors = None,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读。 Print one JSON object.")] = False,
) -> None:
    """验证一份核身证据：签名、时间、内容，以及所说的视频。 Verify the evidence of a liveness check.

    Exit code: 0 it holds, 1 it does not, 2 it could not be decided, 64 bad usage. No network is needed.

    Example: novisit evidence verify record.p7m --video clip.mp4 --anchors root.crt
    """
    from api.bootstrap import system_clock
    from api.records import verify_evidence

    source = anchors or own_root()
    with file.open("rb") as stream:
        signed = stream.read(LARGEST_RECORD + 1)
    verification = verify_evidence(
        signed,
        anchors=trusted_in(source),
        at=system_clock(),
        video_sha256=None if video is None else _digest(video),
        signers=trusted_in(signer) if signer else (),
        time_stamp_anchors=trusted_in(time_stamp_anchors) if time_stamp_anchors else (),
    )
    if as_json:
        typer.echo(json.dumps(as_plain(verification), ensure_ascii=False, indent=2))
    else:
        _show(Console(), file, verification)
    raise typer.Exit(EXIT_CODES[verification.holds.value])


def as_plain(verification: "EvidenceVerification") -> dict[str, Any]:
    """A verification as plain JSON values, with its sentences in both languages."""
    catalogue = Catalogue.load()

    def both(code: str) -> dict[str, str]:
        return {language.value: catalogue.text(code, language) for language in Language}

    return {
        "status": verification.holds.value,
        "text": both(f"evidence.status.{verification.holds}"),
        "checks": [
            {
                "code": check.code,
                "status": check.holds.value,
                "reason": check.reason,
                "title": both(f"evidence.step.{check.code}"),
                "text": both(f"evidence.reason.{check.reason}"),
            }
            for check in verification.checks
        ],
        "signer": verification.signer,
        "signed_at": verification.signed_at.isoformat() if verification.signed_at else None,
        "demonstration": verification.demonstration,
        "record": verification.record,
    }


def _digest(video: Path) -> str:
    with video.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _show(console: Console, file: Path, verification: "EvidenceVerification") -> None:
    from filing.clock import SHANGHAI

    catalogue = Catalogue.load()

    def both(code: str, between: str = "\n") -> str:
        return between.join(catalogue.text(code, language) for language in Language)

    console.print(Text(str(file), style="bold"))
    for number, check in enumerate(verification.checks, 1):
        sign, style = SIGNS[check.holds.value]
        console.print(Text(f" {sign} {number}  {both(f'evidence.step.{check.code}', '  ')}", style=style))
        if check.reason not in ("passed", "not_reached"):
            console.print(Padding(Text(both(f"evidence.reason.{check.reason}"), style=style), (0, 0, 0, 6)))
    console.print()
    if verification.record is not None:
        _show_record(console, verification.record, both)
    if verification.signed_at is not None:
        at = verification.signed_at.astimezone(SHANGHAI)
        console.print(Text(f"签名时间 signed at: {at:%Y-%m-%d %H:%M:%S} (Asia/Shanghai)"))
    console.print(Text(both(f"evidence.status.{verification.holds}"), style=STYLES[verification.holds.value]))
    if verification.demonstration:
        console.print(Text(both("evidence.demonstration"), style="yellow"))


def _show_record(console: Console, record: dict[str, Any], both: Any) -> None:  # noqa: ANN401  a local function
    """The few lines a person wants of a record that could be read."""
    actions = "、".join(both(f"action.{action['action']}", " ") for action in record["verdict"]["actions"])
    console.print(Text(f"会话 session: {record['session']['id']}"))
    console.print(Text(f"结论 answer: {both('outcome.' + record['answer']['outcome'], '  ')}"))
    console.print(Text(f"方式 profile: {record['challenge']['profile']} · {actions}"))
    console.print(Text(f"策略 policy: {record['rules']['policy']} · {record['service']['version']}"))
    console.print(Text(f"视频 video: {record['video']['sha256']}"))
