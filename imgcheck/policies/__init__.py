"""What a project asks of its builds: policy files with the line of each value, their limits, the gate."""
