"""The command line of novisit. Importing this imports no subcommand: each is loaded when it is asked for."""

import importlib
import importlib.metadata
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

EX_USAGE = 64
EX_UNAVAILABLE = 69
INTERRUPTED = 130
TYPER_USAGE = 2


@dataclass(frozen=True, slots=True)
class Subcommand:
    """Where a subcommand lives and what help says of it before it is loaded."""

    module: str
    attribute: str
    help: str


SUBCOMMANDS = {
    "serve": Subcommand("api.cli.serve", "serve", "运行服务：网页、接口与后台任务。 Run the service."),
    "signer": Subcommand(
        "api.cli.signer", "signer", "运行签章进程：独占密钥。 Run the signer, which alone holds keys."
    ),
    "check": Subcommand("api.cli.check", "check", "检查一段视频是否为真人并完成动作。 Check one video."),
    "evaluate": Subcommand(
        "api.cli.evaluate", "evaluate", "在标注视频上测量错误率与代价。 Measure on labelled clips."
    ),
    "demo": Subcommand("api.cli.demo", "demo", "在终端里走完整条办事流程。 Run the whole main job here."),
    "seal": Subcommand("api.cli.seal", "app", "电子印章：验证、批量盖章。 Seals: verify one, seal many."),
    "log": Subcommand("api.cli.log", "app", "印章公开日志：审计、证明。 The log of seals: audit, proofs."),
    "evidence": Subcommand(
        "api.cli.evidence", "app", "核身证据：验证签名的记录。 Evidence of checks: verify a record."
    ),
    "organs": Subcommand("api.cli.organs", "app", "机关：登记、查看。 The offices: enter, list."),
    "accounts": Subcommand("api.cli.accounts", "app", "工作人员账号：开设。 Staff accounts: open one."),
    "weights": Subcommand(
        "api.cli.weights", "app", "神经网络权重：下载与核对。 Network weights: fetch, list."
    ),
    "portraits": Subcommand(
        "api.cli.portraits", "app", "本地照片库：登记与删除。 The local portraits: add, remove."
    ),
    "db": Subcommand("api.cli.db", "app", "数据库：建立或升级。 The database: make or upgrade it."),
    "keys": Subcommand(
        "api.cli.keys", "app", "签章密钥：生成、更换、吊销、用量。 Keys that sign: make, rotate, revoke."
    ),
    "certificates": Subcommand(
        "api.cli.certificates", "app", "印章证书：申请、导入、查看。 Certificates: request, import, list."
    ),
    "keyring": Subcommand(
        "api.cli.keyring", "app", "主密钥：更换加密证据的密钥。 The keys that wrap evidence: rotate."
    ),
    "synthesize": Subcommand(
        "api.cli.synthesize", "synthesize", "由一张照片合成测试视频。 Make test videos."
    ),
}

EXTRAS = {"skimage": "synthesis", "scipy": "synthesis"}
"""Optional packages and the extra of this distribution that brings them."""


class LazyGroup(TyperGroup):
    """A group whose commands are imported when they are run; its help needs no import at all."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401  passed on as typer gives it
        super().__init__(**given)
        self.commands = {name: _placeholder(name) for name in SUBCOMMANDS}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401  typer keeps its types private
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None else _load(name), rest

    def main(self, *args: Any, **given: Any) -> Any:  # noqa: ANN401  as above
        """Run as typer does, but let bad usage end with 64 as sysexits(3) has it."""
        try:
            result = super().main(*args, **{**given, "standalone_mode": False})
        except typer.TyperException as error:
            from typer import rich_utils

            rich_utils.rich_format_error(error)  # type: ignore[arg-type]  # its own subclasses alone get here
            sys.exit(EX_USAGE if error.exit_code == TYPER_USAGE else error.exit_code)
        except typer.Abort:
            sys.exit(INTERRUPTED)
        except ModuleNotFoundError as error:
            _explain_missing(error)
        sys.exit(result if isinstance(result, int) else 0)


def _placeholder(name: str) -> TyperCommand:
    return TyperCommand(name=name, help=SUBCOMMANDS[name].help)


def _load(name: str) -> Any:  # noqa: ANN401  as above
    wanted = SUBCOMMANDS[name]
    found = getattr(importlib.import_module(wanted.module), wanted.attribute)
    if isinstance(found, typer.Typer):
        command = get_command(found)
    else:
        alone = typer.Typer(add_completion=False, rich_markup_mode="rich", pretty_exceptions_enable=False)
        alone.command(name)(found)
        command = get_command(alone)
    command.name = name
    return command


def _explain_missing(error: ModuleNotFoundError) -> NoReturn:
    extra = EXTRAS.get((error.name or "").partition(".")[0])
    if extra is None:
        raise error
    typer.echo(
        f"此命令需要可选组件：pip install 'novisit[{extra}]'\n"
        f"This command needs an optional part: pip install 'novisit[{extra}]' (./novisit brings it).",
        err=True,
    )
    sys.exit(EX_UNAVAILABLE)


app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    rich_markup_mode="rich",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"novisit {importlib.metadata.version('novisit')}")
        raise typer.Exit


@app.callback()
def novisit(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="版本。 Show the version."),
    ] = False,
) -> None:
    """不见面办事：用手机证明本人，在线办结，拿到盖章的证照。

    Prove who you are from a phone, finish a government filing without a visit, get a sealed certificate.
    """
    del version


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line. Bad usage ends with 64 (EX_USAGE), an interruption with 130."""
    try:
        app(args=arguments, prog_name="novisit")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
