"""Production takes no certificate of a demonstration authority."""

from signing import admission
from signing.credentials import SealCredential


def refuse_demonstration(credential: SealCredential) -> None:
    """Refuse a demonstration seal; production calls this for each. Raises DemonstrationRefused."""
    admission.refuse_demonstration(credential.path, f"The seal of {credential.seal.holder}")
