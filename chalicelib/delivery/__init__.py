"""Effects brought about: texts sent once, rounds unfolded, what the carrier says of them."""
