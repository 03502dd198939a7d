"""What the pages about bookings show, prepared in Python so that templates only print it."""
