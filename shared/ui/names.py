"""Names of languages and countries in the reader's language, as pages and templates use them (shared/languages.py, shared/places.py)."""

from shared import languages, places

language_name = languages.name
country_name = places.name
countries = places.countries
nationalities = places.nationalities
issuers = places.issuers
