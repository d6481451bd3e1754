"""How every 8-cut service starts, answers and stops.

A service's ``__main__`` is a `ServiceSpec` and ``sys.exit(run_service(spec))``.
"""

from eightcut_runtime.errors import (
    Aborted,
    AlreadyExists,
    Cancelled,
    DataLoss,
    DeadlineExceeded,
    EtagMismatch,
    FailedPrecondition,
    FieldViolation,
    InvalidArgument,
    NotFound,
    OutOfRange,
    OutOfSpace,
    PermissionDenied,
    ResourceExhausted,
    ServiceError,
    StartError,
    Unauthenticated,
    Unavailable,
    Unimplemented,
    WorkerDied,
)
from eightcut_runtime.limits import Limits
from eightcut_runtime.processes import WorkerError, run_spawned
from eightcut_runtime.run import run_service
from eightcut_runtime.service import AsyncClosable, Create, Service, ServiceSpec
from eightcut_runtime.threads import BlockingPool

__all__ = [
    "Aborted",
    "AlreadyExists",
    "AsyncClosable",
    "BlockingPool",
    "Cancelled",
    "Create",
    "DataLoss",
    "DeadlineExceeded",
    "EtagMismatch",
    "FailedPrecondition",
    "FieldViolation",
    "InvalidArgument",
    "Limits",
    "NotFound",
    "OutOfRange",
    "OutOfSpace",
    "PermissionDenied",
    "ResourceExhausted",
    "Service",
    "ServiceError",
    "ServiceSpec",
    "StartError",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "WorkerDied",
    "WorkerError",
    "run_service",
    "run_spawned",
]
