"""What may stand before API Gateway: a domain of one's own, CloudFront, a limit on how often one address asks.

Each is an option of a stage; without any the API is reached at the address that API Gateway gives it, which ends with
`/api`.

Static files are not put into a bucket of their own. CloudFront before everything keeps what may be kept (`/static/*`,
each with a mark of what is in it, and `/embed.js`) and hands on all else as it came. So there is one address, nothing
to upload beside the functions, and no second place where a file could be an old one; the functions are asked for a
file once for each place of CloudFront's. Who asks is then told by X-Forwarded-For (`PROXIES`).
"""

from __future__ import annotations

from typing import Any

from infra.policies import sub
from infra.stages import API_STAGE, Stage

Resource = dict[str, Any]

ORIGIN = "${RestAPI}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's own policies have the same ids in every account
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"  # API Gateway answers to no other host than its own
ERRORS_KEPT = (400, 403, 404, 405, 414, 500, 501, 502, 503, 504)  # by CloudFront, if it is not told otherwise
LONGEST, USUAL = 31_536_000, 86_400  # seconds: a year, a day


def public_address(stage: Stage) -> Any:
    """PUBLIC_URL: the stage's own setting, its domain, CloudFront's, or API Gateway's."""
    if "PUBLIC_URL" in stage.settings:
        return stage.settings["PUBLIC_URL"].rstrip("/")
    if stage.domain:
        return f"https://{stage.domain}"
    if stage.cdn:
        return sub("https://${Distribution.DomainName}")
    return sub(f"https://{ORIGIN}/{API_STAGE}")


def front_resources(stage: Stage) -> dict[str, Resource]:
    found: dict[str, Resource] = {}
    if stage.cdn:
        found |= {"Distribution": distribution(stage), "KeptFiles": kept_files(stage)}
    elif stage.domain:
        found |= own_domain(stage)
    if stage.waf:
        found |= limit(stage)
    return found


def certificate_target(stage: Stage) -> dict[str, tuple[str, Any]]:
    """Where the domain's CNAME (or alias) has to lead."""
    if stage.cdn:
        return {"DomainTarget": ("What the domain is a CNAME of", {"Fn::GetAtt": ["Distribution", "DomainName"]})}
    if stage.domain:
        return {"DomainTarget": ("What the domain is a CNAME of", {"Fn::GetAtt": ["Domain", "RegionalDomainName"]})}
    return {}


def own_domain(stage: Stage) -> dict[str, Resource]:
    """API Gateway answers at the domain, without `/api`."""
    return {
        "Domain": {
            "Type": "AWS::ApiGateway::DomainName",
            "Properties": {
                "DomainName": stage.domain,
                "RegionalCertificateArn": stage.certificate_arn,
                "EndpointConfiguration": {"Types": ["REGIONAL"]},
                "SecurityPolicy": "TLS_1_2",
            },
        },
        "DomainMapping": {
            "Type": "AWS::ApiGateway::BasePathMapping",
            "Properties": {
                "DomainName": {"Ref": "Domain"},
                "RestApiId": {"Ref": "RestAPI"},
                "Stage": {"Ref": "RestAPI.Stage"},  # the stage that the transform makes; so it is there first
            },
        },
    }


def distribution(stage: Stage) -> Resource:
    """CloudFront before everything."""
    passes_on = {
        "TargetOriginId": "api",
        "ViewerProtocolPolicy": "redirect-to-https",
        "Compress": True,
        "OriginRequestPolicyId": ALL_BUT_HOST,
    }
    methods = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    kept = passes_on | {"CachePolicyId": {"Ref": "KeptFiles"}, "AllowedMethods": ["GET", "HEAD"]}
    config: Resource = {
        "Enabled": True,
        "Comment": stage.prefix,
        "HttpVersion": "http2and3",
        "IPV6Enabled": True,
        "PriceClass": "PriceClass_100",  # North America and Europe: there the numbers are that may be texted
        "Origins": [
            {
                "Id": "api",
                "DomainName": sub(ORIGIN),
                "OriginPath": f"/{API_STAGE}",
                "CustomOriginConfig": {
                    "OriginProtocolPolicy": "https-only",
                    "OriginSSLProtocols": ["TLSv1.2"],
                    "OriginReadTimeout": 30,
                },
            }
        ],
        "DefaultCacheBehavior": passes_on | {"CachePolicyId": CACHING_DISABLED, "AllowedMethods": methods},
        "CacheBehaviors": [kept | {"PathPattern": pattern} for pattern in ("/static/*", "/embed.js")],
        # It would keep an error for ten seconds, whatever its headers say, and give it to the next one who asks.
        "CustomErrorResponses": [{"ErrorCode": code, "ErrorCachingMinTTL": 0} for code in ERRORS_KEPT],
    }
    if stage.domain:
        config["Aliases"] = [stage.domain]
        config["ViewerCertificate"] = {
            "AcmCertificateArn": stage.certificate_arn,
            "MinimumProtocolVersion": "TLSv1.2_2021",
            "SslSupportMethod": "sni-only",
        }
    if stage.waf:
        config["WebACLId"] = {"Fn::GetAtt": ["Limit", "Arn"]}
    return {"Type": "AWS::CloudFront::Distribution", "Properties": {"DistributionConfig": config}}


def kept_files(stage: Stage) -> Resource:
    """As long as the answer says; another query is another file, for the mark is in it."""
    nothing = {"HeadersConfig": {"HeaderBehavior": "none"}, "CookiesConfig": {"CookieBehavior": "none"}}
    asked = {
        **nothing,
        "QueryStringsConfig": {"QueryStringBehavior": "all"},
        "EnableAcceptEncodingGzip": True,
        "EnableAcceptEncodingBrotli": True,
    }
    config = {
        "Name": f"{stage.prefix}-kept-files",
        "MinTTL": 0,
        "DefaultTTL": USUAL,
        "MaxTTL": LONGEST,
        "ParametersInCacheKeyAndForwardedToOrigin": asked,
    }
    return {"Type": "AWS::CloudFront::CachePolicy", "Properties": {"CachePolicyConfig": config}}


def limit(stage: Stage) -> dict[str, Resource]:
    """WAF: who asks more often than that in five minutes waits. Not the carrier, whose calls are signed and many."""

    def begins(path: str) -> Resource:
        place = {"FieldToMatch": {"UriPath": {}}, "PositionalConstraint": "STARTS_WITH"}
        how = {"TextTransformations": [{"Priority": 0, "Type": "NONE"}]}
        return {"ByteMatchStatement": {**place, **how, "SearchString": path}}

    carriers = {"OrStatement": {"Statements": [begins("/sms"), begins(f"/{API_STAGE}/sms")]}}
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": True}  # a sample holds addresses
    rule = {
        "Name": "each-address",
        "Priority": 0,
        "Action": {"Block": {"CustomResponse": {"ResponseCode": 429}}},
        "Statement": {
            "RateBasedStatement": {
                "Limit": stage.waf_requests,
                "EvaluationWindowSec": 300,
                "AggregateKeyType": "IP",
                "ScopeDownStatement": {"NotStatement": {"Statement": carriers}},
            }
        },
        "VisibilityConfig": {**seen, "MetricName": f"{stage.prefix}-each-address"},
    }
    acl = {
        "Type": "AWS::WAFv2::WebACL",
        "Properties": {
            "Name": f"{stage.prefix}-limit",
            "Scope": "CLOUDFRONT" if stage.cdn else "REGIONAL",
            "DefaultAction": {"Allow": {}},
            "Rules": [rule],
            "VisibilityConfig": {**seen, "MetricName": f"{stage.prefix}-limit"},
        },
    }
    if stage.cdn:
        return {"Limit": acl}
    stage_arn = "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${RestAPI}/stages/${RestAPI.Stage}"
    association = {
        "Type": "AWS::WAFv2::WebACLAssociation",
        "Properties": {"ResourceArn": sub(stage_arn), "WebACLArn": {"Fn::GetAtt": ["Limit", "Arn"]}},
    }
    return {"Limit": acl, "LimitOfApi": association}
