"""How `novisit keys` shows keys: a table for people, plain values for programs."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

from rich.box import SIMPLE_HEAD
from rich.table import Table

from signing.keys.port import KeyAlgorithm

if TYPE_CHECKING:
    from signing.keys.ledger import KeyState

SHORT: Final = {KeyAlgorithm.P256: "P-256", KeyAlgorithm.SM2: "SM2"}


def table_of(states: "tuple[KeyState, ...]", now: datetime) -> Table:
    """Every key with its algorithm, since when it is in force, how it stands, and how often it signed."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="dim")
    table.add_column("密钥 Key", overflow="fold")
    for heading in ("算法", "启用 From", "状态 State"):
        table.add_column(heading, no_wrap=True)
    table.add_column("用量 Uses", justify="right", no_wrap=True)
    for state in states:
        record = state.record
        table.add_row(
            record.name, SHORT[record.algorithm], shown(record.since), _state(state, now), uses(state)
        )
    return table


def shown(moment: datetime) -> str:
    """A moment in Shanghai, to the minute."""
    from filing.clock import SHANGHAI

    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def _state(state: "KeyState", now: datetime) -> str:
    record = state.record
    if record.revoked_since is not None:
        return f"[red]吊销 revoked {shown(record.revoked_since)}[/]"
    if state.is_current:
        return "[green]启用 in force[/]"
    return "[yellow]待启用 later[/]" if record.since > now else "[dim]旧 old[/]"


def uses(state: "KeyState") -> str:
    """How often a key has signed, of how often it may."""
    limit = state.record.limit
    return f"{state.uses}" if limit is None else f"{state.uses} / {limit}"


def plain(state: "KeyState") -> dict[str, str | int | bool | None]:
    """A key for programs."""
    record = state.record
    return {
        "name": record.name,
        "purpose": record.purpose,
        "algorithm": record.algorithm.value,
        "made_at": record.made_at.isoformat(),
        "since": record.since.isoformat(),
        "is_current": state.is_current,
        "uses": state.uses,
        "limit": record.limit,
        "revoked_since": record.revoked_since.isoformat() if record.revoked_since else None,
        "reason": record.reason.value if record.reason else None,
    }
