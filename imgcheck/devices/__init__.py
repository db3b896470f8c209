"""What is in the field: partition tables, generations of software, and the files that reach devices."""
