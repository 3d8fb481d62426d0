import { toBinary, type DescExtension, type DescFile } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** What server reflection can be asked about a set of files and all that they import. */
export interface SymbolIndex {
  /** The file of this name, e.g. `tapio/ingest/v1/ingest.proto`. */
  file(name: string): DescFile | undefined;
  /** The file that declares a message, field, enum, enum value, service, method or extension. */
  fileOf(symbol: string): DescFile | undefined;
  extension(extendee: string, number: number): DescExtension | undefined;
  extensionNumbers(extendee: string): readonly number[];
}

export function createSymbolIndex(roots: readonly DescFile[]): SymbolIndex {
  const files = new Map<string, DescFile>();
  const symbols = new Map<string, DescFile>();
  const extensions = new Map<string, Map<number, DescExtension>>();
  for (const file of withDependencies(roots)) {
    files.set(file.proto.name, file);
    for (const type of nestedTypes(file)) {
      symbols.set(type.typeName, file);
      for (const member of membersOf(type)) symbols.set(member, file);
      if (type.kind !== "extension") continue;
      const extendee = type.extendee.typeName;
      extensions.set(extendee, (extensions.get(extendee) ?? new Map<number, DescExtension>()).set(type.number, type));
    }
  }
  return {
    file: (name) => files.get(name),
    fileOf: (symbol) => symbols.get(symbol),
    extension: (extendee, number) => extensions.get(extendee)?.get(number),
    extensionNumbers: (extendee) => [...(extensions.get(extendee)?.keys() ?? [])],
  };
}

function membersOf(type: ReturnType<typeof nestedTypes> extends Iterable<infer Type> ? Type : never): string[] {
  switch (type.kind) {
    case "message":
      return type.members.map((member) => `${type.typeName}.${member.name}`);
    case "service":
      return type.methods.map((method) => `${type.typeName}.${method.name}`);
    case "enum": {
      // Enum values are siblings of their enum: https://protobuf.dev/reference/protobuf/proto3-spec/#enum_definition
      const scope = type.typeName.slice(0, type.typeName.length - type.name.length);
      return type.values.map((value) => scope + value.name);
    }
    default:
      return [];
  }
}

/** The files and all that they import, imports first, each once. */
export function withDependencies(roots: readonly DescFile[]): DescFile[] {
  const seen = new Set<string>();
  const ordered: DescFile[] = [];
  const visit = (file: DescFile): void => {
    if (seen.has(file.proto.name)) return;
    seen.add(file.proto.name);
    file.dependencies.forEach(visit);
    ordered.push(file);
  };
  roots.forEach(visit);
  return ordered;
}

/** The file as reflection sends it. */
export function encodeFile(file: DescFile): Uint8Array {
  return toBinary(FileDescriptorProtoSchema, file.proto);
}
