"""How an installation seals: what worker processes are told of it, and the one place that opens it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from api.errors import SettingsInvalid
from api.settings import DEMONSTRATION_MARK, Settings

if TYPE_CHECKING:
    from signing.keys import KeyMaker
    from signing.licensed import LicensedSeals
    from signing.ofd.office import OfdOffice
    from signing.office import SealOffice
    from signing.signer.addresses import SignerAddress
    from signing.timestamps import Attempt, FailoverTimeStamps, TimeStampSource

Hear = Callable[["Attempt"], None]


@dataclass(frozen=True, slots=True)
class SealSetup:
    """The folder of seals, where its signer answers, who stamps, and where revocation lists come from.

    In production demonstration seals are refused whatever the folder says of itself.
    """

    seal_dir: Path
    signer: "SignerAddress"
    production: bool = False
    time_stamps: "tuple[TimeStampSource, ...]" = ()
    crl_urls: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Settings, signer: "SignerAddress") -> "SealSetup":
        """Read what the settings name. Raises SettingsInvalid for a root that cannot be read."""
        return cls(
            seal_dir=settings.seal_dir,
            signer=signer,
            production=settings.is_production,
            time_stamps=_sources(settings),
            crl_urls=settings.crl_urls,
        )

    @property
    def is_demonstration(self) -> bool:
        return (self.seal_dir / DEMONSTRATION_MARK).exists() or (self.seal_dir / "base-url").exists()


def open_office(
    setup: SealSetup, clock: Callable[[], datetime], *, keys: "KeyMaker", hear: Hear
) -> "SealOffice":
    """Open the seals of this installation; nothing is called before something is sealed.

    `hear` is told of every time-stamp authority that was asked. Raises KeyUnavailable where a demonstration
    folder cannot be opened.
    """
    from signing.office import DemonstrationOffice

    if setup.is_demonstration:
        return DemonstrationOffice(setup.seal_dir, clock, keys)
    return open_licensed(setup, clock, keys=keys, hear=hear)


def open_ofd_office(setup: SealSetup, office: "SealOffice", clock: Callable[[], datetime]) -> "OfdOffice":
    """Open the OFD seals that lie beside the others."""
    from signing.ofd.demonstration import OfdDemonstration
    from signing.ofd.office import OfdOffice
    from signing.office import DemonstrationOffice

    if isinstance(office, DemonstrationOffice):
        return OfdDemonstration(setup.seal_dir, office, clock)
    return OfdOffice(setup.seal_dir, office, clock)


def open_licensed(
    setup: SealSetup, clock: Callable[[], datetime], *, keys: "KeyMaker", hear: Hear
) -> "LicensedSeals":
    """Open the folder of imported certificates, which may be empty yet."""
    from signing.licensed import LicensedSeals
    from signing.revocation_lists import RevocationLists
    from signing.timestamps import Attempt

    def list_failed(host: str, why: str) -> None:
        hear(Attempt(host, "no_list", why))

    anchors = {anchor for source in setup.time_stamps for anchor in source.anchors}
    lists = RevocationLists(
        setup.seal_dir / "crls",
        setup.crl_urls,
        on_failure=list_failed,
        authorities=lambda: seals.authorities,
    )
    seals = LicensedSeals(
        setup.seal_dir,
        keys=keys,
        lists=lists,
        time_stamps=_stamps(setup, clock, hear),
        time_stamp_anchors=tuple(sorted(anchors)),
        clock=clock,
    )
    return seals


def _stamps(setup: SealSetup, clock: Callable[[], datetime], hear: Hear) -> "FailoverTimeStamps | None":
    from signing.timestamps import FailoverTimeStamps, HttpTimeStampAuthority

    if not setup.time_stamps:
        return None
    authorities = [HttpTimeStampAuthority(source, clock=clock) for source in setup.time_stamps]
    return FailoverTimeStamps(authorities, on_attempt=hear)


def _sources(settings: Settings) -> "tuple[TimeStampSource, ...]":
    if not settings.time_stamps:
        return ()
    from signing.anchors import read_anchors
    from signing.errors import AnchorsUnreadable
    from signing.timestamps import TimeStampSource

    found = []
    for given in settings.time_stamps:
        try:
            anchors = read_anchors(given.anchors.expanduser().read_bytes())
            found.append(TimeStampSource(given.url, anchors, given.policies, given.timeout_seconds))
        except (OSError, AnchorsUnreadable):
            raise SettingsInvalid(
                [f"NOVISIT_TIME_STAMPS: {given.anchors} holds no root certificate (PEM or DER)"]
            ) from None
        except ValueError as error:
            raise SettingsInvalid([f"NOVISIT_TIME_STAMPS: {error}"]) from None
    return tuple(found)
