"""The picture and the sound of the file that is shown, and the way to any other."""
