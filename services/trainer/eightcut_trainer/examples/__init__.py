"""What a training is made from: the marks in each media, and what stands in the way of using them."""
