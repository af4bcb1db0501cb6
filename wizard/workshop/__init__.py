"""The local Cloud Run: Google's Admin API on this machine, for tests and for classes, with no account and no bill.

State is raw `google.cloud.run.v2` messages; every door (gRPC now, others later) only translates. What runs a revision is
behind one interface: the container engine, plain processes, or nothing at all (for unit tests).
"""
