"""One synthesised app for the whole suite: synthesising takes half a minute, changing a copy's settings does not."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from infra.fleet import FLEET
from ops import deploy
from ops.deploy import Assembly
from ops.deployment import Deployment
from ops.guard import console_origin

ANY_SITE = "http://site.invalid"
ANY_CONSOLE = console_origin(0)
TEMPLATE = "Flywheel.template.json"

Template = dict[str, dict[str, dict[str, dict[str, object]]]]


def shared_synthesis(root: Path) -> Callable[[Deployment, Mapping[str, str]], Assembly]:
    """A `synthesise` for bring_up that runs the CDK once per state of the sources, kept under `root`."""
    original = Deployment(root=root, port=0, settings={"FLYWHEEL_SITE_URL": f"{ANY_SITE}/{{bucket}}"})

    def synthesise(deployment: Deployment, environ: Mapping[str, str]) -> Assembly:
        root.mkdir(parents=True, exist_ok=True)
        with (root / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another run of the suite may be at it
            return with_settings(deploy.synthesise(original, environ), deployment)

    return synthesise


def with_settings(assembly: Assembly, deployment: Deployment) -> Assembly:
    """A copy of the app as if synthesised for this deployment.

    Of the timetables only the reconciler's runs: tests start the planners themselves, and at five in the morning too.
    """
    target = deployment.root / "cdk.out"
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(assembly.directory, target, copy_function=os.link)
    text = (target / TEMPLATE).read_text().replace(ANY_SITE, deployment.endpoint_url)
    template = json.loads(text.replace(f'"{ANY_CONSOLE}"', f'"{console_origin(deployment.port)}"'))
    given = {name.removeprefix("FLYWHEEL_"): value for name, value in deployment.settings.items()}
    for plan in FLEET:
        chosen = {name: given[name] for name in plan.settings if name in given}
        _variables_of(template, f"functions.{plan.name}.handler.handler").update(chosen)
    _stop_timetables(template)
    (target / TEMPLATE).unlink()  # a hard link: writing to it would change the original
    (target / TEMPLATE).write_text(json.dumps(template))
    return Assembly(directory=target, digest=f"{assembly.digest} {sorted(given.items())}")


def _stop_timetables(template: Template) -> None:
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if "ScheduleExpression" in properties and "reconciler" not in str(properties["Description"]):
            properties["State"] = "DISABLED"


def _variables_of(template: Template, handler: str) -> dict[str, object]:
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if properties.get("Handler") == handler:
            environment = properties.setdefault("Environment", {})
            assert isinstance(environment, dict)
            variables = environment.setdefault("Variables", {})
            assert isinstance(variables, dict)
            return variables
    raise LookupError(f"the template has no function with the handler {handler}")
