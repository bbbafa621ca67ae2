"""Whom the commands that verify trust: the roots in a file, or that of the service on this machine."""

from pathlib import Path

import typer
from rich.console import Console

EX_USAGE = 64


def trusted_in(file: Path) -> tuple[bytes, ...]:
    """The certificates (DER) in a file; without one nothing could be trusted."""
    from signing.anchors import read_anchors
    from signing.errors import AnchorsUnreadable

    try:
        return read_anchors(file.read_bytes())
    except AnchorsUnreadable as error:
        Console(stderr=True).print(f"[red]{file}：没有可用的根证书。[/red] {error}")
        raise typer.Exit(EX_USAGE) from None


def own_root() -> Path:
    """The root of the service on this machine; without one the user has to say whom to trust."""
    from api.settings import load_settings

    root = load_settings().seal_dir / "root.crt"
    if not root.is_file():
        Console(stderr=True).print(
            "[red]本机没有根证书，请用 --anchors 指定。[/red] "
            "This machine has no root certificate: say whom to trust with --anchors FILE."
        )
        raise typer.Exit(EX_USAGE)
    return root
