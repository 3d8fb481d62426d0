import * as stable from "@opentelemetry/semantic-conventions";
import type { Resource } from "@tapio/contracts/domain/v1/types";
import { LIMITS } from "../core/limits.ts";
import { has, putArray, putNumber, putString } from "./attribute-set.ts";
import type { AttributeSet } from "./attribute-set.ts";
import * as incubating from "./incubating.ts";

interface Convention {
  readonly name: string;
  readonly uid?: string;
  /** The resource's own attributes that have a conventional name. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Kinds without their underscores, so that `stateful_set` and `statefulset` are one. */
const CONVENTIONS: ReadonlyMap<string, Convention> = new Map<string, Convention>([
  ["cluster", { name: stable.ATTR_K8S_CLUSTER_NAME, uid: stable.ATTR_K8S_CLUSTER_UID }],
  ["namespace", { name: stable.ATTR_K8S_NAMESPACE_NAME }],
  ["node", { name: stable.ATTR_K8S_NODE_NAME, uid: stable.ATTR_K8S_NODE_UID }],
  ["pod", { name: stable.ATTR_K8S_POD_NAME, uid: stable.ATTR_K8S_POD_UID, attributes: { ip: stable.ATTR_K8S_POD_IP } }],
  ["deployment", { name: stable.ATTR_K8S_DEPLOYMENT_NAME, uid: stable.ATTR_K8S_DEPLOYMENT_UID }],
  ["replicaset", { name: stable.ATTR_K8S_REPLICASET_NAME, uid: stable.ATTR_K8S_REPLICASET_UID }],
  ["statefulset", { name: stable.ATTR_K8S_STATEFULSET_NAME, uid: stable.ATTR_K8S_STATEFULSET_UID }],
  ["daemonset", { name: stable.ATTR_K8S_DAEMONSET_NAME, uid: stable.ATTR_K8S_DAEMONSET_UID }],
  ["job", { name: stable.ATTR_K8S_JOB_NAME, uid: stable.ATTR_K8S_JOB_UID }],
  ["cronjob", { name: stable.ATTR_K8S_CRONJOB_NAME, uid: stable.ATTR_K8S_CRONJOB_UID }],
  ["service", { name: incubating.ATTR_K8S_SERVICE_NAME, uid: incubating.ATTR_K8S_SERVICE_UID }],
  ["horizontalpodautoscaler", { name: incubating.ATTR_K8S_HPA_NAME, uid: incubating.ATTR_K8S_HPA_UID }],
  ["persistentvolumeclaim", { name: incubating.ATTR_K8S_PERSISTENTVOLUMECLAIM_NAME, uid: incubating.ATTR_K8S_PERSISTENTVOLUMECLAIM_UID }],
  ["container", { name: incubating.ATTR_CONTAINER_NAME, uid: stable.ATTR_CONTAINER_ID }],
  ["host", { name: incubating.ATTR_HOST_NAME, uid: incubating.ATTR_HOST_ID }],
  [
    "process",
    {
      name: incubating.ATTR_PROCESS_EXECUTABLE_NAME,
      uid: incubating.ATTR_PROCESS_PID,
      attributes: {
        pid: incubating.ATTR_PROCESS_PID,
        parent_pid: incubating.ATTR_PROCESS_PARENT_PID,
        command_line: incubating.ATTR_PROCESS_COMMAND_LINE,
        executable_path: incubating.ATTR_PROCESS_EXECUTABLE_PATH,
        owner: incubating.ATTR_PROCESS_OWNER,
      },
    },
  ],
]);

const INTEGER_KEYS = new Set([incubating.ATTR_PROCESS_PID, incubating.ATTR_PROCESS_PARENT_PID]);

/**
 * What a record concerns, in OpenTelemetry's terms. Of several resources of one kind the first, the most specific, has the
 * conventional names; `tapio.resources` lists them all.
 */
export function putResources(set: AttributeSet, resources: readonly Resource[]): void {
  if (resources.length === 0) return;
  const kept = resources.length > LIMITS.resourcesMax ? resources.slice(0, LIMITS.resourcesMax) : resources;
  putArray(set, "tapio.resources", kept.map(labelOf));
  for (const resource of kept) putResource(set, resource);
}

function putResource(set: AttributeSet, resource: Resource): void {
  const { convention, isContainer, own } = namesOf(resource.kind);
  if (convention === undefined) {
    putFirst(set, own.name, resource.name);
    putFirst(set, own.uid, resource.uid);
  } else {
    if (has(set, convention.name)) return;
    putFirst(set, convention.name, resource.name);
    if (isContainer && resource.namespace !== "") putFirst(set, stable.ATTR_K8S_CONTAINER_NAME, resource.name);
    if (convention.uid !== undefined) putFirst(set, convention.uid, resource.uid);
  }
  putFirst(set, stable.ATTR_K8S_NAMESPACE_NAME, resource.namespace);
  putFirst(set, own.version, resource.version);
  for (const name in resource.attributes) {
    const value = resource.attributes[name] ?? "";
    if (isContainer && name === "image") putImage(set, value);
    else putFirst(set, convention?.attributes?.[name] ?? `${own.prefix}.${name}`, value);
  }
}

/** The names of a kind's facts. */
interface KindNames {
  readonly convention: Convention | undefined;
  readonly isContainer: boolean;
  readonly own: { readonly prefix: string; readonly name: string; readonly uid: string; readonly version: string };
}

const knownKinds = new Map<string, KindNames>();
/** Kinds are free text; those that come after so many others are named anew each time. */
const KNOWN_KINDS_MAX = 256;

function namesOf(kind: string): KindNames {
  const known = knownKinds.get(kind);
  if (known !== undefined) return known;
  const plain = kind.replaceAll("_", "");
  const prefix = `tapio.resource.${kind}`;
  const own = { prefix, name: `${prefix}.name`, uid: `${prefix}.uid`, version: `${prefix}.version` };
  const names = { convention: CONVENTIONS.get(plain), isContainer: plain === "container", own };
  if (knownKinds.size < KNOWN_KINDS_MAX) knownKinds.set(kind, names);
  return names;
}

function putFirst(set: AttributeSet, key: string, value: string): void {
  if (value === "" || has(set, key)) return;
  if (!INTEGER_KEYS.has(key)) putString(set, key, value);
  else if (/^\d{1,10}$/.test(value)) putNumber(set, key, Number(value));
}

/** `registry:5000/team/nginx:1.27@sha256:...` is the name `registry:5000/team/nginx`, and the tag `1.27`. */
function putImage(set: AttributeSet, image: string): void {
  const untilDigest = image.split("@", 1)[0] ?? "";
  const colon = untilDigest.lastIndexOf(":");
  const hasTag = colon > untilDigest.lastIndexOf("/");
  putFirst(set, stable.ATTR_CONTAINER_IMAGE_NAME, hasTag ? untilDigest.slice(0, colon) : untilDigest);
  if (hasTag && !has(set, stable.ATTR_CONTAINER_IMAGE_TAGS))
    putArray(set, stable.ATTR_CONTAINER_IMAGE_TAGS, [untilDigest.slice(colon + 1)]);
}

/** E.g. `pod:prod/checkout-7d4b9`. */
function labelOf(resource: Resource): string {
  return `${resource.kind}:${resource.namespace === "" ? "" : `${resource.namespace}/`}${resource.name || resource.uid}`;
}
