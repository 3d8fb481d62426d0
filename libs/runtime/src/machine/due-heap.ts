/** What stands in the heap: the least `dueAtMs` comes first, then the least `sequence`. */
export interface HeapEntry<T> {
  readonly dueAtMs: number;
  readonly sequence: number;
  readonly value: T;
}

/** A binary heap. */
export interface DueHeap<T> {
  readonly size: number;
  peek(): HeapEntry<T> | undefined;
  push(entry: HeapEntry<T>): void;
  pop(): HeapEntry<T> | undefined;
}

export function createDueHeap<T>(): DueHeap<T> {
  const heap: HeapEntry<T>[] = [];
  const swap = (one: number, other: number): void => {
    const [a, b] = [heap[one], heap[other]];
    if (a !== undefined && b !== undefined) [heap[one], heap[other]] = [b, a];
  };

  return {
    get size() {
      return heap.length;
    },
    peek: () => heap[0],
    push(entry) {
      heap.push(entry);
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (!isBefore(heap[at], heap[parent])) break;
        swap(at, parent);
        at = parent;
      }
    },
    pop() {
      const top = heap[0];
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return top;
      heap[0] = last;
      for (let at = 0; ;) {
        const [left, right] = [2 * at + 1, 2 * at + 2];
        const child = isBefore(heap[right], heap[left]) ? right : left;
        if (!isBefore(heap[child], heap[at])) break;
        swap(child, at);
        at = child;
      }
      return top;
    },
  };
}

function isBefore<T>(one: HeapEntry<T> | undefined, other: HeapEntry<T> | undefined): boolean {
  if (one === undefined) return false;
  if (other === undefined) return true;
  return one.dueAtMs < other.dueAtMs || (one.dueAtMs === other.dueAtMs && one.sequence < other.sequence);
}
