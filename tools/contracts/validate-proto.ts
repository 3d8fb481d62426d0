import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { clone, fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema, type DescriptorProto, type FileDescriptorProto } from "@bufbuild/protobuf/wkt";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { runProgram } from "../check/run-program.ts";

const source = "third_party/buf/validate/validate.proto";

/**
 * `validate.proto` is in no npm package; ours was printed from the descriptor that protovalidate embeds. Both must say the same, or
 * rules would be read by one meaning and enforced by another.
 */
export async function validateProtoProblem(folder: string): Promise<string | undefined> {
  const built = join(folder, "validate.binpb");
  const args = ["build", "third_party", "--path", source, "--exclude-source-info", "--as-file-descriptor-set", "-o", built];
  const { code, output } = await runProgram("buf", args);
  if (code !== 0) return output;
  const { file } = fromBinary(FileDescriptorSetSchema, await readFile(built));
  const ours = file.find(({ name }) => name === "buf/validate/validate.proto");
  if (ours === undefined) return `${source} does not build to buf/validate/validate.proto`;
  const same = Buffer.from(canonical(ours)).equals(canonical(file_buf_validate_validate.proto));
  return same ? undefined : `${source} is not what the installed @bufbuild/protovalidate embeds: print it anew from its descriptor.`;
}

/** The descriptor without what differs from compiler to compiler: source positions, and JSON names that only repeat the default. */
export function canonical(file: FileDescriptorProto): Uint8Array {
  const copy = clone(FileDescriptorProtoSchema, file);
  delete copy.sourceCodeInfo;
  for (const extension of copy.extension) extension.jsonName = "";
  copy.messageType.forEach(dropJsonNames);
  return toBinary(FileDescriptorProtoSchema, copy);
}

function dropJsonNames(message: DescriptorProto): void {
  for (const field of [...message.field, ...message.extension]) field.jsonName = "";
  message.nestedType.forEach(dropJsonNames);
}
