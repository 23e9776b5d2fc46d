"""A local SegOps, stateful and real."""
