"""What Lambdas are told of networks: a network's own settings are added to each class here, and nowhere else."""

from functions.shared.networks.x.settings import XAppSettings, XPostingSettings, XSettings, XSignInSettings


class NetworkSettings(XSettings):
    """Where the networks are."""


class PostingSettings(NetworkSettings, XPostingSettings):
    """And how they are posted to."""


class AppSettings(NetworkSettings, XAppSettings):
    """And the deployment's apps there."""


class SignInSettings(AppSettings, XSignInSettings):
    """And where users agree."""
