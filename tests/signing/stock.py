"""pyHanko as its documentation has it used: what seals are compared with."""

from asn1crypto import tsp
from pyhanko.sign.timestamps import TimeStamper

from signing.timestamps import TimeStampAuthority, read_answer


class AuthorityTimeStamper(TimeStamper):
    """Asks an authority of ours on pyHanko's behalf."""

    def __init__(self, authority: TimeStampAuthority) -> None:
        super().__init__()
        self._authority = authority

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return read_answer(self._authority.respond(req.dump()))
