"""What is promised about the published pages."""

from tests.infra.template import Properties, Template, logical_id


def distribution(template: Template) -> Properties:
    config: Properties = template.only("CloudFront::Distribution")["DistributionConfig"]
    return config


def pages(template: Template) -> tuple[str, Properties]:
    """The bucket of the pages, and its logical id."""
    (found,) = [each for each in template.all("S3::Bucket").items() if each[0].startswith("SitePages")]
    return found


def test_the_bucket_is_private_encrypted_versioned_and_kept(template: Template) -> None:
    name, bucket = pages(template)

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["BucketEncryption"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert template.resource(name)["DeletionPolicy"] == "RetainExceptOnCreate"


def test_only_this_distribution_may_read_the_bucket_and_nothing_over_plain_http(template: Template) -> None:
    policies = template.all("S3::BucketPolicy").values()
    (policy,) = [each for each in policies if logical_id(each["Bucket"]) == pages(template)[0]]
    statements = policy["PolicyDocument"]["Statement"]
    allowed = [each for each in statements if each["Effect"] == "Allow"]
    denied = [each["Condition"] for each in statements if each["Effect"] == "Deny"]

    assert [each["Principal"] for each in allowed] == [{"Service": "cloudfront.amazonaws.com"}]
    assert next(iter(template.all("CloudFront::Distribution"))) in str(allowed[0]["Condition"])
    assert {"Bool": {"aws:SecureTransport": "false"}} in denied


def test_pages_are_served_over_https_with_an_index_and_a_page_for_what_is_missing(template: Template) -> None:
    site = distribution(template)
    missing = {
        each["ErrorCode"]: (each["ResponseCode"], each["ResponsePagePath"]) for each in site["CustomErrorResponses"]
    }

    assert site["DefaultCacheBehavior"]["ViewerProtocolPolicy"] == "redirect-to-https"
    assert site["DefaultRootObject"] == "index.html"
    assert missing == {403: (404, "/404.html"), 404: (404, "/404.html")}


def test_every_answer_carries_strict_headers(template: Template) -> None:
    policy = distribution(template)["DefaultCacheBehavior"]["ResponseHeadersPolicyId"]
    headers = template.all("CloudFront::ResponseHeadersPolicy")[logical_id(policy)]
    security = headers["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    csp = security["ContentSecurityPolicy"]["ContentSecurityPolicy"]

    assert "default-src 'none'" in csp
    assert "unsafe" not in csp
    assert "script-src" not in csp, "pages have no scripts"
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 365 * 24 * 3600
    assert security["ContentTypeOptions"] == {"Override": True}
    assert security["FrameOptions"]["FrameOption"] == "DENY"
