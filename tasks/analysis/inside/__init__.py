"""What the analysers' sandbox shows of us: the driver that starts them, their settings and our own rules."""
