"""Face comparison by an official service over HTTP, which keeps the portraits to itself.

The protocol is written down in docs/guide/authority-protocol.md; a reference server ships as
`api.authority_server`.
"""

from models.comparators.authority.client import AuthorityComparator, build

__all__ = ["AuthorityComparator", "build"]
