import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { createFileRegistry, fromBinary, type DescMessage } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { create } from "@bufbuild/protobuf";
import { createClient, type Transport } from "@connectrpc/connect";
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionResponse,
} from "@tapio/contracts/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@tapio/contracts/grpc/reflection/v1alpha/reflection";
import { describe, expect, it } from "vitest";
import { startApiServer } from "../testdata/api-server.ts";

type Question = Exclude<ServerReflectionRequest["messageRequest"], { case: undefined }>;
type Answer = ServerReflectionResponse["messageResponse"];

async function ask(transport: Transport, ...questions: Question[]): Promise<Answer[]> {
  async function* requests(): AsyncGenerator<{ messageRequest: Question }> {
    for (const messageRequest of questions) yield { messageRequest };
  }
  const answers: Answer[] = [];
  for await (const { messageResponse } of createClient(ServerReflection, transport).serverReflectionInfo(requests()))
    answers.push(messageResponse);
  return answers;
}

function fileNames(answer: Answer | undefined): string[] {
  if (answer?.case !== "fileDescriptorResponse") throw new Error(`not a file: ${JSON.stringify(answer?.value)}`);
  return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes).name);
}

const publicServices = [
  "tapio.ingest.v1.IngestService",
  "tapio.subscribe.v1.SubscribeService",
  "tapio.query.v1.QueryService",
  "tapio.admin.v1.AdminService",
  "grpc.health.v1.Health",
  "grpc.reflection.v1.ServerReflection",
  "grpc.reflection.v1alpha.ServerReflection",
];

describe("server reflection", () => {
  it("lists the services, in v1 and in v1alpha", async () => {
    await using server = await startApiServer();
    const transport = server.transport("grpc");
    const [answer] = await ask(transport, { case: "listServices", value: "" });
    expect(answer?.case === "listServicesResponse" && answer.value.service.map(({ name }) => name)).toEqual(publicServices);
    const alpha = createClient(ServerReflectionAlpha, transport);
    async function* requests(): AsyncGenerator<{ host: string; messageRequest: { case: "listServices"; value: string } }> {
      yield { host: "h", messageRequest: { case: "listServices", value: "" } };
    }
    for await (const response of alpha.serverReflectionInfo(requests())) {
      expect(response.messageResponse.case).toBe("listServicesResponse");
      expect([response.validHost, response.originalRequest?.host]).toEqual(["h", "h"]);
    }
  });

  it.each([
    "tapio.ingest.v1.IngestService",
    "tapio.ingest.v1.IngestService.Publish",
    "tapio.ingest.v1.PublishRequest",
    "tapio.ingest.v1.PublishRequest.records",
    "tapio.ingest.v1.RecordStatus",
    "tapio.ingest.v1.RECORD_STATUS_ACCEPTED",
  ])("finds the file of %s, with its imports before it", async (symbol) => {
    await using server = await startApiServer();
    const [answer] = await ask(server.transport("grpc"), { case: "fileContainingSymbol", value: symbol });
    const names = fileNames(answer);
    expect(names.at(-1)).toBe("tapio/ingest/v1/ingest.proto");
    expect(names).toContain("tapio/domain/v1/record.proto");
    if (answer?.case !== "fileDescriptorResponse") return;
    const file = answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file }));
    const request: DescMessage | undefined = registry.getMessage("tapio.ingest.v1.PublishRequest");
    expect(request?.field["records"]?.message?.typeName).toBe("tapio.domain.v1.Record");
  });

  it("finds files by name and sends each import once on a stream", async () => {
    await using server = await startApiServer();
    const file: Question = { case: "fileByFilename", value: "tapio/domain/v1/types.proto" };
    const answers = await ask(server.transport("grpc"), file, file);
    expect(fileNames(answers[0]).length).toBeGreaterThan(1);
    expect(fileNames(answers[1])).toEqual(["tapio/domain/v1/types.proto"]);
  });

  it("knows the validation rules as extensions", async () => {
    await using server = await startApiServer();
    const [byNumber, numbers, unknown] = await ask(
      server.transport("grpc"),
      {
        case: "fileContainingExtension",
        value: { $typeName: "grpc.reflection.v1.ExtensionRequest", containingType: "google.protobuf.FieldOptions", extensionNumber: 1159 },
      },
      { case: "allExtensionNumbersOfType", value: "google.protobuf.FieldOptions" },
      {
        case: "fileContainingExtension",
        value: { $typeName: "grpc.reflection.v1.ExtensionRequest", containingType: "google.protobuf.FieldOptions", extensionNumber: 7 },
      },
    );
    expect(fileNames(byNumber).at(-1)).toBe("buf/validate/validate.proto");
    expect(numbers?.case === "allExtensionNumbersResponse" && numbers.value.extensionNumber).toContain(1159);
    expect(unknown?.case === "errorResponse" && unknown.value.errorCode).toBe(5);
  });

  it("answers what it does not know with NOT_FOUND, and nothing with INVALID_ARGUMENT, and goes on", async () => {
    await using server = await startApiServer();
    const answers = await ask(
      server.transport("grpc"),
      { case: "fileByFilename", value: "no.proto" },
      { case: "fileContainingSymbol", value: "tapio.ingest.raw.v1.RawPublishRequest" },
      { case: "allExtensionNumbersOfType", value: "no.Type" },
      { case: undefined } as unknown as Question,
      { case: "listServices", value: "" },
    );
    expect(answers.map((answer) => (answer.case === "errorResponse" ? answer.value.errorCode : answer.case))).toEqual([
      5,
      5,
      5,
      3,
      "listServicesResponse",
    ]);
  });

  it("serves buf curl", async () => {
    await using server = await startApiServer();
    const { stdout } = await promisify(execFile)("buf", ["curl", "--http2-prior-knowledge", "--list-methods", server.http2Url], {
      timeout: 30_000,
    });
    expect(stdout.trim().split("\n").sort()).toEqual([
      "grpc.health.v1.Health/Check",
      "grpc.health.v1.Health/List",
      "grpc.health.v1.Health/Watch",
      "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
      "grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
      "tapio.admin.v1.AdminService/DiscardDeadLetters",
      "tapio.admin.v1.AdminService/DrainDestination",
      "tapio.admin.v1.AdminService/Explain",
      "tapio.admin.v1.AdminService/ListDeadLetters",
      "tapio.admin.v1.AdminService/ListDestinations",
      "tapio.admin.v1.AdminService/PauseDestination",
      "tapio.admin.v1.AdminService/ReloadConfig",
      "tapio.admin.v1.AdminService/ReplayDeadLetters",
      "tapio.admin.v1.AdminService/ResumeDestination",
      "tapio.admin.v1.AdminService/SkipDestination",
      "tapio.ingest.v1.IngestService/Publish",
      "tapio.ingest.v1.IngestService/PublishStream",
      "tapio.query.v1.QueryService/GetJournal",
      "tapio.query.v1.QueryService/GetRecord",
      "tapio.query.v1.QueryService/ListRecords",
      "tapio.subscribe.v1.SubscribeService/Ack",
      "tapio.subscribe.v1.SubscribeService/Claim",
      "tapio.subscribe.v1.SubscribeService/Release",
      "tapio.subscribe.v1.SubscribeService/Subscribe",
    ]);
  }, 40_000);
});
