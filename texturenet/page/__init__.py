"""Textures as one web page: released nets -> an HTML file that draws them in a browser.

Nothing is fetched: the nets, the engine (the module in js/) and the page's own code, in web/, stand
inside the file. Read `assemble`, then web/main.js, then web/explorer.js; of pages that paint or
morph, web/paint.js and web/morph.js, which take the place of web/extra.js.
"""

from .assemble import LARGEST, measures_of, page_of, write_page
from .mask_files import mask_files

__all__ = ["LARGEST", "mask_files", "measures_of", "page_of", "write_page"]
