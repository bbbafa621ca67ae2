"""The key of a demonstration is no key of production's log."""

import pytest

from api.transparency import LogKeys, log_keys, publish_head
from signing.errors import HeadRefused, KeyMissing
from signing.keys.custody import KeyCustody
from tests.api.conftest import Clock
from tests.api.transparency.conftest import Logged


def test_production_neither_uses_the_key_of_a_demonstration_nor_believes_its_heads(
    logged: Logged, signer: KeyCustody
) -> None:
    with logged.services.reading() as db:
        signed = logged.bench(db).office.log.store.latest_head()
    assert log_keys(logged.services).of(signed)
    production = LogKeys(logged.services.keys, is_demonstration=False)
    with pytest.raises(KeyMissing, match="novisit keys generate log"):
        production.signer()
    assert production.public() == ()
    with pytest.raises(HeadRefused):
        production.of(signed)
    signer.generate("log")
    assert production.signer().public_key_info() in production.public()
    with pytest.raises(HeadRefused):
        production.of(signed)


def test_heads_of_a_key_that_was_replaced_still_verify(
    empty: Logged, signer: KeyCustody, clock: Clock
) -> None:
    empty.issue()
    first = publish_head(empty.services)
    keys = log_keys(empty.services)
    clock.move(minutes=1)
    made = signer.make(
        "demonstration-log", algorithm=signer.algorithm("demonstration-log"), since=None, by="test"
    )
    empty.issue()
    second = publish_head(empty.services)
    assert first is not None
    assert second is not None
    assert made.name != "demonstration-log"
    assert first.head.log_id != second.head.log_id
    assert len(keys.public()) == 2
    assert keys.of(first) != keys.of(second)
