"""Faults a command expects are told in a sentence, never as a traceback."""

import functools
from collections.abc import Callable
from typing import NoReturn, ParamSpec, TypeVar

import typer
from sqlalchemy.exc import SQLAlchemyError

from api.errors import AddressUnusable, ApiError, ConfigurationError, PortTaken
from models.errors import ModelsError
from signing.errors import SealingError

EX_UNAVAILABLE = 69
EX_CANTCREAT = 73
EX_CONFIG = 78

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def told(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Tell expected faults on stderr and end with the exit code of sysexits that fits."""

    @functools.wraps(command)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        try:
            return command(*args, **kwargs)
        except (AddressUnusable, PortTaken) as error:
            _stop(str(error), EX_UNAVAILABLE)
        except ConfigurationError as error:
            _stop(str(error), EX_CONFIG)
        except SQLAlchemyError as error:
            _stop(
                f"数据库无法使用（{type(error).__name__}），请检查 NOVISIT_DATABASE_URL。\n"
                "The database cannot be used; check NOVISIT_DATABASE_URL and that it runs.",
                EX_UNAVAILABLE,
            )
        except (ApiError, ModelsError, SealingError) as error:
            _stop(str(error), EX_UNAVAILABLE)
        except OSError as error:
            _stop(
                f"文件无法写入：{error.strerror} {error.filename or ''}。请检查磁盘空间和权限。\n"
                "A file could not be written; is the disk full, or the folder not yours?",
                EX_CANTCREAT,
            )

    return run


def _stop(message: str, code: int) -> NoReturn:
    typer.echo(f"novisit: {message}", err=True)
    raise typer.Exit(code)
