"""Whom the commands that verify trust: the roots in a file, or that of the service on this machine."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from signing.ofd.verification import OfdTrust

EX_USAGE = 64

TimeStampAnchors = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        dir_okay=False,
        readable=True,
        help="只为时间戳信任的根证书。 Roots that are trusted for time stamps only.",
    ),
]

RevocationListFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--crl",
        exists=True,
        dir_okay=False,
        readable=True,
        help="较新的吊销列表（PEM 或 DER），可多次给出。 "
        "A newer revocation list; may be given several times. A file alone knows of no later revocation.",
    ),
]


def trusted_in(file: Path) -> tuple[bytes, ...]:
    """The certificates (DER) in a file; without one nothing could be trusted."""
    from signing.anchors import read_anchors
    from signing.errors import AnchorsUnreadable

    try:
        return read_anchors(file.read_bytes())
    except AnchorsUnreadable as error:
        Console(stderr=True).print(f"[red]{escape(str(file))}：没有可用的根证书。[/red] {escape(str(error))}")
        raise typer.Exit(EX_USAGE) from None


def lists_in(files: Iterable[Path]) -> tuple[bytes, ...]:
    """The revocation lists (DER) in files of one each."""
    from cryptography.hazmat.primitives.serialization import Encoding

    from signing.errors import RevocationUnknown
    from signing.revocation_lists import read_list

    found = []
    for file in files:
        try:
            found.append(read_list(file.read_bytes()).public_bytes(Encoding.DER))
        except RevocationUnknown as error:
            Console(stderr=True).print(f"[red]{escape(str(file))}：不是吊销列表。[/red] {escape(str(error))}")
            raise typer.Exit(EX_USAGE) from None
    return tuple(found)


def own_lists() -> tuple[bytes, ...]:
    """The revocation lists of the service on this machine, those that have run out included."""
    from api.settings import load_settings

    folder = load_settings().seal_dir
    return lists_in(path for place in ("*.crl", "crls/*.crl") for path in sorted(folder.glob(place)))


def ofd_trust(anchors: Path | None, time_stamp_anchors: Path | None, crls: Iterable[Path] = ()) -> "OfdTrust":
    """What OFD seals are verified by: the files, or what lies in the folder of seals of this machine."""
    from api.settings import load_settings
    from signing.errors import AnchorsUnreadable
    from signing.ofd.trust_files import read_trust

    if anchors is not None:
        files = [anchors, *([time_stamp_anchors] if time_stamp_anchors else [])]
        contents = [file.read_bytes() for file in files]
    else:
        own_root()
        folder = load_settings().seal_dir
        places = ("*.crt", "*.crl", "ofd/roots/*.crt", "ofd/intermediates/*.crt", "ofd/crls/*.crl")
        contents = [path.read_bytes() for place in places for path in sorted(folder.glob(place))]
    contents += [file.read_bytes() for file in crls]
    try:
        return read_trust(*contents)
    except AnchorsUnreadable as error:
        Console(stderr=True).print(f"[red]没有可用于验证 OFD 的根证书。[/red] {escape(str(error))}")
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
