"""Many exemplars -> a folder of released textures, with a catalogue and a page.

sources.py finds exemplars; plan.py names them and keeps what a library is made of; catalogue.py is
the table, one SQLite file; page.py the page, whose template and script lie in web/. What makes one
texture is `commands/library/making.py`: the code of `texturenet train`.
"""
