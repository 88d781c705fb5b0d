"""What is promised about who may call the API."""

import json

from tests.infra.template import Template, logical_id


def test_everything_under_api_needs_a_token_and_only_two_paths_and_unknown_ones_do_not(template: Template) -> None:
    routes = {each["RouteKey"]: each["AuthorizationType"] for each in template.all("ApiGatewayV2::Route").values()}

    assert routes == {
        "ANY /api/{proxy+}": "JWT",
        "GET /health": "NONE",
        "GET /openapi.json": "NONE",
        "$default": "NONE",
    }


def test_tokens_are_those_of_this_user_pool_made_for_this_client(template: Template) -> None:
    (pool,) = template.all("Cognito::UserPool")
    (client,) = template.all("Cognito::UserPoolClient")
    authorizer = template.only("ApiGatewayV2::Authorizer")

    assert authorizer["AuthorizerType"] == "JWT"
    assert authorizer["JwtConfiguration"]["Audience"] == [{"Ref": client}]
    assert pool in json.dumps(authorizer["JwtConfiguration"]["Issuer"])


def test_nobody_signs_up_alone_or_chooses_an_organisation(template: Template) -> None:
    pool = template.only("Cognito::UserPool")
    writable = template.only("Cognito::UserPoolClient")["WriteAttributes"]
    (org,) = (each for each in pool["Schema"] if each["Name"] == "org_id")

    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert org["Mutable"] is False
    assert "custom:org_id" not in writable
    assert "email" not in writable


def test_a_token_lives_an_hour_and_addresses_are_the_same_in_any_case(template: Template) -> None:
    client = template.only("Cognito::UserPoolClient")
    assert (client["IdTokenValidity"], client["AccessTokenValidity"]) == (60, 60)
    assert (client["TokenValidityUnits"]["IdToken"], client["TokenValidityUnits"]["AccessToken"]) == ("minutes",) * 2
    assert template.only("Cognito::UserPool")["UsernameConfiguration"] == {"CaseSensitive": False}


def test_each_kind_of_user_is_a_group(template: Template) -> None:
    groups = {each["GroupName"] for each in template.all("Cognito::UserPoolGroup").values()}
    assert groups == {"admins", "operators", "viewers"}


def test_calls_are_logged_and_throttled(template: Template) -> None:
    stage = template.only("ApiGatewayV2::Stage")

    assert logical_id(stage["AccessLogSettings"]["DestinationArn"]) in template.all("Logs::LogGroup")
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert logged["request_id"] == "$context.requestId"
    assert (logged["user"], logged["ip"]) == ("$context.authorizer.claims.sub", "$context.identity.sourceIp")
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert stage["DefaultRouteSettings"]["ThrottlingBurstLimit"] > 0


def test_pages_of_the_consoles_origin_may_call_and_of_no_other(template: Template, second: Template) -> None:
    (api,) = (each for each in second.all("ApiGatewayV2::Api").values())
    cors = api["CorsConfiguration"]

    assert "CorsConfiguration" not in template.only("ApiGatewayV2::Api")
    assert cors["AllowOrigins"] == ["https://console.acme.example"]
    assert {"authorization", "content-type", "idempotency-key", "if-match"} == set(cors["AllowHeaders"])
    assert "AllowCredentials" not in cors
