"""
Judges workflows by what runs them. Reads a list of {name, pipeline, service, workflow, text} and prints for each whether the
text is YAML of that workflow to the ingestion image's reader, whether its parser takes it, and whether it is what
openmetadata_managed_apis builds of the same pipeline: "same", or the differences. A type that it has no builder for is compared
part by part, as far as it builds the parts: "no builder there; same: PARTS".
Airflow and what runs workflows are stood in for, as only their building is asked for here.
"""

import importlib
import importlib.abc
import importlib.machinery
import inspect
import json
import logging
import pkgutil
import sys
import types
import warnings

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

STOOD_IN = (
    "airflow",
    "croniter",
    "flask",
    "metadata.workflow",
    "openmetadata_managed_apis.api",
    "openmetadata_managed_apis.utils.logger",
)


def nothing(*_, **__):
    return None


class StandIn(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__init__": nothing, "__getattr__": lambda *_: nothing})


class StandIns(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        stood_in = any(f"{name}.".startswith(f"{one}.") for one in STOOD_IN)
        return importlib.machinery.ModuleSpec(name, self) if stood_in else None

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


sys.meta_path.insert(0, StandIns())

import yaml  # noqa: E402
from metadata.generated.schema.entity.services.ingestionPipelines.ingestionPipeline import (  # noqa: E402
    IngestionPipeline,
    PipelineType,
)
from metadata.generated.schema.entity.services.metadataService import MetadataService  # noqa: E402
from metadata.generated.schema.metadataIngestion.application import OpenMetadataApplicationConfig  # noqa: E402
from metadata.generated.schema.metadataIngestion.workflow import OpenMetadataWorkflowConfig  # noqa: E402
from metadata.ingestion.api.parser import parse_workflow_config_gracefully  # noqa: E402
from metadata.utils.fqn import split  # noqa: E402
import metadata.generated.schema as schemas  # noqa: E402

ROOT = "openmetadata_managed_apis.workflows.ingestion"


def server_of(service):
    class Server:
        def __init__(self, config):
            pass

        def health_check(self):
            pass

        def get_by_name(self, entity, fqn, **_):
            return entity.model_validate(service)

    return Server


def modules_there(case):
    """The modules by which the package builds workflows, where OpenMetadata is the service of the case."""
    from openmetadata_managed_apis.workflows.ingestion.registry import build_registry

    common = importlib.import_module(f"{ROOT}.common")
    common.OpenMetadata = server_of(case["service"])
    register = build_registry.registry.get(case["pipeline"]["pipelineType"])
    module = None if register is None else importlib.import_module(register.__module__)
    if module is not None:
        module.OpenMetadata = common.OpenMetadata
    return common, module


def built_there(case, pipeline, module):
    name = module.__name__.rsplit(".", 1)[-1]
    return {"": getattr(module, f"build_{name}_workflow_config")(pipeline)}


def parts_there(case, pipeline, common):
    """Parts of a type that nobody builds as a whole: it would use these builders, as those of the other types do."""
    parts = {"workflowConfig": common.build_workflow_config_property(pipeline)}
    if case["pipeline"]["pipelineType"] == "dataInsight":
        from openmetadata_managed_apis.workflows.ingestion.elasticsearch_sink import build_elasticsearch_sink

        # Its source is no service: it reads OpenMetadata itself.
        connection = common.OpenMetadata(None).get_by_name(MetadataService, None).connection
        return {**parts, "sink": build_elasticsearch_sink(connection.config, pipeline)}
    return {**parts, "source": common.build_source(pipeline)}


def plain(model):
    fields = json.loads(model.model_dump_json(exclude_unset=False, mask_secrets=False))
    fields.pop("pipelineRunId", None)
    return fields


def differences(one, other, path=""):
    if isinstance(one, dict) and isinstance(other, dict):
        return [
            found
            for key in sorted({*one, *other})
            for found in differences(one.get(key), other.get(key), f"{path}.{key}")
        ]
    return [] if one == other else [f"{path}: {one!r} is {other!r} there"]


def judge(case):
    workflow = case["workflow"]
    verdict = {"name": case["name"], "yaml": yaml.safe_load(case["text"]) == workflow}
    if case["pipeline"]["pipelineType"] not in [kind.value for kind in PipelineType]:
        return {**verdict, "parsed": "unknown type", "agreement": "unknown type"}
    is_application = "sourcePythonClass" in workflow
    model = OpenMetadataApplicationConfig if is_application else OpenMetadataWorkflowConfig
    try:
        # As the image does it: the parser looks closer at a source than the model alone.
        (model.model_validate if is_application else parse_workflow_config_gracefully)(json.loads(json.dumps(workflow)))
    except Exception as error:  # The verdict is what is asked for.
        return {**verdict, "parsed": f"{type(error).__name__}: {error}", "agreement": "not parsed"}
    return {**verdict, "parsed": True, "agreement": agreement(case, model.model_validate(workflow))}


def agreement(case, ours):
    pipeline = IngestionPipeline.model_validate(case["pipeline"])
    common, module = modules_there(case)
    parts = parts_there(case, pipeline, common) if module is None else built_there(case, pipeline, module)
    found = [
        difference
        for part, there in parts.items()
        for difference in differences(plain(getattr(ours, part) if part else ours), plain(there), part)
    ]
    same = "same" if module is not None else "no builder there; same: " + ", ".join(sorted(parts))
    return found or same


def secret_fields():
    """Names of all fields whose type says that they hold a secret."""
    names = set()
    for found in pkgutil.walk_packages(schemas.__path__, schemas.__name__ + "."):
        if found.ispkg:
            continue
        for _, model in inspect.getmembers(importlib.import_module(found.name), inspect.isclass):
            for name, field in getattr(model, "model_fields", {}).items():
                if "SecretStr" in str(field.annotation):
                    names.add(name)
    return sorted(names - {"root"})


asked = json.load(sys.stdin)
answer = {"workflows": [judge(case) for case in asked["workflows"]], "fqns": [split(fqn) for fqn in asked["fqns"]]}
if asked["secretFields"]:
    answer["secretFields"] = secret_fields()
print(json.dumps(answer, indent=2))
