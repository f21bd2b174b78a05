"""The JSON API, one short view per endpoint: what staff do with organizations, keys and agreements, and what an agency does with its own."""

from services.partners.routes.agreements import agreements
from services.partners.routes.keys import keys
from services.partners.routes.organizations import organizations
from services.partners.routes.own import own

__all__ = ["agreements", "keys", "organizations", "own"]
