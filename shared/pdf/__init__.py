"""Papers as PDF: a Typst template and data in, bytes out. `render` refuses what the fonts here cannot write.

Not here: what a paper says (a service's `papers/*.typ`) and what its data are. Nothing of Typst is loaded before the first paper.
"""

from shared.pdf.coverage import MissingGlyphs
from shared.pdf.rendering import NotRendered, render

__all__ = ["MissingGlyphs", "NotRendered", "render"]
