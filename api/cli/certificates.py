"""`novisit certificates`: ask a licensed authority, import its answer, see what seals today."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from api.cli.faults import told
from api.cli.ofd_certificates import keep_sm2_list
from api.cli.ofd_certificates import register as register_ofd
from api.cli.trust import trusted_in

if TYPE_CHECKING:
    from datetime import datetime

    from api.bootstrap import Services
    from filing.organs import Organ
    from signing.admission import CertificatePath
    from signing.licensed import LicensedSeals
    from signing.purposes import Purpose
    from signing.seal import Seal

EX_REFUSED = 1
EX_USAGE = 64
EX_CANNOT_CREATE = 73

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="印章证书：申请、导入、查看。 Certificates of seals: request, import, list.",
)

register_ofd(app)

OrganId = Annotated[str, typer.Option("--organ", help="机关编号。 The organ's id.")]
Evidence = Annotated[
    bool,
    typer.Option("--evidence", help="核身证据的签名密钥，而不是印章。 The key of evidence, not of a seal."),
]
KeyName = Annotated[str, typer.Option("--key", help="密钥名，见 novisit keys list。 Name of the key.")]


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


@app.command()
@told
def csr(
    key: KeyName,
    *,
    organ: OrganId = "",
    evidence: Evidence = False,
    operator: Annotated[
        str, typer.Option(help="证据证书上的运营单位全称。 The operator's full name, for evidence.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="写到这个文件。 Write it to this file.")] = None,
) -> None:
    """生成证书申请（PKCS#10），交给持牌认证机构。私钥不离开签章服务。

    Make a certificate request for a licensed authority. The signer signs it; the key stays there.

    Example: novisit certificates csr --key seal-jiangan-approval --organ jiangan-approval --out seal.csr
    """
    from signing.certificate_requests import make_request
    from signing.purposes import Purpose

    _require_one(organ, evidence=evidence)
    with opened() as services:
        if evidence:
            if not operator:
                _fail("请用 --operator 写明运营单位全称。 Name the operator: --operator NAME.", EX_USAGE)
            request = make_request(
                services.keys,
                key,
                organization=operator,
                common_name=f"{operator} novisit evidence",
                purpose=Purpose.EVIDENCE,
            )
        else:
            known = _organ(services, organ)
            request = make_request(
                services.keys,
                key,
                organization=known.name_zh,
                common_name=f"{known.name_zh}电子印章",
                purpose=Purpose.SEAL,
            )
    if out is None:
        typer.echo(request.decode(), nl=False)
        return
    if out.exists():
        _fail(f"文件已存在：{out}\nThere is a file already: {out}", EX_CANNOT_CREATE)
    out.write_bytes(request)
    typer.echo(f"已写入申请：{out}\nWrote the request: {out}. Send it to the authority; import its answer.")


@app.command("import")
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
        seal = _seal(_organ(services, organ), code)
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


@app.command("import-evidence")
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


@app.command()
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


@app.command("list")
@told
def list_certificates(
    *, as_json: Annotated[bool, typer.Option("--json", help="机器可读。 Print one JSON object.")] = False
) -> None:
    """列出印章与证据的证书，并说明今天能否盖章。 List the certificates and whether each may sign today.

    Exit code: 0 all may, 1 one may not and the reason is told.
    """
    from api.cli.certificate_tables import lines_of, plain, show

    with opened() as services:
        lines = lines_of(services)
    if as_json:
        typer.echo(
            json.dumps({"certificates": [plain(line) for line in lines]}, ensure_ascii=False, indent=2)
        )
    else:
        show(lines)
    if any(line.refusal for line in lines):
        raise typer.Exit(EX_REFUSED)


def _require_one(organ: str, *, evidence: bool) -> None:
    if bool(organ) == evidence:
        _fail("请给出 --organ 或 --evidence 之一。\nGive either --organ ID or --evidence.", EX_USAGE)


def _organ(services: "Services", organ_id: str) -> "Organ":
    from api.store.organs import SqlOrgans
    from filing.errors import OrganNotFound

    with services.reading() as db:
        try:
            return SqlOrgans(db).organ(organ_id)
        except OrganNotFound:
            _fail(f"没有编号为 {organ_id} 的机关。\nThere is no organ of the id {organ_id}.", EX_USAGE)


def _seal(organ: "Organ", code: str) -> "Seal":
    from signing.errors import SealUnfit
    from signing.seal import Seal

    try:
        return Seal(organ_id=organ.id, holder=organ.name_zh, code=code, design=organ.seal_design)
    except (ValueError, SealUnfit) as error:
        _fail(f"印章数据不对：{error}。\nThe seal's data are wrong: {error}.", EX_USAGE)


def licensed(services: "Services") -> "LicensedSeals":
    """The folder of imported certificates; that of a demonstration takes none."""
    from api.seal_setup import open_licensed

    setup = services.seal_setup
    if setup.is_demonstration:
        _fail(
            f"{setup.seal_dir} 是演示机构的文件夹，请把 NOVISIT_SEAL_DIR 设为另一个文件夹。\n"
            f"{setup.seal_dir} is a demonstration's folder: set NOVISIT_SEAL_DIR to another one.",
            EX_REFUSED,
        )
    return open_licensed(setup, services.clock, keys=services.keys, hear=services.hear_of_stamp)


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
        _fail(sentences(error), EX_REFUSED)
    finally:
        services.close()


def _fail(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
