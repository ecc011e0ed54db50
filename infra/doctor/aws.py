"""What the doctor looks at in the account at AWS: is everything there that the template makes, and as it makes it?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.settings import SECRETS
from chalicelib.store.tables import TTL_ATTRIBUTE
from infra.doctor.finding import Finding, compared, not_here, ok, warning, wrong
from infra.installation import Installation, aws, code_of, every, is_missing, parameters, variables
from infra.resources import QUEUES, Queue, as_attributes, dead_letter_properties, queue_properties
from infra.stages import NEEDED_SECRETS

BEAT_WITHIN = timedelta(minutes=5)
DEPLOY = "make deploy STAGE={stage}"
GOOD_STACK = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
PUT_BACK = ("UPDATE_ROLLBACK_COMPLETE", "IMPORT_ROLLBACK_COMPLETE")
DEAD_COUNTED = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


@dataclass(frozen=True)
class AwsDoctor:
    where: Installation
    now: Callable[[], datetime]

    def findings(self) -> Iterator[Finding]:
        """In the order in which one would mend them."""
        checks = (self.stack, self.secrets, self.functions, self.table, self.queues, self.dead_letters, self.sources,
                  self.clock, self.logs, self.alarms, self.topic)  # fmt: skip
        for check in checks:
            yield from told(check)

    @property
    def deploy(self) -> str:
        return DEPLOY.format(stage=self.where.stage)

    # --- what is deployed -----------------------------------------------------------------------------

    def stack(self) -> Iterator[Finding]:
        what, name = "AWS: the stack", self.where.name
        if self.where.is_town:
            yield not_here(what, "a town makes its table and queues by itself")
            return
        try:
            status = aws("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
        except ClientError as error:
            if not is_missing(error):
                raise
            yield wrong(what, f"there is no {name}", f"{self.deploy}.")
            return
        if status in GOOD_STACK:
            yield ok(what, f"{name}: {status}")
        elif status in PUT_BACK:
            yield warning(
                what, f"{name}: {status}",
                f"The last deployment failed and was undone; what was there before runs. {self.deploy} says why.",
            )  # fmt: skip
        else:
            yield wrong(what, f"{name}: {status}", f"If nobody is deploying, {self.deploy} takes it up.")

    def secrets(self) -> Iterator[Finding]:
        what = "AWS: secrets"
        if self.where.is_town:
            yield not_here(what, "a town keeps them in a file of its own (secrets.json)")
            return
        there = parameters(self.where)
        missing = [name for name in NEEDED_SECRETS if name not in there]
        yield compared(
            what, not missing, f"{', '.join(name for name in SECRETS if name in there)}, and readable",
            f"{', '.join(missing)} missing at {self.where.path}", f"make secrets STAGE={self.where.stage}.",
        )  # fmt: skip
        bare = [name for name in SECRETS if name in there and there[name]["Type"] != "SecureString"]
        if bare:
            yield wrong(
                "AWS: how they are kept", f"{', '.join(bare)} unencrypted",
                "Delete the parameter and put it again: make secrets. Whoever could read it may have: rotate it.",
            )  # fmt: skip

    def functions(self) -> Iterator[Finding]:
        what = "AWS: functions"
        if self.where.is_town:
            yield not_here(what, "processes of this machine run the handlers")
            return
        facts: dict[str, Mapping[str, Any]] = {}
        for short, name in self.where.functions.items():
            try:
                facts[short] = aws("lambda").get_function_configuration(FunctionName=name)
            except ClientError as error:
                if not is_missing(error):
                    raise
                yield wrong(f"{what}: {short}", f"there is no {name}", f"{self.deploy}.")
        ill = [short for short, one in facts.items() if is_ill(one)]
        for short in ill:
            why = facts[short].get("StateReason") or facts[short].get("LastUpdateStatusReason") or ""
            yield wrong(f"{what}: {short}", f"{facts[short].get('State')} {why}".strip(), f"{self.deploy}.")
        if facts and not ill:
            yield ok(what, f"{', '.join(facts)}: active")
        yield from self.version(facts)

    def version(self, facts: Mapping[str, Mapping[str, Any]]) -> Iterator[Finding]:
        """All of the same code, and with the settings that the stage's file has."""
        codes = {one["CodeSha256"] for one in facts.values()}
        if len(codes) > 1:
            yield wrong("AWS: the code", "not the same in all functions", f"{self.deploy} makes it so.")
        known = facts.get("api", {}).get("Environment", {}).get("Variables", {})
        differs = sorted(name for name, value in self.where.given.items() if known and known.get(name) != value)
        if differs:
            yield warning(
                "AWS: settings", f"{', '.join(differs)}: the stage's file has it otherwise than what is deployed",
                f"{self.deploy}.",
            )  # fmt: skip

    # --- what is kept ---------------------------------------------------------------------------------

    @cached_property
    def table_name(self) -> str:
        """The one that is in use, which a restored table's name may be."""
        if self.where.is_town:
            return self.where.table
        try:
            return variables(self.where.functions["api"]).get("TABLE_NAME", self.where.table)
        except ClientError as error:
            if not is_missing(error):
                raise
            return self.where.table

    def table(self) -> Iterator[Finding]:
        dynamodb, name = aws("dynamodb"), self.table_name
        try:
            facts = dynamodb.describe_table(TableName=name)["Table"]
        except ClientError as error:
            if not is_missing(error):
                raise
            yield wrong("AWS: the table", f"there is no {name}", "Deploy the stage, or make restore.")
            return
        yield compared("AWS: the table", facts["TableStatus"] == "ACTIVE", f"{name}: active",
                       f"{name}: {facts['TableStatus']}", "Wait, and look again.")  # fmt: skip
        yield from self.time_to_live(name)
        if self.where.is_town:
            yield not_here("AWS: point-in-time recovery", "a town's table is saved by the town itself")
            return
        yield from self.recovery(name)
        if self.where.is_kept:
            is_protected = bool(facts.get("DeletionProtectionEnabled"))
            yield compared("AWS: deletion protection", is_protected, "on", "off: one command would delete the table",
                           "Turn it on.", partial(self.protect, name))  # fmt: skip

    def time_to_live(self, name: str) -> Iterator[Finding]:
        facts = aws("dynamodb").describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        is_on = facts["TimeToLiveStatus"] in {"ENABLED", "ENABLING"} and facts.get("AttributeName") == TTL_ATTRIBUTE
        yield compared(
            "AWS: what is to be forgotten", is_on, f"rows are deleted by `{TTL_ATTRIBUTE}`",
            "nothing is deleted: time to live is off", "Turn it on: what we promise to forget would be kept.",
            partial(self.forget, name),
        )  # fmt: skip

    def recovery(self, name: str) -> Iterator[Finding]:
        facts = aws("dynamodb").describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        status = facts.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
        yield compared("AWS: point-in-time recovery", status == "ENABLED", "on: any second of the last 35 days", "off",
                       "Turn it on: a mistake today could not be undone.", partial(self.recover, name))  # fmt: skip

    def protect(self, name: str) -> str:
        aws("dynamodb").update_table(TableName=name, DeletionProtectionEnabled=True)
        return "turned on"

    def forget(self, name: str) -> str:
        wanted = {"Enabled": True, "AttributeName": TTL_ATTRIBUTE}
        aws("dynamodb").update_time_to_live(TableName=name, TimeToLiveSpecification=wanted)
        return "turned on"

    def recover(self, name: str) -> str:
        wanted = {"PointInTimeRecoveryEnabled": True}
        aws("dynamodb").update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=wanted)
        return "turned on"

    # --- queues ---------------------------------------------------------------------------------------

    def queues(self) -> Iterator[Finding]:
        good = 0
        for queue in QUEUES:
            findings = list(self.queue(queue))
            yield from findings
            good += not findings
        if good == len(QUEUES):
            yield ok("AWS: queues", f"{', '.join(one.name for one in QUEUES)}, with dead letters, as they should be")

    def queue(self, queue: Queue) -> Iterator[Finding]:
        """What is wrong with a queue and with its dead letters'."""
        prefix, arn = self.where.queue_prefix, ""
        for suffix in ("-dlq", ""):
            name = queue.full_name(prefix, suffix)
            try:
                url = aws("sqs").get_queue_url(QueueName=name)["QueueUrl"]
            except ClientError as error:
                if not is_missing(error):
                    raise
                yield wrong(f"AWS: queue {queue.name}{suffix}", f"there is no {name}",
                            "make dev makes it." if self.where.is_town else f"{self.deploy}.")  # fmt: skip
                return
            there = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            wanted = as_attributes(dead_letter_properties(queue) if suffix else queue_properties(queue, arn))
            arn = there["QueueArn"]
            if off := differing(wanted, there):
                said = ", ".join(f"{key} is {there.get(key, 'not set')}, not {wanted[key]}" for key in off)
                yield wrong(f"AWS: queue {queue.name}{suffix}", said, "As infra/resources.py has it.",
                            partial(self.set_queue, url, {key: wanted[key] for key in off}))  # fmt: skip

    def set_queue(self, url: str, attributes: dict[str, str]) -> str:
        aws("sqs").set_queue_attributes(QueueUrl=url, Attributes=attributes)
        return f"set {', '.join(attributes)}"

    def dead_letters(self) -> Iterator[Finding]:
        counted = {}
        for queue in QUEUES:
            try:
                url = aws("sqs").get_queue_url(QueueName=queue.full_name(self.where.queue_prefix, "-dlq"))["QueueUrl"]
            except ClientError as error:
                if is_missing(error):
                    continue  # said already
                raise
            facts = aws("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=list(DEAD_COUNTED))["Attributes"]
            counted[queue.name] = sum(int(facts[name]) for name in DEAD_COUNTED)
        said = ", ".join(f"{n} of {name}" for name, n in counted.items() if n)
        yield compared("AWS: dead letters", not said, "none", said,
                       "make dead-letters says what they are; make redrive sends them on their way again.")  # fmt: skip

    # --- what makes it run ----------------------------------------------------------------------------

    def sources(self) -> Iterator[Finding]:
        what, off, missing = "AWS: queues to functions", [], []
        if self.where.is_town:
            yield not_here(what, "the town's workers take from the queues")
            return
        for queue in QUEUES:
            name = self.where.functions[queue.name]
            call = aws("lambda").list_event_source_mappings
            try:
                found = list(every(call, "EventSourceMappings", FunctionName=name))
            except ClientError as error:
                if not is_missing(error):
                    raise
                continue  # said already
            missing += [] if found else [queue.name]
            off += [(queue.name, one) for one in found if one.get("State") not in {"Enabled", "Enabling", "Updating"}]
        for name in missing:
            yield wrong(f"{what}: {name}", "nothing takes from this queue", f"{self.deploy}.")
        for name, one in off:
            yield wrong(f"{what}: {name}", f"{str(one.get('State')).lower()}: nobody takes its messages", "Enable it.",
                        partial(self.enable_source, one["UUID"]))  # fmt: skip
        if not off and not missing:
            yield ok(what, "each taken from")

    def enable_source(self, uuid: str) -> str:
        aws("lambda").update_event_source_mapping(UUID=uuid, Enabled=True)
        return "enabled"

    def clock(self) -> Iterator[Finding]:
        what = "AWS: the clock"
        if self.where.is_town:
            yield not_here(what, "the town's own clock rings every few seconds")
            return
        try:
            arn = aws("lambda").get_function_configuration(FunctionName=self.where.functions["clock"])["FunctionArn"]
        except ClientError as error:
            if not is_missing(error):
                raise
            return  # said already
        rules = list(every(aws("events").list_rule_names_by_target, "RuleNames", TargetArn=arn))
        if not rules:
            yield wrong(what, "no rule rings it: nothing happens by itself", f"{self.deploy}.")
        for name in rules:
            state = aws("events").describe_rule(Name=name)["State"]
            yield compared(
                what, state.startswith("ENABLED"), f"rings by {name}", f"{name} is {state.lower()}",
                "Enable it: reminders, waves and ends wait for it.", partial(self.enable_rule, name),
            )  # fmt: skip
        yield from self.last_beat()

    def enable_rule(self, name: str) -> str:
        aws("events").enable_rule(Name=name)
        return "enabled"

    def last_beat(self) -> Iterator[Finding]:
        """The clock's log has a line for each time it ran."""
        since = self.now() - BEAT_WITHIN
        asked = {"logGroupName": self.where.log_group("clock"), "startTime": int(since.timestamp() * 1000)}
        try:
            events = every(aws("logs").filter_log_events, "events", **asked)
            last = max((one["timestamp"] for one in events), default=0)
        except ClientError as error:
            if not is_missing(error):
                raise
            last = 0
        ago = self.now() - datetime.fromtimestamp(last / 1000, UTC)
        yield compared(
            "AWS: the clock's last beat", last > 0, f"{max(0, int(ago.total_seconds()))} s ago",
            f"none in {BEAT_WITHIN.seconds // 60} minutes",
            f"make logs STAGE={self.where.stage} FN=clock SINCE=1h says why; just deployed, it comes within a minute.",
        )  # fmt: skip

    # --- what tells us --------------------------------------------------------------------------------

    def logs(self) -> Iterator[Finding]:
        what, days = "AWS: logs", self.where.log_days
        if self.where.is_town:
            yield not_here(what, "a town's are files, in its folder's logs/")
            return
        prefix = self.where.log_group("")
        groups = list(every(aws("logs").describe_log_groups, "logGroups", logGroupNamePrefix=prefix))
        off = [one["logGroupName"] for one in groups if one.get("retentionInDays") != days]
        for name in off:
            kept = next(one.get("retentionInDays") for one in groups if one["logGroupName"] == name)
            yield wrong(f"{what}: {name.rpartition('-')[2]}", f"kept {f'{kept} days' if kept else 'for ever'}",
                        f"Keep them {days} days, as the stage's file says.", partial(self.keep_logs, name))  # fmt: skip
        if not off:
            yield compared(what, bool(groups), f"kept {days} days", "there are none", f"{self.deploy}.")

    def keep_logs(self, name: str) -> str:
        aws("logs").put_retention_policy(logGroupName=name, retentionInDays=self.where.log_days)
        return f"kept {self.where.log_days} days"

    def alarms(self) -> Iterator[Finding]:
        what = "AWS: alarms"
        if self.where.is_town:
            yield not_here(what, "nobody watches a town but its terminal")
            return
        from infra.alarms import ALARMS

        wanted = {f"{self.where.name}-{name}" for alarm in ALARMS for name in alarm.names()}
        pages = aws("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=f"{self.where.name}-")
        there = {one["AlarmName"]: one for page in pages for one in page["MetricAlarms"]}
        if missing := sorted(wanted - there.keys()):
            said = f"{len(missing)} of {len(wanted)} missing: {', '.join(missing[:3])}"
            yield wrong(what, said + ("…" if len(missing) > 3 else ""), f"{self.deploy}.")
        mute = sorted(name for name, one in there.items() if one.get("ActionsEnabled") is False)
        if mute:
            yield wrong(what, f"told to nobody: {', '.join(mute)}", "Enable their actions, as they were made.",
                        partial(self.enable_alarms, mute))  # fmt: skip
        ringing = sorted(name for name, one in there.items() if one["StateValue"] == "ALARM")
        for name in ringing:
            short = name.removeprefix(f"{self.where.name}-")
            yield wrong(f"{what}: {short}", f"rings: {there[name].get('StateReason', '')}".strip(),
                        f"The README's table of alarms says what to look at and do for {short}.")  # fmt: skip
        if not missing and not ringing and not mute:
            yield ok(what, f"{len(there)}, none rings")

    def enable_alarms(self, names: list[str]) -> str:
        aws("cloudwatch").enable_alarm_actions(AlarmNames=names)
        return "told again"

    def topic(self) -> Iterator[Finding]:
        what = "AWS: who hears alarms"
        if self.where.is_town:
            return
        topics = [one["TopicArn"] for one in every(aws("sns").list_topics, "Topics")]
        arn = next((one for one in topics if one.endswith(f":{self.where.topic}")), None)
        if arn is None:
            yield wrong(what, f"there is no topic {self.where.topic}", f"{self.deploy}.")
            return
        found = list(every(aws("sns").list_subscriptions_by_topic, "Subscriptions", TopicArn=arn))
        waiting = [one["Endpoint"] for one in found if not one["SubscriptionArn"].startswith("arn:")]
        heard_by = [one["Endpoint"] for one in found if one["SubscriptionArn"].startswith("arn:")]
        if heard_by:
            yield ok(what, ", ".join(heard_by))
        elif waiting:
            yield wrong(what, f"{', '.join(waiting)} has not confirmed",
                        "Open the mail of AWS Notifications and follow its link.")  # fmt: skip
        else:
            yield wrong(what, "nobody", f"Set alarm_email in infra/stages/{self.where.stage}.toml, and {self.deploy}.")


# --- one by one -------------------------------------------------------------------------------------------


def told(check: Callable[[], Iterable[Finding]]) -> list[Finding]:
    """A check whose question AWS does not answer is a finding too."""
    name = f"AWS: {check.__name__.replace('_', ' ')}"
    try:
        return list(check())
    except ClientError as error:
        return [wrong(name, f"AWS does not tell: {code_of(error)}", f"May whoever asks do that? {error}")]
    except BotoCoreError as error:
        return [wrong(name, f"AWS cannot be asked: {type(error).__name__}", f"{error}")]


def is_ill(function: Mapping[str, Any]) -> bool:
    """One that is being changed at this moment is not."""
    return function.get("State", "Active") == "Failed" or function.get("LastUpdateStatus") == "Failed"


def differing(wanted: Mapping[str, str], there: Mapping[str, str]) -> list[str]:
    """Which attributes of a queue are not as wanted; JSON is compared by what it says."""
    return [name for name, value in wanted.items() if plain(value) != plain(there.get(name, ""))]


def plain(value: str) -> Any:
    """`RedrivePolicy` is JSON whose numbers SQS may give back as text."""
    try:
        told = json.loads(value)
    except ValueError:
        return value
    return {key: str(one) for key, one in told.items()} if isinstance(told, dict) else str(told).lower()
