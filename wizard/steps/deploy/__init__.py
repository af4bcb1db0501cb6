"""The way from a model to a written plan: the steps of a deploy, declared, and what is proposed at each."""

from wizard.steps.deploy.deploy import Deploy
from wizard.steps.deploy.ground import Workshop

__all__ = ["Deploy", "Workshop"]
