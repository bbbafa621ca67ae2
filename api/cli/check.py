"""`novisit check`: judge one video on this machine."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn
from uuid import uuid4

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.panel import Panel
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

if TYPE_CHECKING:
    from liveness.analysis import Analysis
    from liveness.pad.policy import PadPolicy
    from liveness.verdict import Action, Reason
    from models.comparison import Comparison, Probe
    from models.weights import WeightStore

EX_NO = 1
EX_UNDECIDED = 2
EX_USAGE = 64

_STYLES = {"passed": "green", "failed": "red", "undecided": "yellow"}


def check(
    video: Annotated[Path, typer.Argument(help="要检查的视频：mp4、mov 或 webm。 The video.", exists=True)],
    actions: Annotated[
        str, typer.Option(help="要求的动作及顺序，逗号分隔。 The actions asked for, in their order.")
    ] = "nod,mouth,blink",
    portrait: Annotated[
        Path | None, typer.Option(help="用来比对的证件照（JPEG 或 PNG）。 Compare with this picture.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="把带图的报告写到这个 HTML 文件。 Write a report here.")
    ] = None,
    policy: Annotated[
        str,
        typer.Option(
            help="攻击判定策略：standard，或用于合成视频的 synthetic。"
            " Policy on attacks: standard, or synthetic for made videos."
        ),
    ] = "standard",
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象。 Print one object.")] = False,
) -> None:
    """判断一段视频是否为真人、是否按顺序完成了动作；可与一张照片比对。

    Judge whether a video shows a live person who does the actions in their order, and compare the face with
    a picture where one is given.

    Exit code: 0 a live person (who matches), 1 not, 2 could not be decided, 64 bad usage.

    Example: novisit check clip.mp4 --actions nod,mouth,blink --portrait me.jpg --report out.html
    """
    from api.settings import load_settings
    from liveness.errors import UnknownPadPolicy, VideoError
    from liveness.pad.policy import PadPolicy
    from models.errors import WeightsError
    from models.weights import WeightStore

    wanted = _actions(actions)
    reference = _read_portrait(portrait)
    try:
        chosen = PadPolicy.load(policy)
    except UnknownPadPolicy as error:
        raise typer.BadParameter(str(error), param_hint="--policy") from error
    weights = WeightStore(load_settings().weights_dir)
    try:
        analysis = _analyse(video, wanted, weights=weights, policy=chosen, quiet=as_json)
    except VideoError as error:
        _refuse(error.code, as_json=as_json)
    except WeightsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EX_UNDECIDED) from error
    comparison, undecided = _compare(analysis.probe, reference, weights)
    if report is not None:
        _write_report(report, analysis, comparison, title=video.name)
    code = _exit_code(analysis, comparison, undecided)
    if as_json:
        _print_json(analysis, comparison, undecided, code)
    else:
        _print_tables(analysis, comparison, undecided, report)
    raise typer.Exit(code)


def _actions(text: str) -> "tuple[Action, ...]":
    from liveness.verdict import Action

    try:
        wanted = tuple(Action(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        wanted = ()
    if not wanted:
        known = ", ".join(Action)
        raise typer.BadParameter(
            f"{text!r}：可用的动作有 {known}，以逗号分隔。 Known are {known}, separated by commas.",
            param_hint="--actions",
        )
    return wanted


def _read_portrait(portrait: Path | None) -> bytes | None:
    """Read the portrait before the long work, and see that it has a face that can be compared with."""
    if portrait is None:
        return None
    from models.errors import PictureUnreadable
    from models.pictures import read_picture

    try:
        data = portrait.read_bytes()
        read_picture(data)
    except (OSError, PictureUnreadable) as error:
        raise typer.BadParameter(f"{portrait}: {error}", param_hint="--portrait") from error
    return data


def _analyse(
    video: Path, wanted: "tuple[Action, ...]", *, weights: "WeightStore", policy: "PadPolicy", quiet: bool
) -> "Analysis":
    from liveness.analysis import analyse_video

    bar = Progress(
        TextColumn("[bold]正在检查 Checking[/bold] {task.fields[name]}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=quiet,
    )
    with bar:
        task = bar.add_task("check", total=1.0, name=video.name)
        return analyse_video(
            video,
            actions=wanted,
            weights=weights,
            policy=policy,
            progress=lambda share: bar.update(task, completed=share),
        )


def _compare(
    probe: "Probe | None", portrait: bytes | None, weights: "WeightStore"
) -> "tuple[Comparison | None, str]":
    """Compare by SFace on this machine; where it comes to no answer, give the reason instead."""
    if portrait is None:
        return None, ""
    if probe is None:
        return None, "没有可供比对的画面。 There is no frame to compare."
    from api.bootstrap import system_clock
    from models.comparison import DocumentType, IdentityClaim
    from models.errors import ComparisonUndecided
    from models.registry import ComparatorConfig, build_comparator

    config = ComparatorConfig(
        weights=weights,
        register=None,
        options={},
        production=False,
        clock=system_clock,
        new_id=lambda: uuid4().hex,
    )
    claim = IdentityClaim(DocumentType.RESIDENT_ID, document_number="-", name="-", portrait=portrait)
    try:
        return build_comparator("sface", config).compare(probe, claim), ""
    except ComparisonUndecided as error:
        return None, str(error)


def _exit_code(analysis: "Analysis", comparison: "Comparison | None", undecided: str) -> int:
    from liveness.verdict import Outcome
    from models.comparison import Match

    outcome = analysis.verdict.outcome
    if outcome is Outcome.FAILED or (comparison is not None and comparison.match is not Match.MATCHED):
        return EX_NO
    return EX_UNDECIDED if outcome is Outcome.UNDECIDED or undecided else 0


def _refuse(code: str, *, as_json: bool) -> NoReturn:
    """Tell why a video cannot be judged, and end."""
    from liveness.messages import text_of

    text = text_of(code)
    if as_json:
        body = {
            "outcome": "undecided",
            "exit_code": EX_UNDECIDED,
            "actions": [],
            "reasons": [
                {
                    "code": code,
                    "text": {"zh": text.zh, "en": text.en},
                    "remedy": {"zh": text.remedy_zh, "en": text.remedy_en},
                }
            ],
        }
        typer.echo(json.dumps(body, ensure_ascii=False, indent=2))
    else:
        words = f"{text.zh}{text.remedy_zh}\n[dim]{text.en} {text.remedy_en}[/dim]"
        Console().print(Panel(words, title="无法判断 Undecided", border_style="yellow", expand=False))
    raise typer.Exit(EX_UNDECIDED)


def _write_report(report: Path, analysis: "Analysis", comparison: "Comparison | None", *, title: str) -> None:
    from liveness.evidence.report import render_html

    try:
        report.write_text(render_html(analysis, title=title, comparison=comparison), encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{report}: {error.strerror}", param_hint="--report") from error


def _print_json(analysis: "Analysis", comparison: "Comparison | None", undecided: str, code: int) -> None:
    from liveness.evidence.report import as_data

    body = as_data(analysis, comparison=comparison)
    body |= {"comparison_undecided": undecided or None, "exit_code": code}
    typer.echo(json.dumps(body, ensure_ascii=False, indent=2))


def _print_tables(
    analysis: "Analysis", comparison: "Comparison | None", undecided: str, report: Path | None
) -> None:
    from liveness.messages import text_of

    console = Console()
    verdict = analysis.verdict
    headline = text_of(f"outcome.{verdict.outcome}")
    style = _STYLES[verdict.outcome]
    console.print(
        Panel(f"[bold]{headline.zh}[/bold]\n{headline.en}", border_style=style, expand=False, padding=(0, 2))
    )
    console.print(_action_table(analysis))
    _print_reasons(console, "原因与办法 Why, and what to do better", verdict.reasons)
    _print_reasons(console, "画质提示 Remarks on quality", verdict.remarks)
    if comparison is not None:
        matched = comparison.match == "matched"
        console.print(
            f"人脸比对 Comparison: [{'green' if matched else 'red'}]"
            f"{'一致 matched' if matched else '不一致 not matched'}[/]  "
            f"[dim]{comparison.score:.3f} / {comparison.threshold:.2f} · {comparison.backend}[/dim]"
        )
    elif undecided:
        console.print(f"[yellow]人脸比对没有结果 The comparison came to no answer:[/yellow] {undecided}")
    if report is not None:
        console.print(f"报告 Report: [link=file://{report.resolve()}]{report}[/link]")


def _action_table(analysis: "Analysis") -> Table:
    from liveness.messages import text_of

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for heading in ("动作 Action", "结果 Result", "时间 From-to", "测得/要求 Measured/asked"):
        table.add_column(heading, no_wrap=True)
    for number, result in enumerate(analysis.verdict.actions, 1):
        name = text_of(f"action.{result.action}")
        unit = "°" if result.unit == "deg" else ""
        table.add_row(
            f"{number}. {name.zh} {result.action}",
            "[green]✓ 已完成 found[/green]" if result.found else "[red]✗ 未见到 not found[/red]",
            f"{result.event.start_ms / 1000:.2f}-{result.event.end_ms / 1000:.2f} s" if result.event else "-",
            f"{result.best_measured:.3g}{unit} / {result.required:.3g}{unit}",
        )
    return table


def _print_reasons(console: Console, heading: str, reasons: "tuple[Reason, ...]") -> None:
    from liveness.messages import text_of

    if not reasons:
        return
    console.print(f"[bold]{heading}[/bold]")
    for reason in reasons:
        text = text_of(reason.code)
        console.print(f"  • {text.zh}{text.remedy_zh}\n    [dim]{text.en} {text.remedy_en}[/dim]")
