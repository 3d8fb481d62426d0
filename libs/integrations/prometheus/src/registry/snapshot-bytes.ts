import { fromBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  PrometheusSnapshotSchema,
  SeriesSchema,
  type PrometheusSnapshot,
  type Series,
} from "@tapio/contracts/integrations/prometheus/v1/config";

const { series: seriesField, version: versionField, seriesCount: seriesCountField, texts: textsField } = PrometheusSnapshotSchema.field;
const { texts: indexesField, value: valueField } = SeriesSchema.field;
const formatVersion = 2;
/** It had each series' texts in the series: four times the size, in every commit. */
const oldestVersion = 1;
/** After its tag of one byte; see the head that `createSnapshotBytes` writes. */
const seriesCountOffset = 1;
const valueBytes = 8;

/**
 * An encoded `PrometheusSnapshot` that is kept up to date in place: a count has a fixed width and is the last field of its
 * series, so that a changed count costs eight bytes and not a new encoding of everything. A text that many series have, such as a type or a
 * namespace, is in there once.
 */
export interface SnapshotBytes {
  /** Appends a series and gives back where its count stands. */
  append(metric: string, labels: readonly string[], value: number): number;
  /** Overwrites the count at `offset`. */
  write(offset: number, value: number): void;
  /** A copy of everything so far. */
  copy(): Uint8Array;
}

/** One series as a snapshot holds it. */
export interface RestoredSeries {
  readonly metric: string;
  /** Names and values by turns. */
  readonly labels: readonly string[];
  readonly value: number;
}

export function createSnapshotBytes(): SnapshotBytes {
  let bytes = new Uint8Array(4_096);
  let view = new DataView(bytes.buffer);
  const head = new BinaryWriter()
    .tag(seriesCountField.number, WireType.Bit32)
    .fixed32(0)
    .tag(versionField.number, WireType.Bit32)
    .fixed32(formatVersion)
    .finish();
  bytes.set(head);
  let length = head.length;
  let count = 0;

  const write = (offset: number, value: number): void => {
    // Two halves instead of setBigUint64, which would make a bigint per count. Exact to 2^53.
    view.setUint32(offset, value >>> 0, true);
    view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
  };

  const indexes = new Map<string, number>();

  const put = (encoded: Uint8Array): void => {
    if (length + encoded.length > bytes.length) {
      const grown = new Uint8Array(Math.max(bytes.length * 2, length + encoded.length));
      grown.set(bytes);
      bytes = grown;
      view = new DataView(bytes.buffer);
    }
    bytes.set(encoded, length);
    length += encoded.length;
  };

  const indexOf = (text: string): number => {
    const known = indexes.get(text);
    if (known !== undefined) return known;
    put(new BinaryWriter().tag(textsField.number, WireType.LengthDelimited).string(text).finish());
    indexes.set(text, indexes.size);
    return indexes.size - 1;
  };

  return {
    append(metric, labels, value) {
      const body = new BinaryWriter().tag(indexesField.number, WireType.LengthDelimited).fork();
      for (const text of [metric, ...labels]) body.uint32(indexOf(text));
      body.join().tag(valueField.number, WireType.Bit64).fixed64(0n);
      put(new BinaryWriter().tag(seriesField.number, WireType.LengthDelimited).bytes(body.finish()).finish());
      count += 1;
      view.setUint32(seriesCountOffset, count, true);
      const offset = length - valueBytes;
      write(offset, value);
      return offset;
    },
    write,
    copy: () => bytes.slice(0, length),
  };
}

/**
 * Reads a snapshot. What cannot be read whole and exactly is refused: a count that is lost in silence would look like a reset.
 * @throws Error that says what is wrong with the bytes.
 */
export function decodeSnapshot(bytes: Uint8Array): readonly RestoredSeries[] {
  const snapshot = fromBinary(PrometheusSnapshotSchema, bytes);
  if (snapshot.version < oldestVersion || snapshot.version > formatVersion) {
    const found = snapshot.version === 0 ? "no version" : `version ${String(snapshot.version)}`;
    throw new Error(`the snapshot has ${found}; this build reads versions ${String(oldestVersion)} to ${String(formatVersion)}`);
  }
  if (snapshot.seriesCount !== snapshot.series.length) {
    throw new Error(`the snapshot has ${String(snapshot.series.length)} of its ${String(snapshot.seriesCount)} series`);
  }
  if (hasUnknownFields(snapshot)) throw new Error("the snapshot has fields that this build does not know");
  return snapshot.series.map((series, index) => restoredSeries(series, index, snapshot));
}

function restoredSeries(series: Series, index: number, { version, texts }: PrometheusSnapshot): RestoredSeries {
  const refused = (why: string): Error => new Error(`series ${String(index)} of the snapshot ${why}`);
  if (hasUnknownFields(series)) throw refused("has fields that this build does not know");
  const isOld = version === oldestVersion;
  const own = isOld ? [series.metric, ...series.labels] : series.texts.map((at) => texts[at]);
  const [metric = "", ...labels] = own.map((text) => {
    if (text === undefined) throw refused("refers to a text that is not there");
    return text;
  });
  if (metric === "") throw refused("names no metric");
  if (labels.length % 2 !== 0) throw refused("has a label without a value");
  if (series.value > BigInt(Number.MAX_SAFE_INTEGER)) throw refused(`has a count past 2^53: ${String(series.value)}`);
  return { metric, labels, value: Number(series.value) };
}

function hasUnknownFields(message: PrometheusSnapshot | Series): boolean {
  return (message.$unknown?.length ?? 0) > 0;
}
