"""Ask for a passphrase at the terminal: it is not shown, and stands in no argument and no variable."""

import typer


def ask_passphrase(*, is_new: bool = False) -> bytes:
    """Ask for the passphrase of the keys or the PIN of the token, twice where it is new."""
    given = typer.prompt(
        "口令 passphrase",
        hide_input=True,
        confirmation_prompt="再输入一次 again" if is_new else False,
        err=True,
    )
    return str(given).encode()
