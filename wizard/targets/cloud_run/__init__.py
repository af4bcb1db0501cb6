"""Google Cloud Run: preflight, push, release at no traffic, proof, traffic, and everything after.

`preflight.preflight` looks before a byte is built, `pushing.push_image` brings the image to Artifact Registry, and
`releasing.release` makes a revision, proves it, and moves traffic to it.
"""
