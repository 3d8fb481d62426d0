import type { DescFile, DescMethodStreaming, DescService, MessageInitShape } from "@bufbuild/protobuf";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import {
  ServerReflection,
  type ServerReflectionRequest,
  type ServerReflectionRequestSchema,
  type ServerReflectionResponseSchema,
} from "@tapio/contracts/grpc/reflection/v1/reflection";
import { ServerReflection as ServerReflectionAlpha } from "@tapio/contracts/grpc/reflection/v1alpha/reflection";
import { createSymbolIndex, encodeFile, withDependencies, type SymbolIndex } from "./symbol-index.ts";

const { serverReflectionInfo } = ServerReflection.method;

/** v1alpha has the messages of v1 under another package: the same wire form. */
const alphaReflectionInfo: DescMethodStreaming<typeof ServerReflectionRequestSchema, typeof ServerReflectionResponseSchema> & {
  methodKind: "bidi_streaming";
} = {
  ...ServerReflectionAlpha.method.serverReflectionInfo,
  input: serverReflectionInfo.input,
  output: serverReflectionInfo.output,
};

type Answer = Exclude<MessageInitShape<typeof ServerReflectionResponseSchema>["messageResponse"], undefined>;

/** gRPC server reflection, v1 and v1alpha (https://grpc.io/docs/guides/reflection/), for these services and its own. */
export function routeReflection(router: ConnectRouter, services: readonly DescService[]): void {
  const listed = [...services, ServerReflection, ServerReflectionAlpha];
  let index: SymbolIndex | undefined;
  async function* answerAll(
    requests: AsyncIterable<ServerReflectionRequest>,
  ): AsyncGenerator<MessageInitShape<typeof ServerReflectionResponseSchema>> {
    // Made when somebody asks: it takes longer than a start should.
    index ??= createSymbolIndex(listed.map((service) => service.file));
    const sent = new Set<string>();
    for await (const request of requests) {
      const messageResponse = answer(request.messageRequest, index, listed, sent);
      yield { validHost: request.host, originalRequest: request, messageResponse };
    }
  }
  router.rpc(serverReflectionInfo, answerAll);
  router.rpc(alphaReflectionInfo, answerAll);
}

function answer(
  request: ServerReflectionRequest["messageRequest"],
  index: SymbolIndex,
  services: readonly DescService[],
  sent: Set<string>,
): Answer {
  switch (request.case) {
    case "listServices": {
      const service = services.map(({ typeName }) => ({ name: typeName }));
      return { case: "listServicesResponse", value: { service } };
    }
    case "fileByFilename":
      return filesAnswer(index.file(request.value), `file ${request.value}`, sent);
    case "fileContainingSymbol":
      return filesAnswer(index.fileOf(request.value), `symbol ${request.value}`, sent);
    case "fileContainingExtension": {
      const { containingType, extensionNumber } = request.value;
      const extension = index.extension(containingType, extensionNumber);
      return filesAnswer(extension?.file, `extension ${extensionNumber} of ${containingType}`, sent);
    }
    case "allExtensionNumbersOfType": {
      const known = index.fileOf(request.value);
      if (known === undefined) return refusal(Code.NotFound, `there is no type ${request.value}`);
      const extensionNumber = [...index.extensionNumbers(request.value)];
      return { case: "allExtensionNumbersResponse", value: { baseTypeName: request.value, extensionNumber } };
    }
    case undefined:
      return refusal(Code.InvalidArgument, "message_request: is missing");
  }
}

/** A file with its imports, without those that this stream has sent before. */
function filesAnswer(file: DescFile | undefined, what: string, sent: Set<string>): Answer {
  if (file === undefined) return refusal(Code.NotFound, `there is no ${what}`);
  const fresh = withDependencies([file]).filter(({ proto }) => proto.name === file.proto.name || !sent.has(proto.name));
  for (const { proto } of fresh) sent.add(proto.name);
  return { case: "fileDescriptorResponse", value: { fileDescriptorProto: fresh.map(encodeFile) } };
}

function refusal(errorCode: Code, errorMessage: string): Answer {
  return { case: "errorResponse", value: { errorCode, errorMessage } };
}
