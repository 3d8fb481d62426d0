import type { Severity } from "@tapio/contracts/domain/v1/types";

/** Makes a series' key of a record's labels. `detail` is the enum that the kind of record has besides its severity. */
export type LabelKey<Detail extends number> = (
  type: string,
  severity: Severity,
  detail: Detail,
  cluster: string,
  namespace: string,
) => string;

/** Values of both enums that are remembered. */
const ENUM_MAX = 16;
const REMEMBERED_MAX = 16_384;
/** Of the type, the cluster and the namespace of one that is remembered, together, in UTF-16 units; Kubernetes' names are shorter. */
const TEXT_LENGTH_MAX = 256;

interface Remembered {
  readonly cluster: string;
  readonly key: string;
}

/**
 * Remembers keys, so that records of one series share one string: putting it together, and hashing it again for each lookup, takes longer
 * than counting does. When there are too many, as many more are made anew before all are forgotten.
 */
export function rememberKeys<Detail extends number>(make: LabelKey<Detail>): LabelKey<Detail> {
  const byType = new Map<string, Map<string, (Remembered | undefined)[]>>();
  let madeCount = 0;

  const remember = (type: string, namespace: string, slot: number, made: Remembered): void => {
    if (++madeCount > REMEMBERED_MAX) {
      if (madeCount <= 2 * REMEMBERED_MAX) return;
      byType.clear();
      madeCount = 1;
    }
    const byNamespace = byType.get(type) ?? new Map<string, (Remembered | undefined)[]>();
    byType.set(type, byNamespace);
    const slots = byNamespace.get(namespace) ?? [];
    byNamespace.set(namespace, slots);
    slots[slot] = made;
  };

  return (type, severity, detail, cluster, namespace) => {
    // Enums are open: values of a later version share no slot with those of this one.
    const isSlotted = severity >= 0 && severity < ENUM_MAX && detail >= 0 && detail < ENUM_MAX;
    const slot = isSlotted ? severity * ENUM_MAX + detail : -1;
    const known = byType.get(type)?.get(namespace)?.[slot];
    if (known?.cluster === cluster) return known.key;
    const key = make(type, severity, detail, cluster, namespace);
    if (isSlotted && type.length + cluster.length + namespace.length <= TEXT_LENGTH_MAX) remember(type, namespace, slot, { cluster, key });
    return key;
  };
}
