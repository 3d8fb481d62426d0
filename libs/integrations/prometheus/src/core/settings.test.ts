import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { PrometheusConfigSchema } from "@tapio/contracts/integrations/prometheus/v1/config";
import { IntegrationError } from "@tapio/integration-core";
import { expect, it } from "vitest";
import { settingsOf } from "./settings.ts";

const settings = (config: MessageInitShape<typeof PrometheusConfigSchema>) =>
  settingsOf(create(PrometheusConfigSchema, config), new Set(["type", "cluster", "namespace", "overflow"]));

it("fills the defaults", () => {
  expect(settings({})).toEqual({ prefix: "tapio", seriesMax: 2000, constLabels: {}, fixedLabels: new Set() });
});

it("takes what the config says", () => {
  expect(settings({ prefix: "acme", maxSeries: 7, constLabels: { env: "prod", cluster: "" } })).toEqual({
    prefix: "acme",
    seriesMax: 7,
    constLabels: { env: "prod", cluster: "" },
    fixedLabels: new Set(["cluster"]),
  });
});

it.each([
  ["__name__", 'const_labels["__name__"]: names that begin with __ belong to Prometheus; choose another name'],
  ["type", 'const_labels["type"]: the metrics have a label of this name already; choose another name'],
  ["overflow", 'const_labels["overflow"]: the metrics have a label of this name already; choose another name'],
])("a constant label %s is refused", (name, message) => {
  const refused = (): unknown => settings({ constLabels: { [name]: "x" } });
  expect(refused).toThrow(IntegrationError);
  expect(refused).toThrow(message);
  expect(refused).toThrow(expect.objectContaining({ code: "config_invalid", integration: "prometheus" }));
});

it("a lone surrogate in a constant's value becomes the replacement character", () => {
  expect(settings({ constLabels: { env: "a\ud800" } }).constLabels).toEqual({ env: "a\ufffd" });
});
