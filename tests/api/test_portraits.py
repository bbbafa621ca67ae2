"""The register of portraits in the database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from api.errors import PortraitOfRegister
from api.evidence.fields import FieldCipher
from api.evidence.keyring import Keyring
from api.store.portraits import PortraitTable
from api.store.tables.portraits import portraits
from models.comparison import DocumentType, IdentityClaim
from models.errors import PersonUnknown

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
CLAIM = IdentityClaim(DocumentType.PASSPORT, "E1234567", "李 四")


@pytest.fixture
def register(engine: Engine) -> PortraitTable:
    keyring = Keyring.generate()
    return PortraitTable(
        engine,
        cipher=FieldCipher(lambda: keyring),
        digest=lambda *words: keyring.digest("portrait", *words),
    )


def keep(register: PortraitTable, engine: Engine, portrait: bytes, *, origin: str = "register") -> None:
    with engine.begin() as connection:
        register.add(CLAIM, portrait, connection=connection, origin=origin, now=NOW)


def test_a_kept_portrait_is_found_by_any_spelling_of_the_same_claim(
    register: PortraitTable, engine: Engine
) -> None:
    keep(register, engine, b"picture")
    same = IdentityClaim(DocumentType.PASSPORT, "ｅ1234567", "李四")
    assert register.portrait(same) == b"picture"
    assert register.count() == 1


@pytest.mark.parametrize(
    "other",
    [
        IdentityClaim(DocumentType.PASSPORT, "E1234567", "李三"),
        IdentityClaim(DocumentType.PASSPORT, "E1234568", "李四"),
        IdentityClaim(DocumentType.TAIWAN_PERMIT, "E1234567", "李四"),
    ],
)
def test_a_claim_that_differs_in_one_part_finds_nobody(
    register: PortraitTable, engine: Engine, other: IdentityClaim
) -> None:
    keep(register, engine, b"picture")
    with pytest.raises(PersonUnknown):
        register.portrait(other)


def test_a_newer_portrait_replaces_the_older_one(register: PortraitTable, engine: Engine) -> None:
    keep(register, engine, b"old")
    keep(register, engine, b"new")
    assert register.portrait(CLAIM) == b"new"
    assert register.count() == 1


def test_a_demonstrations_portrait_never_takes_the_place_of_the_registers(
    register: PortraitTable, engine: Engine
) -> None:
    keep(register, engine, b"own", origin="demonstration")
    keep(register, engine, b"official")
    with pytest.raises(PortraitOfRegister):
        keep(register, engine, b"own", origin="demonstration")
    assert register.portrait(CLAIM) == b"official"


def test_only_older_portraits_of_the_named_origin_are_removed(
    register: PortraitTable, engine: Engine
) -> None:
    keep(register, engine, b"own", origin="demonstration")
    for origin, before, gone in [
        ("register", NOW + timedelta(days=1), 0),
        ("demonstration", NOW, 0),
        ("demonstration", NOW + timedelta(seconds=1), 1),
    ]:
        with engine.begin() as connection:
            assert register.remove_older(origin=origin, before=before, connection=connection) == gone
    assert register.count() == 0


def test_a_removed_portrait_is_gone(register: PortraitTable, engine: Engine) -> None:
    keep(register, engine, b"picture")
    with engine.begin() as connection:
        register.remove(CLAIM, connection=connection)
    with pytest.raises(PersonUnknown):
        register.portrait(CLAIM)


def test_neither_the_person_nor_the_picture_can_be_read_from_the_table(
    register: PortraitTable, engine: Engine
) -> None:
    keep(register, engine, b"picture-in-clear")
    with engine.connect() as connection:
        row = str(connection.execute(select(portraits)).one())
    assert "E1234567" not in row
    assert "picture-in-clear" not in row
