"""Wall and processor seconds of every step of the main job, as a table.

Run: .venv/bin/python benchmarks/line.py [--runs 3] [--json]

Processor seconds count this process and the server with all its workers; a made video is part of the cost
here, and is not on a real installation.
"""

import argparse
import json
import os
import platform
from collections import defaultdict
from statistics import median

from rich.console import Console
from rich.table import Table

from api.cli.demo import Script, play
from api.demonstration.timing import Step, Timeline


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="how often; medians are printed (default 3)")
    parser.add_argument("--shareholders", type=int, default=0, help="the job with this many shareholders")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of the table")
    given = parser.parse_args()
    runs = []
    for _ in range(given.runs):
        timeline = Timeline(finished=lambda _step: None)
        play(Script(None, None, (), given.shareholders), timeline)
        runs.append(timeline.steps)
    rows = medians(runs)
    if given.json:
        print(json.dumps({"runs": given.runs, "machine": machine(), "steps": rows}, ensure_ascii=False))
    else:
        show(rows, runs=given.runs)


def medians(runs: list[list[Step]]) -> list[dict[str, str | float]]:
    """Sum the steps of one name within a run, and take the median over the runs."""
    seconds: dict[str, list[float]] = defaultdict(list)
    cpu: dict[str, list[float]] = defaultdict(list)
    for steps in runs:
        for name in dict.fromkeys(step.name for step in steps):
            same = [step for step in steps if step.name == name]
            seconds[name].append(sum(step.seconds for step in same))
            cpu[name].append(sum(step.cpu_seconds for step in same))
    return [
        {"name": name, "seconds": round(median(seconds[name]), 2), "cpu_seconds": round(median(cpu[name]), 2)}
        for name in seconds
    ]


def machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}"


def show(rows: list[dict[str, str | float]], *, runs: int) -> None:
    table = Table(title=f"The main job, step by step: median of {runs} ({machine()})")
    table.add_column("step")
    table.add_column("seconds", justify="right")
    table.add_column("CPU-seconds", justify="right")
    for row in rows:
        table.add_row(str(row["name"]), f"{row['seconds']:.2f}", f"{row['cpu_seconds']:.2f}")
    table.add_section()
    totals = [sum(float(row[column]) for row in rows) for column in ("seconds", "cpu_seconds")]
    table.add_row("all", *(f"{total:.2f}" for total in totals))
    Console().print(table)


if __name__ == "__main__":
    main()
