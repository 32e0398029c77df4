"""The `aws` command line and botocore's client, in this process, with every raw answer checked."""

import base64
import contextlib
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile
import time

import awscli.botocore.httpsession
import botocore.config
import botocore.httpsession
import botocore.session
from awscli.clidriver import create_clidriver

import check

problems = []
asked = {}
started = time.monotonic()


def wrong(what):
    problems.append(what)
    print(f"WRONG {what}", file=sys.stderr)


def listen():
    """Looks at every answer before any client does: `aws` has a botocore of its own."""
    for kind in (botocore.httpsession.URLLib3Session, awscli.botocore.httpsession.URLLib3Session):
        listen_to(kind)


def listen_to(session):
    send = session.send

    def looked_at(self, request):
        response = send(self, request)
        target = request.headers.get("X-Amz-Target", b"")
        target = target.decode() if isinstance(target, bytes) else target
        if target:
            operation = target.split(".")[1]
            asked[operation] = asked.get(operation, 0) + 1
            for problem in check.problems_of_answer(operation, response.status_code, response.content):
                wrong(f"{operation}: {problem}: {response.content[:400]!r}")
        return response

    session.send = looked_at


class Cli:
    """`aws`, started once: what is typed goes through the real parser, paginators and waiters."""

    def __init__(self):
        self.driver = create_clidriver()
        self.calls = 0

    def run(self, *words):
        out, err = io.StringIO(), io.StringIO()
        self.calls += 1
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                code = self.driver.main(list(words))
            except SystemExit as ended:
                code = ended.code
        return code, out.getvalue(), err.getvalue()

    def __call__(self, *words):
        """Runs `aws ecr …`, which must succeed, and gives its answer."""
        code, out, err = self.run("ecr", *words)
        if code != 0:
            wrong(f"aws ecr {' '.join(words)[:120]}: {code}: {err.strip()}")
            return {}
        try:
            return json.loads(out) if out.strip() else {}
        except ValueError:
            return out.strip()

    def refused(self, kind, *words, says=""):
        """Runs `aws ecr …`, which must be refused with this exception."""
        code, _, err = self.run("ecr", *words)
        if code != 255 or f"({kind})" not in err or says not in err:
            wrong(f"aws ecr {' '.join(words)[:120]}: wanted {kind} {says!r}, got {code}: {err.strip()}")


class Api:
    """botocore's client, which here sends whatever it is given."""

    def __init__(self):
        sent_as_given = botocore.config.Config(parameter_validation=False, retries={"max_attempts": 0})
        self.client = botocore.session.get_session().create_client("ecr", config=sent_as_given)

    def __call__(self, method, **arguments):
        return getattr(self.client, method)(**arguments)

    def refused(self, kind, method, says="", **arguments):
        try:
            answer = getattr(self.client, method)(**arguments)
            wrong(f"{method} {arguments}: wanted {kind}, got {answer}")
        except self.client.exceptions.ClientError as error:
            got = error.response["Error"]
            if got["Code"] != kind or says not in got["Message"]:
                wrong(f"{method} {str(arguments)[:120]}: wanted {kind} {says!r}, got {got}")


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def layer(files):
    """A layer with these files, packed."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, text in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    return gzip.compress(archive.getvalue(), mtime=0)


def upload(api, repository, data):
    """Puts a blob into a repository, part by part."""
    begun = api("initiate_layer_upload", repositoryName=repository)
    part = begun["partSize"]
    for at in range(0, len(data), part):
        piece = data[at : at + part]
        api(
            "upload_layer_part",
            repositoryName=repository,
            uploadId=begun["uploadId"],
            partFirstByte=at,
            partLastByte=at + len(piece) - 1,
            layerPartBlob=piece,
        )
    api(
        "complete_layer_upload",
        repositoryName=repository,
        uploadId=begun["uploadId"],
        layerDigests=[digest(data)],
    )
    return digest(data)


def descriptor(data, kind):
    return {"mediaType": kind, "size": len(data), "digest": digest(data)}


CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


def image(api, repository, layers, note, **more):
    """The manifest of an image whose blobs are uploaded."""
    config = json.dumps({"note": note}).encode()
    for data in [config, *layers]:
        known = api("batch_check_layer_availability", repositoryName=repository, layerDigests=[digest(data)])
        if known["layers"][0]["layerAvailability"] == "UNAVAILABLE":
            upload(api, repository, data)
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(config, CONFIG),
            "layers": [descriptor(data, LAYER) for data in layers],
            **more,
        }
    )


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def advance(folder, days):
    """Moves the registry's clock, as `practice-ecr` does."""
    path = os.path.join(folder, "clock.json")
    ahead = int(open(path, encoding="utf-8").read()) if os.path.exists(path) else 0
    with open(path + ".draft", "w", encoding="utf-8") as file:
        file.write(str(ahead + days * 86400))
    os.rename(path + ".draft", path)
