"""A set of tiles -> the .tsx file that Tiled reads (its "TMX Map Format", 1.8)."""

from xml.etree import ElementTree as Xml

from .describing import Described

FORMAT = "1.8"
WANG = {"corner": "corner", "blob": "mixed"}  # Tiled's words


def tsx(set: Described, image: str) -> str:
    """The text of a .tsx file.

    set : what is described
    image : name of the sheet, beside the file

    Corners, and of a blob set edges too, have the colours 1, 2 .. of the textures in their order.
    Of a blob set the tile that stands alone has the same edges as the ground has: it is never
    chosen by itself, and has the probability 0.
    """
    height, width = set.rows * set.side, set.columns * set.side
    root = Xml.Element("tileset", {
        "version": FORMAT, "name": set.name, "tilewidth": f"{set.side}",
        "tileheight": f"{set.side}", "tilecount": f"{len(set.tiles)}", "columns": f"{set.columns}",
    })  # fmt: skip
    Xml.SubElement(root, "image", source=image, width=f"{width}", height=f"{height}")
    for tile in set.tiles:
        Xml.SubElement(root, "tile", id=f"{tile.identity}", probability=f"{tile.probability:g}")
    sets = Xml.SubElement(root, "wangsets")
    one = Xml.SubElement(
        sets, "wangset", name=set.name, type=WANG[set.kind], tile=f"{set.whole[0]}"
    )
    for name, colour, whole in zip(set.names, set.colours, set.whole, strict=True):
        Xml.SubElement(one, "wangcolor", name=name, color=colour, tile=f"{whole}", probability="1")
    for tile in set.tiles:
        labels = (0 if point is None else point + 1 for point in tile.around)
        wangid = ",".join(map(str, labels))
        Xml.SubElement(one, "wangtile", tileid=f"{tile.identity}", wangid=wangid)
    Xml.indent(root, " ")
    text = Xml.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'
