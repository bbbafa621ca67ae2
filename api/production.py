"""What production refuses beyond its settings."""

from itertools import chain
from pathlib import Path

from api.errors import UnsafeForProduction

PLACES = ("*.crt", "seals/*.crt", "ofd/**/*.crt")
"""Where the certificates of a demonstration lie in the folder of seals."""


def refuse_demonstration_seals(folder: Path) -> None:
    """Look at the certificates themselves: a marker file can be deleted, an issuer cannot.

    Raises UnsafeForProduction.
    """
    found = [
        path for path in sorted(chain.from_iterable(map(folder.glob, PLACES))) if _is_demonstration(path)
    ]
    if found:
        raise UnsafeForProduction(
            [
                f"{path} comes from a demonstration authority: import a certificate of a licensed one "
                "(novisit certificates import) into a folder of its own"
                for path in found
            ]
        )


def _is_demonstration(path: Path) -> bool:
    from cryptography import x509

    from signing.certificates import is_demonstration

    try:
        return is_demonstration(x509.load_der_x509_certificate(path.read_bytes()))
    except ValueError:
        # No certificate: nothing can be sealed with it.
        return False
