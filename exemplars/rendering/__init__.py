"""Pictures by formulas and random numbers: every function takes a generator and returns (512,512,3)
on [0,1], which repeats at its borders."""
