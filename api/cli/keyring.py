"""`novisit keyring`: the keys that wrap evidence and small secrets: make, look at, rotate, forget."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from api.bootstrap import Services
    from api.evidence.rotation import KeyUse, Rotation

EX_UNAVAILABLE = 69
EX_CANNOT_CREATE = 73

app = typer.Typer(
    no_args_is_help=True,
    help="主密钥：新建、查看、更换、删除旧钥。 The keys that wrap evidence: create, list, rewrap, forget.",
)

AsJson = Annotated[bool, typer.Option("--json", help="机器可读。 Print one JSON object.")]


@app.command()
def create() -> None:
    """新建密钥环文件（仅所有者可读）。 Make the keyring file, readable by its owner alone."""
    from api.evidence.keyring import Keyring
    from api.settings import Settings

    file = Settings().keyring_file
    if file.exists():
        _fail(f"密钥环已存在：{file}\nThere is a keyring already: {file}", EX_CANNOT_CREATE)
    Keyring.generate().save_first(file)
    typer.echo(f"已新建密钥环：{file}\n请立即另行备份；丢失后，已存证据无法恢复。")
    typer.echo(
        f"Made the keyring {file}. Back it up elsewhere now: without it no stored evidence can be read."
    )


@app.command("list")
def list_keys(*, as_json: AsJson = False) -> None:
    """列出每个密钥保护的数量。 Say how much each key wraps."""
    services = _services()
    with _explained():
        uses = _rotation(services).uses(services.keyring())
    _show(uses, as_json=as_json)


@app.command()
def rewrap(
    *,
    no_new_key: Annotated[
        bool,
        typer.Option("--no-new-key", help="不建新钥，只补完上次。 Make no key; finish what was broken off."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """新建主密钥并重新包裹全部数据密钥与加密字段；不改动证据文件。

    Make a new key and wrap every data key and sealed field anew; evidence files are not touched. It can run
    beside the service, which reads the keyring anew. Copy the keyring file to every other host.
    """
    services = _services()
    with _explained():
        before = services.keyring()
        if not no_new_key:
            before.with_new_key().save(services.settings.keyring_file)
        keyring = services.keyring()
        rotation = _rotation(services)
        evidence = rotation.rewrap_evidence()
        fields = rotation.rewrap_fields(keyring)
        uses = rotation.uses(keyring)
    if as_json:
        _show(uses, as_json=True)
        return
    typer.echo(f"当前密钥 {keyring.current}；重新包裹 {evidence} 份证据、{fields} 个字段。")
    typer.echo(
        f"The current key is {keyring.current}; wrapped anew: {evidence} of evidence, {fields} fields."
    )
    _show(uses, as_json=False)


@app.command()
def forget() -> None:
    """删除不再保护任何数据的旧钥。 Delete old keys that wrap nothing any more.

    Wait a few minutes after `rewrap`, until every upload that had begun before it has ended.
    """
    services = _services()
    with _explained():
        keyring = services.keyring()
        uses = _rotation(services).uses(keyring)
        busy = [use for use in uses if not use.is_current and not use.is_idle]
        if busy:
            names = ", ".join(use.key_id for use in busy)
            _fail(
                f"仍有数据由旧钥保护（{names}），请先运行 novisit keyring rewrap --no-new-key\n"
                f"Older keys still wrap something ({names}): run novisit keyring rewrap --no-new-key first.",
                EX_UNAVAILABLE,
            )
        keyring.without_old_keys().save(services.settings.keyring_file)
    gone = len(keyring.keys) - 1
    typer.echo(
        f"已删除 {gone} 个旧钥，保留 {keyring.current}。 Deleted {gone} old keys, kept {keyring.current}."
    )


def _show(uses: "list[KeyUse]", *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"keys": [asdict(use) for use in uses]}, indent=2))
        return
    table = Table(title="主密钥 Key-encryption keys", title_justify="left")
    table.add_column("编号 id")
    table.add_column("状态 state")
    table.add_column("证据 evidence", justify="right")
    table.add_column("字段 fields", justify="right")
    for use in uses:
        state = "[green]当前 current[/]" if use.is_current else "[dim]旧 old[/]"
        table.add_row(use.key_id, state, str(use.evidence), str(use.fields))
    Console().print(table)


def _services() -> "Services":
    from api.bootstrap import build
    from api.errors import ConfigurationError
    from api.settings import load_settings

    try:
        return build(load_settings())
    except ConfigurationError as error:
        _fail(str(error), EX_UNAVAILABLE)


def _rotation(services: "Services") -> "Rotation":
    from api.evidence.rotation import Rotation
    from api.store.metadata import all_tables

    return Rotation(
        engine=services.engine,
        evidence=services.evidence,
        cipher=services.cipher,
        metadata=all_tables(),
    )


@contextmanager
def _explained() -> Iterator[None]:
    """Tell what is wrong with keyring or database in a sentence, not a traceback."""
    from sqlalchemy.exc import DBAPIError

    from api.errors import ApiError

    try:
        yield
    except ApiError as error:
        _fail(str(error), EX_UNAVAILABLE)
    except DBAPIError:
        _fail(
            "数据库不可用或尚未建立，请先运行 novisit db upgrade\n"
            "The database does not answer or is not made yet: run novisit db upgrade first.",
            EX_UNAVAILABLE,
        )


def _fail(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
