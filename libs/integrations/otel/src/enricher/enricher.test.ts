import { create } from "@bufbuild/protobuf";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { ResourceSchema, SourceSchema } from "@tapio/contracts/domain/v1/types";
import type { Resource } from "@tapio/contracts/domain/v1/types";
import { describe, expect, it } from "vitest";
import { writtenAttributes } from "../../test/written-span.ts";
import { putArray, putString, truncate } from "./attribute-set.ts";
import { putData } from "./data-attributes.ts";
import * as incubating from "./incubating.ts";
import { putResources } from "./resource-attributes.ts";
import { isSameSource, resourceOf, sourceKeyOf } from "./source-resource.ts";

interface Content {
  readonly key: string;
  readonly value: unknown;
}

function content(set: { readonly attributes: readonly Content[] } | readonly Content[]): Record<string, unknown> {
  const attributes = "attributes" in set ? set.attributes : set;
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value]));
}

type Fields = Partial<Omit<Resource, "$typeName" | "$unknown">>;

function attributesOf(...resources: Fields[]): Record<string, unknown> {
  return content(
    writtenAttributes((set) => {
      putResources(
        set,
        resources.map((fields) => create(ResourceSchema, fields)),
      );
    }),
  );
}

describe("attribute sets", () => {
  it("cut long strings, and never through a surrogate pair", () => {
    expect(truncate("a".repeat(4097)).length).toBe(4096);
    expect(truncate(`${"a".repeat(4095)}😀`)).toBe("a".repeat(4095));
    expect(truncate(`${"a".repeat(4094)}😀`)).toBe(`${"a".repeat(4094)}😀`);
  });

  it("cut arrays to 64 items, and each item", () => {
    const { attributes } = writtenAttributes((set) => {
      putArray(set, "texts", ["b".repeat(5000), ...Array.from({ length: 99 }, () => "a")]);
      putArray(set, "none", []);
    });
    const texts = attributes[0]?.value as string[];
    expect(attributes.length).toBe(1);
    expect([texts.length, texts[0]?.length]).toEqual([64, 4096]);
  });

  it("drop and count what has a key over 256 characters, since a cut key could collide", () => {
    const set = writtenAttributes((open) => {
      putString(open, "k".repeat(256), "fits");
      putString(open, "k".repeat(257), "does not");
    });
    expect([set.attributes.length, set.droppedCount]).toEqual([1, 1]);
  });
});

describe("putData", () => {
  it("names each leaf by its path and keeps its type", () => {
    const set = writtenAttributes((open) =>
      putData(open, {
        pid: 42,
        ratio: 0.5,
        big: "9007199254740993",
        ok: false,
        none: null,
        empty: {},
        list: [],
        memory: { limit: { bytes: 1e15 } },
      }),
    );
    expect(set.attributes).toEqual([
      { key: "tapio.data.pid", type: "int", value: 42 },
      { key: "tapio.data.ratio", type: "double", value: 0.5 },
      { key: "tapio.data.big", type: "string", value: "9007199254740993" },
      { key: "tapio.data.ok", type: "bool", value: false },
      { key: "tapio.data.memory.limit.bytes", type: "int", value: 1e15 },
    ]);
    expect(set.droppedCount).toBe(0);
  });

  it("keeps arrays of one type as arrays, and all others as JSON", () => {
    const set = writtenAttributes((open) =>
      putData(open, { texts: ["a", "b"], numbers: [1, 2.5], flags: [true], mixed: [1, "a"], nested: [{ a: [null] }] }),
    );
    expect(content(set)).toEqual({
      "tapio.data.texts": ["a", "b"],
      "tapio.data.numbers": [1, 2.5],
      "tapio.data.flags": [true],
      "tapio.data.mixed": '[1,"a"]',
      "tapio.data.nested": '[{"a":[null]}]',
    });
  });

  it("drops and counts what lies deeper than eight levels", () => {
    const set = writtenAttributes((open) =>
      putData(open, { a: { b: { c: { d: { e: { f: { g: { h: "eighth", i: { j: "ninth" } } } } } } } } }),
    );
    expect(content(set)).toEqual({ "tapio.data.a.b.c.d.e.f.g.h": "eighth" });
    expect(set.droppedCount).toBe(1);
  });

  it("never writes one key twice", () => {
    const set = writtenAttributes((open) => putData(open, { "a.b": 1, a: { b: 2 }, c: { d: 3 }, "c.d": 4 }));
    expect(content(set)).toEqual({ "tapio.data.a.b": 1, "tapio.data.c.d": 3 });
    expect([set.attributes.length, set.droppedCount]).toEqual([2, 2]);
  });

  it("does nothing without data", () => {
    const set = writtenAttributes((open) => putData(open, undefined));
    expect(set.attributes).toEqual([]);
  });
});

describe("putResources", () => {
  it.each<[Fields, Record<string, unknown>]>([
    [
      { kind: "pod", name: "p", namespace: "n", uid: "u", attributes: { ip: "10.0.0.1" } },
      { "k8s.pod.name": "p", "k8s.pod.uid": "u", "k8s.namespace.name": "n", "k8s.pod.ip": "10.0.0.1" },
    ],
    [
      { kind: "stateful_set", name: "s", version: "apps/v1" },
      { "k8s.statefulset.name": "s", "tapio.resource.stateful_set.version": "apps/v1" },
    ],
    [{ kind: "statefulset", name: "s" }, { "k8s.statefulset.name": "s" }],
    [{ kind: "namespace", name: "n", uid: "not kept: no convention" }, { "k8s.namespace.name": "n" }],
    [
      { kind: "host", name: "h", uid: "i" },
      { "host.name": "h", "host.id": "i" },
    ],
    [
      { kind: "container", name: "c", uid: "id", attributes: { image: "registry:5000/team/nginx:1.27@sha256:ab" } },
      { "container.name": "c", "container.id": "id", "container.image.name": "registry:5000/team/nginx", "container.image.tags": ["1.27"] },
    ],
    [
      { kind: "container", name: "c", namespace: "n", attributes: { image: "registry:5000/nginx" } },
      { "container.name": "c", "k8s.container.name": "c", "k8s.namespace.name": "n", "container.image.name": "registry:5000/nginx" },
    ],
    [
      { kind: "process", name: "java", uid: "4242", attributes: { parent_pid: "1", owner: "root", cgroup: "7" } },
      {
        "process.executable.name": "java",
        "process.pid": 4242,
        "process.parent_pid": 1,
        "process.owner": "root",
        "tapio.resource.process.cgroup": "7",
      },
    ],
    [{ kind: "process", name: "java", uid: "not a number" }, { "process.executable.name": "java" }],
    [
      { kind: "queue", name: "q", uid: "u", attributes: { depth: "7" } },
      { "tapio.resource.queue.name": "q", "tapio.resource.queue.uid": "u", "tapio.resource.queue.depth": "7" },
    ],
  ])("makes of %j what the conventions call it", (resource, expected) => {
    const { "tapio.resources": _label, ...attributes } = attributesOf(resource);
    expect(attributes).toEqual(expected);
  });

  it("gives the conventional names to the first of a kind, and lists them all", () => {
    expect(
      attributesOf(
        { kind: "pod", name: "first", namespace: "a" },
        { kind: "pod", name: "second", namespace: "b", uid: "u" },
        { kind: "disk", uid: "sda" },
      ),
    ).toEqual({
      "tapio.resources": ["pod:a/first", "pod:b/second", "disk:sda"],
      "k8s.pod.name": "first",
      "k8s.namespace.name": "a",
      "tapio.resource.disk.uid": "sda",
    });
  });

  it("takes at most sixteen", () => {
    const many = Array.from({ length: 20 }, (_, index) => ({ kind: `kind${index}`, name: "x" }));
    expect((attributesOf(...many)["tapio.resources"] as string[]).length).toBe(16);
  });
});

describe("resourceOf", () => {
  const source = create(SourceSchema, { kind: "tapio-agent", instance: "agent-1", version: "4.1.0", cluster: "prod", node: "node-a" });

  it("names the source as the service", () => {
    expect(content(resourceOf(source, []))).toEqual({
      "service.name": "tapio-agent",
      "service.instance.id": "agent-1",
      "service.version": "4.1.0",
      "k8s.cluster.name": "prod",
      "k8s.node.name": "node-a",
    });
  });

  it("is an unknown service without a source", () => {
    expect(content(resourceOf(undefined, []))).toEqual({ "service.name": "unknown_service" });
  });

  it("lets the config win, and never holds a key twice", () => {
    const resource = resourceOf(source, [{ key: "service.name", value: "mine" }]);
    expect(resource.filter(({ key }) => key === "service.name")).toEqual([{ key: "service.name", value: "mine" }]);
  });

  it("tells sources apart by each of their fields", () => {
    const others = (["kind", "instance", "version", "cluster", "node"] as const).map((field) =>
      create(SourceSchema, { ...fieldsOf(source), [field]: "other" }),
    );
    const all = [...others, source, undefined];
    expect(new Set(all.map(sourceKeyOf)).size).toBe(7);
    for (const a of all) for (const b of all) expect(isSameSource(a, b)).toBe(a === b);
    expect(isSameSource(source, create(SourceSchema, fieldsOf(source)))).toBe(true);
  });

  function fieldsOf({ kind, instance, version, cluster, node }: typeof source): object {
    return { kind, instance, version, cluster, node };
  }
});

describe("incubating names", () => {
  it("are those of the conventions", () => {
    const known: Record<string, unknown> = { ...conventions };
    for (const [name, value] of Object.entries(incubating)) expect([name, known[name]]).toEqual([name, value]);
  });
});
