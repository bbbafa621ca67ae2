"""`novisit log`: the public log of seals: audit all of it, show its head, prove a certificate."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from api.cli.faults import told
from api.cli.proofs import read_head, read_keys
from api.messages import Catalogue, Language

if TYPE_CHECKING:
    from api.bootstrap import Services
    from signing.transparency.audit import AuditReport, AuditSource
    from signing.transparency.heads import SignedHead

EX_USAGE = 64
EX_UNAVAILABLE = 69
FAULTY = 1
UNREAD = 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="印章公开日志：审计、日志头、证明。 The public log of seals: audit, head, proofs.",
)

AsJson = Annotated[bool, typer.Option("--json", help="机器可读。 Print one JSON object.")]
KeyFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--key",
        exists=True,
        dir_okay=False,
        readable=True,
        help="信任的日志公钥（PEM），可多次；缺省向本机签名进程询问。 "
        "Public key of the log to trust (PEM), repeatable; by default this machine's signer is asked.",
    ),
]


@app.command()
@told
def audit(
    *,
    url: Annotated[
        str,
        typer.Option(
            help="经网络审计此地址的公开日志，缺省审计本机数据库。 Audit the public log at this address."
        ),
    ] = "",
    keys: KeyFiles = None,
    heads: Annotated[
        list[Path] | None,
        typer.Option(
            "--head",
            exists=True,
            dir_okay=False,
            readable=True,
            help="另外保存的日志头（JSON），可多次。 "
            "A head kept elsewhere that the log must extend, repeatable.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """审计整份日志：逐条重算，核对每个日志头、每份证书。 Walk the whole log and check every part.

    Every entry is hashed anew, every head's signature and root is checked, so each head begins with the one
    before; over the database also that each certificate is in the log exactly once and nothing else is.
    With --url only the public part can be seen, and --key is needed: a log cannot vouch for its own key.

    Exit code: 0 all is well, 1 the first fault is named, 2 the log could not be read, so nothing is known of
    it, 64 bad usage.

    Example: novisit log audit --url https://example.org --key log.pem --head last-month.json
    """
    from signing.transparency.audit import audit as walk

    known = [read_head(file) for file in heads or ()]
    trusted = read_keys(keys or ())
    if url and not trusted:
        _fail(
            "网络审计需要 --key：请使用从别处得到的日志公钥。\n"
            "An audit over the network needs --key: the log's public key, had from elsewhere.",
            EX_USAGE,
        )
    console = Console(stderr=True)
    started = time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(_unread())
        source = _source(url, stack, trusted, known)
        status = stack.enter_context(console.status("…"))
        report = walk(
            source,
            trusted=trusted,
            known=known,
            progress=lambda count: status.update(f"{count} 条 entries"),
        )
    _tell(report, seconds=time.monotonic() - started, as_json=as_json)
    raise typer.Exit(FAULTY if report.fault else 0)


@app.command()
@told
def head(*, as_json: AsJson = False) -> None:
    """显示最新日志头，可公布、保存或请他人副署。 Show the newest signed head: publish it, keep it.

    With --json it is what `novisit log audit --head FILE` reads.
    """
    from api.store.filing import seal_log
    from signing.transparency.proofs import head_as_plain

    services = _services()
    try:
        with services.reading() as db:
            signed = seal_log(db, services).store.latest_head()
    finally:
        services.close()
    if as_json:
        typer.echo(json.dumps(head_as_plain(signed), indent=1))
        return
    plain = head_as_plain(signed)
    table = Table(show_header=False, title="日志头 Tree head", title_justify="left")
    for label, value in (
        ("日志 log", plain["log_id"]),
        ("时间 signed at", f"{signed.head.at:%Y-%m-%d %H:%M:%S} UTC"),
        ("条数 entries", str(signed.head.tree_size)),
        ("树根 root", plain["root_hash"]),
        ("签名 signature", plain["signature"]),
    ):
        table.add_row(label, value)
    Console(width=120, highlight=False).print(table)


@app.command()
@told
def key() -> None:
    """输出日志公钥（PEM），请公布。 Print the public keys of the log (PEM), to be published."""
    from api.transparency import as_pem, log_keys

    services = _services()
    try:
        found = log_keys(services).public()
    finally:
        services.close()
    if not found:
        _fail(
            "日志还没有密钥，签署第一个日志头时（演示）或 novisit keys generate log（生产）才会有。\n"
            "The log has no key yet: a demonstration makes one at its first head; else run "
            "novisit keys generate log.",
            EX_UNAVAILABLE,
        )
    typer.echo("".join(as_pem(public) for public in found), nl=False)


@app.command()
@told
def prove(
    number: Annotated[str, typer.Argument(help="证书编号。 The certificate's number.")],
) -> None:
    """输出一份证书的日志证明（JSON），供离线核验。 Print the proof of a certificate, for offline checks.

    The proof names the certificate and its files; give it to whoever holds the certificate.

    Example: novisit log prove JY24201020000018 > proof.json
    """
    from api.store.filing import seal_log
    from api.transparency import log_keys
    from api.transparency import prove as proven
    from signing.transparency.proofs import proof_as_plain

    services = _services()
    try:
        with services.reading() as db:
            proof = proven(seal_log(db, services), log_keys(services), number)
    finally:
        services.close()
    typer.echo(json.dumps(proof_as_plain(proof), ensure_ascii=False, indent=1))


@contextmanager
def _unread() -> Iterator[None]:
    """A log that cannot be read is neither whole nor faulty."""
    from api.errors import LogUnreachable

    try:
        yield
    except LogUnreachable as error:
        _fail(f"novisit: {error}", UNREAD)


def _source(url: str, stack: ExitStack, trusted: list[bytes], known: "list[SignedHead]") -> "AuditSource":
    """The log at an address, or in our database, which adds the signer's keys where none were named."""
    from api.log_sources import DatabaseSource, HttpSource

    if url:
        import httpx

        return HttpSource(stack.enter_context(httpx.Client(base_url=url.rstrip("/"), timeout=30)))
    from api.transparency import kept_head, log_keys

    services = _services()
    stack.callback(services.close)
    if not trusted:
        trusted.extend(log_keys(services).public())
    kept = kept_head(services).read()
    if kept is not None:
        known.append(kept)
    return DatabaseSource(stack.enter_context(services.reading()))


def _tell(report: "AuditReport", *, seconds: float, as_json: bool) -> None:
    catalogue = Catalogue.load()
    fault, latest = report.fault, report.latest
    if as_json:
        from dataclasses import asdict

        plain = {
            "ok": fault is None,
            "entries": report.entries,
            "issued": report.issued,
            "ended": report.ended,
            "heads": report.heads,
            "certificates": report.certificates,
            "pending": report.pending,
            "latest": {"tree_size": latest.tree_size, "root_hash": latest.root_hash.hex()}
            if latest
            else None,
            "fault": asdict(fault) | {"text": catalogue.text(fault.code, Language.ENGLISH)}
            if fault
            else None,
        }
        typer.echo(json.dumps(plain, ensure_ascii=False, indent=2))
        return
    table = Table(title="日志审计 Audit of the log", title_justify="left", show_header=False)
    rows: Iterable[tuple[str, object]] = (
        ("条目 entries", report.entries),
        ("　签发 issued", report.issued),
        ("　失效 revoked or replaced", report.ended),
        ("日志头 signed heads", report.heads),
        ("待签名 entries no head covers yet", report.pending),
        ("库中证书 certificates in the store", "–" if report.certificates is None else report.certificates),
        ("用时 seconds", f"{seconds:.1f}"),
    )
    for label, value in rows:
        table.add_row(label, str(value))
    console = Console(highlight=False)
    console.print(table)
    if fault is None:
        root = latest.root_hash.hex() if latest else "–"
        console.print(f"[bold green]✓ 全部相符 All is as it should be[/]  {root}")
        return
    console.print(f"[bold red]✗ {fault.where}: {catalogue.text(fault.code, Language.CHINESE)}[/]")
    console.print(f"[red]  {catalogue.text(fault.code, Language.ENGLISH)}[/] ({fault.code})")


def _services() -> "Services":
    from api.bootstrap import build
    from api.settings import load_settings

    return build(load_settings())


def _fail(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
