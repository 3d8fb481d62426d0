/**
 * Names that OpenTelemetry's conventions do not call stable yet. They stand here and are not imported, since
 * `@opentelemetry/semantic-conventions/incubating` may change in any release; a test compares them with it.
 */
export const ATTR_CONTAINER_NAME = "container.name";
export const ATTR_HOST_ID = "host.id";
export const ATTR_HOST_NAME = "host.name";
export const ATTR_K8S_HPA_NAME = "k8s.hpa.name";
export const ATTR_K8S_HPA_UID = "k8s.hpa.uid";
export const ATTR_K8S_PERSISTENTVOLUMECLAIM_NAME = "k8s.persistentvolumeclaim.name";
export const ATTR_K8S_PERSISTENTVOLUMECLAIM_UID = "k8s.persistentvolumeclaim.uid";
export const ATTR_K8S_SERVICE_NAME = "k8s.service.name";
export const ATTR_K8S_SERVICE_UID = "k8s.service.uid";
export const ATTR_PROCESS_COMMAND_LINE = "process.command_line";
export const ATTR_PROCESS_EXECUTABLE_NAME = "process.executable.name";
export const ATTR_PROCESS_EXECUTABLE_PATH = "process.executable.path";
export const ATTR_PROCESS_OWNER = "process.owner";
export const ATTR_PROCESS_PARENT_PID = "process.parent_pid";
export const ATTR_PROCESS_PID = "process.pid";
