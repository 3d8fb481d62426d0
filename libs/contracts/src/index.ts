import { createRegistry, type Registry } from "@bufbuild/protobuf";
import { file_tapio_admin_v1_admin } from "./gen/tapio/admin/v1/admin_pb.ts";
import { file_tapio_domain_v1_record } from "./gen/tapio/domain/v1/record_pb.ts";
import { file_tapio_gateway_v1_config } from "./gen/tapio/gateway/v1/config_pb.ts";
import { file_tapio_ingest_v1_ingest } from "./gen/tapio/ingest/v1/ingest_pb.ts";
import { file_tapio_query_v1_query } from "./gen/tapio/query/v1/query_pb.ts";
import { file_tapio_subscribe_v1_subscribe } from "./gen/tapio/subscribe/v1/subscribe_pb.ts";

/** The files whose services make up the API; a message is imported from its own file, e.g. `@tapio/contracts/domain/v1/event`. */
export const apiFiles = [
  file_tapio_ingest_v1_ingest,
  file_tapio_subscribe_v1_subscribe,
  file_tapio_query_v1_query,
  file_tapio_admin_v1_admin,
] as const;

/** Every message and enum of the API and of the configuration, by name: for `Any`, JSON and CEL. */
export const registry: Registry = createRegistry(...apiFiles, file_tapio_domain_v1_record, file_tapio_gateway_v1_config);
