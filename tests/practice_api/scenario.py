"""What people and scripts ask of ECR, asked of a server through real clients. Every raw answer is checked
against botocore's model by `clients`; what the answers say is checked here.

Usage: scenario.py FOLDER MODEL_TXT, with the environment of the server set. Ends with 1 when anything was
wrong, and says what on standard error."""

import base64
import json
import os
import subprocess
import sys
import time
import urllib.request

import check
import clients
from clients import INDEX, MANIFEST, advance, descriptor, digest, image, layer, wrong

folder, table = sys.argv[1], sys.argv[2]
started = time.monotonic()
found, operations = check.problems_of_table(open(table, encoding="utf-8").read())
for what in found:
    wrong(f"model.txt: {what}")

clients.listen()
cli, api = clients.Cli(), clients.Api()
REGION = os.environ["AWS_DEFAULT_REGION"]
ACCOUNT = "123456789012"
ARN = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/"


def expect(what, got, wanted):
    if got != wanted:
        wrong(f"{what}: {got!r}, not {wanted!r}")


def rules(*rules):
    return json.dumps({"rules": list(rules)})


def rule(priority, status, kind, number, **more):
    selection = {"tagStatus": status, "countType": kind, "countNumber": number, **more}
    if kind != "imageCountMoreThan":
        selection["countUnit"] = "days"
    return {"rulePriority": priority, "selection": selection, "action": {"type": "expire"}}


# Who asks.
code, out, err = cli.run("sts", "get-caller-identity")
expect("account", json.loads(out or "{}").get("Account"), ACCOUNT)
for variable, value, kind in [
    ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", "UnrecognizedClientException"),
    ("AWS_SECRET_ACCESS_KEY", "guessed", "InvalidSignatureException"),
]:
    kept = os.environ[variable]
    os.environ[variable] = value
    clients.Cli().refused(kind, "describe-repositories")
    os.environ[variable] = kept

# Repositories.
made = cli("create-repository", "--repository-name", "team/app", "--tags", "Key=team,Value=blue")
expect("uri", made["repository"]["repositoryUri"].split("/", 1)[1], "team/app")
expect("mutability", made["repository"]["imageTagMutability"], "MUTABLE")
cli.refused("RepositoryAlreadyExistsException", "create-repository", "--repository-name", "team/app",
            says="The repository with name 'team/app' already exists in the registry with id '123456789012'")
cli("create-repository", "--repository-name", "locked", "--image-tag-mutability", "IMMUTABLE",
    "--image-scanning-configuration", "scanOnPush=true",
    "--encryption-configuration", "encryptionType=KMS")
made = cli("create-repository", "--repository-name", "mixed",
           "--image-tag-mutability", "IMMUTABLE_WITH_EXCLUSION",
           "--image-tag-mutability-exclusion-filters", "filterType=WILDCARD,filter=dev-*")
expect("filter", made["repository"]["imageTagMutabilityExclusionFilters"], [{"filterType": "WILDCARD", "filter": "dev-*"}])
cli.refused("InvalidParameterException", "create-repository", "--repository-name", "bad",
            "--image-tag-mutability", "IMMUTABLE_WITH_EXCLUSION")
cli.refused("InvalidParameterException", "create-repository", "--repository-name", "Bad/Name",
            says="must satisfy regular expression")
cli.refused("InvalidParameterException", "create-repository", "--repository-name", "bad",
            "--encryption-configuration", "encryptionType=AES256,kmsKey=alias/x")
cli.refused("InvalidTagParameterException", "create-repository", "--repository-name", "bad",
            "--tags", "Key=aws:x,Value=y")
expect("names", [r["repositoryName"] for r in cli("describe-repositories")["repositories"]], ["locked", "mixed", "team/app"])
expect("text", cli("describe-repositories", "--repository-names", "team/app", "--output", "text",
                   "--query", "repositories[0].repositoryArn"), ARN + "team/app")
expect("pages", len(cli("describe-repositories", "--page-size", "1")["repositories"]), 3)
cli.refused("RepositoryNotFoundException", "describe-repositories", "--repository-names", "none",
            says="The repository with name 'none' does not exist in the registry with id '123456789012'")
cli.refused("RepositoryNotFoundException", "list-images", "--repository-name", "team/app",
            "--registry-id", "999999999999", says="in the registry with id '999999999999'")
cli("put-image-tag-mutability", "--repository-name", "mixed", "--image-tag-mutability", "MUTABLE")
cli("put-image-tag-mutability", "--repository-name", "mixed", "--image-tag-mutability", "IMMUTABLE_WITH_EXCLUSION",
    "--image-tag-mutability-exclusion-filters", "filterType=WILDCARD,filter=dev-*")

# Constraints that the command line would not let through.
for method, arguments, says in [
    ("create_repository", {"repositoryName": "a"}, "length greater than or equal to 2"),
    ("describe_images", {}, "at 'repositoryName' failed to satisfy constraint: 'Member must not be null'"),
    ("list_images", {"repositoryName": "locked", "maxResults": 5000}, "less than or equal to 1000"),
    ("list_images", {"repositoryName": "locked", "nextToken": "%%"}, "nextToken"),
    ("batch_get_image", {"repositoryName": "locked", "imageIds": []}, "length greater than or equal to 1"),
    ("put_image_tag_mutability", {"repositoryName": "locked", "imageTagMutability": "NEVER"}, "enum value set"),
    ("put_lifecycle_policy", {"repositoryName": "locked", "lifecyclePolicyText": "{}"}, "length greater than or equal to 100"),
]:
    api.refused("InvalidParameterException", method, says=says, **arguments)
api.refused("SerializationException", "list_images", repositoryName=7)

# Tags of resources.
cli("tag-resource", "--resource-arn", ARN + "team/app", "--tags", "Key=stage,Value=test")
expect("tags", cli("list-tags-for-resource", "--resource-arn", ARN + "team/app")["tags"],
       [{"Key": "stage", "Value": "test"}, {"Key": "team", "Value": "blue"}])
cli("untag-resource", "--resource-arn", ARN + "team/app", "--tag-keys", "stage")
cli.refused("RepositoryNotFoundException", "list-tags-for-resource", "--resource-arn", ARN + "none")
cli.refused("InvalidParameterException", "list-tags-for-resource", "--resource-arn", "arn:aws:ecr:elsewhere:1:repository/x")
many = [{"Key": f"k{n}", "Value": ""} for n in range(51)]
api.refused("TooManyTagsException", "tag_resource", resourceArn=ARN + "team/app", tags=many)

# Layers and images.
base = layer({
    "usr/lib/os-release": b'ID=debian\nVERSION_ID="12"\n',
    "var/lib/dpkg/status": b"Package: libc6\nStatus: install ok installed\nSource: glibc\nVersion: 2.36-9+deb12u1\n",
})
app = layer({"app/lib/PyYAML-5.3.dist-info/METADATA": b"Name: PyYAML\nVersion: 5.3\n"})
fixed = layer({"app/lib/PyYAML-6.0.dist-info/METADATA": b"Name: PyYAML\nVersion: 6.0\n"})
first = image(api, "team/app", [base, app], "first")
second = image(api, "team/app", [base, fixed], "second")
cli("put-image", "--repository-name", "team/app", "--image-manifest", first, "--image-tag", "v1")
cli.refused("ImageAlreadyExistsException", "put-image", "--repository-name", "team/app",
            "--image-manifest", first, "--image-tag", "v1",
            says=f"Image with digest '{digest(first.encode())}' and tag 'v1' already exists")
retagged = cli("batch-get-image", "--repository-name", "team/app", "--image-ids", "imageTag=v1",
               "--query", "images[0].imageManifest", "--output", "json")
expect("manifest", retagged, first)
cli("put-image", "--repository-name", "team/app", "--image-manifest", retagged, "--image-tag", "release-1")
cli("put-image", "--repository-name", "team/app", "--image-manifest", second, "--image-tag", "v2",
    "--image-digest", digest(second.encode()))
cli.refused("ImageDigestDoesNotMatchException", "put-image", "--repository-name", "team/app",
            "--image-manifest", second, "--image-digest", digest(b""))
cli.refused("InvalidParameterException", "put-image", "--repository-name", "team/app", "--image-manifest", "{}")
cli.refused("InvalidParameterException", "put-image", "--repository-name", "team/app",
            "--image-manifest", second, "--image-tag", "a/b")
cli.refused("LayersNotFoundException", "put-image", "--repository-name", "mixed",
            "--image-manifest", first, "--image-tag", "v1", says=digest(base))
child = descriptor(first.encode(), MANIFEST)
index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [child]})
cli.refused("ReferencedImagesNotFoundException", "put-image", "--repository-name", "mixed",
            "--image-manifest", index, "--image-manifest-media-type", INDEX)
cli("put-image", "--repository-name", "team/app", "--image-manifest", index, "--image-tag", "multi",
    "--image-manifest-media-type", INDEX)
signature = image(api, "team/app", [layer({"sig": b"1"})], "signature", subject=child, artifactType="application/x-signature",
                  annotations={"by": "us"})
cli("put-image", "--repository-name", "team/app", "--image-manifest", signature)

for name, tags in (("locked", ["v1"]), ("mixed", ["v1", "dev-1", "dev-1"])):
    for number, tag in enumerate(tags):
        manifest = image(api, name, [base, app], f"{name} {number}")
        cli("put-image", "--repository-name", name, "--image-manifest", manifest, "--image-tag", tag)
    other = image(api, name, [base], "other")
    cli.refused("ImageTagAlreadyExistsException", "put-image", "--repository-name", name,
                "--image-manifest", other, "--image-tag", "v1", says="because the tag is immutable")

# Uploads that go wrong.
api.refused("UploadNotFoundException", "upload_layer_part", repositoryName="locked",
            uploadId="00000000-0000-4000-8000-000000000000", partFirstByte=0, partLastByte=0, layerPartBlob=b"x")
begun = cli("initiate-layer-upload", "--repository-name", "locked")["uploadId"]
part = {"repositoryName": "locked", "uploadId": begun}
api.refused("EmptyUploadException", "complete_layer_upload", layerDigests=[digest(b"x")], **part)
api.refused("InvalidLayerPartException", "upload_layer_part", partFirstByte=5, partLastByte=5, layerPartBlob=b"x", **part)
api.refused("InvalidLayerPartException", "upload_layer_part", partFirstByte=0, partLastByte=5, layerPartBlob=b"x", **part)
api("upload_layer_part", partFirstByte=0, partLastByte=0, layerPartBlob=b"x", **part)
api("upload_layer_part", partFirstByte=1, partLastByte=1, layerPartBlob=b"y", **part)
api.refused("LayerPartTooSmallException", "complete_layer_upload", layerDigests=[digest(b"xy")], **part)
begun = api("initiate_layer_upload", repositoryName="locked")["uploadId"]
part = {"repositoryName": "locked", "uploadId": begun}
api("upload_layer_part", partFirstByte=0, partLastByte=0, layerPartBlob=b"x", **part)
api.refused("InvalidLayerException", "complete_layer_upload", layerDigests=[digest(b"other")], **part)
begun = api("initiate_layer_upload", repositoryName="locked")["uploadId"]
part = {"repositoryName": "locked", "uploadId": begun}
api("upload_layer_part", partFirstByte=0, partLastByte=len(base) - 1, layerPartBlob=base, **part)
api.refused("LayerAlreadyExistsException", "complete_layer_upload", layerDigests=[digest(base)], **part)
answer = cli("batch-check-layer-availability", "--repository-name", "locked", "--layer-digests", digest(base), digest(b"no"), "x")
expect("availability", [l["layerAvailability"] for l in answer["layers"]], ["AVAILABLE", "UNAVAILABLE"])
expect("failure", answer["failures"][0]["failureCode"], "InvalidLayerDigest")
url = cli("get-download-url-for-layer", "--repository-name", "locked", "--layer-digest", digest(base))["downloadUrl"]
login, place = url.removeprefix("http://").split("@")
request = urllib.request.Request(f"http://{place}", headers={"Authorization": f"Basic {clients.encoded(login)}"})
expect("layer", urllib.request.urlopen(request, timeout=20).read(), base)
cli.refused("LayersNotFoundException", "get-download-url-for-layer", "--repository-name", "locked", "--layer-digest", digest(b"no"))
lone = clients.upload(api, "locked", b"nobody's")
cli.refused("LayerInaccessibleException", "get-download-url-for-layer", "--repository-name", "locked", "--layer-digest", lone)

# Images listed and described.
listed = cli("list-images", "--repository-name", "team/app")["imageIds"]
expect("tags listed", sorted(i.get("imageTag", "") for i in listed), ["", "multi", "release-1", "v1", "v2"])
expect("untagged", len(cli("list-images", "--repository-name", "team/app", "--filter", "tagStatus=UNTAGGED")["imageIds"]), 1)
expect("tagged, by pages", len(cli("list-images", "--repository-name", "team/app", "--filter", "tagStatus=TAGGED",
                                   "--page-size", "2")["imageIds"]), 4)
details = {tag: d for d in cli("describe-images", "--repository-name", "team/app")["imageDetails"] for tag in d.get("imageTags", [""])}
size = len(base) + len(app) + len(json.dumps({"note": "first"}))
expect("size", details["v1"]["imageSizeInBytes"], size)
expect("size of an index", details["multi"]["imageSizeInBytes"], size)
expect("subject", details[""]["subjectManifestDigest"], digest(first.encode()))
expect("one", cli("describe-images", "--repository-name", "team/app", "--image-ids", "imageTag=v1", "--output", "text",
                  "--query", "imageDetails[0].imageTags | sort(@) | join(',', @)"), "release-1,v1")
cli.refused("ImageNotFoundException", "describe-images", "--repository-name", "team/app", "--image-ids", "imageTag=none",
            says="The image with imageId {imageDigest:'null', imageTag:'none'} does not exist within the repository with "
                 "name 'team/app' in the registry with id '123456789012'")
fetched = cli("batch-get-image", "--repository-name", "team/app", "--image-ids", "imageTag=v2", "imageTag=none",
              f"imageTag=v1,imageDigest={digest(second.encode())}", "imageDigest=x")
expect("fetched", [len(fetched["images"]), [f["failureCode"] for f in fetched["failures"]]],
       [1, ["ImageNotFound", "ImageTagDoesNotMatchDigest", "InvalidImageDigest"]])
referrers = api("list_image_referrers", repositoryName="team/app", subjectId={"imageDigest": digest(first.encode())})["referrers"]
expect("referrers", [(r["artifactType"], r["annotations"]) for r in referrers], [("application/x-signature", {"by": "us"})])
expect("other types", cli("list-image-referrers", "--repository-name", "team/app", "--subject-id",
                          f"imageDigest={digest(first.encode())}", "--filter", "artifactTypes=none")["referrers"], [])

# Scans.
cli.refused("ScanNotFoundException", "describe-image-scan-findings", "--repository-name", "team/app", "--image-id", "imageTag=v1",
            says="Image scan does not exist for the image with '{imageDigest:'")
expect("started", cli("start-image-scan", "--repository-name", "team/app", "--image-id", "imageTag=v1")["imageScanStatus"]["status"], "IN_PROGRESS")
cli("wait", "image-scan-complete", "--repository-name", "team/app", "--image-id", "imageTag=v1")
findings = cli("describe-image-scan-findings", "--repository-name", "team/app", "--image-id", "imageTag=v1")
expect("counts", findings["imageScanFindings"]["findingSeverityCounts"], {"CRITICAL": 2, "HIGH": 2})
attributes = {a["key"]: a["value"] for a in findings["imageScanFindings"]["findings"][0]["attributes"]}
expect("where", (attributes["package_name"], attributes["package_version"], attributes["layer"]), ("pyyaml", "5.3", "2"))
expect("pages of findings", len(cli("describe-image-scan-findings", "--repository-name", "team/app", "--image-id", "imageTag=v1",
                                    "--page-size", "1")["imageScanFindings"]["findings"]), 4)
cli.refused("LimitExceededException", "start-image-scan", "--repository-name", "team/app", "--image-id", "imageTag=v1",
            says="The scan quota per image has been exceeded")
cli.refused("UnsupportedImageTypeException", "start-image-scan", "--repository-name", "team/app", "--image-id", "imageTag=multi")
cli.refused("ImageNotFoundException", "start-image-scan", "--repository-name", "team/app", "--image-id", "imageTag=none")
cli("start-image-scan", "--repository-name", "team/app", "--image-id", "imageTag=v2")
expect("fixed", sorted(cli("describe-image-scan-findings", "--repository-name", "team/app", "--image-id", "imageTag=v2",
                           "--query", "imageScanFindings.findings[].name")), ["CVE-2023-4911", "CVE-2024-2961"])
expect("scanned on push", cli("describe-image-scan-findings", "--repository-name", "locked", "--image-id", "imageTag=v1")
       ["imageScanStatus"]["status"], "COMPLETE")
cli("put-image-scanning-configuration", "--repository-name", "mixed", "--image-scanning-configuration", "scanOnPush=true")
cli("get-registry-scanning-configuration")
cli("put-registry-scanning-configuration", "--scan-type", "ENHANCED", "--rules",
    '[{"scanFrequency":"CONTINUOUS_SCAN","repositoryFilters":[{"filter":"mix*","filterType":"WILDCARD"}]}]')
cli.refused("InvalidParameterException", "put-registry-scanning-configuration", "--scan-type", "ENHANCED", "--rules",
            '[{"scanFrequency":"MANUAL","repositoryFilters":[]}]')
several = cli("batch-get-repository-scanning-configuration", "--repository-names", "mixed", "team/app", "none")
expect("frequencies", [c["scanFrequency"] for c in several["scanningConfigurations"]], ["CONTINUOUS_SCAN", "MANUAL"])
expect("unknown", several["failures"][0]["failureCode"], "REPOSITORY_NOT_FOUND")
cli.refused("ValidationException", "start-image-scan", "--repository-name", "team/app", "--image-id", "imageTag=v2")
manifest = image(api, "mixed", [base, app], "enhanced")
cli("put-image", "--repository-name", "mixed", "--image-manifest", manifest, "--image-tag", "dev-2")
findings = cli("describe-image-scan-findings", "--repository-name", "mixed", "--image-id", "imageTag=dev-2")
package = findings["imageScanFindings"]["enhancedFindings"][0]["packageVulnerabilityDetails"]["vulnerablePackages"][0]
expect("the layer that brought it", (package["name"], package["sourceLayerHash"]), ("pyyaml", digest(app)))
cli("put-registry-scanning-configuration", "--scan-type", "BASIC", "--rules", "[]")

# Policies.
policy = json.dumps({"Version": "2012-10-17", "Statement": [
    {"Sid": "no", "Effect": "Deny", "Principal": "*", "Action": ["ecr:BatchDelete*"]}]})
cli.refused("RepositoryPolicyNotFoundException", "get-repository-policy", "--repository-name", "locked")
cli("set-repository-policy", "--repository-name", "locked", "--policy-text", policy)
expect("policy", json.loads(cli("get-repository-policy", "--repository-name", "locked")["policyText"]), json.loads(policy))
cli.refused("AccessDeniedException", "batch-delete-image", "--repository-name", "locked", "--image-ids", "imageTag=v1",
            says="is not authorized to perform: ecr:BatchDeleteImage on resource: " + ARN + "locked with an explicit deny")
cli("delete-repository-policy", "--repository-name", "locked")
cli.refused("InvalidParameterException", "set-repository-policy", "--repository-name", "locked", "--policy-text", "{}")
cli.refused("RegistryPolicyNotFoundException", "get-registry-policy")
cli("put-registry-policy", "--policy-text", policy)
cli("get-registry-policy")
cli("delete-registry-policy")

# The registry's settings.
cli.refused("InvalidParameterException", "get-account-setting", "--name", "NONE")
cli("put-account-setting", "--name", "BLOB_MOUNTING", "--value", "DISABLED")
expect("setting", cli("get-account-setting", "--name", "BLOB_MOUNTING")["value"], "DISABLED")
cli("put-account-setting", "--name", "BLOB_MOUNTING", "--value", "ENABLED")
principal = f"arn:aws:iam::{ACCOUNT}:role/scanner"
cli("register-pull-time-update-exclusion", "--principal-arn", principal)
cli.refused("ExclusionAlreadyExistsException", "register-pull-time-update-exclusion", "--principal-arn", principal)
expect("exclusions", cli("list-pull-time-update-exclusions")["pullTimeUpdateExclusions"], [principal])
cli("deregister-pull-time-update-exclusion", "--principal-arn", principal)
cli.refused("ExclusionNotFoundException", "deregister-pull-time-update-exclusion", "--principal-arn", principal)
cli("put-replication-configuration", "--replication-configuration", json.dumps({"rules": [
    {"destinations": [{"region": "us-west-2", "registryId": ACCOUNT}],
     "repositoryFilters": [{"filter": "team", "filterType": "PREFIX_MATCH"}]}]}))
cli.refused("InvalidParameterException", "put-replication-configuration", "--replication-configuration", json.dumps({"rules": [
    {"destinations": [{"region": REGION, "registryId": ACCOUNT}]}]}), says="cannot be the same as the source registry")
expect("rules", len(cli("describe-registry")["replicationConfiguration"]["rules"]), 1)
copies = cli("describe-image-replication-status", "--repository-name", "team/app", "--image-id", "imageTag=v1")
expect("copies", [c["status"] for c in copies["replicationStatuses"]], ["FAILED"])
cli("create-pull-through-cache-rule", "--ecr-repository-prefix", "quay", "--upstream-registry-url", "quay.io")
cli.refused("PullThroughCacheRuleAlreadyExistsException", "create-pull-through-cache-rule",
            "--ecr-repository-prefix", "quay", "--upstream-registry-url", "quay.io")
cli.refused("UnsupportedUpstreamRegistryException", "create-pull-through-cache-rule",
            "--ecr-repository-prefix", "other", "--upstream-registry-url", "registry.example.com")
cli.refused("InvalidParameterException", "create-pull-through-cache-rule",
            "--ecr-repository-prefix", "hub", "--upstream-registry-url", "registry-1.docker.io", says="Credentials are required")
secret = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:ecr-pullthroughcache/hub"
cli("create-pull-through-cache-rule", "--ecr-repository-prefix", "hub", "--upstream-registry-url", "registry-1.docker.io",
    "--credential-arn", secret)
cli("update-pull-through-cache-rule", "--ecr-repository-prefix", "hub", "--credential-arn", secret + "2")
expect("rules", [r["ecrRepositoryPrefix"] for r in cli("describe-pull-through-cache-rules")["pullThroughCacheRules"]], ["hub", "quay"])
expect("valid", cli("validate-pull-through-cache-rule", "--ecr-repository-prefix", "hub")["isValid"], False)
cli("delete-pull-through-cache-rule", "--ecr-repository-prefix", "hub")
cli.refused("PullThroughCacheRuleNotFoundException", "delete-pull-through-cache-rule", "--ecr-repository-prefix", "hub")
untagged = rules(rule(1, "untagged", "imageCountMoreThan", 1))
cli("create-repository-creation-template", "--prefix", "auto", "--applied-for", "CREATE_ON_PUSH",
    "--image-tag-mutability", "IMMUTABLE", "--lifecycle-policy", untagged, "--resource-tags", "Key=a,Value=b")
cli.refused("TemplateAlreadyExistsException", "create-repository-creation-template", "--prefix", "auto", "--applied-for", "REPLICATION")
cli("update-repository-creation-template", "--prefix", "auto", "--description", "made by a push")
expect("templates", [t["description"] for t in cli("describe-repository-creation-templates")["repositoryCreationTemplates"]], ["made by a push"])
token = cli("get-authorization-token")["authorizationData"][0]
password = base64.b64decode(token["authorizationToken"]).decode().split(":", 1)[1]
if not cli("get-login-password"):
    wrong("get-login-password gave nothing")
basic = {"Authorization": "Basic " + clients.encoded("AWS:" + password)}
begin = urllib.request.Request(f"{token['proxyEndpoint']}/v2/auto/made/blobs/uploads/", method="POST", headers=basic, data=b"")
expect("a push into nothing", urllib.request.urlopen(begin, timeout=20).status, 202)
expect("made by it", cli("describe-repositories", "--repository-names", "auto/made", "--output", "text",
                         "--query", "repositories[0].imageTagMutability"), "IMMUTABLE")
expect("with its policy", cli("get-lifecycle-policy", "--repository-name", "auto/made")["lifecyclePolicyText"], untagged)
cli("delete-repository-creation-template", "--prefix", "auto")
cli.refused("TemplateNotFoundException", "delete-repository-creation-template", "--prefix", "auto")

# The archive.
archive = ["update-image-storage-class", "--repository-name", "team/app", "--image-id", "imageTag=v2", "--target-storage-class"]
cli(*archive, "ARCHIVE")
cli.refused("ImageStorageClassUpdateNotSupportedException", *archive, "ARCHIVE")
cli.refused("ImageArchivedException", "start-image-scan", "--repository-name", "team/app", "--image-id", "imageTag=v2")
expect("archived", len(cli("list-images", "--repository-name", "team/app", "--filter", "imageStatus=ARCHIVED")["imageIds"]), 1)
expect("inaccessible", cli("batch-get-image", "--repository-name", "team/app", "--image-ids", "imageTag=v2")
       ["failures"][0]["failureCode"], "ImageInaccessible")
cli(*archive, "STANDARD")

# Lifecycle.
cli.refused("LifecyclePolicyNotFoundException", "get-lifecycle-policy", "--repository-name", "team/app",
            says="Lifecycle policy does not exist for the repository with name 'team/app' in the registry with id '123456789012'")
cli.refused("LifecyclePolicyNotFoundException", "start-lifecycle-policy-preview", "--repository-name", "team/app")
cli.refused("LifecyclePolicyPreviewNotFoundException", "get-lifecycle-policy-preview", "--repository-name", "team/app")
two = rules(rule(1, "untagged", "imageCountMoreThan", 1), rule(2, "untagged", "sinceImagePushed", 1))
cli.refused("InvalidParameterException", "put-lifecycle-policy", "--repository-name", "team/app", "--lifecycle-policy-text", two,
            says="Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: "
                 "Only one rule can select Untagged images per storage class.'")
aged = rules(rule(1, "tagged", "sinceImagePushed", 14, tagPatternList=["v*"]), rule(2, "any", "sinceImagePushed", 30))
cli("start-lifecycle-policy-preview", "--repository-name", "team/app", "--lifecycle-policy-text", aged)
cli("wait", "lifecycle-policy-preview-complete", "--repository-name", "team/app")
expect("nothing yet", cli("get-lifecycle-policy-preview", "--repository-name", "team/app")["previewResults"], [])
cli("put-lifecycle-policy", "--repository-name", "team/app", "--lifecycle-policy-text", aged)
expect("kept", cli("get-lifecycle-policy", "--repository-name", "team/app")["lifecyclePolicyText"], aged)
cli("create-repository", "--repository-name", "preview")
for number in range(3):
    manifest = image(api, "preview", [base], f"preview {number}")
    cli("put-image", "--repository-name", "preview", "--image-manifest", manifest, "--image-tag", f"p{number}")
keep = rules(rule(5, "tagged", "imageCountMoreThan", 1, tagPrefixList=["p"]))
cli("start-lifecycle-policy-preview", "--repository-name", "preview", "--lifecycle-policy-text", keep)
preview = cli("get-lifecycle-policy-preview", "--repository-name", "preview", "--page-size", "1")
expect("previewed", [(p["action"], p["appliedRulePriority"]) for p in preview["previewResults"]], [({"type": "EXPIRE"}, 5)] * 2)
preview = api("get_lifecycle_policy_preview", repositoryName="preview", maxResults=1)
expect("summary", preview["summary"]["expiringImageTotalCount"], 2)
expect("still there", len(cli("list-images", "--repository-name", "preview")["imageIds"]), 3)
cli("put-lifecycle-policy", "--repository-name", "preview", "--lifecycle-policy-text", keep)
expect("applied", len(cli("list-images", "--repository-name", "preview")["imageIds"]), 1)
cli("delete-lifecycle-policy", "--repository-name", "preview")
advance(folder, 15)
# The image with v1 is named by the index; v2 was brought back from the archive today, 15 days ago.
left = sorted(i.get("imageTag", "") for i in cli("list-images", "--repository-name", "team/app")["imageIds"])
expect("after 15 days", left, ["", "multi", "release-1", "v1"])
advance(folder, 20)
expect("after 35 days", cli("list-images", "--repository-name", "team/app")["imageIds"], [])

# Deletions.
gone = cli("batch-delete-image", "--repository-name", "mixed", "--image-ids", "imageTag=v1", "imageTag=none")
expect("deleted", (gone["imageIds"][0]["imageTag"], gone["failures"][0]["failureCode"]), ("v1", "ImageNotFound"))
index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(manifest.encode(), MANIFEST)]})
left = cli("list-images", "--repository-name", "preview")["imageIds"][0]["imageDigest"]
text = api("batch_get_image", repositoryName="preview", imageIds=[{"imageDigest": left}])["images"][0]["imageManifest"]
index = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [descriptor(text.encode(), MANIFEST)]})
cli("put-image", "--repository-name", "preview", "--image-manifest", index, "--image-tag", "list")
gone = cli("batch-delete-image", "--repository-name", "preview", "--image-ids", f"imageDigest={left}")
expect("held by a list", gone["failures"][0]["failureCode"], "ImageReferencedByManifestList")
cli.refused("RepositoryNotEmptyException", "delete-repository", "--repository-name", "preview", says="still contains images")
for name in ("preview", "mixed", "locked", "team/app", "auto/made"):
    cli("delete-repository", "--repository-name", name, "--force")
expect("nothing left", cli("describe-repositories")["repositories"], [])
cli.refused("RepositoryNotFoundException", "delete-repository", "--repository-name", "team/app")

# What is not practised says so.
for method, arguments in [("get_signing_configuration", {}), ("list_replication_backfills", {})]:
    api.refused("UnknownOperationException", method, says="is not practised here", **arguments)

# The program itself, as a script runs it.
for words, wanted in [
    (["sts", "get-caller-identity", "--query", "Account", "--output", "text"], (0, ACCOUNT)),
    (["ecr", "create-repository", "--repository-name", "shell", "--query", "repository.repositoryName", "--output", "text"], (0, "shell")),
    (["ecr", "create-repository", "--repository-name", "shell"], (255, "")),
    (["ecr", "delete-repository", "--repository-name", "shell", "--query", "repository.repositoryName", "--output", "text"], (0, "shell")),
]:
    done = subprocess.run([os.path.join(os.path.dirname(sys.executable), "aws"), *words], capture_output=True, text=True, timeout=120)
    expect(" ".join(words), (done.returncode, done.stdout.strip()), wanted)

missing = sorted(set(operations) - set(clients.asked))
expect("operations that were not asked", missing, [])
if cli.calls < 60:
    wrong(f"only {cli.calls} calls of the command line")
print(f"{cli.calls} calls of aws, {sum(clients.asked.values())} answers of {len(clients.asked)} operations checked, "
      f"{len(clients.problems)} wrong, {time.monotonic() - started:.1f} s")
sys.exit(1 if clients.problems else 0)
