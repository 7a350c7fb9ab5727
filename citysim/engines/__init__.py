"""Two engines that make a log: the readable reference and the fast kernel."""
