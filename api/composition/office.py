"""What the office is: matters, working hours, who is signed in, and how often strangers may ask."""

from datetime import timedelta
from typing import TYPE_CHECKING

from api.composition.parts import lazily
from api.composition.storage import Storage

if TYPE_CHECKING:
    from api.auth.sign_ins import SignIns
    from api.limits import PublicLimits
    from filing.catalogue import Catalogue as MatterCatalogue
    from filing.clock import Clock as WorkingClock


class Office(Storage):
    """Matters, working hours, accounts and limits."""

    @lazily
    def working_clock(self) -> "WorkingClock":
        """Working days and office hours."""
        from filing.calendars import ChineseCalendar
        from filing.clock import Clock, OfficeHours

        return Clock(ChineseCalendar(), OfficeHours.parse(self.settings.office_hours))

    @lazily
    def matters(self) -> "MatterCatalogue":
        """The catalogue of matters, read and checked once."""
        from filing.catalogue import load_catalogue
        from filing.matters import CatalogueProfile

        return load_catalogue(profile=CatalogueProfile(self.settings.catalogue_profile))

    @lazily
    def sign_ins(self) -> "SignIns":
        """Accounts and who is signed in."""
        from api.auth.passwords import Passwords
        from api.auth.sign_ins import SignInLimits, SignInParts, SignIns

        parts = SignInParts(
            engine=self.engine,
            cipher=self.cipher,
            passwords=self.overrides.passwords or Passwords(),
            clock=self.clock,
            new_id=self.new_id,
            random_bytes=self.random_bytes,
        )
        limits = SignInLimits(
            idle=timedelta(minutes=self.settings.session_idle_minutes),
            absolute=timedelta(hours=self.settings.session_absolute_hours),
            attempts=self.settings.sign_in_attempts_per_quarter,
        )
        return SignIns(parts, limits)

    @lazily
    def public_limits(self) -> "PublicLimits":
        """How often one address may ask for what needs no account."""
        from api.limits import PublicLimits

        return PublicLimits(times=self.settings.public_requests_per_quarter, clock=self.clock)
