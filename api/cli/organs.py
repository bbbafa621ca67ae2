"""`novisit organs`: the offices of this installation, entered by its operator."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from api.cli.faults import told

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from api.bootstrap import Services
    from filing.organs import Organ

EX_USAGE = 64
EX_DATAERR = 65

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="机关：登记、查看。 The offices of this installation: enter, list.",
)


@app.command()
@told
def add(
    organ_id: Annotated[str, typer.Argument(metavar="ID", help="机关编号，如 jiangan-approval。 Its id.")],
    *,
    name: Annotated[str, typer.Option(help="全称，与公章一致。 Full name in Chinese, as on its seal.")],
    name_en: Annotated[str, typer.Option(help="英文名称。 Name in English.")],
    credit_code: Annotated[
        str, typer.Option(help="统一社会信用代码，18 位。 Its unified social credit code.")
    ],
    area: Annotated[str, typer.Option(help="行政区划代码，6 位，用于编号。 Division code (GB/T 2260).")],
    matters: Annotated[
        list[str] | None,
        typer.Option("--matter", help="受理的事项，可多次；缺省全部。 A matter it takes; by default all."),
    ] = None,
) -> None:
    """登记一个机关及其受理的事项；已登记的机关不会被改动。

    Enter an office and the matters it takes. What is entered once stays: its name stands in certificates.

    Example: novisit organs add jiangan-approval --name 江岸区行政审批局
    --name-en "Jiang'an District Approval Bureau" --credit-code 11420102MB1A000019 --area 420102
    """
    from api.store.organs import seed_organs
    from filing.errors import FilingError
    from filing.organs import Organ

    try:
        organ = Organ(organ_id, name, name_en, credit_code, area, seal_id=organ_id)
    except (ValueError, FilingError) as error:
        _fail(f"机关数据不对：{error}\nThe office's data are wrong: {error}", EX_USAGE)
    with _opened() as services:
        wanted = _matters(services, matters)
        with services.transaction() as db:
            known = _known(db)
            if organ_id in known and replace(known[organ_id], seal_design=organ.seal_design) != organ:
                _fail(
                    f"{organ_id} 已登记为 {known[organ_id].name_zh}，资料不同。\n"
                    f"{organ_id} is entered already, with other data.",
                    EX_DATAERR,
                )
            seed_organs(db, [organ], wanted)
    typer.echo(f"已登记 {name}，受理 {len(wanted)} 项。\nEntered; it takes {len(wanted)} matters.")


@app.command("list")
@told
def list_organs(
    *, as_json: Annotated[bool, typer.Option("--json", help="机器可读。 Print one JSON object.")] = False
) -> None:
    """列出机关。 List the offices."""
    with _opened() as services, services.reading() as db:
        found = tuple(_known(db).values())
    if as_json:
        from dataclasses import asdict

        typer.echo(json.dumps({"organs": [asdict(organ) for organ in found]}, ensure_ascii=False, indent=2))
        return
    for organ in found:
        typer.echo(f"{organ.id}\t{organ.name_zh}\t{organ.credit_code}\t{organ.numbering_area}")


def _matters(services: "Services", chosen: Iterable[str] | None) -> tuple[str, ...]:
    known = tuple(matter.id for matter in services.matters.matters)
    wanted = tuple(chosen or known)
    for matter_id in wanted:
        if matter_id not in known:
            _fail(
                f"没有事项 {matter_id}；可选：{'、'.join(known)}\n"
                f"There is no matter {matter_id}; known are: {', '.join(known)}",
                EX_USAGE,
            )
    return wanted


def _known(db: "Connection") -> "dict[str, Organ]":
    from api.store.organs import SqlOrgans

    return {organ.id: organ for organ in SqlOrgans(db).all()}


@contextmanager
def _opened() -> "Iterator[Services]":
    from api.bootstrap import build
    from api.settings import load_settings

    services = build(load_settings())
    try:
        yield services
    finally:
        services.close()


def _fail(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
