"""`novisit evaluate`: measure liveness and face comparison on a folder of labelled clips."""

import importlib.metadata
import importlib.util
import json
import sys
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from liveness.evaluation.faces import Pair, ScoredPair
    from liveness.evaluation.labels import LabelledClip

EX_MISSED = 1
EX_NOT_EVALUATED = 2
EX_UNAVAILABLE = 69
STDOUT = Path("-")


def evaluate(  # noqa: PLR0913  a command's options are its arguments
    folder: Annotated[
        Path, typer.Argument(help="标注视频的文件夹，内有 labels.json。 A folder of labelled clips.")
    ],
    faces: Annotated[
        Path | None,
        typer.Option(help="人脸对的文件夹，内有 pairs.csv。 A folder of face pairs; else that of the clips."),
    ] = None,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="把全部数据写到这个文件，- 为标准输出。 Write all data."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="把带图的报告写到这个 HTML 文件。 Write a report with plots here.")
    ] = None,
    gate: Annotated[
        Path | None, typer.Option(help="门限文件（TOML），决定退出码。 Limits that make the exit code.")
    ] = None,
    jobs: Annotated[int, typer.Option(help="同时评测的片段数。 Clips at the same time.", min=1, max=64)] = 1,
    only: Annotated[
        list[str] | None,
        typer.Option(help="只评测这些：种类或文件名通配，可重复。 Only this kind, or these files."),
    ] = None,
    corrections: Annotated[
        Path | None,
        typer.Option(help="更正过的标注；动作两种都计。 Labels put right: both ways are told."),
    ] = None,
    policy: Annotated[
        str, typer.Option(help="攻击判定策略：standard，或用于合成视频的 synthetic。 Policy on attacks.")
    ] = "standard",
    timeout: Annotated[
        float, typer.Option(help="每个片段最多的秒数。 Most seconds for one clip.", min=1)
    ] = 180.0,
) -> None:
    """在一个文件夹的标注视频上测量活体检测与人脸比对：事件、错误率及其精确区间、代价。

    Measure liveness and face comparison on labelled clips: events of actions, error rates with exact
    intervals (ISO/IEC 30107-3), cost. The format of the labels is in docs/guide/evaluation.md.

    Exit code: 0 evaluated (and every limit kept), 1 a limit of the gate is not kept, 2 could not be
    evaluated, 64 bad usage.

    Example: novisit evaluate clips --faces faces --html out.html --json out.json --gate gate.toml
    """
    _require_parts()
    from api.cli.evaluation_tables import print_tables
    from liveness.evaluation.errors import EvaluationError, GateInvalid
    from liveness.evaluation.gate import check_gate, gate_data, read_gate
    from liveness.evaluation.label_reading import read_corrections
    from liveness.evaluation.results import as_data
    from models.errors import WeightsError

    for option, path in (("--json", json_file), ("--html", html)):
        _see_folder_of(option, path)
    try:
        limits = read_gate(gate) if gate else ()
    except GateInvalid as error:
        raise typer.BadParameter(str(error), param_hint="--gate") from error
    try:
        corrected = read_corrections(corrections, folder) if corrections else ()
        evaluation = _evaluate(folder, faces, only or [], jobs=jobs, policy=policy, timeout=timeout)
    except (EvaluationError, WeightsError) as error:
        _refuse(str(error))
    data = as_data(replace(evaluation, corrections=corrected))
    data["gate"] = gate_data(check_gate(limits, data)) if limits else None
    if html:
        from liveness.evaluation.report import render_html

        _write(html, render_html(data), "--html")
    if json_file:
        text = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
        _write(json_file, text, "--json")
    if json_file != STDOUT:
        print_tables(Console(highlight=False), data, html=html, json_file=json_file)
    raise typer.Exit(_exit_code(data))


def _evaluate(
    folder: Path, faces: Path | None, only: list[str], *, jobs: int, policy: str, timeout: float
) -> Any:  # noqa: ANN401  an Evaluation, imported late
    from api import logging
    from api.evaluation import Bench, measure_clips, measure_pairs
    from api.settings import load_settings
    from liveness.evaluation.errors import LabelsInvalid
    from liveness.evaluation.face_scoring import BACKEND, THRESHOLDS
    from liveness.evaluation.faces import PAIRS_FILE, read_pairs
    from liveness.evaluation.label_reading import read_labels, require_files
    from liveness.evaluation.results import Evaluation
    from models.weights import WeightStore

    labels = read_labels(folder)
    chosen = _chosen(labels.clips, only)
    clips = tuple(clip for clip in chosen if not clip.is_still)
    require_files(folder, clips)
    policy_version = _policy_version(policy)
    faces = faces or (folder if (folder / PAIRS_FILE).is_file() else None)
    pairs: Sequence[Pair] = read_pairs(faces) if faces else ()
    if not (clips or pairs):
        raise LabelsInvalid(["they name still pictures only; there is nothing to judge"])
    settings = load_settings()
    weights = WeightStore(settings.weights_dir)
    for name in ("face_landmarker", "yunet", "sface"):
        weights.path(name)
    logging.configure(level="error", stream=sys.stderr)
    with (
        Bench(
            jobs=jobs,
            memory_mib=settings.worker_memory_mib,
            weights_dir=settings.weights_dir,
            timeout_seconds=timeout,
        ) as bench,
        _progress() as progress,
    ):
        task = progress.add_task("片段 clips", total=len(clips), file="")
        results = measure_clips(
            bench, folder, clips, policy, told=lambda file: progress.update(task, advance=1, file=file)
        )
        scored: tuple[ScoredPair, ...] = ()
        if faces and pairs:
            pictures = progress.add_task("人脸 faces", total=None, file="")
            scored = measure_pairs(
                bench,
                faces,
                pairs,
                told=lambda done, of: progress.update(pictures, completed=done, total=of),
            )
    return Evaluation(
        name=folder.resolve().name,
        version=importlib.metadata.version("novisit"),
        policy=policy_version,
        results=results,
        stills=tuple(clip.file for clip in chosen if clip.is_still),
        remarks=labels.remarks,
        backend=BACKEND if scored else "",
        thresholds=THRESHOLDS if scored else (),
        pairs=scored,
    )


def _require_parts() -> None:
    """See that what only this command needs is there, and say plainly how to get it where not."""
    missing = [name for name in ("matplotlib", "scipy") if importlib.util.find_spec(name) is None]
    if missing:
        typer.echo(
            f"评测需要可选组件（缺 {', '.join(missing)}）：pip install 'novisit[evaluation]'\n"
            f"The evaluation needs an optional part ({', '.join(missing)} missing): "
            "pip install 'novisit[evaluation]' (./novisit evaluate brings it).",
            err=True,
        )
        raise typer.Exit(EX_UNAVAILABLE)


def _see_folder_of(option: str, path: Path | None) -> None:
    """Find out before the long work that a file could not be written."""
    if path and path != STDOUT and (path.is_dir() or not path.parent.is_dir()):
        raise typer.BadParameter(f"{path}：写不进去。 It cannot be written.", param_hint=option)


def _policy_version(name: str) -> str:
    from liveness.errors import UnknownPadPolicy
    from liveness.pad.policy import PadPolicy

    try:
        return PadPolicy.load(name).identity
    except UnknownPadPolicy as error:
        raise typer.BadParameter(str(error), param_hint="--policy") from error


def _chosen(clips: "tuple[LabelledClip, ...]", only: list[str]) -> "tuple[LabelledClip, ...]":
    chosen = tuple(
        clip
        for clip in clips
        if not only or any(clip.kind == pattern or fnmatch(clip.file, pattern) for pattern in only)
    )
    if not chosen:
        kinds = ", ".join(sorted({clip.kind for clip in clips}))
        raise typer.BadParameter(
            f"没有符合的片段；种类有 no clip is meant by this; kinds are: {kinds}", param_hint="--only"
        )
    return chosen


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("[dim]{task.fields[file]}[/dim]"),
        console=Console(stderr=True),
        transient=True,
    )


def _write(path: Path, text: str, option: str) -> None:
    if path == STDOUT:
        typer.echo(text, nl=False)
        return
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}", param_hint=option) from error


def _exit_code(data: dict[str, Any]) -> int:
    """A gate decides; without one, that every process died is no evaluation."""
    if data["gate"] is not None:
        return 0 if data["gate"]["passed"] else EX_MISSED
    died = data["findings"].get("failed", 0)
    return EX_NOT_EVALUATED if died and died == len(data["clips"]) else 0


def _refuse(reason: str) -> NoReturn:
    typer.echo(f"无法评测 Could not be evaluated.\n{reason}", err=True)
    raise typer.Exit(EX_NOT_EVALUATED)
