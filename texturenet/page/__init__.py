"""A texture as one web page: released nets -> an HTML file that draws them in a browser.

Nothing is fetched: the nets, the engine (the module in js/) and the page's own code, in web/, stand
inside the file. Read `assemble`, then web/main.js, then web/explorer.js.
"""

from .assemble import LARGEST, page_of, write_page

__all__ = ["LARGEST", "page_of", "write_page"]
