"""What `novisit evaluate` shows in the terminal: the gate, the worst clips, then every rate."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from liveness.evaluation.report import ACTIONS, FINDINGS, figure, percent, words_of

WORST: Final = 12
_STYLES: Final = {"bad": "red", "open": "yellow", "good": "green", "none": "dim"}
_UNREMARKABLE: Final = frozenset({"as_expected", "left_out"})


def print_tables(
    console: Console, data: Mapping[str, Any], *, html: Path | None, json_file: Path | None
) -> None:
    """Print a summary of an evaluation, worst case first."""
    _print_headline(console, data)
    if data["gate"]:
        console.print(_gate_table(data["gate"]["limits"]))
    _print_worst(console, data["clips"])
    presented = {kind: one for kind, one in data["species"].items() if one["presentations"]}
    if presented:
        console.print(_species_table(presented))
    else:
        console.print("[dim]没有攻击样本。 There is no attack among the clips.[/dim]\n")
    _print_people(console, data["bona_fide"])
    console.print(_action_table("动作事件 Events", data["actions"]))
    corrected = data["corrected"]
    if corrected:
        console.print(_action_table("更正标注后的动作事件 Events by corrected labels", corrected["actions"]))
        files = escape(", ".join(clip["file"] for clip in corrected["clips"]))
        console.print(f"[dim]更正 Corrected: {files}[/dim]\n")
    worst = _worst_splits(data["splits"])
    if worst:
        console.print(_split_table(worst))
    if data["comparison"]:
        console.print(_comparison_table(data["comparison"]))
    _print_rest(console, data)
    for name, path in (("报告 Report", html), ("数据 Data", json_file)):
        if path:
            console.print(f"{name}: [link=file://{path.resolve()}]{escape(str(path))}[/link]")


def _print_headline(console: Console, data: Mapping[str, Any]) -> None:
    gate = data["gate"]
    died = data["findings"].get("failed", 0)
    lines = [f"[bold]{escape(data['name'])}[/bold]  {len(data['clips'])} 段视频 clips · {data['policy']}"]
    if gate:
        lines.insert(
            0,
            "[bold]达到门限 Every limit is kept[/bold]"
            if gate["passed"]
            else "[bold]未达门限 A limit is missed[/bold]",
        )
    if died:
        lines.append(f"[red]{died} 段处理中断 could not be measured: their process died[/red]")
    style = "cyan" if not gate else "green" if gate["passed"] else "red"
    console.print(Panel("\n".join(lines), border_style=style, expand=False, padding=(0, 2)))


def _gate_table(limits: Sequence[Mapping[str, Any]]) -> Table:
    table = _table("门限 Gate", ("指标 Figure", "门限 Limit", "测得 Measured", ""), numbers=(1, 2))
    table.columns[3].overflow, table.columns[3].no_wrap = "fold", False
    for limit in limits:
        bound = f">= {figure(limit['min'])}" if "min" in limit else f"<= {figure(limit['max'])}"
        missed = "[red]✗ 未达到 missed[/red]"
        if limit["why"]:
            missed += f"\n[dim]{escape(limit['why'])}[/dim]"
        kept = "[green]✓[/green]" if limit["kept"] else missed
        table.add_row(limit["figure"], bound, figure(limit["measured"]), kept)
    return table


def _print_worst(console: Console, clips: Sequence[Mapping[str, Any]]) -> None:
    notable = [clip for clip in clips if clip["finding"] not in _UNREMARKABLE]
    if not notable:
        console.print("[green]每一段都符合预期。 Every clip came out as expected.[/green]\n")
        return
    table = _table("最差的片段 The worst clips", ("片段 Clip", "评定 Finding", "理由 Why"))
    table.columns[2].overflow, table.columns[2].no_wrap = "fold", False
    for clip in notable[:WORST]:
        zh, en, tone = FINDINGS[clip["finding"]]
        table.add_row(escape(clip["file"]), f"[{_STYLES[tone]}]{zh}[/]\n[dim]{en}[/dim]", _why(clip))
    console.print(table)
    if len(notable) > WORST:
        console.print(f"[dim]另有 {len(notable) - WORST} 段，见报告。 More are in the report.[/dim]\n")


def _why(clip: Mapping[str, Any]) -> str:
    """The reasons of the answer; where the events are what is wrong, how many were missed and false."""
    if clip["finding"] != "events_wrong":
        texts = [words_of(code) for code in clip["codes"]]
        return "\n".join(f"{zh} [dim]{en}[/dim]" for zh, en in texts)
    return "\n".join(
        f"{' '.join(ACTIONS[name])} 漏 {score['misses']} 误 {score['false']}"
        for name, score in clip["actions"].items()
        if score and score["misses"] + score["false"]
    )


def _species_table(species: Mapping[str, Mapping[str, Any]]) -> Table:
    words = "种类\nSpecies|样本\nClips|动作骗过\nFired|接受\nAccepted|APCER|未答\nAPNRR|仅攻击检测\nPAD alone"
    table = _table("攻击 Attack presentations", words.split("|"), numbers=range(1, 7))
    for kind, one in sorted(species.items(), key=lambda item: -item[1]["accepted"]):
        alone = one["pad_only"]
        table.add_row(
            escape(kind),
            str(one["presentations"]),
            str(one["actions_fired"]),
            f"[{'red' if one['accepted'] else 'green'}]{one['accepted']}[/]",
            f"{percent(one['apcer'])}\n{_range(one['interval'])}",
            f"{one['refused']}\n[dim]{percent(one['apnrr'])}[/dim]",
            f"{alone['accepted']} / {alone['presentations']}\n{_range(alone['interval'])}",
        )
    return table


def _print_people(console: Console, people: Mapping[str, Any]) -> None:
    if not people["presentations"]:
        console.print("[dim]没有真人样本。 There is no bona fide clip.[/dim]\n")
        return
    console.print(
        f"[bold]真人 People[/bold] {people['presentations']}："
        f"误判为攻击 called an attack {people['rejected']} / {people['admitted']}, "
        f"BPCER {percent(people['bpcer'])} {_range(people['interval'])}\n"
        f"  被拒绝 refused {people['refused']}"
        f" (标注应拒 labelled so {people['expected_refusals']}), "
        f"BPNRR {percent(people['bpnrr'])} {_range(people['bpnrr_interval'])}; "
        f"存疑 in doubt {people['undecided']}\n"
    )


def _action_table(title: str, actions: Mapping[str, Mapping[str, Any]]) -> Table:
    headings = (
        "动作 Action",
        "标注 Labelled",
        "漏 Missed",
        "误 False",
        "精确率 Precision",
        "召回率 Recall",
        "F1",
    )
    table = _table(title, headings, numbers=range(1, 7))
    for name, score in actions.items():
        table.add_row(
            " ".join(ACTIONS[name]),
            *(str(score[key]) for key in ("events", "misses", "false")),
            *(figure(score[key]) for key in ("precision", "recall")),
            f"[bold]{figure(score['f1'])}[/bold]",
        )
    return table


def _worst_splits(splits: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The worst value of each tag that has more than one; they come worst first."""
    by_tag: dict[str, list[Mapping[str, Any]]] = {}
    for split in splits:
        by_tag.setdefault(split["tag"], []).append(split)
    return [values[0] for values in by_tag.values() if len(values) > 1]


def _split_table(splits: Sequence[Mapping[str, Any]]) -> Table:
    """Attacks accepted of all; people rejected and refused of all; F1 of each action."""
    words = "标签\nTag|值\nValue|片段\nClips|攻击\nAttacks|真人\nPeople|眨眼\nblink|张嘴\nmouth|点头\nnod"
    title = "各标签中最差的一组 The worst group of each tag"
    note = "攻击 accepted/all, 真人 rejected+refused/all, F1"
    table = _table(f"{title}\n[dim not bold]{note}[/]", words.split("|"), numbers=range(2, 8))
    for split in splits:
        attacks = split["species"].values()
        people = split["bona_fide"]
        table.add_row(
            escape(split["tag"]),
            escape(split["value"]),
            str(split["clips"]),
            f"{sum(one['accepted'] for one in attacks)}/{sum(one['presentations'] for one in attacks)}",
            f"{people['rejected']}+{people['refused']}/{people['presentations']}",
            *(figure(split["actions"][name]["f1"]) for name in ("blink", "mouth", "nod")),
        )
    return table


def _comparison_table(comparison: Mapping[str, Any]) -> Table:
    headings = ("阈值 Threshold", "FMR", "FNMR")
    title = (
        f"人脸比对 Comparison: {comparison['backend']}, {comparison['genuine']} 同一人 genuine, "
        f"{comparison['impostor']} 不同人 impostor, {comparison['unusable']} 不可用 unusable"
    )
    table = _table(title, headings, numbers=(0, 1, 2))
    for name, errors in comparison["at"].items():
        table.add_row(
            name,
            f"{percent(errors['fmr'])} {_range(errors['fmr_interval'])}",
            f"{percent(errors['fnmr'])} {_range(errors['fnmr_interval'])}",
        )
    return table


def _print_rest(console: Console, data: Mapping[str, Any]) -> None:
    cost, expected = data["cost"], data["expected_refusals"]
    console.print(
        f"[bold]代价 Cost[/bold] {figure(cost['cpu_s_per_video_s'])} CPU s / s 视频 of video, "
        f"峰值 peak {figure(cost['peak_mb'])} MB"
    )
    if expected:
        refused = sum(item["refused"] for item in expected)
        style = "green" if refused == len(expected) else "yellow"
        console.print(
            f"[bold]应拒片段 To be refused[/bold] [{style}]{refused} / {len(expected)} 已拒绝 refused[/]"
        )
    left_out = data["left_out"]
    if left_out["stills"] or left_out["other"]:
        console.print(
            f"[dim]未计入 Left out: {len(left_out['stills'])} 静态图片 stills, "
            f"{len(left_out['other'])} 其他 of kind other[/dim]"
        )
    for remark in data["remarks"][:WORST]:
        console.print(f"[yellow]标注 Labels:[/yellow] {escape(remark)}")


def _table(title: str, headings: Sequence[str], *, numbers: Sequence[int] = ()) -> Table:
    table = Table(
        box=SIMPLE_HEAD,
        pad_edge=False,
        header_style="dim",
        title=title,
        title_justify="left",
        title_style="bold",
    )
    for at, heading in enumerate(headings):
        table.add_column(heading, justify="right" if at in numbers else "left", no_wrap=at == 0)
    return table


def _range(interval: Sequence[float]) -> str:
    return f"[dim]{percent(interval[0])}-{percent(interval[1])}[/dim]"
