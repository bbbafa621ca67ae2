"""`novisit signer`: the process that holds the keys and signs."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli.faults import told


@told
def signer(
    *,
    socket: Annotated[
        Path | None, typer.Option(help="监听的套接字。 Socket to answer at (NOVISIT_SIGNER_SOCKET).")
    ] = None,
    clients: Annotated[
        str,
        typer.Option(help="服务进程的用户，逗号分隔。 Users it serves, by commas (NOVISIT_SIGNER_CLIENTS)."),
    ] = "",
    secret_file: Annotated[
        Path | None,
        typer.Option(help="口令或 PIN 文件。 File with passphrase or PIN (NOVISIT_SIGNER_SECRET_FILE)."),
    ] = None,
    prompt: Annotated[
        bool, typer.Option("--prompt", help="在终端输入口令，不读文件。 Ask for the passphrase here.")
    ] = False,
    lock_memory: Annotated[
        bool, typer.Option("--lock-memory", help="内存不换出到磁盘。 Keep its memory out of swap.")
    ] = False,
    demonstration: Annotated[bool, typer.Option("--demonstration", hidden=True)] = False,
    end_with_stdin: Annotated[bool, typer.Option("--end-with-stdin", hidden=True)] = False,
) -> None:
    """运行签章进程：独占密钥，只接收待签字节；网页进程永远读不到密钥。

    Run the signer: it alone holds the keys, takes bytes to sign over a Unix socket, and serves the users
    named and no others. Keys lie encrypted in NOVISIT_SIGNER_DIR, or on a token: NOVISIT_SIGNER_LIBRARY
    (PKCS#11 module) and NOVISIT_SIGNER_TOKEN (its label).

    The passphrase comes from a file that only its owner can read, or is asked for; never from an argument.

    Ctrl-C ends it. `novisit serve` starts one by itself for a demonstration.
    """
    from api import logging
    from api.bootstrap import system_clock
    from api.cli.passphrase import ask_passphrase
    from api.settings import read_settings
    from api.signer.process import SignerOptions, read_secret, run

    given = {
        "signer_socket": socket,
        "signer_clients": clients or None,
        "signer_secret_file": secret_file,
    }
    settings = read_settings(**{name: value for name, value in given.items() if value is not None})
    logging.configure(level=settings.log_level, stream=sys.stderr)
    secret = ask_passphrase() if prompt else read_secret(settings)
    options = SignerOptions(
        makes_keys=demonstration, locks_memory=lock_memory, ends_with_stdin=end_with_stdin
    )
    run(settings, system_clock, secret, options)
