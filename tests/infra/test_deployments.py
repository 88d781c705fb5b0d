"""Several deployments in one account and region, and what each stage is protected from."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.fleet import FLEET
from tests.infra.conftest import OTHER, Synthesis
from tests.infra.template import Template, rendered

NAMES = {
    "CloudFront::OriginAccessControl": "OriginAccessControlConfig.Name",
    "CloudFront::ResponseHeadersPolicy": "ResponseHeadersPolicyConfig.Name",
    "ApiGatewayV2::Api": "Name",
    "Scheduler::ScheduleGroup": "Name",
    "SecretsManager::Secret": "Name",
    "SNS::Topic": "DisplayName",
}
"""The types of which the template names each resource; CloudFormation names all others after the stack."""

NAMING = (
    *("AlarmName", "ApiName", "BucketName", "ClientName", "DashboardName", "FunctionName", "LogGroupName"),
    *("QueueName", "RoleName", "TableName", "TopicName", "UserPoolName", "ManagedPolicyName", "LayerName"),
)
UNTAGGABLE = {
    *("SQS::QueuePolicy", "IAM::Policy", "Lambda::EventInvokeConfig", "Scheduler::Schedule", "Lambda::Permission"),
    *("ApiGatewayV2::Route", "ApiGatewayV2::Integration", "ApiGatewayV2::Authorizer", "ApiGatewayV2::ApiMapping"),
    *("S3::BucketPolicy", "SNS::TopicPolicy", "CloudFront::ResponseHeadersPolicy", "CloudFront::OriginAccessControl"),
    *("Cognito::UserPoolClient", "Cognito::UserPoolGroup", "Logs::MetricFilter"),
}


def named(template: Template) -> dict[str, str]:
    """The name of each resource that the template itself names."""
    return {
        logical_id: rendered(value)
        for kind, path in NAMES.items()
        for logical_id, properties in template.all(kind).items()
        for value in [at(properties, path)]
    }


def at(properties: dict[str, Any], path: str) -> Any:
    for key in path.split("."):
        properties = properties[key]
    return properties


def everything(template: Template) -> Iterator[tuple[str, dict[str, Any], str]]:
    for logical_id, resource in template.body["Resources"].items():
        yield logical_id, resource, resource["Type"].removeprefix("AWS::")


def test_no_two_deployments_have_a_physical_name_in_common(template: Template, second: Template) -> None:
    first, others = named(template), named(second)

    assert len(first) == len(others) >= len(NAMES)
    assert set(first.values()) & set(others.values()) == set()


def test_nothing_else_is_named_or_exported(template: Template, second: Template) -> None:
    for each in (template, second):
        for logical_id, resource, kind in everything(each):
            properties = resource.get("Properties", {})
            chosen = [key for key in NAMING if isinstance(properties.get(key), str)]
            assert chosen == [], logical_id
            assert kind in NAMES or not isinstance(properties.get("Name"), str) or kind == "ApiGatewayV2::Authorizer"
        assert [name for name, output in each.body["Outputs"].items() if "Export" in output] == []


@pytest.mark.parametrize("variable", ["ACCOUNT_SECRET_PREFIX", "WEBHOOK_SECRET_PREFIX", "SCHEDULE_GROUP"])
def test_the_lambdas_learn_the_names_of_their_own_deployment(
    template: Template, second: Template, variable: str
) -> None:
    mine, theirs = template.environment("api")[variable], second.environment("api")[variable]

    assert mine != theirs
    assert not mine.startswith(theirs)
    assert not theirs.startswith(mine)


def test_no_role_may_read_or_keep_what_belongs_to_the_other_deployment(template: Template, second: Template) -> None:
    for plan in FLEET:
        for action in ("secretsmanager:GetSecretValue", "secretsmanager:CreateSecret", "scheduler:CreateSchedule"):
            mine, theirs = template.may(plan.name, action), second.may(plan.name, action)
            assert mine & theirs == set(), (plan.name, action)


def test_figures_and_alarms_lie_in_a_namespace_of_the_deployments_own(template: Template, second: Template) -> None:
    for each, namespace in ((template, "Flywheel"), (second, "Acme-Pages-EU")):
        variables = {each.environment(plan.name)["POWERTOOLS_METRICS_NAMESPACE"] for plan in FLEET}
        watched = {one.namespace for one in each.watched() if not one.namespace.startswith("AWS/")}
        assert variables == watched == {namespace}
        assert f'{{\\\\\\"{namespace}\\\\\\",type}}' in json.dumps(each.only("CloudWatch::Dashboard"))


def test_every_resource_is_tagged_with_the_application_and_the_stage(template: Template, second: Template) -> None:
    for each, stage in ((template, "dev"), (second, "prod")):
        for logical_id, resource, kind in everything(each):
            properties = resource.get("Properties", {})
            tags = properties.get("Tags") or properties.get("UserPoolTags")
            if kind in UNTAGGABLE:
                continue
            assert tags, logical_id
            given = tags if isinstance(tags, dict) else {tag["Key"]: tag["Value"] for tag in tags}
            assert {"application": "flywheel", "stage": stage}.items() <= given.items(), logical_id


def test_prod_is_protected_from_deletion_and_dev_is_not(synthesis: Synthesis, other: Synthesis) -> None:
    for each, protected in ((synthesis, False), (other, True)):
        artifact = each.artifacts[each.stack_name]["properties"]
        assert bool(artifact.get("terminationProtection")) == protected
        for table in each.template.all("DynamoDB::Table").values():
            assert table["DeletionProtectionEnabled"] == protected
        pool = each.template.only("Cognito::UserPool")
        assert (pool.get("DeletionProtection") == "ACTIVE") == protected


@pytest.mark.parametrize("kind", ["DynamoDB::Table", "S3::Bucket", "SecretsManager::Secret", "Cognito::UserPool"])
def test_a_first_deployment_that_fails_leaves_nothing_behind_and_a_later_one_loses_nothing(
    template: Template, kind: str
) -> None:
    for logical_id in template.all(kind):
        resource = template.resource(logical_id)
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_every_feature_flag_of_the_cdk_is_set(synthesis: Synthesis) -> None:
    """As the command line sees it: it warns of those that are not set, and behave otherwise than recommended."""
    (report,) = (each for each in synthesis.artifacts.values() if each["type"] == "cdk:feature-flag-report")
    unset = [
        name
        for name, flag in report["properties"]["flags"].items()
        if "userValue" not in flag and flag["recommendedValue"] != flag.get("unconfiguredBehavesLike", {}).get("v2")
    ]

    assert unset == []


def test_synthesis_warns_of_nothing(synthesis: Synthesis) -> None:
    assert "WARNING" not in synthesis.output


def test_all_lanes_together_take_no_more_than_they_may(second: Template) -> None:
    at_once = [
        each["ScalingConfig"]["MaximumConcurrency"] for each in second.all("Lambda::EventSourceMapping").values()
    ]

    assert sum(at_once) == int(OTHER["FLYWHEEL_CONCURRENCY"])
    assert min(at_once) == 2


def test_nothing_is_reserved_which_a_small_account_could_not_give(template: Template, second: Template) -> None:
    for each in (template, second):
        assert [one for one in each.all("Lambda::Function").values() if "ReservedConcurrentExecutions" in one] == []


def test_the_site_answers_at_its_own_name_with_its_certificate(second: Template) -> None:
    site = second.only("CloudFront::Distribution")["DistributionConfig"]

    assert site["Aliases"] == [OTHER["FLYWHEEL_SITE_DOMAIN"]]
    assert site["ViewerCertificate"]["AcmCertificateArn"] == OTHER["FLYWHEEL_SITE_DOMAIN_CERTIFICATE_ARN"]
    assert site["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert second.environment("pseo_generator")["SITE_URL"] == "https://pages.acme.example"
    assert second.body["Outputs"]["SiteUrl"]["Value"] == "https://pages.acme.example"
    assert "SiteDomainTarget" in second.body["Outputs"]


def test_the_api_answers_at_its_own_name_with_its_certificate(second: Template) -> None:
    domain = second.only("ApiGatewayV2::DomainName")
    mapping = second.only("ApiGatewayV2::ApiMapping")

    assert domain["DomainName"] == OTHER["FLYWHEEL_API_DOMAIN"]
    (configuration,) = domain["DomainNameConfigurations"]
    assert configuration["CertificateArn"] == OTHER["FLYWHEEL_API_DOMAIN_CERTIFICATE_ARN"]
    assert (mapping["Stage"], "ApiMappingKey" in mapping) == ("$default", False)
    assert second.body["Outputs"]["ApiUrl"]["Value"] == "https://api.acme.example"
    assert "ApiDomainTarget" in second.body["Outputs"]


def test_without_a_domain_aws_own_addresses_are_told(template: Template) -> None:
    assert "Aliases" not in template.only("CloudFront::Distribution")["DistributionConfig"]
    assert template.all("ApiGatewayV2::DomainName") == {}
    assert not {"SiteDomainTarget", "ApiDomainTarget"} & set(template.body["Outputs"])
