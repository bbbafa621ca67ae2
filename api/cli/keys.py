"""`novisit keys`: the keys that sign, for the signer's own user."""

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from api.cli.faults import told
from api.cli.key_tables import plain, shown, table_of, uses
from signing.keys.journal import RevocationReason
from signing.keys.port import KeyAlgorithm

if TYPE_CHECKING:
    from api.settings import Settings
    from signing.keys.custody import KeyCustody
    from signing.keys.journal import KeyRecord
    from signing.keys.ledger import KeyLedger

NEARLY_USED_UP = 0.9
LOG = "log"
"""The public log's key has no certificate: its heads name the key itself."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="签章密钥：生成、更换、吊销、用量。 Keys that sign: make, rotate, revoke, count.\n\n"
    "在密钥所属用户下运行。 Run it as the user the signer runs as.",
)

Purpose = Annotated[
    str,
    typer.Argument(help="用途：seal-机构、sm2-seal-机构、records、log。 What for: seal-ORGAN, records, log."),
]
Name = Annotated[str, typer.Argument(help="密钥名。 Name of the key.")]
AsJson = Annotated[bool, typer.Option("--json", help="机器可读。 Print JSON.")]
Prompt = Annotated[bool, typer.Option("--prompt", help="在终端输入口令。 Ask for the passphrase here.")]
Since = Annotated[
    str,
    typer.Option(
        help="自何时起，如 2026-06-01 或 2026-06-01T09:00（北京时间）；缺省为现在。"
        " From when, in Shanghai time where no zone is given; by default now."
    ),
]


@app.command("list")
@told
def list_keys(*, as_json: AsJson = False) -> None:
    """列出全部签章密钥及其状态。 Show every key that signs, and how it stands."""
    states = _ledger().states()
    if as_json:
        typer.echo(json.dumps({"keys": [plain(state) for state in states]}, indent=2))
        return
    from api.bootstrap import system_clock

    Console().print(table_of(states, system_clock()))


@app.command()
@told
def usage(name: Annotated[str, typer.Argument(help="密钥名，缺省全部。 One key, or all.")] = "") -> None:
    """显示签名次数与上限。 Show how often keys have signed, and how often they may.

    Exit code: 0, or 1 where a key has used 90 % of its limit.
    """
    ledger = _ledger()
    if name:
        ledger.record(name)
    nearly = False
    for state in ledger.states():
        if name in ("", state.record.name):
            limit = state.record.limit
            nearly = nearly or (limit is not None and state.uses >= NEARLY_USED_UP * limit)
            typer.echo(f"{state.record.name}\t{uses(state)}")
    raise typer.Exit(1 if nearly else 0)


@app.command()
@told
def generate(
    purpose: Purpose,
    *,
    algorithm: Annotated[
        KeyAlgorithm | None,
        typer.Option(
            help="算法；国密印章缺省 SM2，其余 P-256。 Algorithm; SM2 for sm2- purposes, else P-256."
        ),
    ] = None,
    since: Since = "",
    prompt: Prompt = False,
    as_json: AsJson = False,
) -> None:
    """生成某用途的第一把密钥；私钥加密保存或留在令牌内。

    Make the first key of a purpose: encrypted in NOVISIT_SIGNER_DIR, or on the token, from which it cannot be
    read. Then ask a licensed authority for its certificate: novisit certificates csr.
    """
    custody = _custody(prompt=prompt)
    if any(state.record.purpose == purpose for state in custody.states()):
        raise typer.BadParameter(
            f"{purpose} 已有密钥，请用 rotate。 There is a key for {purpose}: use rotate.",
            param_hint="PURPOSE",
        )
    chosen = algorithm or (KeyAlgorithm.SM2 if purpose.startswith("sm2-") else KeyAlgorithm.P256)
    record = custody.make(purpose, algorithm=chosen, since=_moment(since), by=_who())
    _tell_made(record, as_json=as_json)


@app.command()
@told
def rotate(purpose: Purpose, *, since: Since = "", prompt: Prompt = False, as_json: AsJson = False) -> None:
    """为某用途换新密钥，自指定时间启用；旧密钥签过的仍可验证。

    Make the next key of a purpose, in force from a date on. What the old one signed stays verifiable; it
    signs until it is revoked, or until the seal that names it is replaced.

    In a demonstration the new seal's certificate is made as well, and the seal switches at the date.
    """
    from api.bootstrap import system_clock
    from api.signer.demonstration import certify_rotated

    settings = _settings()
    custody = _custody(prompt=prompt)
    old = custody.record(custody.current(purpose))
    record = custody.make(purpose, algorithm=old.algorithm, since=_moment(since), by=_who())
    certified = certify_rotated(settings, system_clock, custody, record)
    _tell_made(record, as_json=as_json, certified=certified)


@app.command()
@told
def adopt(
    name: Name,
    *,
    purpose: Annotated[str, typer.Option(help="用途。 What it is for.")],
    since: Since = "",
    prompt: Prompt = False,
    as_json: AsJson = False,
) -> None:
    """登记在别处生成的密钥（如令牌厂商工具所建）；未登记的密钥不能签章。

    Record a key that was made elsewhere, as by a token maker's own tool; a key that is not recorded does
    not sign.
    """
    record = _custody(prompt=prompt).adopt(name, purpose=purpose, since=_moment(since), by=_who())
    _tell_made(record, as_json=as_json)


@app.command()
@told
def limit(
    name: Name, most: Annotated[int, typer.Argument(help="最多签名次数，-1 为不限。 At most; -1 for any.")]
) -> None:
    """限定一把密钥的签名总次数。 Say how many signatures a key may make in its life."""
    if most < -1:
        raise typer.BadParameter("至少为 0，或 -1。 At least 0, or -1.", param_hint="MOST")
    record = _ledger().set_limit(name, None if most == -1 else most, by=_who())
    shown = "不限 any number" if record.limit is None else str(record.limit)
    typer.echo(f"{name}: {shown}")


@app.command()
@told
def revoke(
    name: Name,
    *,
    reason: Annotated[RevocationReason, typer.Option(help="原因（RFC 5280）。 Why, as in RFC 5280.")],
    since: Since = "",
) -> None:
    """吊销密钥：自该时间起不再签章；此前带时间戳的印章仍有效，此后的一律无效。

    Have a key sign no more from a date on. Seals that were time-stamped before it stay valid, later ones are
    refused. Choose the date from which the key may have been in other hands. It can be brought forward later,
    never put off.

    In a demonstration the revocation lists are published anew at once; a licensed certificate must be revoked
    by the authority that issued it.
    """
    from api.bootstrap import system_clock
    from api.signer.demonstration import publish_revocation

    settings = _settings()
    moment = (_moment(since) or system_clock()).replace(microsecond=0)
    record = _ledger().revoke(name, since=moment, reason=reason, by=_who())
    published = publish_revocation(settings, system_clock, record, moment)
    typer.echo(f"{name}: {shown(moment)} ({reason.value})")
    if published:
        typer.echo("吊销列表已更新。 The revocation list is published anew.")
    else:
        typer.echo(
            "请立即向发证机构申请吊销证书，并导入新的吊销列表。\n"
            "Now have the certificate revoked by the authority that issued it."
        )


@app.command("log")
@told
def show_log(*, as_json: AsJson = False) -> None:
    """逐行核对并显示密钥日志。 Check the journal of keys line by line, and show it.

    Exit code: 0 the journal is as it was written, 69 a line was changed, taken out or put in.
    """
    for entry in _ledger().journal.entries():
        if as_json:
            typer.echo(entry.dump().decode().rstrip("\n"))
            continue
        details = "  ".join(f"{name}={value}" for name, value in sorted(entry.details.items()))
        typer.echo(
            f"{entry.number:>4}  {shown(entry.at)}  {entry.event:<10} {entry.key}  {details}  [{entry.by}]"
        )


def _settings() -> "Settings":
    from api import logging
    from api.settings import read_settings

    settings = read_settings()
    logging.configure(level="warning", stream=sys.stderr)
    return settings


def _ledger() -> "KeyLedger":
    """What is known of the keys; no passphrase is needed."""
    from api.bootstrap import system_clock
    from signing.errors import KeyMissing
    from signing.keys.ledger import KeyLedger

    folder = _settings().signer_dir
    if not folder.is_dir():
        raise KeyMissing(f"There are no keys in {folder}. Is NOVISIT_SIGNER_DIR right?")
    return KeyLedger(folder, system_clock)


def _custody(*, prompt: bool) -> "KeyCustody":
    """The keys themselves, for those who make new ones."""
    from api.bootstrap import system_clock
    from api.cli.passphrase import ask_passphrase
    from api.signer.process import open_custody, read_secret
    from signing.signer.hardening import forbid_dumps

    settings = _settings()
    forbid_dumps()
    is_first = not settings.signer_dir.is_dir()
    secret = ask_passphrase(is_new=is_first) if prompt else read_secret(settings)
    custody = open_custody(settings, system_clock, secret)
    for name in custody.journal.records():
        # A new key under another passphrase than the old ones could not be opened beside them.
        custody.algorithm(name)
        break
    return custody


def _who() -> str:
    from api.signer.users import who_acts

    return who_acts()


def _moment(text: str) -> datetime | None:
    """A date or time, in Shanghai where it names no zone; None where none is given."""
    from datetime import UTC

    from filing.clock import SHANGHAI

    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} 不是日期，例如 2026-06-01。 No date; write 2026-06-01.", param_hint="--since"
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).astimezone(UTC)


def _tell_made(record: "KeyRecord", *, as_json: bool, certified: bool = False) -> None:
    if as_json:
        made: Iterable[tuple[str, str]] = (
            ("name", record.name),
            ("purpose", record.purpose),
            ("algorithm", record.algorithm.value),
            ("since", record.since.isoformat()),
        )
        typer.echo(json.dumps(dict(made)))
        return
    typer.echo(f"{record.name}  {record.algorithm}  自 from {shown(record.since)}")
    if record.purpose == LOG:
        return
    if certified:
        typer.echo("演示证书由演示机构签发，届时自动换用。 The demonstration certifies it and switches then.")
    else:
        typer.echo(
            "下一步：novisit certificates csr 生成证书申请，由两名管理员批准后启用印章。\n"
            "Next: ask for its certificate, then have two administrators put the seal in force."
        )
