"""What is promised about tables and secrets."""

from functions.shared.domain.context.documents.rules import INCOMING
from tests.infra.template import Template


def test_every_table_can_be_recovered_to_any_second_and_survives_the_stack(template: Template) -> None:
    tables = template.all("DynamoDB::Table")

    assert len(tables) == 5
    for name, table in tables.items():
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert template.resource(name)["DeletionPolicy"] == "RetainExceptOnCreate"


def test_every_table_has_the_keys_pk_and_sk_and_forgets_by_expires_at(template: Template) -> None:
    for table in template.all("DynamoDB::Table").values():
        assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_indexes_are_those_the_stores_query(template: Template) -> None:
    indexes = {
        index["IndexName"]: (
            [key["AttributeName"] for key in index["KeySchema"]],
            index["Projection"]["ProjectionType"],
        )
        for table in template.all("DynamoDB::Table").values()
        for index in table.get("GlobalSecondaryIndexes", [])
    }

    assert indexes == {
        "due": (["due_shard", "due_at"], "KEYS_ONLY"),
        "by_type": (["org_type", "sk"], "KEYS_ONLY"),
        "by_status": (["org_status", "sk"], "KEYS_ONLY"),
        "by_status_type": (["org_status_type", "sk"], "KEYS_ONLY"),
        "family": (["family", "content_id"], "ALL"),
        "published": (["account", "published_at"], "ALL"),
        "publications": (["org_publications", "publication"], "KEYS_ONLY"),
        "by_origin": (["origin", "sk"], "ALL"),
    }


def test_the_secrets_are_empty_until_somebody_fills_them(template: Template) -> None:
    secrets = template.all("SecretsManager::Secret").values()

    assert [secret["SecretString"] for secret in secrets] == ["{}", "{}"]


def test_uploads_lie_in_a_private_bucket_that_takes_a_put_from_any_page(template: Template) -> None:
    ((_, uploads),) = [each for each in template.all("S3::Bucket").items() if each[0].startswith("StorageUploads")]

    assert all(uploads["PublicAccessBlockConfiguration"].values())
    assert [rule["AllowedMethods"] for rule in uploads["CorsConfiguration"]["CorsRules"]] == [["PUT"]]


def test_uploads_that_no_job_has_read_expire_and_no_others_do(template: Template) -> None:
    ((_, uploads),) = [each for each in template.all("S3::Bucket").items() if each[0].startswith("StorageUploads")]
    (rule,) = uploads["LifecycleConfiguration"]["Rules"]

    assert (rule["Prefix"], rule["ExpirationInDays"], rule["Status"]) == (INCOMING, 1, "Enabled")
