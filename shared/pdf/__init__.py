"""Letters and forms as PDF, from a Typst template and data. `render` rejects characters that the fonts here do not have.

Not here: the templates (a service's `letters/*.typ`) and their data. Typst is not loaded before the first PDF.
"""

from shared.pdf.coverage import MissingGlyphs
from shared.pdf.rendering import NotRendered, render

__all__ = ["MissingGlyphs", "NotRendered", "render"]
