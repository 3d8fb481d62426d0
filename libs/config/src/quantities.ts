/** A duration in nanoseconds: `500ms`, `5m`, `1h30m`, `1.5s`. `undefined` when the text is none. */
export function parseDuration(text: string): bigint | undefined {
  if (text === "0") return 0n;
  if (!/^(?:\d+(?:\.\d{1,9})?(?:ns|us|ms|s|m|h|d))+$/.test(text)) return undefined;
  let total = 0n;
  for (const [, whole = "0", fraction = "", unit = "s"] of text.matchAll(/(\d+)(?:\.(\d+))?(ns|us|ms|s|m|h|d)/g)) {
    const scale = nanosecondsPer[unit as keyof typeof nanosecondsPer];
    total += BigInt(whole) * scale + (BigInt(fraction.padEnd(9, "0")) * scale) / 1_000_000_000n;
  }
  return total;
}

const nanosecondsPer = {
  ns: 1n,
  us: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
} as const;

/** A number of bytes: `64MiB`, `1GB`, `4096`. `undefined` when the text is none. */
export function parseBytes(text: string): bigint | undefined {
  const match = /^(\d+)\s*(B|[kKMGT]i?B)?$/.exec(text);
  if (match?.[1] === undefined) return undefined;
  return BigInt(match[1]) * (bytesPer[(match[2] ?? "B").toUpperCase()] ?? 1n);
}

const bytesPer: Readonly<Record<string, bigint>> = {
  B: 1n,
  KB: 1_000n,
  MB: 1_000_000n,
  GB: 1_000_000_000n,
  TB: 1_000_000_000_000n,
  KIB: 1_024n,
  MIB: 1_048_576n,
  GIB: 1_073_741_824n,
  TIB: 1_099_511_627_776n,
};
