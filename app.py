"""The CDK app: `cdk synth` and `cdk deploy` run this file. It needs no credentials and no network."""

import os
import sys

import aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks

from infra.misspelt import misspelt
from infra.refused import SettingsError
from infra.settings import DeploymentSettings
from infra.stack import FlywheelStack

app = cdk.App()
# The context lets an operator keep settings in cdk.json; the environment overrides it for one run.
given = {**app.node.get_all_context(), **os.environ}
try:
    settings = DeploymentSettings.read(given)
except SettingsError as error:
    sys.exit(f"{error}.")
for sentence in misspelt(given):
    sys.stderr.write(f"{sentence}\n")
FlywheelStack(app, settings.identity.stack_name, settings=settings)
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
