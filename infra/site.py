"""The pages: a private bucket that only CloudFront reads, over https, with strict headers, under a domain of choice."""

from typing import cast

import aws_cdk as cdk
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.acknowledge import acknowledge, acknowledge_wildcard
from infra.domains import Domain
from infra.python_function import PythonFunction

# Pages hold text, images and one stylesheet, all of this site: no script runs whatever a page contains.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "img-src 'self' data:",
        "style-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


class Site(Construct):
    """`index.html` at the root, `404.html` for what is not there; served at `domain`, or CloudFront's own."""

    def __init__(self, scope: Construct, construct_id: str, *, domain: Domain | None) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Pages",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    noncurrent_version_expiration=cdk.Duration.days(30),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(1),
                )
            ],
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        reason = "Only CloudFront reads it and only the generator writes it, which records each page as a job."
        acknowledge(self.bucket, reason, "AwsSolutions-S1")
        self.domain = domain
        self.distribution = self._distribution()

    @property
    def url(self) -> str:
        """The address of the site, without a slash at the end."""
        return self.domain.url if self.domain else f"https://{self.distribution.distribution_domain_name}"

    def grant_publish(self, function: PythonFunction) -> None:
        """Read and write objects. ListBucket, because without it S3 answers 403 for an object that is missing."""
        everything = self.bucket.arn_for_objects("*")
        for actions, resource in (
            (["s3:ListBucket"], self.bucket.bucket_arn),
            (["s3:GetObject", "s3:PutObject"], everything),
        ):
            function.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=[resource]))
        logical_id = cdk.Stack.of(self).get_logical_id(cast(cdk.CfnElement, self.bucket.node.default_child))
        acknowledge_wildcard(function.own_role, "The generator makes every page of the site.", f"<{logical_id}.Arn>/*")

    def _distribution(self) -> cloudfront.Distribution:
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment="Flywheel pages",
            default_root_object="index.html",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.S3BucketOrigin.with_origin_access_control(self.bucket),
                viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
                allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
                cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
                response_headers_policy=self._headers(),
                compress=True,
            ),
            # A reader may not list the bucket, so S3 says 403 for what is missing.
            error_responses=[
                cloudfront.ErrorResponse(
                    http_status=status,
                    response_http_status=404,
                    response_page_path="/404.html",
                    ttl=cdk.Duration.minutes(1),
                )
                for status in (403, 404)
            ],
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            domain_names=[self.domain.name] if self.domain else None,
            certificate=self._certificate(),
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021 if self.domain else None,
        )
        acknowledge(distribution, "The pages are for everybody, everywhere.", "AwsSolutions-CFR1")
        acknowledge(distribution, "Static, public, cached files: nothing to attack behind it.", "AwsSolutions-CFR2")
        acknowledge(distribution, "A log of each reader would be personal data nobody asked for.", "AwsSolutions-CFR3")
        reason = "CloudFront's own domain has no newer setting; an operator's domain brings its certificate."
        acknowledge(distribution, reason, "AwsSolutions-CFR4")
        return distribution

    def _certificate(self) -> acm.ICertificate | None:
        if self.domain is None:
            return None
        return acm.Certificate.from_certificate_arn(self, "Certificate", self.domain.certificate_arn)

    def _headers(self) -> cloudfront.ResponseHeadersPolicy:
        year = cdk.Duration.days(365)
        return cloudfront.ResponseHeadersPolicy(
            self,
            "Headers",
            security_headers_behavior=cloudfront.ResponseSecurityHeadersBehavior(
                content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
                    content_security_policy=CONTENT_SECURITY_POLICY, override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
                    access_control_max_age=year, include_subdomains=True, override=True
                ),
                content_type_options=cloudfront.ResponseHeadersContentTypeOptions(override=True),
                frame_options=cloudfront.ResponseHeadersFrameOptions(
                    frame_option=cloudfront.HeadersFrameOption.DENY, override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersReferrerPolicy(
                    referrer_policy=cloudfront.HeadersReferrerPolicy.STRICT_ORIGIN_WHEN_CROSS_ORIGIN, override=True
                ),
            ),
        )
