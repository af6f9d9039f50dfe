"""Data Center Bridging: the lossless class that RoCE counts on."""
