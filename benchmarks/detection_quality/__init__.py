"""Detection quality on labelled recordings, against the recipe of the program that 8-cut descends from."""
