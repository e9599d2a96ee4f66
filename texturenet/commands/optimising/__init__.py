"""What gatys, transfer and reconstruct have in common: checked options -> a painting in a folder.

setup.py makes of the options what an optimisation is set up with, budget.py finds how it fits into
the memory there is, run.py has it painted, shown, stopped and resumed, trace.py records its losses.
"""
