"""`novisit seal batch`: seal every certificate that waits, in many processes."""

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from api.cli.faults import told
from api.messages import Catalogue, Language

if TYPE_CHECKING:
    from api.bootstrap import Services
    from api.jobs.sealing_batch import BatchItem

EX_REFUSED = 1
EX_UNDECIDED = 2
EX_USAGE = 64


@told
def batch(
    numbers: Annotated[
        Path | None,
        typer.Argument(
            exists=True,
            dir_okay=False,
            readable=True,
            help="编号清单，每行一个，缺省为全部待盖章的证照。 A list of numbers, one a line; by default all "
            "that wait.",
        ),
    ] = None,
    *,
    organ: Annotated[
        str, typer.Option(help="只处理一个机关，给出编号。 Those of one organ, by its id.")
    ] = "",
    workers: Annotated[
        int,
        typer.Option(min=0, max=64, help="进程数，缺省为处理器数。 Processes; by default one a processor."),
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="机器可读。 One JSON object a line.")] = False,
) -> None:
    """批量盖章：为已批准、待盖章的证照盖章并签发。 Seal and issue all certificates that wait.

    Those of approved cases: each gets its entries in the docket and in the public log and is issued once,
    however often this is run and while the service seals too. Ended or killed, it is run again and goes on
    with what is left. What cannot be sealed is named with its reason and does not keep the others from it.
    Run it as the service's user, with the service's settings.

    Exit code: 0 all are issued, 1 some are refused, 2 some could not be sealed now and wait on (run it
    again), 64 bad usage.

    Example: novisit seal batch --organ jiangan-approval --workers 4
    """
    if numbers is not None and organ:
        typer.echo("清单与 --organ 只能给一个。\nGive either a list or --organ ID.", err=True)
        raise typer.Exit(EX_USAGE)
    from api.bootstrap import build
    from api.cli.serve import meet_signer
    from api.errors import BatchRunning
    from api.jobs.sealing_batch import SealingBatch, only_batch
    from api.settings import load_settings

    with ExitStack() as opened:
        services = build(load_settings(paper_workers=workers or os.cpu_count() or 1))
        opened.callback(services.close)
        listed, total = _listed(services, numbers, organ)
        try:
            opened.enter_context(only_batch(services))
        except BatchRunning as error:
            typer.echo(f"另一批正在盖章，请等它结束。\n{error}", err=True)
            raise typer.Exit(EX_UNDECIDED) from None
        meet_signer(services)
        counts = _run(SealingBatch(services).run(listed), total, as_json=as_json)
    left = total - sum(counts.values())
    _say_end(counts, left, as_json=as_json)
    if counts["refused"]:
        raise typer.Exit(EX_REFUSED)
    if counts["postponed"] or left > 0:
        raise typer.Exit(EX_UNDECIDED)


def _listed(services: "Services", numbers: Path | None, organ: str) -> tuple[Iterator[str], int]:
    """The numbers to be sealed, and how many they are now."""
    from api.jobs.sealing_batch import waiting_numbers
    from api.store.certificates import count_waiting

    if numbers is not None:
        found = _read(numbers)
        return iter(found), len(found)
    with services.reading() as db:
        total = count_waiting(db, organ_id=organ or None)
    return waiting_numbers(services, organ or None), total


def _read(file: Path) -> Sequence[str]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        typer.echo(f"{file} 不是文本文件。\n{file} is no text in UTF-8.", err=True)
        raise typer.Exit(EX_USAGE) from None
    return tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))


def _run(items: "Iterator[BatchItem]", total: int, *, as_json: bool) -> Counter[str]:
    """Show how far it is and what could not be sealed; give how many came out in each way."""
    counts: Counter[str] = Counter()
    catalogue, console = Catalogue.load(), Console(stderr=True, highlight=False)
    columns = (
        TextColumn("盖章 sealing"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=total, speed="")
        for item in items:
            counts[item.outcome.value] += 1
            speed = progress.tasks[0].finished_speed or progress.tasks[0].speed
            progress.update(task, advance=1, speed=f"{speed:.1f}/s" if speed else "")
            if as_json:
                typer.echo(
                    json.dumps({"number": item.number, "outcome": item.outcome.value, "code": item.code})
                )
            elif item.code:
                zh, en = (catalogue.text(item.code, language) for language in Language)
                console.print(f"{item.number}  {item.code}\n    {zh}\n    {en}", markup=False)
    return counts


def _say_end(counts: Counter[str], left: int, *, as_json: bool) -> None:
    if as_json:
        told_counts = {name: counts[name] for name in ("issued", "earlier", "refused", "postponed")}
        typer.echo(json.dumps({**told_counts, "not_begun": max(left, 0)}))
        return
    typer.echo(
        f"签发 {counts['issued']}，先前已签发 {counts['earlier']}，拒绝 {counts['refused']}，"
        f"暂不能盖章 {counts['postponed'] + max(left, 0)}。\n"
        f"Issued {counts['issued']}, issued before {counts['earlier']}, refused {counts['refused']}, "
        f"left for later {counts['postponed'] + max(left, 0)}."
    )
