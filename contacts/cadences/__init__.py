"""What to say next and when. Pure: no I/O and no clock; `now` is an argument."""
