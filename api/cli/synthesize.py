"""`novisit synthesize`: make a test video from one still portrait."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api.demonstration.recording import framed
from api.settings import load_settings
from liveness.synthesis import (
    Camera,
    Encoding,
    Portrait,
    Species,
    SynthesisError,
    Truth,
    make_attack,
    make_clip,
)
from liveness.verdict import Action
from models.errors import ModelsError

EX_DATA = 65
CODECS = {"h264": "libx264", "hevc": "libx265", "vp8": "libvpx", "vp9": "libvpx-vp9"}


def synthesize(  # noqa: PLR0913  a command's options are its arguments
    out: Annotated[
        Path, typer.Argument(help="要写的文件：.mp4 .mov .webm .mkv .mjpeg .y4m。 The file to write.")
    ],
    actions: Annotated[
        str, typer.Option(help="动作及顺序。 The actions, in their order.")
    ] = "nod,mouth,blink",
    attack: Annotated[
        Species | None, typer.Option(help="改为合成一种攻击。 Make an attack presentation instead.")
    ] = None,
    portrait: Annotated[
        Path | None, typer.Option(help="正面照片；默认是公有领域的一张。 A frontal photograph.", exists=True)
    ] = None,
    codec: Annotated[str, typer.Option(help=f"编码 Codec: {', '.join(CODECS)}.")] = "",
    rotation: Annotated[int, typer.Option(help="存储时的旋转：0、90、180、270。 Stored rotation.")] = 0,
    size: Annotated[str, typer.Option(help="宽x高。 Width x height.")] = "480x854",
    fps: Annotated[float, typer.Option(help="每秒帧数。 Frames a second.")] = 30.0,
    variable_rate: Annotated[float, typer.Option(help="帧间隔的抖动，0 到 1。 Lateness of frames.")] = 0.0,
    streamed: Annotated[
        bool, typer.Option("--streamed", help="不写时长，像浏览器录的 webm。 No duration in the file.")
    ] = False,
    seed: Annotated[int, typer.Option(help="同一个数得到同一段视频。 The same number, the same video.")] = 0,
    labelled: Annotated[
        int,
        typer.Option(
            help="改为写一个文件夹，含这么多段带标注的视频。 A folder of so many labelled clips.",
            min=0,
        ),
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出。 Print the truth as JSON.")] = False,
) -> None:
    """由一张照片合成测试视频（或攻击视频），并给出其中的真值。

    Make a test video, or an attack, from one still portrait, and print what is in it. Such a video proves
    that the line works; it proves nothing of accuracy on people.

    Example: novisit synthesize clip.webm --actions blink,nod --streamed
    Example: novisit synthesize made --labelled 12, then novisit evaluate made --policy synthetic
    """
    wanted = _actions(actions)
    try:
        camera = Camera(**_size(size), fps=fps, variable_rate=variable_rate)
        encoding = Encoding(codec=_codec(codec), rotation_deg=rotation, streamed=streamed)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    try:
        face = _portrait(portrait) if portrait else None
        if labelled:
            _write_labelled(out, labelled, seed=seed, camera=camera, portrait=face)
            return
        if attack is None:
            truth = make_clip(out, actions=wanted, seed=seed, camera=camera, encoding=encoding, portrait=face)
        else:
            truth = make_attack(
                out, attack, actions=wanted, seed=seed, camera=camera, encoding=encoding, portrait=face
            )
    except (SynthesisError, ModelsError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(EX_DATA) from error
    if as_json:
        typer.echo(json.dumps(asdict(truth), ensure_ascii=False))
    else:
        _show(truth)


def _write_labelled(
    folder: Path, count: int, *, seed: int, camera: Camera, portrait: Portrait | None
) -> None:
    """Make a folder for `novisit evaluate`."""
    from liveness.evaluation.errors import FolderNotEmpty
    from liveness.evaluation.made import write_made_clips

    console = Console()
    try:
        labels = write_made_clips(
            folder, count, seed=seed, camera=camera, portrait=portrait, told=console.print
        )
    except FolderNotEmpty as error:
        raise typer.BadParameter(str(error), param_hint="OUT") from error
    console.print(f"[bold]{labels}[/]  novisit evaluate {folder} --policy synthetic")


def _actions(text: str) -> tuple[Action, ...]:
    try:
        return tuple(Action(word.strip()) for word in text.split(",") if word.strip())
    except ValueError as error:
        known = ", ".join(Action)
        raise typer.BadParameter(f"动作只有 actions are {known}", param_hint="--actions") from error


def _size(text: str) -> dict[str, int]:
    width, _, height = text.lower().partition("x")
    if not (width.isdigit() and height.isdigit()):
        raise typer.BadParameter("写成 write it as 480x854", param_hint="--size")
    return {"width": int(width), "height": int(height)}


def _codec(name: str) -> str:
    if name and name not in CODECS:
        raise typer.BadParameter(f"编码只有 codecs are {', '.join(CODECS)}", param_hint="--codec")
    return CODECS.get(name, "")


def _portrait(path: Path) -> Portrait:
    """Read a photograph and find its one face."""
    from models.weights import WeightStore

    return framed(path, WeightStore(load_settings().weights_dir))


def _show(truth: Truth) -> None:
    console = Console()
    kind = truth.species or "bona fide puppet"
    console.print(
        f"[bold]{truth.path}[/]  {kind}  {truth.width}x{truth.height}, {truth.frames} frames, "
        f"{truth.duration_ms / 1000:.1f} s"
    )
    for event in truth.events:
        console.print(f"  {event.action:<6} {event.start_ms / 1000:5.2f} - {event.end_ms / 1000:.2f} s")
