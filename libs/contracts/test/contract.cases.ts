import assert from "node:assert/strict";
import { create, fromBinary, fromJson, toBinary, toJson } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { AdminService } from "@tapio/contracts/admin/v1/admin";
import { RecordSchema } from "@tapio/contracts/domain/v1/record";
import { GatewayConfigSchema } from "@tapio/contracts/gateway/v1/config";
import { Health } from "@tapio/contracts/grpc/health/v1/health";
import { IngestService } from "@tapio/contracts/ingest/v1/ingest";
import { QueryService } from "@tapio/contracts/query/v1/query";
import { SubscribeService } from "@tapio/contracts/subscribe/v1/subscribe";

/** As `ContractCase` of @tapio/testing, which depends on this package. */
interface Case {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** Golden checks of the public surface; they also run against the packed package. */
export const cases: readonly Case[] = [
  {
    name: "services and messages are imported by the path of their file",
    run: async () => {
      assert.deepEqual(
        [IngestService, SubscribeService, QueryService, AdminService, Health].map(({ typeName }) => typeName),
        [
          "tapio.ingest.v1.IngestService",
          "tapio.subscribe.v1.SubscribeService",
          "tapio.query.v1.QueryService",
          "tapio.admin.v1.AdminService",
          "grpc.health.v1.Health",
        ],
      );
      assert.equal(GatewayConfigSchema.typeName, "tapio.gateway.v1.GatewayConfig");
    },
  },
  {
    name: "a record's bytes and JSON are these",
    run: async () => {
      const record = fromJson(RecordSchema, {
        event: { id: "a", time: "2026-11-01T12:00:00.000000001Z", type: "x.y", severity: "SEVERITY_WARNING" },
      });
      const bytes = toBinary(RecordSchema, record);
      assert.equal(Buffer.from(bytes).toString("hex"), "0a140a0161120808c0d39cd70610012203782e792803");
      assert.deepEqual(toJson(RecordSchema, fromBinary(RecordSchema, bytes)), toJson(RecordSchema, record));
    },
  },
  {
    name: "the rules of the .proto files are in the descriptors",
    run: async () => {
      const result = createValidator().validate(RecordSchema, create(RecordSchema, { kind: { case: "event", value: { id: "a b" } } }));
      assert.equal(result.kind, "invalid");
      assert.ok(result.violations?.some(({ ruleId }) => ruleId === "string.pattern"));
    },
  },
];
