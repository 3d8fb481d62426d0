import { planRounds, type PlanOptions } from "./chaos-plan.ts";
import { runRound, type RoundReport } from "./run-round.ts";
import type { Violation } from "./violation.ts";

export interface ChaosOptions extends PlanOptions {
  /** Only this round of the plan; absent: all. */
  readonly round?: number;
  /** Keep what every round left behind, not only the broken ones. */
  readonly keep?: boolean;
  /** Told of each cycle that is over, for people. */
  say(line: string): void;
}

/** What a run came to. */
export interface ChaosReport {
  readonly seed: number;
  readonly cycles: number;
  readonly kills: number;
  /** Records. */
  readonly sent: number;
  readonly acknowledged: number;
  /** Deliveries that receivers took, each once. */
  readonly delivered: number;
  /** Deliveries that receivers took again. */
  readonly repeated: number;
  readonly dead: number;
  readonly violations: readonly Violation[];
  /** What was kept of the rounds in which a promise was broken. */
  readonly kept: readonly { readonly folder: string; readonly reproduce: string }[];
}

/** Lives through the whole schedule that a seed stands for. */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const { say, ...plan } = options;
  const startedMs = Date.now();
  const seconds = (): string => `${((Date.now() - startedMs) / 1000).toFixed(0)} s`;
  const reports: RoundReport[] = [];
  for (const round of planRounds(plan)) {
    if (options.round !== undefined && options.round !== round.number) continue;
    const report = await runRound(round, {
      keep: options.keep ?? false,
      onCycle: ({ ending, meddling, number }, { violations }, acknowledged) => {
        const operator = meddling.length === 0 ? "" : `, operator: ${meddling.map(({ kind }) => kind).join(" ")}`;
        const problem = violations.length === 0 ? "" : `: ${violations.map(({ text }) => text).join("; ")}`;
        say(
          `cycle ${number}/${plan.cycles}, round ${round.number}, ${seconds()}: ${JSON.stringify(ending)}${operator}, ${acknowledged} acknowledged${problem}`,
        );
      },
    });
    reports.push(report);
    say(`round ${round.number} settled: ${figures(report)}`);
    for (const { rule, text } of report.violations.slice(0, shownViolations)) say(`  ${rule}: ${text}`);
    if (report.folder !== undefined) say(`  kept ${report.folder}; again: ${reproduction(options, report)}`);
  }
  return sum(options, reports);
}

const shownViolations = 20;

/** The last line of a run. */
export function figures(report: ChaosReport | RoundReport): string {
  const { acknowledged, cycles, dead, delivered, kills, repeated, sent, violations } = report;
  return `${cycles} cycles, ${kills} kills, ${sent} records sent, ${acknowledged} acknowledged, ${delivered} delivered, ${dead} dead letters, ${repeated} repeated, ${violations.length} violations`;
}

function reproduction({ seed, cycles, orderly = false }: ChaosOptions, { round }: RoundReport): string {
  return `npm run chaos -- --${orderly ? "restarts" : "cycles"} ${cycles} --seed ${seed} --round ${round}`;
}

function sum(options: ChaosOptions, reports: readonly RoundReport[]): ChaosReport {
  const total = (figure: (report: RoundReport) => number): number => reports.reduce((all, report) => all + figure(report), 0);
  return {
    seed: options.seed,
    cycles: total(({ cycles }) => cycles),
    kills: total(({ kills }) => kills),
    sent: total(({ sent }) => sent),
    acknowledged: total(({ acknowledged }) => acknowledged),
    delivered: total(({ delivered }) => delivered),
    repeated: total(({ repeated }) => repeated),
    dead: total(({ dead }) => dead),
    violations: reports.flatMap(({ violations }) => violations),
    kept: reports.flatMap((report) =>
      report.folder === undefined ? [] : [{ folder: report.folder, reproduce: reproduction(options, report) }],
    ),
  };
}
