"""The timeline: the sound as a picture, with regions, clips and score curves over time."""
