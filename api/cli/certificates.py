"""`novisit certificates`: ask a licensed authority, import its answer, see what seals today."""

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli import certificate_imports, ofd_certificates
from api.cli.certificate_book import EX_REFUSED, EX_USAGE, KeyName, OrganId, fail, opened, organ_of
from api.cli.faults import told

EX_CANNOT_CREATE = 73

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="印章证书：申请、导入、查看。 Certificates of seals: request, import, list.",
)
certificate_imports.register(app)
ofd_certificates.register(app)

Evidence = Annotated[
    bool,
    typer.Option("--evidence", help="核身证据的签名密钥，而不是印章。 The key of evidence, not of a seal."),
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
                fail("请用 --operator 写明运营单位全称。 Name the operator: --operator NAME.", EX_USAGE)
            request = make_request(
                services.keys,
                key,
                organization=operator,
                common_name=f"{operator} novisit evidence",
                purpose=Purpose.EVIDENCE,
            )
        else:
            known = organ_of(services, organ)
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
        fail(f"文件已存在：{out}\nThere is a file already: {out}", EX_CANNOT_CREATE)
    out.write_bytes(request)
    typer.echo(f"已写入申请：{out}\nWrote the request: {out}. Send it to the authority; import its answer.")


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
        fail("请给出 --organ 或 --evidence 之一。\nGive either --organ ID or --evidence.", EX_USAGE)
