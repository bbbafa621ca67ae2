"""`novisit certificates import`, `import-evidence`, `crl`: what a licensed authority sends, where it fits."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.certificate_book import EX_USAGE, KeyName, OrganId, fail, licensed, opened, organ_of
from api.cli.faults import told
from api.cli.ofd_certificates import keep_sm2_list
from api.cli.trust import trusted_in

if TYPE_CHECKING:
    from datetime import datetime

    from filing.organs import Organ
    from signing.admission import CertificatePath
    from signing.licensed import LicensedSeals
    from signing.purposes import Purpose
    from signing.seal import Seal

AnswerFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="认证机构的答复（PEM、DER、p7b）。 The answer.")
]
ChainFile = Annotated[
    Path | None, typer.Option(exists=True, dir_okay=False, help="另发的上级证书。 Issuers sent apart.")
]
RootFile = Annotated[
    Path | None,
    typer.Option(exists=True, dir_okay=False, help="从别处取得的根证书。 The root, had from elsewhere."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to `novisit certificates`."""
    app.command("import")(import_seal)
    app.command("import-evidence")(import_evidence)
    app.command("crl")(crl)


@told
def import_seal(
    answer: AnswerFile,
    key: KeyName,
    organ: OrganId,
    *,
    code: Annotated[str, typer.Option(help="13 位印章编码。 The 13-digit seal code.")],
    chain: ChainFile = None,
    root: RootFile = None,
) -> None:
    """导入印章证书；密钥、证书链、有效期、用途、机关名称都相符才启用。

    Import an authority's answer for an organ's seal. Key, chain, validity, usage, the organ's name and the
    revocation lists must all fit; then it is in force, looks as `novisit seal design` says, and what it
    replaces is kept as retired. In production two administrators bring a seal in force: this prints what one
    of them posts to /v1/seal-proposals.

    Exit code: 0 it fits, 1 refused with the reason, 64 bad usage.

    Example: novisit certificates import seal.p7b --key seal-jiangan-approval --organ jiangan-approval
    --code 4201020000001 --root licensed-root.pem
    """
    from signing.certificate_answers import check_answer
    from signing.purposes import Purpose

    with opened() as services:
        seals, now = licensed(services), services.clock()
        seal = _seal(organ_of(services, organ), code)
        path = check_answer(
            answer.read_bytes(),
            seal=seal,
            public_key_info=services.keys.public_key_info(key),
            at=now,
            roots=trusted_in(root) if root else (),
            others=chain.read_bytes() if chain else b"",
        )
        _require_unrevoked(seals, path, Purpose.SEAL, now)
        if services.seal_setup.production:
            _say_proposal(seal, key, path)
            return
        seals.install_seal(seal, key, path)
    _say_in_force(path)


@told
def import_evidence(
    answer: AnswerFile, key: KeyName, *, chain: ChainFile = None, root: RootFile = None
) -> None:
    """导入核身证据签名密钥的证书。 Import the certificate of the key that signs evidence of checks.

    It must not pass for the seal of an organ. Without one, production leaves its records unsigned and they
    say so.

    Exit code: 0 in force, 1 refused with the reason, 64 bad usage.
    """
    from signing.certificate_answers import check_evidence_answer
    from signing.purposes import Purpose

    with opened() as services:
        seals, now = licensed(services), services.clock()
        path = check_evidence_answer(
            answer.read_bytes(),
            public_key_info=services.keys.public_key_info(key),
            at=now,
            holders=[seal.holder for seal in seals.seals],
            roots=trusted_in(root) if root else (),
            others=chain.read_bytes() if chain else b"",
        )
        _require_unrevoked(seals, path, Purpose.EVIDENCE, now)
        seals.install_evidence(key, path)
    _say_in_force(path)


@told
def crl(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="吊销列表。 The list.")],
) -> None:
    """导入吊销列表（PEM 或 DER），用于不能联网的机器；SM2 列表用于 OFD 印章。

    Bring a list to a machine without a network; one signed by SM2 is for the OFD seals.
    """
    with opened() as services:
        seals, content = licensed(services), file.read_bytes()
        until = keep_sm2_list(services, content) or seals.keep_list(content).next_update_utc
    typer.echo(
        f"已导入，有效至 {until:%Y-%m-%d %H:%M} UTC。\nKept; it counts until {until:%Y-%m-%d %H:%M} UTC."
    )


def _say_proposal(seal: "Seal", key: str, path: "CertificatePath") -> None:
    """Print the checked answer as the body of a proposal, which another administrator approves."""
    from cryptography.hazmat.primitives.serialization import Encoding

    bundle = b"".join(item.public_bytes(Encoding.PEM) for item in path.loaded())
    body = {
        "organ_id": seal.organ_id,
        "code": seal.code,
        "key_name": key,
        "certificates": bundle.decode(),
    }
    typer.echo(
        "核对无误。正式环境须由两名管理员启用：将标准输出的内容提交到 /v1/seal-proposals。\n"
        "It fits. Two administrators bring it in force: post what stands on stdout to /v1/seal-proposals.",
        err=True,
    )
    typer.echo(json.dumps(body, ensure_ascii=False, indent=2))


def _say_in_force(path: "CertificatePath") -> None:
    day = path.loaded()[0].not_valid_after_utc.date()
    typer.echo(f"已启用，有效期至 {day}。\nIn force until {day}.")


def _seal(organ: "Organ", code: str) -> "Seal":
    from signing.errors import SealUnfit
    from signing.seal import Seal

    try:
        return Seal(organ_id=organ.id, holder=organ.name_zh, code=code, design=organ.seal_design)
    except (ValueError, SealUnfit) as error:
        fail(f"印章数据不对：{error}。\nThe seal's data are wrong: {error}.", EX_USAGE)


def _require_unrevoked(
    seals: "LicensedSeals", path: "CertificatePath", purpose: "Purpose", now: "datetime"
) -> None:
    """Hold the answer against the lists at hand; where there is none yet sealing waits, and it is said."""
    from signing.admission import admit
    from signing.errors import RevocationUnknown

    try:
        admit(path, purpose, at=now, crls=seals.crls(now))
    except RevocationUnknown as error:
        typer.echo(f"尚缺吊销列表，导入前不会盖章。\nNothing is sealed yet: {error}", err=True)
