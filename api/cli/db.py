"""novisit db: make the database or bring it up to date."""

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from api import bootstrap
from api.cli.faults import told
from api.db import make_engine
from api.settings import load_settings
from api.store import schema

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="数据库：建立或升级。 The database: make or upgrade it.",
)


@app.command()
@told
def upgrade(
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")] = False,
) -> None:
    """建立或升级数据库的表；可以重复运行。

    Make the tables or bring them up to date; running it again is harmless. The database is
    NOVISIT_DATABASE_URL, or a file in NOVISIT_DATA_DIR.
    """
    services = bootstrap.build(load_settings())
    try:
        revision = bootstrap.upgrade_database(services)
        place = services.engine.url.render_as_string(hide_password=True)
    finally:
        services.close()
    if as_json:
        typer.echo(json.dumps({"database": place, "revision": revision}))
    else:
        Console().print(f"数据库已是最新 · up to date: [bold]{place}[/] ({revision})", highlight=False)


@app.command(hidden=True)
@told
def revision(
    message: Annotated[str, typer.Argument(help="What the revision does, in a few words.")],
    first: Annotated[bool, typer.Option("--first", help="Write the first revision anew.")] = False,
) -> None:
    """Write a migration for what the tables in the code have gained (for developers)."""
    versions = schema.MIGRATIONS / "versions"
    known = sorted(versions.glob("[0-9]*.py"))
    if first:
        for file in known:
            file.unlink()
        known = []
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{Path(folder) / 'empty.sqlite3'}")
        if known:
            schema.upgrade(engine)
        written = schema.write_revision(engine, message, revision=f"{len(known) + 1:04}")
        engine.dispose()
    typer.echo(str(written))
