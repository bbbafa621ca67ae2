"""novisit serve: one command from nothing to a running service."""

import os
import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.panel import Panel

from api.cli.faults import told

if TYPE_CHECKING:
    from api.bootstrap import Services
    from api.installation import OpenedAccount
    from api.server import Tls
    from api.settings import Settings

LOOPBACK = "127.0.0.1"


@told
def serve(
    *,
    host: Annotated[str, typer.Option(help="监听地址。 Address to listen on.")] = "",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="监听端口，缺省 8000。 Port, by default 8000.")
    ] = 0,
    phone: Annotated[
        bool,
        typer.Option("--phone", help="在局域网上提供 HTTPS，供手机打开。 HTTPS on the local network."),
    ] = False,
) -> None:
    """运行服务：网页、接口与后台任务。首次运行会准备好演示所需的一切。

    Run the service: pages, API and background work. The first run makes ready all that a demonstration
    needs: network weights, database, a demonstration authority with its seals, a signer that holds their
    keys in a process of its own, and a reviewer's account. In production the signer runs already, as another
    user: see `novisit signer`.

    Everything is kept in NOVISIT_DATA_DIR (.novisit). Ctrl-C ends it.
    """
    started = time.monotonic()
    # What the service keeps is for its own user alone.
    os.umask(0o077)
    console = Console(stderr=True, highlight=False)

    from api import bootstrap, server

    settings = _settings(host=host, port=port, phone=phone)
    # The port is taken first: a second server must not touch the database of the first.
    hosts = tuple(dict.fromkeys((settings.host, LOOPBACK))) if phone else (settings.host,)
    sockets = server.open_sockets(hosts, settings.port)
    services = bootstrap.build(settings)
    try:
        meet_signer(services)
        _fetch_weights(services, console)
        from api import installation

        with console.status("准备数据库与演示机构 · preparing the database"):
            opened = installation.prepare(services)
        tls = _certificate(services) if phone else None
        services.when_ready = lambda: _say_ready(console, services, opened, started)
        server.serve(services, sockets, tls=tls)
    finally:
        services.close()


def _settings(*, host: str, port: int, phone: bool) -> "Settings":
    from api import server
    from api.settings import load_settings

    given: dict[str, object] = {}
    if port:
        given["port"] = port
    if host:
        given["host"] = host
    if phone:
        address = host or server.local_network_address()
        chosen = port or load_settings().port
        given |= {"host": address, "public_url": f"https://{address}:{chosen}"}
    return load_settings(**given)


def _fetch_weights(services: "Services", console: Console) -> None:
    """Fetch what is missing, where this is no production, and say which of it and how far."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn

    with Progress(
        TextColumn("下载模型 · weights {task.description}"),
        BarColumn(),
        DownloadColumn(),
        console=console,
        transient=True,
    ) as bar:
        tasks: dict[str, TaskID] = {}

        def show(package: str, done: int, total: int) -> None:
            if package not in tasks:
                tasks[package] = bar.add_task(package, total=total or None)
            bar.update(tasks[package], completed=done, total=total or None)

        if services.settings.is_production:
            for weight in services.weights.weights:
                if weight.required:
                    services.weights.path(weight.name)
        else:
            services.weights.fetch(progress=show)


def meet_signer(services: "Services") -> None:
    """In a demonstration start the signer; in production see that it runs, out of our reach."""
    if services.settings.is_production:
        from api.signer.fitness import require_fit

        require_fit(services.settings, services.signer_address)
    else:
        services.signer_child.start()


def _certificate(services: "Services") -> "Tls":
    from api.server import Tls
    from signing import demonstration

    authority = demonstration.open_folder(services.settings.seal_dir, services.clock)
    files = authority.tls_files([services.settings.host, LOOPBACK, "localhost"])
    return Tls(str(files.certificate), str(files.key), files.passphrase)


def _say_ready(
    console: Console, services: "Services", opened: "OpenedAccount | None", started: float
) -> None:
    url = services.settings.public_url
    lines = [
        f"[bold green]novisit 已就绪[/] · ready after {time.monotonic() - started:.1f} s",
        "",
        f"打开 open         [bold]{url}/[/]",
        f"试一试 try        {url}/try",
        f"验章 verify       {url}/verify",
        f"接口文档 API      {url}/docs",
    ]
    if opened is not None:
        lines += [
            "",
            f"审批账号 reviewer           [bold]{opened.username}[/]",
            f"一次性密码 one-time password [bold yellow]{opened.one_time_password}[/]",
            "[dim]只显示这一次，首次登录须修改。 Shown this once; change it at sign-in.[/]",
        ]
    if not services.settings.is_production:
        lines += ["", "[dim]演示环境，印章无法律效力。 A demonstration: its seals are not lawful.[/]"]
    console.print(Panel("\n".join(lines), expand=False, border_style="green"))
    if services.settings.is_https and console.is_terminal:
        import segno

        segno.make(url).terminal(out=sys.stderr, compact=True)
        console.print(
            "用手机扫码打开；浏览器提示证书不受信任时选择继续。\n"
            "Scan with the phone; go on where the browser does not know the demonstration's authority."
        )
