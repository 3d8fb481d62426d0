export interface Hangups extends Disposable {
  /** Calls `onHangup` at each SIGHUP from now on, and at once when there was one before. */
  handle(onHangup: () => void): void;
}

/** Listens to SIGHUP, which would end the process otherwise: before there is anything to reload, it is kept. */
export function listenToHangups(): Hangups {
  let wasEarly = false;
  let handler = (): void => {
    wasEarly = true;
  };
  const onSignal = (): void => handler();
  process.on("SIGHUP", onSignal);
  return {
    handle(onHangup) {
      handler = onHangup;
      if (wasEarly) onHangup();
    },
    [Symbol.dispose]: () => void process.off("SIGHUP", onSignal),
  };
}
