"""Whether an MLflow server answers, and what to do about its errors."""

from __future__ import annotations

import base64
import http.client
import os
import re
import urllib.error
import urllib.request
from urllib.parse import unquote

from runners.check import Check
from runners.redaction import address

ANSWER = 3.0
"""Seconds for a server to answer `make doctor`; MLflow itself waits longer."""
STATUS = re.compile(r"failed with error code (\d{3})|too many (\d{3}) error responses")
LOGIN = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN"
PATH = "its path may be wrong: MLflow often lies below one, such as /mlflow"
CATCH_UP = "`make sync` writes what it missed"


def check(where: str) -> Check:
    """Whether a server answers, asked as MLflow asks it: with its user and password."""
    server = address(where).rstrip("/")
    request = urllib.request.Request(f"{server}/health")  # noqa: S310 (http or https)
    if login := _login(where):
        request.add_header("Authorization", login)
    try:
        with urllib.request.urlopen(request, timeout=ANSWER):  # noqa: S310
            pass
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            detail = f"the server {server} refuses the user or password ({error})"
            return Check("mlflow store", "broken", detail, f"{LOGIN}; then `make sync`")
        if error.code >= 500:
            return _silent(server, error)
    except (OSError, ValueError, http.client.HTTPException) as error:
        if isinstance(error, TimeoutError) or isinstance(
            getattr(error, "reason", None), TimeoutError
        ):
            detail = f"the server {server} has not answered within {ANSWER:g} s"
            return Check("mlflow store", "warning", detail, "MLflow waits longer; see its log")
        return _silent(server, error)
    return Check("mlflow store", "ok", f"the server {server} answers")


def reason(error: Exception, where: str) -> str:
    """Why a server did not take what it was sent, and what to do; "" where that is not known.

    `error` is MLflow's own, of which the text alone tells the cause.
    """
    text, server = str(error), f"the server {address(where).rstrip('/')}"
    found = STATUS.search(text)
    code = int(found[1] or found[2]) if found else 0
    if code in (401, 403):
        return f"{server} refuses the user or password ({code}); {LOGIN}; {CATCH_UP}"
    if code in (301, 302, 303, 307, 308) or "Exceeded 30 redirects" in text:
        return f"{server} sends on to another address; give that one, or log in; {PATH}"
    if code in (404, 405):
        return f"{server} has no MLflow there ({code}); {PATH}"
    if code == 413:
        return f"{server} takes no files as large as these ({code}); its proxy limits them"
    if code >= 500:
        return f"{server} failed ({code}); see its log; {CATCH_UP}"
    if "not in a valid JSON format" in text:
        return f"{server} answers with a page that is not MLflow's; {PATH}, or it wants a login"
    if "timed out" in text.lower() or "ReadTimeout" in text:
        waited = os.environ.get("MLFLOW_HTTP_REQUEST_TIMEOUT", "")
        return (
            f"{server} did not answer within {waited} s; MLFLOW_HTTP_REQUEST_TIMEOUT=120 waits "
            f"longer; {CATCH_UP}"
        )
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return (
            f"the certificate of {server} is not trusted; MLFLOW_TRACKING_SERVER_CERT_PATH names "
            "the one to trust"
        )
    if "SSL" in text:
        return f"{server} does not speak TLS: is it http:// instead of https://?"
    return ""


def _login(where: str) -> str:
    """The header `Authorization` for a server; empty where no login is known."""
    user, at, _ = where.partition("://")[2].rpartition("@")
    name, _, password = map(unquote, user.partition(":"))
    if not at:
        name = os.environ.get("MLFLOW_TRACKING_USERNAME", "")
        password = os.environ.get("MLFLOW_TRACKING_PASSWORD", "")
    if name:
        return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    return f"Bearer {token}" if token else ""


def _silent(server: str, error: Exception) -> Check:
    remedy = f"start it, or unset MLFLOW_TRACKING_URI; {CATCH_UP}"
    return Check("mlflow store", "broken", f"the server {server} does not answer ({error})", remedy)
