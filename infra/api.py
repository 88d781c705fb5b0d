"""The HTTP API and who may call it."""

import json

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.acknowledge import acknowledge
from infra.domains import Domain

PUBLIC_PATHS = ("/health", "/openapi.json")

# Requests per second over all callers. Each organisation has a limit of its own, far below: decision 0040.
_RATE_LIMIT = 300
_BURST_LIMIT = 600

_ACCESS_LOG = {
    "request_id": "$context.requestId",
    "time": "$context.requestTime",
    "method": "$context.httpMethod",
    "path": "$context.path",
    "route": "$context.routeKey",
    "ip": "$context.identity.sourceIp",
    "user": "$context.authorizer.claims.sub",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "error": "$context.error.message",
}


def _cors(origin: str) -> apigateway.CorsPreflightOptions:
    """What pages of the console may send and read. Tokens travel in a header, so no cookies: no credentials."""
    methods = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    return apigateway.CorsPreflightOptions(
        allow_origins=[origin],
        allow_methods=[apigateway.CorsHttpMethod[method] for method in methods],
        allow_headers=["authorization", "content-type", "idempotency-key", "if-match"],
        expose_headers=["etag", "location", "retry-after"],
        max_age=cdk.Duration.hours(1),
    )


class Users(Construct):
    """The user pool. An administrator makes the users; `custom:org_id` says which organisation one belongs to."""

    def __init__(self, scope: Construct, construct_id: str, *, protected: bool) -> None:
        super().__init__(scope, construct_id)
        self.pool = cognito.UserPool(
            self,
            "Pool",
            self_sign_up_enabled=False,
            # Chosen once: a pool cannot change it.
            sign_in_case_sensitive=False,
            sign_in_aliases=cognito.SignInAliases(username=True, email=True),
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            # Immutable: nobody, whatever rights they gain, moves a user into another organisation.
            custom_attributes={"org_id": cognito.StringAttribute(min_len=1, max_len=64, mutable=False)},
            password_policy=cognito.PasswordPolicy(
                min_length=12, require_lowercase=True, require_uppercase=True, require_digits=True, require_symbols=True
            ),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(sms=False, otp=True),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=protected,
            removal_policy=cdk.RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
        )
        for name in ("admins", "operators", "viewers"):
            cognito.CfnUserPoolGroup(self, name.title(), user_pool_id=self.pool.user_pool_id, group_name=name)
        self.client = self.pool.add_client(
            "Client",
            generate_secret=False,
            # The administrator's flow needs AWS credentials: scripts get their tokens by it.
            auth_flows=cognito.AuthFlow(user_srp=True, admin_user_password=True),
            # Everything not listed is unwritable for the user: above all custom:org_id and email.
            write_attributes=cognito.ClientAttributes().with_standard_attributes(
                fullname=True, locale=True, timezone=True
            ),
            id_token_validity=cdk.Duration.minutes(60),
            access_token_validity=cdk.Duration.minutes(60),
            refresh_token_validity=cdk.Duration.days(30),
            prevent_user_existence_errors=True,
            disable_o_auth=True,
        )
        reason = "Second factors are each user's choice: an operator's scripts have to get tokens without a person."
        acknowledge(self.pool, reason, "AwsSolutions-COG2")
        reason = "Threat protection is a paid tier of Cognito; users are made by an administrator only."
        acknowledge(self.pool, reason, "AwsSolutions-COG3", "AwsSolutions-COG8")


class Api(Construct):
    """Everything under `/api/` needs a token; `PUBLIC_PATHS` and what does not exist do not.

    Served at `domain` as well as at API Gateway's own. Pages of `console_origin` may call it, and of no other.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        function: lambda_.IFunction,
        users: Users,
        domain: Domain | None,
        console_origin: str | None,
    ) -> None:
        super().__init__(scope, construct_id)
        self.http_api = apigateway.HttpApi(
            self,
            "Api",
            api_name=name,
            create_default_stage=False,
            cors_preflight=_cors(console_origin) if console_origin else None,
        )
        handler = integrations.HttpLambdaIntegration("Handler", function)
        self.http_api.add_routes(
            path="/api/{proxy+}",
            methods=[apigateway.HttpMethod.ANY],
            integration=handler,
            authorizer=authorizers.HttpUserPoolAuthorizer("Jwt", users.pool, user_pool_clients=[users.client]),
        )
        for path in PUBLIC_PATHS:
            routes = self.http_api.add_routes(path=path, methods=[apigateway.HttpMethod.GET], integration=handler)
            for route in routes:
                acknowledge(route, "Public on purpose: shows no data of anybody.", "AwsSolutions-APIG4")
        # What has no route of its own: the function answers 404 as every other error, and 401 to anything under /api/
        # that comes without a token's claims.
        unknown = apigateway.HttpRoute(
            self, "Unknown", http_api=self.http_api, route_key=apigateway.HttpRouteKey.DEFAULT, integration=handler
        )
        acknowledge(unknown, "Answers that there is no such call.", "AwsSolutions-APIG4")
        stage = self._add_stage()
        self.domain_name = self._add_domain(domain, stage) if domain else None
        self.url = domain.url if domain else self.http_api.api_endpoint

    def _add_domain(self, domain: Domain, stage: apigateway.CfnStage) -> apigateway.DomainName:
        certificate = acm.Certificate.from_certificate_arn(self, "Certificate", domain.certificate_arn)
        name = apigateway.DomainName(
            self,
            "Domain",
            domain_name=domain.name,
            certificate=certificate,
            security_policy=apigateway.SecurityPolicy.TLS_1_2,
        )
        mapping = apigateway.CfnApiMapping(
            self, "Mapping", api_id=self.http_api.api_id, domain_name=name.name, stage=stage.stage_name
        )
        mapping.add_dependency(stage)
        return name

    def _add_stage(self) -> apigateway.CfnStage:
        access_logs = logs.LogGroup(
            self, "AccessLogs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=cdk.RemovalPolicy.DESTROY
        )
        return apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.http_api.api_id,
            stage_name="$default",
            auto_deploy=True,
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                detailed_metrics_enabled=True,
                throttling_rate_limit=_RATE_LIMIT,
                throttling_burst_limit=_BURST_LIMIT,
            ),
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=access_logs.log_group_arn, format=json.dumps(_ACCESS_LOG)
            ),
        )
