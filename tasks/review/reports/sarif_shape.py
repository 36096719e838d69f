"""The parts of a SARIF 2.1.0 log that are read, as pydantic takes them in; everything else in one is passed over.

Every result is validated by itself, so that one that is wrong costs no other.
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from typing import Any, Literal

from pydantic import BaseModel, Field


class Part(BaseModel, frozen=True):
    """A part of a log; frozen, because pydantic makes a deep copy of every default that could be changed."""


class Message(Part):
    """A text, or the name of one that the rule holds, with what belongs into its `{0}`."""

    text: str = ""
    markdown: str = ""
    id: str = ""
    arguments: list[str] = []


class ArtifactLocation(Part):
    """A file; `index` points into the run's artifacts."""

    uri: str | None = None
    base: str = Field("", alias="uriBaseId")
    index: int = -1


class Region(Part):
    """Lines of a file, counted from 1; the end column is the first that no longer belongs to it."""

    first: int | None = Field(None, alias="startLine")
    last: int | None = Field(None, alias="endLine")
    end_column: int | None = Field(None, alias="endColumn")


class PhysicalLocation(Part):
    """A file and perhaps lines of it."""

    artifact: ArtifactLocation = Field(ArtifactLocation(), alias="artifactLocation")
    region: Region = Region()


class Location(Part):
    """A place; it may be a logical one only, such as a function."""

    physical: PhysicalLocation | None = Field(None, alias="physicalLocation")


class ToolReference(Part):
    """Which part of the tool a rule belongs to: an extension, or the driver."""

    index: int = -1


class RuleReference(Part):
    """Which rule a result is about."""

    id: str = ""
    index: int = -1
    component: ToolReference = Field(ToolReference(), alias="toolComponent")


class Result(Part):
    """One result."""

    rule_id: str = Field("", alias="ruleId")
    rule_index: int = Field(-1, alias="ruleIndex")
    rule: RuleReference = RuleReference()
    kind: str = "fail"
    level: str = ""
    message: Message
    locations: list[Location] = []
    suppressions: list[dict[str, Any]] = []
    baseline: str = Field("", alias="baselineState")
    properties: dict[str, Any] = {}


class Configuration(Part):
    """How a rule is set where a result does not say."""

    level: str = "warning"


class Rule(Part):
    """What a tool looks for."""

    id: str
    configuration: Configuration = Field(Configuration(), alias="defaultConfiguration")
    messages: dict[str, Message] = Field({}, alias="messageStrings")
    properties: dict[str, Any] = {}


class Component(Part):
    """A tool, or an extension of one; the rules are validated one by one."""

    name: str = ""
    rules: list[Any] = []


class Tool(Part):
    """What made a run."""

    driver: Component
    extensions: list[Component] = []


class Artifact(Part):
    """A file that results name by its number."""

    location: ArtifactLocation = ArtifactLocation()


class Notification(Part):
    """What a tool says about itself."""

    level: str = "warning"
    message: Message = Message()
    locations: list[Location] = []


class Invocation(Part):
    """One start of the tool; what it did not manage stands here."""

    successful: bool = Field(alias="executionSuccessful")
    about_run: list[Notification] = Field([], alias="toolExecutionNotifications")
    about_settings: list[Notification] = Field([], alias="toolConfigurationNotifications")


class Run(Part):
    """One run of one tool; the results are validated one by one."""

    tool: Tool
    results: list[Any] | None = None
    artifacts: list[Artifact] = []
    bases: dict[str, ArtifactLocation] = Field({}, alias="originalUriBaseIds")
    invocations: list[Invocation] = []
    elsewhere: dict[str, Any] = Field({}, alias="externalPropertyFileReferences")


class Log(Part):
    """A whole file; the runs are validated one by one."""

    version: Literal["2.1.0"]
    runs: list[Any]
