"""novisit accounts: staff accounts for the operator of the machine."""

import json
from typing import Annotated

import typer
from rich.console import Console

from api.auth.accounts import Role
from api.cli.faults import told

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="工作人员账号：开设。 Staff accounts: open one.",
)


@app.callback()
def accounts() -> None:
    """工作人员账号。 Staff accounts."""


@app.command()
@told
def add(
    username: Annotated[str, typer.Argument(help="用户名。 Username.")],
    *,
    role: Annotated[Role, typer.Option(help="角色。 Role.")] = Role.REVIEWER,
    organ: Annotated[str, typer.Option(help="所属机构编号。 Id of the organ.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。 Print JSON.")] = False,
) -> None:
    """开设账号并显示一次性密码（仅此一次）。

    Open an account and show its one-time password, this once. At the first sign-in the password is changed
    and an authenticator app is enrolled.
    """
    from api import bootstrap
    from api.settings import load_settings

    if role in (Role.REVIEWER, Role.SUPERVISOR) and not organ:
        raise typer.BadParameter(f"{role} 需要 --organ。 A {role} needs --organ.", param_hint="--organ")
    if role is Role.APPLICANT:
        raise typer.BadParameter("申请人自行注册。 Applicants open their own.", param_hint="--role")
    services = bootstrap.build(load_settings())
    try:
        account, password = services.sign_ins.create_staff(
            username=username, role=role, organ_id=organ or None
        )
    finally:
        services.close()
    if as_json:
        shown = {"username": account.username, "role": role.value, "organ_id": account.organ_id}
        typer.echo(json.dumps({**shown, "one_time_password": password}, ensure_ascii=False))
        return
    Console().print(
        f"[bold]{account.username}[/] ({role})   一次性密码 one-time password   [bold yellow]{password}[/]",
        highlight=False,
    )
