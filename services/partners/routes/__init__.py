"""The JSON API, one short view per endpoint: what staff do with organizations and keys, and what an agency does with its own."""

from services.partners.routes.keys import keys
from services.partners.routes.organizations import organizations
from services.partners.routes.own import own

__all__ = ["keys", "organizations", "own"]
