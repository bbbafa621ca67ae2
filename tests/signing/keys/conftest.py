"""The token of these tests."""

from tests.softhsm import module  # noqa: F401  a fixture
