/** Aborts when nothing was heard for too long: a peer that vanished without a word is not noticed otherwise. */
export interface SilenceWatch {
  /** Aborts with the outer signal, or after the silence. */
  readonly signal: AbortSignal;
  /** Stops the time. */
  pause(): void;
  /** Starts the time anew. */
  listen(): void;
  /** True when it was the silence that aborted. */
  silent(): boolean;
  /** Stops for good, and aborts what is still going on. */
  close(): void;
}

export function createSilenceWatch(silenceMs: number, outer: AbortSignal): SilenceWatch {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isSilent = false;
  const pause = (): void => clearTimeout(timer);
  const listen = (): void => {
    pause();
    timer = setTimeout(() => {
      isSilent = true;
      controller.abort();
    }, silenceMs);
  };
  listen();
  return {
    signal: AbortSignal.any([outer, controller.signal]),
    pause,
    listen,
    silent: () => isSilent,
    close() {
      pause();
      controller.abort();
    },
  };
}
