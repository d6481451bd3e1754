"""What happens around every call, before and after a service's own handler."""

from eightcut_runtime.calls.adapter import CallInterceptor, Middleware, Proceed
from eightcut_runtime.calls.context import Call, CallContext

__all__ = ["Call", "CallContext", "CallInterceptor", "Middleware", "Proceed"]
