"""Hypothesis without a deadline: how long an example takes says nothing on a shared machine."""

from hypothesis import settings

settings.register_profile("novisit", deadline=None)
settings.load_profile("novisit")
