"""Reading the library of the desktop program that 8-cut descends from."""
