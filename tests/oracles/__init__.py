"""Slow and plain forms of what the product computes in kernels."""
