import { createGrpcIntegration } from "@tapio/integration-grpc";
import { integrationContractCases, type ContractCase } from "@tapio/testing";
import { startIngestPeer } from "./ingest-peer.ts";

/** gRPC has no status that means "never again", so there is no mode `gone`. */
export const cases: ContractCase[] = integrationContractCases({
  create: createGrpcIntegration,
  startPeer: startIngestPeer,
  modes: ["refuse_record", "unavailable", "throttle", "deny", "hang", "reset"],
});
