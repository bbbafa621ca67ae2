"""`novisit demo`: the whole main job in the terminal, against a server it starts itself."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api.cli.faults import told
from api.demonstration.papers import made_up_person
from api.demonstration.person import DemonstrationFailed
from api.demonstration.server import Place
from api.demonstration.stage import Cast, set_up
from api.demonstration.story import Recorder, restaurant, shareholders
from api.demonstration.timing import Step, Timeline
from api.settings import load_settings

EX_DATAERR = 65
MOST_SHAREHOLDERS = 10


@dataclass(frozen=True, slots=True)
class Script:
    """What is to be played: whose recording and portrait, and with how many shareholders."""

    video: Path | None
    portrait: Path | None
    actions: tuple[str, ...]
    shareholders: int

    @property
    def people(self) -> int:
        """Everyone who is verified: the applicant, and with a company its shareholders."""
        return self.shareholders + 1


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is left of a demonstration: the PDF, and the root certificate by which its seal is verified."""

    pdf: bytes
    root_certificate: bytes


@told
def demo(
    video: Annotated[
        Path | None,
        typer.Option(help="真人视频，代替合成的。 A real person's recording.", exists=True, dir_okay=False),
    ] = None,
    portrait: Annotated[
        Path | None,
        typer.Option(help="同一人的参考照片。 A portrait of the same person.", exists=True, dir_okay=False),
    ] = None,
    actions: Annotated[
        str, typer.Option(help="该视频中动作的顺序。 The order of the actions in the recording.")
    ] = "nod,mouth,blink",
    company_of: Annotated[
        int,
        typer.Option(
            "--shareholders", min=0, max=MOST_SHAREHOLDERS, help="演示几位股东远程确认。 Remote shareholders."
        ),
    ] = 0,
    out: Annotated[
        Path | None, typer.Option(help="盖章 PDF 写到哪里。 Where the sealed PDF goes.", dir_okay=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象。 Print one object.")] = False,
) -> None:
    """在终端走完整条办事流程：录像、核验、申报、审核、盖章、验章。

    The whole main job: a video is made, checked and compared, a filing is submitted, a reviewer approves it,
    the certificate is sealed and the seal verified. It runs against a server of its own in a temporary folder
    and leaves nothing behind but the PDF and the root certificate by which its seal is verified.

    Example: novisit demo --video me.mp4 --portrait me.jpg --actions nod,mouth,blink
    """
    if video is not None and portrait is None:
        raise typer.BadParameter("请同时给出 --portrait。 Give --portrait as well.", param_hint="--video")
    given = tuple(word.strip() for word in actions.split(",") if word.strip())
    script = Script(video, portrait, given if video else (), company_of)
    console = Console(stderr=as_json, quiet=as_json, highlight=False)
    console.print("[bold]novisit demo[/]  不见面办事，全程演示 the main job, end to end\n")
    try:
        with console.status("") as status:
            timeline = Timeline(finished=lambda step: _line(console, step), begun=status.update)
            sealed = play(script, timeline)
    except DemonstrationFailed as error:
        typer.echo("\n\n".join([f"✗ {error}", *getattr(error, "__notes__", ())]), err=True)
        raise typer.Exit(EX_DATAERR) from None
    pdf = out or Path(tempfile.mkdtemp(prefix="novisit-demo-")) / "certificate.pdf"
    pdf.write_bytes(sealed.pdf)
    root = pdf.with_suffix(".root.crt")
    root.write_bytes(sealed.root_certificate)
    total = round(sum(step.seconds for step in timeline.steps), 1)
    if as_json:
        steps = [{"name": step.name, "seconds": step.seconds} for step in timeline.steps]
        shown = {"steps": steps, "seconds": total, "pdf": str(pdf), "root_certificate": str(root)}
        typer.echo(json.dumps(shown))
        return
    console.print(f"\n[bold]全程 {total} 秒，没有人到场。 Done in {total} s; nobody came to a counter.[/]")
    console.print(f"盖章的证照 the sealed certificate: {pdf}", soft_wrap=True)
    console.print(f"[dim]novisit seal verify {pdf} --anchors {root}[/]", soft_wrap=True)


def play(script: Script, timeline: Timeline) -> Sealed:
    """Play the script on a stage of its own and give what is left of it. Raises DemonstrationFailed."""
    people = [made_up_person(number) for number in range(1, script.people + 1)]
    settings = load_settings()
    weights_dir = settings.weights_dir
    with tempfile.TemporaryDirectory(prefix="novisit-demo-stage-") as name:
        folder = Path(name)
        portrait, record = _recorder(script, folder, weights_dir)
        place = Place(folder / "data", weights_dir, settings.fonts_dir, script.actions)
        with set_up(place, Cast(people, portrait), record=record, timeline=timeline) as stage:
            pdf = shareholders(stage, people) if script.shareholders else restaurant(stage, people[0])
        return Sealed(pdf, place.root_certificate.read_bytes())


def _recorder(script: Script, folder: Path, weights_dir: Path) -> tuple[Path, Recorder]:
    """Give the portrait for the register and what records: the person's own video, or a made one."""
    given = script.video
    if given is not None and script.portrait is not None:
        return script.portrait, lambda _actions, _number: given
    from api.demonstration.recording import LARGE, SMALL, Puppeteer, framed, write_default_portrait
    from models.weights import WeightStore

    camera = SMALL if script.shareholders else LARGE
    if script.portrait is None:
        portrait = write_default_portrait(folder / "portrait.png")
        return portrait, Puppeteer(folder, camera).record
    face = framed(script.portrait, WeightStore(weights_dir))
    return script.portrait, Puppeteer(folder, camera, face).record


def _line(console: Console, step: Step) -> None:
    console.print(f"  [green]✓[/] {step.seconds:6.2f} s  {step.text}")
