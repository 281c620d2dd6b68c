/** What is rung before anybody listens is not lost: who begins to listen looks anyway. */
export type Bell = { ring(): void; listen(listener: () => void): void };

export function createBell(): Bell {
  let hear = (): void => undefined;
  return {
    ring: () => hear(),
    listen(listener) {
      hear = listener;
    },
  };
}
