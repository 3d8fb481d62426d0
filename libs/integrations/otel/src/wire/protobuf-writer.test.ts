import { BinaryReader } from "@bufbuild/protobuf/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  closeMessage,
  createProtobufWriter,
  finishMessage,
  openMessage,
  writeBool,
  writeDouble,
  writeFixed32,
  writeInt,
  writeShortTextPair,
  writeString,
  writeUint,
} from "./protobuf-writer.ts";
import type { ProtobufWriter } from "./protobuf-writer.ts";

const LENGTHS = [0, 1, 99, 100, 101, 126, 127, 128, 129, 16_382, 16_383, 16_384, 70_000, 2_097_151, 2_097_152];

function readField(bytes: Uint8Array): BinaryReader {
  const reader = new BinaryReader(bytes);
  expect(reader.tag()[0]).toBe(7);
  return reader;
}

function writePair(writer: ProtobufWriter, key: string, value: string): void {
  const pair = openMessage(writer, 7);
  writeString(writer, 1, key);
  const inner = openMessage(writer, 2);
  writeString(writer, 1, value);
  closeMessage(writer, inner);
  closeMessage(writer, pair);
}

describe("the protobuf writer", () => {
  it.each(LENGTHS)("writes texts of %i characters, narrow and wide", (length) => {
    for (const unit of ["a", "ß", "€", "😀"]) {
      const text = unit.repeat(length);
      const writer = createProtobufWriter();
      writeString(writer, 7, text);
      const bytes = finishMessage(writer);
      const reader = readField(bytes);
      expect(reader.string() === text).toBe(true);
      expect(reader.pos).toBe(bytes.length);
    }
  });

  it.each(LENGTHS)("writes the length of a nested message of %i bytes and more", (length) => {
    const writer = createProtobufWriter();
    const outer = openMessage(writer, 7);
    const inner = openMessage(writer, 1);
    writeString(writer, 2, "x".repeat(length));
    closeMessage(writer, inner);
    writeBool(writer, 3, true);
    closeMessage(writer, outer);
    writeUint(writer, 9, 5);
    const reader = readField(finishMessage(writer));
    const message = new BinaryReader(reader.bytes());
    message.tag();
    const nested = new BinaryReader(message.bytes());
    nested.tag();
    expect(nested.string().length).toBe(length);
    message.tag();
    expect(message.bool()).toBe(true);
    expect(reader.tag()[0]).toBe(9);
    expect(reader.uint32()).toBe(5);
  });

  it("writes lone surrogates as the replacement character, so that the text stays UTF-8", () => {
    const writer = createProtobufWriter();
    writeString(writer, 7, "a\ud800b");
    expect(readField(finishMessage(writer)).string()).toBe("a\ufffdb");
  });

  it("writes any text and any integer so that they can be read back", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), fc.maxSafeInteger(), fc.double(), (text, integer, double) => {
        const writer = createProtobufWriter();
        writeString(writer, 7, text);
        writeInt(writer, 2, integer);
        writeDouble(writer, 3, double);
        const reader = readField(finishMessage(writer));
        expect(reader.string()).toBe(text);
        reader.tag();
        expect(reader.int64()).toBe(BigInt(integer));
        reader.tag();
        expect(reader.double()).toBe(double);
      }),
      { numRuns: 200 },
    );
  });

  it("writes a short pair of texts as the general way would, or not at all", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "grapheme", maxLength: 80 }),
        fc.string({ unit: "grapheme", maxLength: 80 }),
        fc.boolean(),
        (key, value, ascii) => {
          const pair = ascii ? [encodeURI(key), encodeURI(value)] : [key, value];
          const [first = "", second = ""] = pair;
          const writer = createProtobufWriter();
          writeBool(writer, 3, true);
          const isWritten = writeShortTextPair(writer, 7, first, second);
          const isShortAscii = first.length + second.length <= 121 && /^[\0-\x7f]*$/.test(first + second);
          expect(isWritten).toBe(isShortAscii);
          const general = createProtobufWriter();
          writeBool(general, 3, true);
          if (isWritten) writePair(general, first, second);
          expect(finishMessage(writer)).toEqual(finishMessage(general));
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each([0, 1, 127, 128, 16_384, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 35, Number.MAX_SAFE_INTEGER])(
    "writes the unsigned integer %d",
    (value) => {
      const writer = createProtobufWriter();
      writeUint(writer, 7, value);
      expect(readField(finishMessage(writer)).uint64()).toBe(BigInt(value));
    },
  );

  it("writes field numbers beyond 15", () => {
    const writer = createProtobufWriter();
    writeFixed32(writer, 16, 0xffffffff);
    const reader = new BinaryReader(finishMessage(writer));
    expect(reader.tag()).toEqual([16, 5]);
    expect(reader.fixed32()).toBe(0xffffffff);
  });

  it("starts anew after a message that was larger than what it keeps", () => {
    const writer = createProtobufWriter();
    writeString(writer, 7, "x".repeat(9 * 1024 * 1024));
    expect(finishMessage(writer).length).toBe(9 * 1024 * 1024 + 5);
    writeUint(writer, 7, 1);
    expect(finishMessage(writer)).toEqual(Uint8Array.of(56, 1));
  });
});
