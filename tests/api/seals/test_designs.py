"""What a demonstration is told of an organ's seal holds from its next start on."""

from api.bootstrap import Services
from api.installation import prepare
from api.store.metadata import all_tables
from api.store.organs import SqlOrgans
from signing.design import SealDesign
from signing.keys.custody import KeyCustody
from tests.api.filing.world import JIANGAN


def test_a_demonstration_makes_the_seal_that_was_designed_at_its_next_start(
    services: Services, signer: KeyCustody
):
    all_tables().drop_all(services.engine)
    prepare(services)
    before = services.seal_office.credential(JIANGAN)
    prepare(services)
    assert services.seal_office.credential(JIANGAN) == before
    special = SealDesign(diameter_mm=40.0, line="行政审批专用章")
    with services.transaction() as db:
        SqlOrgans(db).redesign_seal(JIANGAN, special)
    prepare(services)
    after = services.seal_office.credential(JIANGAN)
    assert (before.seal.design, after.seal.design) == (SealDesign(), special)
    assert after.certificate != before.certificate
