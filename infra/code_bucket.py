"""The bucket from which a stage is deployed: its packages and templates, each under the hash of what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

KEPT_DAYS = 90  # of what was overwritten or deleted
VERSIONS_AT_ONCE = 1000  # S3's most


class NotOurs(Exception):
    """A bucket of that name is somebody else's; the message says which."""


def bucket_name(prefix: str, account: str, region: str) -> str:
    """Nobody else in the world has it. Lambda takes code only from a bucket of its own region."""
    return f"{prefix}-code-{account}-{region}"


def put_once(s3: Any, bucket: str, key: str, body: bytes) -> None:
    if is_there(s3.head_object, Bucket=bucket, Key=key):
        return
    print(f"Uploading {len(body) / 1e6:.1f} MB to s3://{bucket}/{key[:20]}…")
    s3.put_object(Bucket=bucket, Key=key, Body=body)


def is_there(head: Any, **what: str) -> bool:
    """botocore's errors rise, but for the one that says that there is nothing."""
    try:
        head(**what)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        return False
    return True


def make_bucket(s3: Any, bucket: str, region: str, tags: Mapping[str, str]) -> None:
    """Encrypted, closed to the public, with earlier versions; one that exists gets the same again. Raises NotOurs."""
    try:
        is_made = is_there(s3.head_bucket, Bucket=bucket)
    except ClientError as error:
        raise NotOurs(f"The bucket {bucket} is not ours to use: {error}") from error
    if not is_made:
        # us-east-1 is the one region that S3 does not want to be told.
        place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=bucket, **place)
        s3.get_waiter("bucket_exists").wait(Bucket=bucket)
        print(f"Made the bucket {bucket} for code.")
    s3.put_public_access_block(
        Bucket=bucket,
        PublicAccessBlockConfiguration=dict.fromkeys(
            ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
        ),
    )
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        },
    )
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tag_list(tags)})
    s3.put_bucket_lifecycle_configuration(
        Bucket=bucket,
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "old-code",
                    "Status": "Enabled",
                    "Filter": {"Prefix": ""},
                    "NoncurrentVersionExpiration": {"NoncurrentDays": KEPT_DAYS},
                    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1},
                }
            ]
        },
    )


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def remove_bucket(s3: Any, bucket: str) -> None:
    """With every version of everything in it."""
    if not is_there(s3.head_bucket, Bucket=bucket):
        return
    for page in s3.get_paginator("list_object_versions").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": VERSIONS_AT_ONCE}
    ):
        every = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if every:
            named = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in every]
            s3.delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
    s3.delete_bucket(Bucket=bucket)
